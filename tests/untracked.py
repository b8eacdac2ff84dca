"""What a run of tests leaves in the root of the work tree, where programs write that were given no folder."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST_UNTRACKED = ("git", "ls-files", "--others", "--exclude-standard", "--directory", "-z")


def list_untracked() -> frozenset[str]:
    """Return what lies in the root and is neither tracked nor ignored; nothing where there is no Git."""
    try:
        output = subprocess.run(LIST_UNTRACKED, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return frozenset()
    return frozenset(path for path in output.stdout.split("\0") if path and "/" not in path.rstrip("/"))
