"""Reports names and prose that break the rules of rules.toml; `make lint` runs it.

`python -m deploy.lint.names [--summary] [--warnings] [path …]`; the exit code is 1 where there are errors.
"""

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from deploy.lint.files import ROOT, list_files, name_room
from deploy.lint.functions import check_names
from deploy.lint.prose import check_python, check_text
from deploy.lint.rules import Hit, Rules, load_rules


def check_files(files: Iterable[str], rules: Rules, root: Path = ROOT) -> Iterator[Hit]:
    """Yield the hits in files, in order of their lines, without those that are allowed."""
    for file in files:
        hits = _check_file(file, root / file, rules)
        yield from sorted((hit for hit in hits if not rules.is_allowed(hit)), key=lambda hit: hit.line)


def format_summary(hits: Sequence[Hit]) -> str:
    """Return a table of errors by room and rule, with the number of warnings last."""
    rules = [rule for rule, _ in Counter(hit.rule for hit in hits if hit.is_error).most_common()]
    by_room: dict[str, Counter[str]] = {}
    for hit in hits:
        by_room.setdefault(name_room(hit.file), Counter())[hit.rule if hit.is_error else "warnings"] += 1
    columns = ["errors", *rules, "warnings"]
    rows = [["room", *columns]]
    total: Counter[str] = Counter()
    for room, counts in sorted(by_room.items()):
        counts["errors"] = sum(counts[rule] for rule in rules)
        total.update(counts)
        rows.append([room, *(str(counts[column] or "-") for column in columns)])
    rows.append(["total", *(str(total[column]) for column in columns)])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    )


def _check_file(file: str, path: Path, rules: Rules) -> Iterator[Hit]:
    if file.endswith(".py"):
        source = path.read_text("utf-8")
        tree = ast.parse(source, file)
        yield from check_names(file, tree, rules)
        yield from check_python(file, source, tree, rules)
    elif any(fnmatch(file, pattern) for pattern in rules.prose):
        yield from check_text(file, path.read_text("utf-8"), rules)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Print what breaks a rule; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.lint.names", description=__doc__)
    parser.add_argument("paths", nargs="*", help="files or folders below the project's root; all by default")
    parser.add_argument("--summary", action="store_true", help="print counts only")
    parser.add_argument("--warnings", action="store_true", help="print warnings too")
    options = parser.parse_args(arguments)
    rules = load_rules()
    hits = list(check_files(list_files(rules.skipped, options.paths, root), rules, root))
    for hit in hits:
        if not options.summary and (hit.is_error or options.warnings):
            sys.stdout.write(f"{hit}\n")
    errors = sum(hit.is_error for hit in hits)
    if errors or options.summary:
        sys.stdout.write(f"{format_summary(hits)}\n")
    sys.stdout.write(f"names: {errors} errors, {len(hits) - errors} warnings\n")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
