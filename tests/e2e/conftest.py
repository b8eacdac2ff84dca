"""Systems that journeys share: one that runs, one without sample data, one that was stopped and restored.

Where `GOVAH_E2E_DIR` names the folder of another demo.json and messages.jsonl, their system is taken instead.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.left_behind import LeftBehind, Restored, leave_behind, restored_from
from tests.e2e.otlp import Receiver, receiving
from tests.e2e.sampled import start_sampled
from tests.e2e.system import Embedded, System, free_port, start


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    """Where the shared system sends its traces."""
    with receiving() as one:
        yield one


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory, room: Path, receiver: Receiver) -> Iterator[System]:
    """Return the system with its sample data, shared by the journeys."""
    if "GOVAH_E2E_DIR" in os.environ:
        yield System(Path(os.environ["GOVAH_E2E_DIR"]))
        return
    # The delay in milliseconds.
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_BSP_SCHEDULE_DELAY": "500"}
    running = start_sampled(room, tmp_path_factory.mktemp("govah") / "data", traced)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="package")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """Return a system without sample data, for tests of the door and of processes; the last one ends it."""
    running = start(tmp_path_factory.mktemp("govah"), free_port(), forked=False)
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture(scope="package")
def left(tmp_path_factory: pytest.TempPathFactory, room: Path) -> LeftBehind:
    """Return a system that was used, backed up and stopped."""
    return leave_behind(room, tmp_path_factory.mktemp("govah"))


@pytest.fixture(scope="package")
def restored(left: LeftBehind) -> Iterator[Restored]:
    """Return a running system that was restored in the place of the stopped one, which is gone."""
    with restored_from(left) as one:
        yield one
