"""Systems with the sample data: it is imported once in a test run, and copied for every other system.

The import costs twice as much of a processor as the rest of a start.
"""

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.processes import list_tree
from tests.e2e.system import Embedded, free_port, start
from tests.servers import locked

# What every start makes again.
OF_ONE_RUN = shutil.ignore_patterns("run", "lock", "logs")


def start_sampled(room: Path, data_dir: Path, environment: Mapping[str, str] | None = None) -> Embedded:
    """Start a system with the sample data. The first of a run, whose room is given, imports it."""
    sample = room / "sample"
    with locked(room / "sample.lock"):
        if not sample.exists():
            system = start(data_dir, free_port(), sample=True, environment=environment)
            # Another name until it is whole: a worker that was killed leaves half of one.
            part = room / f"sample.{os.getpid()}"
            with frozen(system):
                shutil.copytree(data_dir, part, ignore=OF_ONE_RUN)
            part.rename(sample)
            return system
    shutil.copytree(sample, data_dir)
    return start(data_dir, free_port(), sample=True, environment=environment)


@contextmanager
def frozen(system: Embedded) -> Iterator[None]:
    """Let no process of a system go on meanwhile. Its files are then as a crash would leave them."""
    stopped: list[int] = []
    try:
        # A process that was still running may have started others.
        while new := [pid for pid in list_tree(system.process.pid) if pid not in stopped]:
            for pid in new:
                os.kill(pid, signal.SIGSTOP)
            stopped += new
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
