"""Keeps a small tree of programs running in the foreground: ordered start, restart, ordered stop.

`embedded` describes the programs and runs them here. supervisord has no readiness and no
limit that ends the whole tree, and it leaves orphans when it is killed (docs/decisions/0006).
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import httpx

from govah.local.data_directory import PRIVATE_FOLDER, PRIVATE_UMASK
from govah.local.forking import CAN_FORK, ForkedProgram
from govah.local.program_logs import LogFile, ProgramLog, StandardOutput

TICK_SECONDS = 0.1
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15  # prctl(2)
LIBC = ctypes.CDLL(None)


class ProgramFailed(Exception):
    """A program did not become ready or died too often; the message ends with its last log lines."""


@dataclass(frozen=True)
class Program:
    """One command of the tree.

    `environment` is added to the supervisor's own. The program starts once all named in `after` are ready and
    is stopped before any of them. Without a `ready` probe it is ready as soon as it is started; a probe that
    raises OSError or httpx.HTTPError is not ready yet. A `forked` program's command is this Python, ``-m``, a
    module and its words; where it can be, it runs as a fork of the supervisor. It `inherits_files` that
    libraries keep open from their import on.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    after: Sequence[str] = ()
    ready: Callable[[], bool] = lambda: True
    ready_within: float = 30.0
    forked: bool = False
    inherits_files: bool = False


@dataclass(frozen=True)
class Bounds:
    """Limits of a supervisor; times in seconds."""

    stop_within: float = 20.0
    deaths: int = 5
    deaths_within: float = 60.0
    first_pause: float = 0.5
    longest_pause: float = 10.0


def new_http_probe(url: str) -> Callable[[], bool]:
    """Return a probe that is ready when `url` is answered with 200."""
    return lambda: httpx.get(url, timeout=1.0).status_code == httpx.codes.OK


class _Stopped(BaseException):
    """Interrupts `on_ready` when a stop is requested."""


