"""Tests of one `xdist_group` share a worker, neighbours of a module too, with the pinned pytest and xdist."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests import servers
from tests.groups import BUNDLES
from tests.waiting import PATIENCE

WORKERS = 2
TESTS_OF_A_GROUP = 6
# The number of tests that are bundled in pairs for these workers.
UNGROUPED, BUNDLE = WORKERS * BUNDLES, 2
# The groups alternate, so that a distribution test by test spreads each over both workers.
MODULE = f"""
import os
from pathlib import Path

import pytest


def record(group):
    with Path("workers.txt").open("a", encoding="ascii") as file:
        file.write(f"{{group}} {{os.environ['PYTEST_XDIST_WORKER']}}\\n")


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(group, marks=pytest.mark.xdist_group(group))
        for _ in range({TESTS_OF_A_GROUP})
        for group in ("first", "second")
    ],
)
def test_grouped(group):
    record(group)


@pytest.mark.parametrize("number", range({UNGROUPED}))
def test_ungrouped(number):
    record(f"none-{{number // {BUNDLE}}}")
"""


def run_pytest(directory: Path) -> subprocess.CompletedProcess[str]:
    """Return a finished run of the directory's tests on several workers, with the hooks of tests.conftest."""
    (directory / "pytest.ini").write_text("[pytest]\n", "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-p", "tests.conftest", "-v"]
    return subprocess.run(
        [*command, "-n", str(WORKERS), "--dist", "loadgroup", "."],
        cwd=directory,
        env=environment | {"PYTHONPATH": str(servers.ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_group_stays_on_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_workers.py").write_text(MODULE, "utf-8")
    ran = run_pytest(tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    workers: dict[str, list[str]] = defaultdict(list)
    for line in (tmp_path / "workers.txt").read_text("ascii").splitlines():
        group, worker = line.split()
        workers[group].append(worker)
    bundles = [workers[f"none-{number}"] for number in range(UNGROUPED // BUNDLE)]
    assert {len(bundle) for bundle in bundles} == {BUNDLE}
    # Neighbours share what their module makes, and all workers have some.
    assert {len(set(bundle)) for bundle in bundles} == {1}
    assert len({bundle[0] for bundle in bundles}) == WORKERS
    for group in ("first", "second"):
        assert len(workers[group]) == TESTS_OF_A_GROUP
        assert len(set(workers[group])) == 1, workers
    # One worker does not run everything, and node ids stay as they are, so that --lf finds them.
    assert set(workers["first"]) != set(workers["second"])
    assert "@first" not in ran.stdout
