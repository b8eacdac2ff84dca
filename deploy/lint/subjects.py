"""Checks the subjects of the commits since a release with gitlint; `make lint` runs it.

`python -m deploy.lint.subjects [base]`; the base defaults to the release's tag, then to the commit in
.gitlint-base. Where git or the base is missing (an archive, a shallow clone), it prints so and succeeds.
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.lint.files import ROOT

RELEASE = "v0.2.0"
BASE_FILE = ".gitlint-base"


def check_subjects(base: str | None = None, root: Path = ROOT) -> int:
    """Run gitlint over the commits since a base; return 1 where there are violations, else 0."""
    if not shutil.which("git") or _read_git(root, "rev-parse", "--show-toplevel") != str(root.resolve()):
        return _skip("this is not a clone of the repository")
    start = base or find_base(root)
    if start is None:
        return _skip(f"neither {RELEASE} nor {BASE_FILE} exists")
    commit = _read_git(root, "rev-parse", "--verify", "--quiet", f"{start}^{{commit}}")
    if not commit or _read_git(root, "merge-base", commit, "HEAD") != commit:
        return _skip(f"{start} is not an ancestor in this clone")
    if _read_git(root, "rev-list", "--count", f"{commit}..HEAD") == "0":
        return _skip(f"no commits since {start}")
    command = [sys.executable, "-m", "gitlint.cli", "--config", str(ROOT / ".gitlint"), "--ignore-stdin"]
    rules = ["--extra-path", str(ROOT / "deploy" / "lint" / "subject_rules.py")]
    ended = subprocess.run(
        [*command, *rules, "--target", str(root), "--commits", f"{commit}..HEAD"], cwd=root, check=False
    )
    return min(ended.returncode, 1)


def find_base(root: Path) -> str | None:
    """Return the tag of the release, or else the commit in .gitlint-base, or None without either."""
    if _read_git(root, "rev-parse", "--verify", "--quiet", f"refs/tags/{RELEASE}"):
        return RELEASE
    file = root / BASE_FILE
    return file.read_text("ascii").strip() if file.exists() else None


def _read_git(root: Path, *arguments: str) -> str:
    """Return what git prints, stripped; nothing where it fails."""
    ended = subprocess.run(
        ["git", "-C", str(root), *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    return ended.stdout.strip() if ended.returncode == 0 else ""


def _skip(reason: str) -> int:
    sys.stdout.write(f"subjects: not checked: {reason}\n")
    return 0


def main(arguments: Sequence[str]) -> int:
    """Check the subjects since the base in the arguments, or the default; return the exit code."""
    return check_subjects(arguments[0] if arguments else None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
