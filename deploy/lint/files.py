"""Lists the files that are linted, and the room each belongs to."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
# Rooms of these folders are one level deeper.
SPLIT_BY_SERVICE = {("tests", "unit"), ("tests", "service"), ("tests", "contract")}


def list_files(skipped: Sequence[str], paths: Sequence[str] = (), root: Path = ROOT) -> list[str]:
    """Return the project's files below `paths` (all where empty), relative to its root and sorted."""
    below = [PurePosixPath(path) for path in paths]
    return sorted(
        name
        for name in _list_all(root)
        if not any(fnmatch(name, pattern) for pattern in skipped)
        and (not below or any(PurePosixPath(name).is_relative_to(path) for path in below))
    )


def name_room(file: str) -> str:
    """Return the folder that a summary counts a file under."""
    parts = PurePosixPath(file).parts
    depth = 3 if parts[:2] in SPLIT_BY_SERVICE else 2
    return "/".join(parts[: min(depth, len(parts) - 1)]) or "."


def _list_all(root: Path) -> Iterator[str]:
    listed_by_git = [name for name in _read_listing(root).split("\0") if (root / name).is_file()]
    if listed_by_git:
        yield from listed_by_git
    else:
        # An unpacked archive, perhaps in a folder that another clone ignores: all that .gitignore lets in.
        ignored = [".git", *(line.rstrip("/") for line in (root / ".gitignore").read_text("utf-8").split())]
        yield from _walk(root, root, ignored)


def _read_listing(root: Path) -> str:
    """Return the names that git tracks or would track, each followed by a NUL; nothing without a clone."""
    if not shutil.which("git"):
        return ""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, cwd=root, check=False, capture_output=True, text=True).stdout


def _walk(directory: Path, root: Path, ignored: Sequence[str]) -> Iterator[str]:
    for path in directory.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _walk(path, root, ignored)
        else:
            yield path.relative_to(root).as_posix()
