"""A backup on disk: a folder of files and, written last, their digests. Standard library only.

`SHA256SUMS` is what `sha256sum --check` reads; a folder without it is incomplete. Files may pass through
a command of the operator (`age`, `gpg`), so that none is stored in plain.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

FORMAT = 1
SUMS, FACTS = "SHA256SUMS", "backup.json"
PIECE = 1 << 20

_Command = subprocess.Popen[bytes]


class BackupFailed(Exception):
    """A backup cannot be made or used; the message says why and what to do."""


def new_folder(path: Path) -> Path:
    """Make the folder of a new backup, readable by its owner only. Raises BackupFailed if it exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        raise BackupFailed(
            f"{path} is there already, and no backup is ever overwritten; name another folder.\n"
            "این پوشه از پیش هست و هیچ پشتیبانی بازنویسی نمی‌شود؛ پوشه دیگری بدهید."
        ) from None
    return path


def filter_command(words: str) -> list[str]:
    """Return the words of a command that files pass through; may be empty. Raises BackupFailed."""
    try:
        command = shlex.split(words)
    except ValueError as error:
        raise BackupFailed(f"{words} is not a command: {error}") from error
    if command and shutil.which(command[0]) is None:
        raise BackupFailed(f"there is no program {command[0]}")
    return command


@contextmanager
def writing(path: Path, seal: Sequence[str] = ()) -> Iterator[IO[bytes]]:
    """Yield a stream into a new file, through the command `seal` if any. Raises BackupFailed."""
    with _create(path) as file:
        if seal:
            with _piped(seal, stdin=subprocess.PIPE, stdout=file) as command:
                yield _require_pipe(command.stdin)
        else:
            yield file
        file.flush()
        os.fsync(file.fileno())


def _create(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


@contextmanager
def reading(path: Path, unseal: Sequence[str] = ()) -> Iterator[IO[bytes]]:
    """Yield a stream out of a file, through the command `unseal` if any. Raises BackupFailed."""
    with path.open("rb") as file:
        if unseal:
            with _piped(unseal, stdin=file, stdout=subprocess.PIPE) as command:
                yield _require_pipe(command.stdout)
                # What the reader did not need, such as the zeros after a tar.
                while _require_pipe(command.stdout).read(PIECE):
                    pass
        else:
            yield file


@contextmanager
def _piped(words: Sequence[str], stdin: IO[bytes] | int, stdout: IO[bytes] | int) -> Iterator[_Command]:
    """Run a command beside the caller and demand that it ends well."""
    with suppress(BrokenPipeError), subprocess.Popen(words, stdin=stdin, stdout=stdout) as command:  # noqa: S603
        yield command
    if command.returncode:
        raise BackupFailed(f"{words[0]} ended with status {command.returncode}; see its output above")


def _require_pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Return the stream that Popen has for a pipe."""
    assert stream is not None
    return stream


def finish(folder: Path, kind: str, *, sealed: bool, more: Mapping[str, Any] | None = None) -> None:
    """Write the facts of the backup, and the digests of all its files."""
    facts = {
        "format": FORMAT,
        "kind": kind,
        "sealed": sealed,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **(more or {}),
    }
    with writing(folder / FACTS) as file:
        file.write((json.dumps(facts, indent=2) + "\n").encode())
    lines = "".join(f"{_compute_digest(path)}  {path.name}\n" for path in sorted(folder.iterdir()))
    part = folder / f".{SUMS}.part"
    with writing(part) as file:
        file.write(lines.encode())
    part.replace(folder / SUMS)


def verify(folder: Path, kind: str) -> dict[str, Any]:
    """Return the facts of a backup after checking every file. Raises BackupFailed."""
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise BackupFailed(f"{folder} is not a backup, or an incomplete one: it has no {SUMS}") from None
    for line in lines:
        digest, _, name = line.partition("  ")
        if PurePosixPath(name).name != name or not (folder / name).is_file():
            raise BackupFailed(f"{folder}: {name} is missing")
        if _compute_digest(folder / name) != digest:
            raise BackupFailed(
                f"{folder}: {name} is not what was written (sha256 differs); use another backup"
            )
    facts: dict[str, Any] = json.loads((folder / FACTS).read_text("utf-8"))
    if (facts["format"], facts["kind"]) != (FORMAT, kind):
        raise BackupFailed(
            f"{folder} holds {facts['kind']} in format {facts['format']}, not {kind} in format {FORMAT}"
        )
    return facts


def open_facts(folder: Path, kind: str, unseal: Sequence[str]) -> dict[str, Any]:
    """Return the facts of a backup whose files are whole and can be opened. Raises BackupFailed."""
    facts = verify(folder, kind)
    _demand_unseal(facts, unseal)
    return facts


def compute_size(*folders: Path) -> int:
    """Return the number of bytes of the files in some folders."""
    return sum(path.stat().st_size for folder in folders for path in folder.iterdir())


def _demand_unseal(facts: dict[str, Any], unseal: Sequence[str]) -> None:
    """Raise BackupFailed for sealed files without a command that opens them, and for plain files with one."""
    if facts["sealed"] and not unseal:
        raise BackupFailed("the backup is sealed: give the command that opens it")
    if unseal and not facts["sealed"]:
        raise BackupFailed("the backup is not sealed: give no command that opens it")


def _compute_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(root: Path, names: Sequence[str], stream: IO[bytes]) -> int:
    """Write files and folders below `root` as a tar, skipping those that vanish. Return how many."""
    count = 0
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for path in (path for name in names for path in _list_files(root / name)):
            try:
                with path.open("rb") as file:
                    member = tarfile.TarInfo(path.relative_to(root).as_posix())
                    status = os.fstat(file.fileno())
                    member.size, member.mtime, member.mode = status.st_size, int(status.st_mtime), 0o600
                    tar.addfile(member, file)
            except FileNotFoundError:
                continue
            count += 1
    return count


def _list_files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            # Kubernetes keeps the versions of a mounted Secret in folders of such names, behind links.
            if not inner.name.startswith(".."):
                yield from _list_files(inner)
    elif path.is_file():
        yield path


def unpack(root: Path, stream: IO[bytes]) -> int:
    """Write the files of a tar below `root`, each atomically. Return how many.

    Raises BackupFailed for a member that has no place there.
    """
    count = 0
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            content = tar.extractfile(member) if member.isfile() else None
            if content is None or name.is_absolute() or ".." in name.parts:
                raise BackupFailed(f"{member.name} has no place in a backup")
            path = root / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.unlink(missing_ok=True)
            with _create(part) as file:
                shutil.copyfileobj(content, file, PIECE)
            os.utime(part, (member.mtime, member.mtime))
            part.replace(path)
            count += 1
    # One sync for all: an fsync for each of many small files takes ten times as long.
    os.sync()
    return count
