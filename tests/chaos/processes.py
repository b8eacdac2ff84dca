"""Programs that a test may kill, pause and start again at will; used by `stack`.

Each runs in a process group of its own, as in production each runs in a container of its own. One that ends
without a test's doing is started again, as compose.yaml's `restart: unless-stopped` does; one that a test has
killed stays dead until the test starts it. This module run as a program is the undertaker: it lives
as long as the test run holds its standard input, and then kills every reported group and removes
their directory.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from tests.forking import Fork, can_fork, open_forker
from tests.servers import ROOT
from tests.waiting import PATIENCE, wait_until

RESTART_PAUSE = 0.5


def _is_always_ready() -> bool:
    return True


@dataclass(frozen=True)
class Command:
    """What is run as `name`: words, settings beside the test run's own, who it runs as, when it is ready.

    A probe that raises OSError or httpx.HTTPError is not ready yet.
    """

    name: str
    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = _is_always_ready
    user: str | None = None
    # PostgreSQL's immediate shutdown, which is a crash, is asked for by a signal of its own.
    kill_with: int = signal.SIGKILL


class Running:
    """One command and, while it runs, its process; its output goes to a file."""

    def __init__(self, command: Command, log: Path, undertaker: "Undertaker") -> None:
        self.command = command
        self.log = log
        self.process: subprocess.Popen[bytes] | Fork | None = None
        self.wanted = False
        self.start_again_at = 0.0
        self._end = -1
        self._undertaker = undertaker

    def start(self, environment: Mapping[str, str]) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")}
        settings = {**own, "PYTHONUNBUFFERED": "1", **self.command.environment, **environment}
        words = self.command.words
        if can_fork(words, settings):
            self.process = open_forker().start(words[2:], settings, self.log)
        else:
            self.process = self._spawn(settings)
        # The forks are not children of this process, so there is no waitid(2).
        self._end = os.pidfd_open(self.process.pid)
        self._undertaker.report_group(self.process.pid, born=True)

    def _spawn(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command.words,
                cwd=self.log.parent if self.command.user else ROOT,
                env=environment,
                user=self.command.user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def has_died(self) -> bool:
        """Return whether it has ended, without reaping: until `kill_and_wait` the group keeps its number."""
        return self.process is not None and bool(select.select([self._end], [], [], 0)[0])

    def is_alive(self) -> bool:
        return self.process is not None and not self.has_died()

    def send_signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        if self.process is not None:
            os.killpg(self.process.pid, number)

    def kill_and_wait(self) -> int:
        """Kill what is left of the group. Return the exit code of its first process."""
        assert self.process is not None
        select.select([self._end], [], [])
        os.killpg(self.process.pid, signal.SIGKILL)
        self._undertaker.report_group(self.process.pid, born=False)
        code = self.process.wait()
        os.close(self._end)
        self.process = None
        return code


class Undertaker:
    """A process that outlives the test run for a moment, and lets nothing else outlive it."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.processes", str(directory)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        self._lock = threading.Lock()

    def report_group(self, group: int, *, born: bool) -> None:
        """Report a process group that was started, or that is gone."""
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(f"{group if born else -group}\n")
            self._process.stdin.flush()

    def close(self) -> None:
        """End everything that is left; returns when it is done."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=PATIENCE)


class Processes:
    """All programs of one stack, by name."""

    def __init__(self, directory: Path) -> None:
        self.logs = directory / "logs"
        self.logs.mkdir()
        # PostgreSQL may run as another user.
        self.logs.chmod(0o777)
        self.deaths: list[tuple[str, int]] = []
        self._running: dict[str, Running] = {}
        self._environments: dict[str, Mapping[str, str]] = {}
        self._undertaker = Undertaker(directory)
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher")
        self._watcher.start()

    def add(self, command: Command) -> None:
        """Make a program known; `start` starts it."""
        with self._lock:
            self._running[command.name] = Running(
                command, self.logs / f"{command.name}.log", self._undertaker
            )

    def start(self, name: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a program that does not run; it keeps what is added to its settings here for later starts."""
        with self._lock:
            running = self._running[name]
            assert running.process is None, f"{name} runs already"
            self._environments[name] = {**self._environments.get(name, {}), **(environment or {})}
            running.wanted = True
            running.start(self._environments[name])

    def wait_until_ready(self, *names: str) -> None:
        """Return when these programs are ready."""
        for name in names:
            wait_until(partial(self._is_ready, name), f"{name} is not ready")

    def _is_ready(self, name: str) -> bool:
        with suppress(OSError, httpx.HTTPError):
            return self._running[name].command.ready()
        return False

    def kill(self, name: str) -> None:
        """Kill all processes of a program, as by kill -9. It stays dead until it is started."""
        with self._lock:
            running = self._running[name]
            running.wanted = False
            if running.process is not None:
                # A paused process would not receive any other signal.
                running.send_signal(running.command.kill_with)
                running.send_signal(signal.SIGCONT)
                running.kill_and_wait()

    def end(self, name: str) -> None:
        """Have a program end by SIGTERM and wait for it. It stays dead until it is started."""
        with self._lock:
            running = self._running[name]
            running.wanted = False
            assert running.process is not None, f"{name} does not run"
            os.kill(running.process.pid, signal.SIGTERM)
        wait_until(lambda: not self.is_alive(name), f"{name} does not end")
        self.kill(name)

    def send_signal(self, name: str, number: int) -> None:
        """Send any signal to all processes of a program."""
        with self._lock:
            self._running[name].send_signal(number)

    def find_pid(self, name: str) -> int:
        """Return the id of the first process of a running program."""
        process = self._running[name].process
        assert process is not None, f"{name} does not run"
        return process.pid

    def is_alive(self, name: str) -> bool:
        with self._lock:
            return self._running[name].is_alive()

    def read_log(self, name: str) -> str:
        """Return all output of a program so far."""
        path = self._running[name].log
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def list_names(self) -> Sequence[str]:
        return list(self._running)

    def _watch(self) -> None:
        while not self._closing.wait(0.05):
            with self._lock:
                for name, running in self._running.items():
                    if running.has_died():
                        self.deaths.append((name, running.kill_and_wait()))
                        running.start_again_at = time.monotonic() + RESTART_PAUSE
                    elif (
                        running.wanted
                        and running.process is None
                        and time.monotonic() >= running.start_again_at
                    ):
                        running.start(self._environments[name])

    def close(self) -> None:
        """Kill everything."""
        self._closing.set()
        self._watcher.join()
        for running in self._running.values():
            running.send_signal(running.command.kill_with)
        for name in self.list_names():
            self.kill(name)
        self._undertaker.close()


def list_children(pid: int) -> Sequence[int]:
    """Return the direct children of a process."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(word) for word in text.split()]


def kill_remaining(directory: Path) -> None:
    """Read which groups live until the input ends, then leave nothing behind."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line)
        if group > 0:
            groups.add(group)
        else:
            groups.discard(-group)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    kill_remaining(Path(sys.argv[1]))
