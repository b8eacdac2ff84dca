"""The embedded system, started as a person would: `govah run` on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.forking import Fork, open_forker
from tests.servers import find_room
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class System:
    """A running system and the folder with its sample accounts and messages."""

    data_dir: Path

    @property
    def base_url(self) -> str:
        return str(self.demo["base_url"])

    @property
    def demo(self) -> dict[str, Any]:
        accounts: dict[str, Any] = json.loads((self.data_dir / "demo.json").read_text("utf-8"))
        return accounts

    def list_messages(self) -> list[dict[str, Any]]:
        path = self.data_dir / "messages.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


@dataclass
class Embedded(System):
    """A running embedded system."""

    port: int
    process: subprocess.Popen[str] | Fork
    output: str = ""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_up(self) -> None:
        wait_until(self._is_up, lambda: "the system is not up: " + "\n".join(self.log_tails()), pause=0.1)

    def _is_up(self) -> bool:
        assert self.process.poll() is None, self._read_output()
        try:
            return httpx.get(f"{self.base_url}/healthz", timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False

    def _read_output(self) -> str:
        if isinstance(self.process, Fork):
            return self.process.read_output(PATIENCE)
        return self.process.communicate(timeout=PATIENCE)[0]

    def log_tails(self) -> Iterator[str]:
        for log in sorted((self.data_dir / "logs").glob("*.log")):
            yield f"== {log.name}\n{log.read_text('utf-8')[-1500:]}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Return the exit code, once the process has ended."""
        self.output = self._read_output()
        assert self.process.returncode is not None
        return self.process.returncode


def start(
    data_dir: Path,
    port: int,
    *,
    sample: bool = False,
    wait: bool = True,
    environment: Mapping[str, str] | None = None,
    forked: bool = True,
) -> Embedded:
    """Start `govah run` with the variables api.md names, and others; as a fork, or as a person would."""
    variables = {"PORT": str(port), "GOVAH_DATA_DIR": str(data_dir), "SAMPLE": str(int(sample))}
    variables |= environment or {}
    process = fork(os.environ | variables) if forked else spawn(os.environ | variables)
    system = Embedded(data_dir, port, process)
    if wait:
        try:
            system.wait_until_up()
        except BaseException:
            process.send_signal(signal.SIGKILL)
            system.wait()
            raise
    return system


def fork(environment: Mapping[str, str]) -> Fork:
    """Start `govah run` as a fork of a process that has imported it, which is a quarter of its start."""
    log = find_room() / f"run-{uuid.uuid4().hex}.log"
    return open_forker("system-forker").start(["govah.cli", "run"], environment, log)


def spawn(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start `govah run` as a person would."""
    return subprocess.Popen(
        [sys.executable, "-m", "govah.cli", "run"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def open_to_others(data_dir: Path) -> Iterator[str]:
    """Yield what lies in a data directory, itself included, with any right for group or others."""
    for path in (data_dir, *data_dir.rglob("*")):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if status.st_mode & 0o077 and not path.is_symlink():
            yield f"{path.relative_to(data_dir)} {oct(status.st_mode & 0o777)}"


def list_processes(system: Embedded) -> dict[str, int]:
    """Return the process ids of the system's direct children by name, or by command line unless forked."""
    own, processes = read_command(system.process.pid), {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command, name = read_command(int(entry.name)), (entry / "comm").read_text().strip()
        except OSError:
            continue
        if int(stat[1]) == system.process.pid:
            processes[name if command == own else command] = int(entry.name)
    return processes


def read_command(pid: int) -> str:
    """Return the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def list_living(processes: dict[str, int]) -> list[str]:
    """Return the commands of those that still run."""
    return [command for command, pid in processes.items() if Path(f"/proc/{pid}").exists()]
