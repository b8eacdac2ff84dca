"""`govah status` of the running system, as an operator calls it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.client import Stranger
from tests.e2e.conftest import Embedded, System

pytestmark = pytest.mark.xdist_group("e2e")
ROOT = Path(__file__).resolve().parents[2]


def test_a_running_system_is_told_to_be_well(system: System) -> None:
    if not isinstance(system, Embedded):
        pytest.skip("another system's programs cannot be asked from here")
    Stranger(system).citizen(4).ask_for_letter("all")
    command = [sys.executable, "-m", "gateway.cli", "status", "--data-dir", str(system.data_dir), "--json"]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    told = json.loads(asked.stdout)
    assert (asked.returncode, told["findings"]) == (0, []), asked.stdout
    assert told["workers"] == 1
    assert told["letters_last_hour"] >= 1
    assert told["silent"] == []
    assert len(told["behind"]) >= 5
