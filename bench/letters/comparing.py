"""Ours and others, each in its own processes; stages; memory. Called by `python -m bench`."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.table import Comparison

Json = dict[str, Any]
# How much of what Typst takes each letter may take.
GOALS = {"all": 0.8, "wages": 0.5, "consolidated": 0.7}
LETTERS = tuple(GOALS)
GROWTH_GOAL = 1.0


def run(console: Console, rounds: int = 3, letters: int = 5, memory: int = 1_000) -> Sequence[Comparison]:
    """Print what letters cost, where it goes, and how memory grows; return ratios."""
    comparisons = [compare(console, kind, rounds, letters) for kind in LETTERS]
    for kind in LETTERS:
        _print_stages(console, kind, letters)
    if memory:
        grown = run_in_process("--grow", "--letters", str(memory))
        sizes = f"{grown['before'] // 1024} MiB, then {grown['after'] // 1024} MiB"
        console.print(f"Memory over {memory} letters: {sizes}, {grown['growth']:.1f} KiB a letter")
        comparisons.append(Comparison("letters", "memory a letter", grown["growth"], GROWTH_GOAL, "KiB", 1))
    return comparisons


def invent_statement(kind: str, number: int = 0) -> Json:
    """Return an invented record of twenty years in one workshop, another one for every number."""
    from tests.unit.pdfworker.statements import build_career, build_statement

    return build_statement(build_career("1384-01", 240, seed=number), [kind])


def name_person(statement: Json, number: int) -> Json:
    """Return a statement about another person for every number."""
    parts = ("علی", "غلام", "رضا", "محمد", "زهرا", "مهر", "نیک", "شاد", "پور", "زاده")
    word = "".join(parts[int(digit)] for digit in str(number))
    names = {"first_name": f"{word}آ", "last_name": f"{word}‌نژاد", "father_name": f"{word}ه"}
    codes = {"national_code": f"{number:010}", "insurance_number": f"{number:08}"}
    return {**statement, "person": {**statement["person"], **names, **codes}}


def run_in_process(*arguments: str) -> Any:
    command = [sys.executable, "-m", "bench.letters", *arguments]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def compare(console: Console, kind: str, rounds: int, letters: int) -> Comparison:
    """Print the table of one letter; return ours, signed, beside Typst's, both warm."""
    from bench.letters.contenders import CONTENDERS, OURS, TYPST

    results: dict[str, list[Json]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name, runs in results.items():
            runs.append(run_in_process("--measure", name, "--kind", kind, "--letters", str(letters)))
    # Means, since garbage is collected for many letters together; of the quietest process, since other load
    # only adds.
    warm = {name: min(statistics.mean(run["warm"]) for run in runs) for name, runs in results.items()}
    table = Table(title=f"`{kind}`, twenty years: CPU seconds a letter", title_justify="left")
    for heading in ("", "cold", "warm", "of Typst", "KiB"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, runs in results.items():
        table.add_row(
            name,
            f"{min(run['cold'] for run in runs):.3f}",
            f"{warm[name]:.4f}",
            f"{warm[name] / warm[TYPST]:.2f}",
            f"{runs[0]['size'] / 1024:.0f}",
        )
    console.print(table)
    console.print()
    ours, typst = warm[OURS] * 1000, warm[TYPST] * 1000
    return Comparison("letters", f"CPU of `{kind}`, signed, beside Typst", ours, typst, "ms", GOALS[kind])


def _print_stages(console: Console, kind: str, letters: int) -> None:
    profile = run_in_process("--profile", "--kind", kind, "--letters", str(letters))
    console.print(
        f"`{kind}`: {profile['total'] * 1000:.1f} ms signed; "
        f"stock signing {profile['stock signing'] * 1000:.1f} ms"
    )
    for stage, seconds in profile["stages"].items():
        console.print(f"  {stage:26}{seconds * 1000:6.1f} ms {seconds / profile['total']:6.0%}")


def measure_resident() -> int:
    """Return this process's memory in KiB."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") // 1024
