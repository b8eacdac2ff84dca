"""A disk that is small enough to be filled: a tmpfs that only one program and its children see.

It is mounted in namespaces of the program's own (unshare(1)), so it takes no privilege where the kernel lets
users have namespaces, and it is gone with the program. Used by `rig`.
"""

import shutil
import subprocess
from dataclasses import dataclass, replace
from errno import ENOSPC
from pathlib import Path

from tests.chaos.processes import Command

MEBIBYTES = 16
MOUNT = f'mount -t tmpfs -o size={MEBIBYTES}m none "$0" && exec "$@"'


@dataclass
class Disk:
    """The disk of a running program, seen through its eyes."""

    directory: Path
    pid: int = 0

    @property
    def root(self) -> Path:
        return Path(f"/proc/{self.pid}/root{self.directory}")

    def fill(self, left: int = 0) -> None:
        """Leave `left` bytes free, which are whole pages."""
        with (self.root / "filler").open("wb", buffering=0) as filler:
            try:
                while filler.write(b"\0" * 4096):
                    pass
            except OSError as error:
                if error.errno != ENOSPC:
                    raise
            filler.truncate(filler.tell() - left)

    def free(self) -> None:
        """Take away what `fill` wrote."""
        (self.root / "filler").unlink()

    def list_files(self) -> set[str]:
        """Return the files on it, except for the filler."""
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()} - {
            "filler"
        }


def on_small_disk(command: Command, directory: Path) -> tuple[Command, Disk | None]:
    """Return the command with a small disk at `directory`, or the same one and no disk where that fails."""
    directory.mkdir(parents=True, exist_ok=True)
    if not can_mount(directory):
        return command, None
    return replace(
        command, words=[*_build_unshare_command(), "sh", "-c", MOUNT, str(directory), *command.words]
    ), Disk(directory)


def can_mount(directory: Path) -> bool:
    """Return whether this machine lets a program mount a tmpfs that only it sees."""
    if shutil.which("unshare") is None:
        return False
    attempt = [*_build_unshare_command(), "sh", "-c", MOUNT, str(directory), "true"]
    return subprocess.run(attempt, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _build_unshare_command() -> list[str]:
    return ["unshare", "--user", "--map-root-user", "--mount"]
