"""A process that has imported what programs import, and starts them as forks of itself.

    forker = open_forker()
    program = forker.start(["flask", "--app", …], environment, log)
    program.wait()                     # its exit code

Nine tenths of a program's start is importing, and chaos is mostly starts. This module run as a program is
that process: it reads one request a line and ends with its input, and so with the test run.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from govah.local.forking import ForkedProgram, import_for_forks
from govah.local.programs import IMPORTED
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
# What programs import once they run, on PostgreSQL and Redis; the tests' own programs.
ALSO_IMPORTED = (
    "services.pdfworker.app",
    *("psycopg", "sqlalchemy.dialects.postgresql.psycopg", "kombu.transport.redis", "celery.bin.celery"),
    *("celery.bin.worker", "celery.apps.worker", "celery.concurrency.prefork"),
    *("tests.chaos.control", "tests.chaos.programs", "tests.chaos.dying_upload"),
)


class Fork:
    """A program that runs as a fork: as much of a `subprocess.Popen` as the tests need."""

    def __init__(self, forker: "Forker", pid: int) -> None:
        self.pid = pid
        self._forker = forker

    def wait(self) -> int:
        """Return the exit code of the program once it has ended."""
        return self._forker.send({"reap": self.pid})


class Forker:
    """The process that forks; several threads may use it simultaneously."""

    def __init__(self) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")}
        # Unbuffered, so that a test sees what a fork says when it says it.
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tests.chaos.forking"],
            cwd=ROOT,
            env={**own, "PYTHONDONTWRITEBYTECODE": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        self._lock = threading.Lock()

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> Fork:
        """Start ``python -m`` with these words and this environment in a group of its own.

        Its output is added to `log`.
        """
        request = {"words": list(words), "environment": dict(environment), "log": str(log)}
        return Fork(self, self.send(request))

    def send(self, request: Mapping[str, Any]) -> int:
        """Return the answer to a request."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process. What it has started lives on."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=PATIENCE)


@cache
def open_forker() -> Forker:
    """Return the forker of this process."""
    forker = Forker()
    atexit.register(forker.close)
    return forker


def run(words: Sequence[str], environment: Mapping[str, str], log: Path) -> str:
    """Return the output of a program that runs ``python -m`` with these words and ends well."""
    code = open_forker().start(words, environment, log).wait()
    output = log.read_text("utf-8")
    assert code == 0, output
    return output


def can_fork(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether a command can be a fork: this Python, a module, and nothing that changes imports."""
    is_module = list(words[:2]) == [sys.executable, "-m"]
    own_path = environment.get("PYTHONPATH") or os.environ.get("PYTHONPATH")
    return is_module and own_path == os.environ.get("PYTHONPATH")


def answer_requests() -> None:
    """Start programs and reap them, as told by the lines of standard input, until it ends."""
    # As the PDF worker does: Celery reads it when it is imported.
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
    import_for_forks([*IMPORTED, *ALSO_IMPORTED])
    for line in sys.stdin:
        request = json.loads(line)
        print(_wait_for_program(request["reap"]) if "reap" in request else _start(**request), flush=True)


def _start(words: Sequence[str], environment: Mapping[str, str], log: str) -> int:
    with Path(log).open("ab") as output:
        return ForkedProgram(words, environment, output, partial(os.chdir, ROOT), ()).pid


def _wait_for_program(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    answer_requests()
