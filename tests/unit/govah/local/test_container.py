"""The container of a whole service has each of its roles once, and their output is its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from govah.local import container
from govah.local.container import build_program, list_parts
from govah.local.roles import ROLES
from services import SERVICES
from tests.waiting import PATIENCE

ROOT = Path(container.__file__).parents[2]
SUPERVISOR = """
import sys
from govah.local.supervise import Bounds, Program, ProgramFailed, Supervisor
programs = [Program("weak", [sys.executable, "-m", "weak"], {"WHO": "fork"}, forked=True)]
try:
    Supervisor(programs, None, Bounds(deaths=0)).run()
except ProgramFailed as failure:
    sys.exit(str(failure))
"""
WEAK = """
import os, sys, time
print(os.environ["WHO"], "out", flush=True)
print(os.environ["WHO"], "err", file=sys.stderr, flush=True)
time.sleep(0.3)
"""
COUNTER = """
from prometheus_client import Counter
COUNTER = Counter("runs", "Runs")
"""
PROGRAM = """
from counter import COUNTER
COUNTER.inc()
print("counted", COUNTER._value.get(), flush=True)
"""
COUNTED = """
import os
import counter
from govah.local.supervise import Bounds, Program, ProgramFailed, Supervisor
second = {"PROMETHEUS_MULTIPROC_DIR": os.environ["SECOND_DIR"]}
command = ["python", "-m", "program"]
program = Program("program", command, second, forked=True, inherits_files=True)
try:
    Supervisor([program], None, Bounds(deaths=0)).run()
except ProgramFailed:
    pass
"""


@pytest.mark.parametrize("service", SERVICES)
def test_no_role_of_a_service_is_left_out(service: str, tmp_path: Path) -> None:
    parts = list_parts(service)
    own = {role.name for role in ROLES if role.service == service and not role.loops}
    assert {part.name for part in parts} == own | {f"{service}-background"}
    programs = {part.name: build_program(part, tmp_path) for part in parts}
    assert programs[service].command == [sys.executable, "-m", "gunicorn", f"services.{service}.app:serve()"]
    # Two programs that counted in one folder under two ports would be added up twice.
    assert programs[service].environment == {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "web")}
    assert programs[f"{service}-background"].environment == {}
    assert all(program.forked for program in programs.values())


def test_the_importer_runs_beside_and_opens_no_port(tmp_path: Path) -> None:
    importer = list_parts("records")[-1]
    program = build_program(importer, tmp_path)
    assert program.command == [sys.executable, "-m", "services.records"]
    assert program.environment == {"GOVAH_METRICS_LISTEN": ""}


def test_a_fork_counts_in_files_of_its_own(tmp_path: Path) -> None:
    """The library has opened files in the first process; it counts in others after the fork."""
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    (tmp_path / "counter.py").write_text(COUNTER)
    (tmp_path / "program.py").write_text(PROGRAM)
    ran = run_python(
        tmp_path,
        COUNTED,
        PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "first"),
        SECOND_DIR=str(tmp_path / "second"),
    )
    assert "counted 1.0" in ran.stdout, ran.stdout + ran.stderr
    assert [path.name.startswith("counter_") for path in (tmp_path / "second").iterdir()] == [True]


def run_python(directory: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{directory}", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_what_programs_write_goes_to_the_output_of_the_container(tmp_path: Path) -> None:
    (tmp_path / "weak.py").write_text(WEAK)
    ran = run_python(tmp_path, SUPERVISOR)
    assert ran.stdout.splitlines() == ["fork out", "fork err"]
    assert ran.returncode == 1
    assert "weak died 1 times" in ran.stderr