class _Child:
    """One program with its process, its log and the times of its deaths."""

    def __init__(self, program: Program, log: ProgramLog) -> None:
        self.program = program
        self.log = log
        self.process: subprocess.Popen[bytes] | ForkedProgram | None = None
        self.ready = False
        self.started_at = 0.0
        self.start_again_at = 0.0
        self.deaths: deque[float] = deque()

    def start(self) -> None:
        environment = {**os.environ, **self.program.environment}
        with self.log.open() as log:
            self.process = self._fork(environment, log) if self._is_forked else self._spawn(environment, log)
        self.started_at = time.monotonic()

    @property
    def _is_forked(self) -> bool:
        return CAN_FORK and self.program.forked

    def _fork(self, environment: Mapping[str, str], log: BinaryIO) -> ForkedProgram:
        words = self.program.command[self.program.command.index("-m") + 1 :]
        tie = _build_parent_tie(os.getpid(), self.program.name)
        inherits = self.program.inherits_files
        return ForkedProgram(words, environment, log, tie, STOP_SIGNALS, inherits_files=inherits)

    def _spawn(self, environment: Mapping[str, str], log: BinaryIO) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C reaches only the supervisor, which then stops all in order.
        return subprocess.Popen(  # noqa: S603 (commands come from our own code)
            self.program.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_build_parent_tie(os.getpid(), self.program.name),  # noqa: PLW1509 (called from the main thread)
        )

    def has_died(self) -> bool:
        """Return whether it died, without reaping it: the process group keeps its number meanwhile."""
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self.process is not None and os.waitid(os.P_PID, self.process.pid, how) is not None

    def is_alive(self) -> bool:
        return self.process is not None and not self.has_died()

    def ask_probe(self) -> None:
        if not self.ready:
            with suppress(OSError, httpx.HTTPError):
                self.ready = self.program.ready()

    def ask_to_stop(self) -> None:
        if self.process is not None:
            os.kill(self.process.pid, signal.SIGTERM)

    def kill_remains(self) -> None:
        """Kill everything in the program's process group, itself included."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def build_failure(self, what: str) -> ProgramFailed:
        return ProgramFailed(f"{self.program.name} {what}. {self.log.describe_end()}")


class Supervisor:
    """Runs programs until it is stopped.

    The output of each goes to `log_directory`/<name>.log; without a directory, to this process's output.
    """

    def __init__(
        self, programs: Sequence[Program], log_directory: Path | None, bounds: Bounds | None = None
    ) -> None:
        self._children = [_Child(program, _choose_log(program, log_directory)) for program in programs]
        self._by_name = {child.program.name: child for child in self._children}
        self._log_directory = log_directory
        self._bounds = bounds or Bounds()
        self._stop_asked = False
        self._in_on_ready = False

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Start everything, call `on_ready` once all is ready, and return after an orderly stop.

        Must run in the main thread. SIGTERM, SIGINT, SIGHUP or `stop` end it; a signal also
        interrupts `on_ready`, during which nothing is restarted. Raises ProgramFailed, and what
        `on_ready` raises, after everything has been stopped.
        """
        if self._log_directory:
            self._log_directory.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        with self._signals_caught():
            try:
                self._start_all()
                self._call(on_ready)
                self._keep_alive()
            except _Stopped:
                pass
            finally:
                self._in_on_ready = False
                self._stop_all()

    def stop(self) -> None:
        """Make `run` stop everything and return; for `on_ready` and other threads."""
        self._stop_asked = True

    @contextmanager
    def _signals_caught(self) -> Iterator[None]:
        def request_stop(_number: int, _frame: FrameType | None) -> None:
            self._stop_asked = True
            if self._in_on_ready:
                self._in_on_ready = False
                raise _Stopped

        # nohup ignores SIGHUP on purpose.
        caught = [number for number in STOP_SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, request_stop) for number in caught}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start_all(self) -> None:
        while not self._stop_asked and not all(child.ready for child in self._children):
            for child in self._children:
                if child.process is None:
                    if all(self._by_name[name].ready for name in child.program.after):
                        child.start()
                elif child.has_died():
                    raise child.build_failure("ended before it was ready")
                elif not child.ready and time.monotonic() - child.started_at > child.program.ready_within:
                    raise child.build_failure(f"was not ready within {child.program.ready_within:g} seconds")
                else:
                    child.ask_probe()
            time.sleep(TICK_SECONDS)

    def _call(self, on_ready: Callable[[], None]) -> None:
        if not self._stop_asked:
            self._in_on_ready = True
            on_ready()
            self._in_on_ready = False

    def _keep_alive(self) -> None:
        while not self._stop_asked:
            for child in self._children:
                if child.has_died():
                    child.kill_remains()
                    self._plan_restart(child)
                elif child.process is None and time.monotonic() >= child.start_again_at:
                    child.start()
                child.log.rotate()
            time.sleep(TICK_SECONDS)

    def _plan_restart(self, child: _Child) -> None:
        """Schedule the next start, later after each death. Raises ProgramFailed after too many."""
        now = time.monotonic()
        child.deaths.append(now)
        while now - child.deaths[0] > self._bounds.deaths_within:
            child.deaths.popleft()
        if len(child.deaths) > self._bounds.deaths:
            raise child.build_failure(
                f"died {len(child.deaths)} times within {self._bounds.deaths_within:g} seconds"
            )
        pause = self._bounds.first_pause * 2 ** (len(child.deaths) - 1)
        child.start_again_at = now + min(pause, self._bounds.longest_pause)

    def _stop_all(self) -> None:
        """Stop each program after those that depend on it; kill what is left at the deadline."""
        deadline = time.monotonic() + self._bounds.stop_within
        stopping: set[str] = set()
        while time.monotonic() < deadline and any(child.is_alive() for child in self._children):
            needed = {name for child in self._children if child.is_alive() for name in child.program.after}
            for child in self._children:
                if child.program.name not in needed | stopping:
                    child.ask_to_stop()
                    stopping.add(child.program.name)
            time.sleep(TICK_SECONDS)
        for child in self._children:
            child.kill_remains()


def _choose_log(program: Program, directory: Path | None) -> ProgramLog:
    return LogFile(directory / f"{program.name}.log") if directory else StandardOutput()


def _build_parent_tie(supervisor: int, name: str) -> Callable[[], None]:
    """Return a hook by which a new process gets SIGTERM when the supervisor dies, even by kill -9 (Linux).

    A fork also gets the program's name, which `ps -o comm` shows: its command line is the supervisor's.
    """

    def bind_to_parent() -> None:
        os.umask(PRIVATE_UMASK)
        if sys.platform == "linux":
            LIBC.prctl(PR_SET_NAME, name.encode())
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != supervisor:
                os._exit(1)

    return bind_to_parent
