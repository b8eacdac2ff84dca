"""What the processes of an attacked system cost: which they are, and memory at its height, from /proc."""

from collections.abc import Iterator
from pathlib import Path

from bench.processes import list_tree

KIBIBYTES = 1024


def find_service(supervisor: int, name: str) -> list[int]:
    """Return the process ids of one service below its supervisor: gunicorn and its worker."""
    for pid in list_tree(supervisor):
        if _read_name(pid) == name:
            return list_tree(pid)
    raise LookupError(name)


def reset_peak(pids: list[int]) -> None:
    """Let the peak of resident memory begin where it is now (proc_pid_clear_refs(5))."""
    for pid in pids:
        (Path("/proc") / str(pid) / "clear_refs").write_text("5")


def read_peak_mebibytes(pids: list[int]) -> int:
    """Return the most resident memory of the largest process since it began or was reset."""
    return max(_read_status(pid, "VmHWM") for pid in pids) // KIBIBYTES


def read_resident_mebibytes(pids: list[int]) -> int:
    """Return the resident memory of the largest process now."""
    return max(_read_status(pid, "VmRSS") for pid in pids) // KIBIBYTES


def _read_status(pid: int, name: str) -> int:
    for line in _read_lines(pid):
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0


def _read_lines(pid: int) -> Iterator[str]:
    yield from (Path("/proc") / str(pid) / "status").read_text("utf-8").splitlines()


def _read_name(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "comm").read_text("utf-8").strip()
    except OSError:
        return ""
