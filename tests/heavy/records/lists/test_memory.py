"""The largest permitted lists are read within a bound of memory, in a process of their own.

`make test` reads a file of a quarter of the permitted bytes and a tenth of the permitted rows that is taken,
and one that is refused, within a fifth of the bound; `make fuzz` reads every kind whole (TEST_SIZE=full).
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.records.lists.dbf import MAX_BYTES, MAX_RECORDS
from tests.fakes.hostile_lists import (
    build_largest_list,
    write_lam_alef,
    write_quoted_text,
    write_wrong_number,
)
from tests.sizes import IS_FULL

MEASURE = """
import re, resource, sys
from tests.heavy.records.lists import test_memory
from services.records.lists import read_list
header, workers = test_memory.LARGEST[sys.argv[1]]()
size = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (size - len(workers) + int(sys.argv[2]) * 1024**2,) * 2)
parsed = read_list(header, workers)
print(parsed.is_importable, len(parsed.findings), parsed.findings_total, len(list(parsed.rows)))
"""


# Rows and bytes, and the mebibytes that they may take and cannot do with.
ROWS, SIZE, UPPER, LOWER = (
    (MAX_RECORDS, MAX_BYTES, 250, 60) if IS_FULL else (MAX_RECORDS // 10, MAX_BYTES // 4, 50, 12)
)
only_full = pytest.mark.skipif(not IS_FULL, reason="only make fuzz has the time")
LARGEST: dict[str, Callable[[], tuple[bytes, bytes]]] = {
    "differing": lambda: build_largest_list(rows=ROWS, size=SIZE),
    "lam-alef": lambda: build_largest_list(write_lam_alef, ROWS, SIZE),
    "quoted": lambda: build_largest_list(write_quoted_text, ROWS, SIZE),
    "wrong": lambda: build_largest_list(write_wrong_number, ROWS, SIZE),
}


def read_within(shape: str, mebibytes: int) -> subprocess.CompletedProcess[str]:
    """Read a largest list in a process that has this much memory for it, its files included."""
    return subprocess.run(
        [sys.executable, "-c", MEASURE, shape, str(mebibytes)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[4],
        timeout=600,
    )


@pytest.mark.parametrize(
    ("shape", "output"),
    [
        ("differing", ["True", "1000", str(5 * ROWS - 2), str(ROWS)]),
        pytest.param("lam-alef", ["True", "1000"], marks=only_full),
        pytest.param("quoted", ["True", "1000"], marks=only_full),
        ("wrong", ["False", "1000", str(12 * ROWS - 6), "0"]),
    ],
)
def test_the_largest_list_takes_no_more_memory_than_its_bound(shape: str, output: list[str]) -> None:
    done = read_within(shape, UPPER)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout.split()[: len(output)] == output


def test_lower_bound_of_memory_fails() -> None:
    assert "MemoryError" in read_within("differing", LOWER).stderr
