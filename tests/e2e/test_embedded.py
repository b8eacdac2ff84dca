"""The embedded system as a process: refuses, restarts, stops, and retains its data."""

import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.e2e.client import Stranger
from tests.e2e.system import Embedded, free_port, list_living, list_processes, start
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e-bare")


def test_a_second_start_on_the_same_data_is_refused(bare: Embedded) -> None:
    second = start(bare.data_dir, free_port(), wait=False)
    assert second.wait() == 1
    assert "already runs on the data" in second.output
    assert str(bare.data_dir) in second.output


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = start(tmp_path, taken.getsockname()[1], wait=False)
        assert refused.wait() == 1
    assert "cannot be used" in refused.output


@pytest.mark.parametrize("name", ["records", "services.pdfworker", "valkey"])
def test_a_process_that_dies_is_started_again(bare: Embedded, name: str) -> None:
    def find() -> list[int]:
        running = list_processes(bare)
        # A forked program has a name, any other a command.
        return [running[name]] if name in running else [pid for run, pid in running.items() if name in run]

    [pid] = find()
    os.kill(pid, signal.SIGKILL)

    def is_started_again() -> bool:
        again = find()
        return bool(again) and again != [pid]

    wait_until(is_started_again, f"{name} was not started again")
    bare.wait_until_up()


def test_state_survives_and_signals_stop_everything(bare: Embedded) -> None:
    """The supervisor is killed, and what was started again on the same data is stopped by a signal."""
    officer = bare.demo["officer"]
    before = list_processes(bare)
    bare.process.send_signal(signal.SIGKILL)
    bare.wait()
    wait_until(lambda: not list_living(before), lambda: f"orphans: {list_living(before)}")
    with pytest.raises(httpx.TransportError):
        httpx.get(bare.base_url)

    again = start(bare.data_dir, free_port())
    try:
        assert again.demo["officer"] == officer
        assert again.demo["base_url"] == again.base_url
        Stranger(again).sign_in_officer()
        before = list_processes(again)
        again.process.send_signal(signal.SIGINT)
        assert again.wait() == 0
        assert list_living(before) == []
    finally:
        again.process.send_signal(signal.SIGKILL)
