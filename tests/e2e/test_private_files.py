"""No file of the embedded system can be read by another user, no matter who wrote it and what mode it had."""

import pytest

from tests.e2e.client import Stranger
from tests.e2e.left_behind import LeftBehind, Restored
from tests.e2e.system import System, open_to_others

pytestmark = pytest.mark.xdist_group("e2e-left")


def use(system: System) -> None:
    """Let every program write: a letter is asked for, rendered, kept, and opened by a code."""
    citizen = Stranger(system).sign_in_citizen()
    letter = citizen.ask_for_letter("all")
    permit = citizen.issue_permit(letter["id"])
    code = system.demo["citizens"][0]["national_code"], permit["code"]
    assert Stranger(system).inquire(*code).status_code == 200


def test_a_running_system_leaves_nothing_open(left: LeftBehind) -> None:
    """As it was seen before it was stopped."""
    assert {
        "demo.json",
        "messages.jsonl",
        *(f"db/auth.sqlite3{end}" for end in ("", "-wal", "-shm")),
    } <= left.written
    assert any(name.startswith("objects/disclosure/") for name in left.written)
    assert any(name.startswith("valkey/appendonlydir/") for name in left.written)
    assert {"logs/auth.log", "logs/pdfworker.log", "run/addresses.json", "sample-lists"} <= left.written
    assert left.open_files == ()


def test_a_system_closes_what_it_finds_open(restored: Restored) -> None:
    use(restored.system)
    assert list(open_to_others(restored.system.data_dir)) == []
