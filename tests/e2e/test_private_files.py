"""No file of the embedded system is another user's to read, whoever wrote it and however it was before."""

from pathlib import Path

import pytest

from tests.e2e.client import Stranger
from tests.e2e.conftest import System, free_port, open_to_others, start

# Not in the group of the shared system: it is made ready, stopped and started once more.
pytestmark = pytest.mark.xdist_group("e2e-private")


def use(system: System) -> None:
    """Let every program write: a letter is asked for, rendered, kept, and opened by a code."""
    citizen = Stranger(system).citizen()
    letter = citizen.ask_for_letter("all")
    permit = citizen.permit(letter["id"])
    code = system.demo["citizens"][0]["national_code"], permit["code"]
    assert Stranger(system).inquire(*code).status_code == 200


def test_a_running_system_leaves_nothing_open(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"
    running = start(data_dir, free_port(), sample=True)
    try:
        use(running)
        written = {str(path.relative_to(data_dir)) for path in data_dir.rglob("*")}
        assert {
            "demo.json",
            "messages.jsonl",
            *(f"db/auth.sqlite3{end}" for end in ("", "-wal", "-shm")),
        } <= written
        assert any(name.startswith("objects/disclosure/") for name in written)
        assert any(name.startswith("valkey/appendonlydir/") for name in written)
        assert {"logs/auth.log", "logs/pdfworker.log", "run/addresses.json", "sample-lists"} <= written
        assert list(open_to_others(data_dir)) == []
    finally:
        running.stop()
    # As a version before left it.
    for path in (data_dir, *data_dir.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    again = start(data_dir, free_port(), sample=True)
    try:
        use(again)
        assert list(open_to_others(data_dir)) == []
    finally:
        again.stop()
