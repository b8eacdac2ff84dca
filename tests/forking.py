"""A process that has imported what programs import, and starts them as forks of itself.

    forker = open_forker()
    program = forker.start(["flask", "--app", …], environment, log)
    program.wait()                     # its exit code

Nine tenths of a program's start is importing, and a system is mostly starts. This module run as a program is
that process, one for all workers of a test run, as other servers of it are (`servers`): it listens at the
socket that it is given.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from govah.local.forking import ForkedProgram, import_for_forks
from govah.local.programs import IMPORTED
from tests.servers import ROOT, ensure_server, find_room
from tests.waiting import PATIENCE

# What programs import once they run, on PostgreSQL and Redis; the tests' own programs.
ALSO_IMPORTED = (
    "services.pdfworker.app",
    *("psycopg", "sqlalchemy.dialects.postgresql.psycopg", "kombu.transport.redis", "celery.bin.celery"),
    *("celery.bin.worker", "celery.apps.worker", "celery.concurrency.prefork"),
    *("tests.chaos.control", "tests.chaos.programs", "tests.chaos.dying_upload"),
)
# What a forker has imported. Systems are forks of one that has imported no more than they, since what is
# imported has metrics. PDF workers have one of their own: their metrics are for several processes,
# which is decided when they are imported; each writes them where its own environment says.
FORKERS = {
    "forker": (*IMPORTED, *ALSO_IMPORTED),
    "system-forker": (*IMPORTED, "govah.cli", "govah.local.embedded"),
    "worker-forker": ("services.pdfworker.app", "kombu.transport.redis", "celery.concurrency.prefork"),
}
# More than all threads of all workers that ask simultaneously.
WAITING = 128


class Fork:
    """A program that runs as a fork: as much of a `subprocess.Popen` as the tests need."""

    def __init__(self, forker: "Forker", pid: int, log: Path) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._forker = forker
        self._log = log
        # It is nobody's child here. Until it is reaped its number is its own.
        self._end = os.pidfd_open(pid)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code of the program once it has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._end], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a fork", timeout or 0)
            os.close(self._end)
            self.returncode = self._forker.send({"reap": self.pid})
        return self.returncode

    def poll(self) -> int | None:
        """Return the exit code of the program, None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        """Send a signal to the program, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the program to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the program."""
        self.send_signal(signal.SIGKILL)

    def read_output(self, timeout: float | None = None) -> str:
        """Return what the program wrote, once it has ended. Raises subprocess.TimeoutExpired."""
        self.wait(timeout)
        return self._log.read_text("utf-8")


class Forker:
    """The process that forks, by its socket; several threads and workers may use it simultaneously."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def start(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> Fork:
        """Start ``python -m`` with these words and this environment in a group of its own.

        Its output is added to `log`.
        """
        request = {"words": list(words), "environment": dict(environment), "log": str(log)}
        return Fork(self, self.send(request), log)

    def send(self, request: Mapping[str, Any]) -> int:
        """Return the answer to a request."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile() as answer:
                return int(answer.readline())


@cache
def open_forker(kind: str = "forker") -> Forker:
    """Return the forker of this test run, or that of PDF workers (`FORKERS`)."""
    return Forker(Path(ensure_server(find_room(), kind)))


def run(
    words: Sequence[str], environment: Mapping[str, str], log: Path, status: int = 0, kind: str = "forker"
) -> str:
    """Return the output of a program that runs ``python -m`` with these words and ends with this status."""
    code = open_forker(kind).start(words, environment, log).wait(PATIENCE)
    output = log.read_text("utf-8")
    assert code == status, output
    return output


def can_fork(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether a command can be a fork: this Python, a module, and nothing that changes imports."""
    is_module = list(words[:2]) == [sys.executable, "-m"]
    own_path = environment.get("PYTHONPATH") or os.environ.get("PYTHONPATH")
    return is_module and own_path == os.environ.get("PYTHONPATH")


def answer_requests(kind: str, path: str) -> None:
    """Start programs and reap them, as told by the lines that come to a socket."""
    # As the PDF worker does: Celery reads it when it is imported.
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
    import_for_forks(FORKERS[kind])
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(WAITING)
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile() as lines:
                # A connection that was only tried says nothing.
                if not (line := lines.readline()):
                    continue
                request = json.loads(line)
                if "reap" in request:
                    answer = _wait_for_program(request["reap"])
                else:
                    # The files of their metrics are open, until a fork opens its own.
                    answer = _start(**request, inherits_files=kind == "worker-forker")
                connection.sendall(f"{answer}\n".encode())


def _start(words: Sequence[str], environment: Mapping[str, str], log: str, *, inherits_files: bool) -> int:
    go = partial(os.chdir, ROOT)
    with Path(log).open("ab") as output:
        return ForkedProgram(words, environment, output, go, (), inherits_files=inherits_files).pid


def _wait_for_program(pid: int) -> int:
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    answer_requests(*sys.argv[1:])
