"""The embedded system as a process: refuses, restarts, stops, and keeps what it was told."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.client import Stranger
from tests.e2e.conftest import Embedded, free_port, start

pytestmark = pytest.mark.xdist_group("e2e-embedded")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A system of this module's own, without sample data."""
    running = start(tmp_path_factory.mktemp("govah"), free_port())
    yield running
    if running.process.poll() is None:
        running.stop()


def processes_of(system: Embedded) -> dict[str, int]:
    """The direct children of the system by what their command line says, with their process ids."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(stat[1]) == system.process.pid:
            found[command] = int(entry.name)
    return found


def test_a_second_start_on_the_same_data_is_refused(own: Embedded) -> None:
    second = start(own.data_dir, free_port(), wait=False)
    assert second.wait() == 1
    assert "already runs on the data" in second.said
    assert str(own.data_dir) in second.said


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = start(tmp_path, taken.getsockname()[1], wait=False)
        assert refused.wait() == 1
    assert "cannot be used" in refused.said


@pytest.mark.parametrize("name", ["services.records.app:serve", "services.pdfworker", "valkey"])
def test_a_process_that_dies_is_started_again(own: Embedded, name: str) -> None:
    [(_, pid)] = [(command, pid) for command, pid in processes_of(own).items() if name in command]
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        again = [other for command, other in processes_of(own).items() if name in command]
        if again and again != [pid]:
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"{name} was not started again")
    own.wait_until_up()


def test_state_survives_and_sigterm_stops_everything(own: Embedded) -> None:
    officer = own.demo["officer"]
    before = processes_of(own)
    assert own.stop() == 0
    time.sleep(0.2)
    assert not [pid for pid in before.values() if Path(f"/proc/{pid}").exists()]
    with pytest.raises(httpx.TransportError):
        httpx.get(own.base_url)

    again = start(own.data_dir, free_port())
    try:
        assert again.demo["officer"] == officer
        assert again.demo["base_url"] == again.base_url
        Stranger(again).officer()
        again.process.send_signal(signal.SIGINT)
        assert again.wait() == 0
    finally:
        again.process.kill()


def test_killing_the_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    doomed = start(tmp_path, free_port())
    children = processes_of(doomed)
    doomed.process.kill()
    doomed.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}").exists() for pid in children.values()):
        time.sleep(0.2)
    left = [command for command, pid in children.items() if Path(f"/proc/{pid}").exists()]
    assert not left
