"""A worker outlives the broker: Redis dies again and again, while a task with acks_late is in flight.

Celery is pinned because a worker of 5.7.0 was seen to end when that happens; run this before
lifting the pin, in full size with `make chaos` (docs/decisions/0007-celery-pin.md).
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from services.kit.queue import BrokerAway, Limits, new_celery, send_task
from tests.chaos.processes import Command, Processes
from tests.chaos.programs import build_redis_command, free_ports
from tests.chaos.rig import IS_FULL
from tests.waiting import wait_until

TASK_SECONDS = 2.0
# How long Redis is dead, each of the times: back before the task is done, or only after it.
AWAY = (0.5, 2.5, 0.0, 4.0) if IS_FULL else (0.5, 2.5)

pytestmark = pytest.mark.xdist_group("chaos-broker")


@pytest.fixture
def processes() -> Iterator[Processes]:
    directory = Path(tempfile.mkdtemp(prefix="govah-"))
    running = Processes(directory)
    yield running
    running.close()


def test_a_worker_lives_and_works_on_after_deaths_of_the_broker(processes: Processes) -> None:
    [port] = free_ports(1)
    url, record = f"redis://127.0.0.1:{port}/0", processes.logs / "progress.txt"
    record.touch()
    processes.add(build_redis_command(port, processes.logs / "redis"))
    words = [sys.executable, "-m", "tests.chaos.test_broker_deaths", url, str(record)]
    processes.add(Command("worker", words))
    processes.start("redis")
    processes.wait_until_ready("redis")
    processes.start("worker")
    main = processes.find_pid("worker")
    app = new_celery("test", url)

    for death in range(len(AWAY)):
        send(app, f"in-flight-{death}")
        wait_until_recorded(record, f"begun in-flight-{death}")
        processes.kill("redis")
        assert f"done in-flight-{death}" not in record.read_text("ascii"), "the task was not in flight"
        # The broker is back before the task is done, or after that, when nobody is there to report it to.
        time.sleep(AWAY[death])
        processes.start("redis")
        wait_until_recorded(record, f"done in-flight-{death}")
        send(app, f"after-{death}")
        wait_until_recorded(record, f"done after-{death}")
        assert processes.deaths == [], processes.read_log("worker")
        assert processes.find_pid("worker") == main


def send(app: Celery, name: str) -> None:
    """Publish a task as soon as the broker takes it."""

    def is_sent() -> bool:
        try:
            send_task(app, "record-progress", {"name": name}, "test-request")
        except BrokerAway:
            return False
        return True

    wait_until(is_sent, "the broker is away", pause=0.2)


def wait_until_recorded(record: Path, line: str) -> None:
    wait_until(lambda: line in record.read_text("ascii").splitlines(), f"{line!r} did not come")


def run_worker(url: str, record: Path) -> None:
    """Be a worker with the settings of production, and a task that takes its time."""
    app = new_celery("test", url, Limits())

    @app.task(name="record-progress")
    def record_progress(name: str) -> None:
        with record.open("a", encoding="ascii") as file:
            file.write(f"begun {name}\n")
        time.sleep(TASK_SECONDS)
        with record.open("a", encoding="ascii") as file:
            file.write(f"done {name}\n")

    # As the PDF worker runs.
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    app.worker_main(["worker", "--concurrency=1", "--loglevel=INFO", *quiet])


if __name__ == "__main__":
    run_worker(sys.argv[1], Path(sys.argv[2]))
