"""Prints coverage of lines and branches, by room, above pytest's last line: `make coverage` loads it by -p.

It counts what runs in pytest's own processes and those of pytest-xdist, not in programs that tests start.
"""

import json
import os
from collections import Counter
from pathlib import PurePath
from typing import Any

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover, merge_coverage

ROOMS = ["services", "gateway"]
SLIPCOVER = Slipcover(branch=True, source=ROOMS)
MERGED: dict[str, Any] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Instrument what is imported from here on, unless workers do the work; conftest.py comes later."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        ImportManager(SLIPCOVER, FileMatcher(sources=ROOMS)).__enter__()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what a worker has counted to the run that it belongs to."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["coverage"] = json.dumps(SLIPCOVER.get_coverage())
    elif not session.config.getoption("numprocesses", None):
        MERGED.update(SLIPCOVER.get_coverage())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker has counted; one that crashed has handed over nothing."""
    counted = getattr(node, "workeroutput", {}).get("coverage")
    if counted and MERGED:
        merge_coverage(MERGED, json.loads(counted))
    elif counted:
        MERGED.update(json.loads(counted))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each room and one for all."""
    if not MERGED or "PYTEST_XDIST_WORKER" in os.environ:
        return
    rooms: dict[str, Counter[str]] = {}
    for name, file in MERGED["files"].items():
        counts = Counter({key: value for key, value in file["summary"].items() if isinstance(value, int)})
        rooms.setdefault("/".join(PurePath(name).parts[:2]), Counter()).update(counts)
    terminalreporter.section("coverage of lines and branches")
    for room, counts in [*sorted(rooms.items()), ("total", sum(rooms.values(), Counter()))]:
        lines, branches = (compute_share(counts, kind) for kind in ("lines", "branches"))
        terminalreporter.write_line(f"{room:24} lines {lines:>6}  branches {branches:>6}")


def compute_share(counts: Counter[str], kind: str) -> str:
    """Return the share of lines or branches that ran, in percent."""
    covered = counts[f"covered_{kind}"]
    everything = covered + counts[f"missing_{kind}"]
    return f"{100 * covered / everything:.1f}%" if everything else "-"
