"""Programs a bench starts, and what they cost in processor time and memory, as /proc (proc(5)) tells it."""

import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

TICKS = os.sysconf("SC_CLK_TCK")
READY_WITHIN, STOP_WITHIN = 60.0, 30.0


@contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    ready: Callable[[], bool] = lambda: True,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends. Raises RuntimeError when it does not get ready."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(process, ready, log)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program as its supervisor would; one that has ended stays so."""
    process.terminate()
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not _is_ready(ready):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{log.stem} does not get ready:\n{log.read_text('utf-8', 'replace')[-3000:]}")
        time.sleep(0.05)


def _is_ready(ready: Callable[[], bool]) -> bool:
    with suppress(OSError, httpx.HTTPError):
        return ready()
    return False


def _stats() -> dict[int, tuple[int, float]]:
    """Of every process its parent and the seconds of CPU that it and its ended children took."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        # A process may end while it is looked at. Its name may hold blanks and brackets.
        with suppress(OSError):
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
            found[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / TICKS
    return found


def tree(root: int) -> list[int]:
    """A process and all its living descendants."""
    children = defaultdict(list)
    for process, (parent, _) in _stats().items():
        children[parent].append(process)
    found = [root]
    for process in found:
        found += children[process]
    return found


def cpu_seconds(root: int) -> float:
    """The CPU time of a process, its descendants, and those of them that have ended and were waited for."""
    stats = _stats()
    return sum(stats[process][1] for process in tree(root) if process in stats)


def machine_seconds() -> float:
    """The CPU time that everything on this machine has taken, waiting for disks left out."""
    user, nice, system, _idle, _waiting, *interrupts = (
        int(ticks) for ticks in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts)) / TICKS


def memory_mebibytes(root: int) -> float:
    """The memory of a process and its descendants; what they share counts once (PSS)."""
    kibibytes = 0
    for process in tree(root):
        with suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
            kibibytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kibibytes / 1024
