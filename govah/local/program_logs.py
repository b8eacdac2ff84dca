"""Where a supervised program writes: a file that is rotated, or the supervisor's own output."""

import os
import shutil
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, Protocol

LOG_BYTES = 10 * 1024 * 1024
LOGS_KEPT = 3
QUOTED_LINES = 10


class ProgramLog(Protocol):
    """The output of one program."""

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Return what a program that starts writes to."""

    def rotate(self) -> None:
        """Put aside what has become too long."""

    def describe_end(self) -> str:
        """Return where the output is, with its last lines."""


class LogFile(ProgramLog):
    """A file that only its owner reads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> AbstractContextManager[BinaryIO]:
        self.rotate()
        self._path.touch(0o600)
        return self._path.open("ab")

    def rotate(self) -> None:
        """Rotate a log that has become too large.

        It is copied and emptied, not renamed: the running program appends to the same open file.
        """
        log = self._path
        if not log.exists() or log.stat().st_size < LOG_BYTES:
            return
        for number in range(LOGS_KEPT - 1, 0, -1):
            older = log.with_name(f"{log.name}.{number}")
            if older.exists():
                older.replace(log.with_name(f"{log.name}.{number + 1}"))
        aside = log.with_name(f"{log.name}.1")
        aside.touch(0o600)
        shutil.copyfile(log, aside)
        os.truncate(log, 0)

    def describe_end(self) -> str:
        lines = self._path.read_text("utf-8", "replace").splitlines()[-QUOTED_LINES:]
        return "\n".join([f"Its log, {self._path}, ends:", *lines])


class StandardOutput(ProgramLog):
    """The supervisor's own output, which is collected where it was started."""

    def open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(sys.stdout.buffer)

    def rotate(self) -> None:
        pass

    def describe_end(self) -> str:
        return "Its last lines are above."
