"""Programs that a bench starts, and their processor time and memory from /proc (proc(5))."""

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
    """Run a program until the block ends. Raises RuntimeError if it does not become ready."""
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
    """Stop a program as its supervisor would; one that has ended is left alone."""
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
            raise RuntimeError(
                f"{log.stem} does not become ready:\n{log.read_text('utf-8', 'replace')[-3000:]}"
            )
        time.sleep(0.05)


def _is_ready(ready: Callable[[], bool]) -> bool:
    with suppress(OSError, httpx.HTTPError):
        return ready()
    return False


def _read_stats() -> dict[int, tuple[int, float]]:
    """Return the parent of every process and the CPU seconds that it and its ended children took."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        # A process may end while it is read. Its name may hold blanks and brackets.
        with suppress(OSError):
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
            stats[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / TICKS
    return stats


def list_tree(root: int) -> list[int]:
    """Return a process and all its living descendants."""
    children = defaultdict(list)
    for process, (parent, _) in _read_stats().items():
        children[parent].append(process)
    processes = [root]
    for process in processes:
        processes += children[process]
    return processes


def measure_cpu(root: int) -> float:
    """Return the CPU time of a process and its descendants, including those that were waited for."""
    stats = _read_stats()
    return sum(stats[process][1] for process in list_tree(root) if process in stats)


def measure_machine_cpu() -> float:
    """Return the CPU time that this machine has spent, without waiting for disks."""
    user, nice, system, _idle, _waiting, *interrupts = (
        int(ticks) for ticks in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]
    )
    return (user + nice + system + sum(interrupts)) / TICKS


def measure_memory(root: int) -> float:
    """Return the memory of a process and its descendants; shared memory counts once (PSS)."""
    kibibytes = 0
    for process in list_tree(root):
        with suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text("ascii").splitlines()
            kibibytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kibibytes / 1024
