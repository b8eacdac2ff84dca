"""Uploads a list and dies on the way: `test_list_files` runs this as a program.

Its words are the database, the directory, ``before`` or ``after``, a function, and the call of it at which
the process is gone.
"""

import functools
import os
import pkgutil
import signal
import sys
from pathlib import Path
from typing import Any

from obstore.store import LocalStore

from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import open_desk, write_files

PAIR = write_files(MARYAM, HASAN)


def exit_at(name: str, when: str, call: int) -> None:
    """Make this process end, as by kill -9, before or after that call of a function."""
    place, _, attribute = name.rpartition(".")
    owner = pkgutil.resolve_name(place)
    function, calls = getattr(owner, attribute), []

    @functools.wraps(function)
    def call_or_exit(*args: Any, **options: Any) -> Any:
        calls.append(name)
        is_due = len(calls) == call
        if is_due and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **options)
        if is_due:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, call_or_exit)


def upload(url: str, directory: Path, when: str, name: str, call: int) -> int:
    """Return the status of an upload during which this process should have ended."""
    with open_desk(url, directory, LocalStore(directory / "objects")) as desk:
        exit_at(name, when, call)
        status: int = desk.upload(PAIR).status_code
        return status


if __name__ == "__main__":
    url, directory, when, name, call = sys.argv[1:]
    print(upload(url, Path(directory), when, name, int(call)))
