"""The control: what Celery alone, with acks_late and nothing more, loses under the same faults.

Its messages are in another database of the same Redis, its workers die when a PDF worker dies. A task takes
its time and then leaves a line in a file; nobody remembers who has asked. Run as a program, this is a worker.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import redis
from celery import Celery

from tests.chaos.processes import Command
from tests.chaos.stack import Stack

WORKERS = ("control-1", "control-2")
TASK_SECONDS = 0.5


def new_app(broker_url: str) -> Celery:
    """Return an app whose one task leaves its number behind."""
    app = Celery("control", broker=broker_url, set_as_current=False)
    app.conf.update(task_acks_late=True, task_ignore_result=True, broker_connection_retry_on_startup=True)

    @app.task(name="leave")
    def leave(number: str) -> None:
        time.sleep(TASK_SECONDS)
        with Path(os.environ["CONTROL_FILE"]).open("a", encoding="ascii") as file:
            file.write(f"{number}\n")

    return app


class Control:
    """The control of one run."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._url = stack.broker_url.removesuffix("/0") + "/1"
        self._app = new_app(self._url)
        self._file = stack.plan.data_dir / "control.txt"
        self._file.touch()
        self._accepted = 0
        for name in WORKERS:
            words = [sys.executable, "-m", "tests.chaos.control", self._url]
            environment = {"CONTROL_FILE": str(self._file), **stack.plan.bytecode}
            stack.add(Command(name, words, environment))
            stack.start(name, wait=False)

    def accept(self, tasks: int) -> None:
        """Take some tasks, just before a fault falls: so there is always something to lose."""
        for _ in range(tasks):
            self._app.send_task("leave", [str(self._accepted)], retry=False)
            self._accepted += 1

    def count_losses(self) -> tuple[int, int]:
        """Return how many tasks were lost and how many were done twice, once the workers are idle."""
        before = -1
        while self._count_waiting() or len(self._read_done()) > before:
            before = len(self._read_done())
            time.sleep(TASK_SECONDS * 2)
        done = Counter(self._read_done())
        return self._accepted - len(done), sum(count - 1 for count in done.values())

    def _read_done(self) -> Sequence[str]:
        return self._file.read_text("ascii").split()

    def _count_waiting(self) -> int:
        try:
            with redis.Redis.from_url(self._url) as client:
                return int(client.llen("celery"))
        except redis.RedisError:
            return 0


if __name__ == "__main__":
    new_app(sys.argv[1]).worker_main(["worker", "--concurrency=1", "--loglevel=WARNING"])
