"""What operators see of the running system: `govah status`, and every metric that is watched."""

import json
import re
from typing import Any

import httpx
import pytest

from govah.local.data_directory import find_addresses_file
from tests import watched
from tests.e2e.client import Stranger
from tests.e2e.left_behind import run_govah
from tests.e2e.system import Embedded, System
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")


def test_status_of_a_running_system_has_no_findings(system: System) -> None:
    if not isinstance(system, Embedded):
        pytest.skip("another system's programs cannot be asked from here")
    Stranger(system).sign_in_citizen(4).ask_for_letter("all")

    def read_status() -> dict[str, Any]:
        status: dict[str, Any] = json.loads(run_govah("status", "--data-dir", str(system.data_dir), "--json"))
        return status

    # Figures of the queue are some seconds old.
    wait_until(lambda: read_status()["letters_last_hour"], "no letter is counted")
    status = read_status()
    assert status["findings"] == [], status
    assert status["workers"] == 1
    assert status["silent"] == []
    assert len(status["behind"]) >= 5
    assert status["certificates"]["signing"] > 3000


def test_every_watched_metric_is_exposed(system: System) -> None:
    if not isinstance(system, Embedded):
        pytest.skip("another system's programs cannot be asked from here")
    Stranger(system).sign_in_citizen(4).ask_for_letter("all")
    addresses = json.loads(find_addresses_file(system.data_dir).read_text("utf-8"))
    metrics: set[str] = set()
    for url in (addresses["services"] | addresses["programs"]).values():
        for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", httpx.get(f"{url}/metrics").text, re.MULTILINE):
            metrics |= {f"{name}_bucket", f"{name}_count", f"{name}_sum"} if kind == "histogram" else {name}
    assert watched.list_metrics() - metrics == set()
