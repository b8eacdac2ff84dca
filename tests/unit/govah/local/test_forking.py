"""Forked programs, seen from outside: they start as `python -m` would start them, and end as it would."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from govah.local import forking
from govah.local.forking import run_apart
from tests.waiting import PATIENCE

ROOT = Path(forking.__file__).parents[2]
PROGRAM = """
import atexit, json, os, signal, sys, threading, time
atexit.register(lambda: print("exit handler"))
threading.Thread(target=lambda: (time.sleep(0.1), print("thread"))).start()
seen = {
    "argv": sys.argv[1:],
    "environment": {name: value for name, value in os.environ.items() if name in ("ADDED", "GIVEN")},
    "files": [number for number in range(64) if os.path.exists(f"/proc/self/fd/{number}")],
    "is_session": os.getsid(0) == os.getpid(),
    "name": open("/proc/self/comm").read().strip(),
    "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "stop": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
    "umask": os.umask(0),
    "imported": "uuid" in sys.modules,
    "is_main": __name__,
}
print(json.dumps(seen))
sys.exit(int(os.environ.get("CODE", "0")))
"""
SUPERVISOR = """
import sys, uuid
from pathlib import Path
from govah.local.supervise import Program, Supervisor
held = open("held", "w")
program = Program(
    "a-name", [sys.executable, "-m", "program", "a", "b c"], {"ADDED": "1"}, forked=True,
    ready=lambda: "exit handler" in Path("logs/a-name.log").read_text(),
)
supervisor = Supervisor([program], Path("logs"))
supervisor.run(supervisor.stop)
"""


def supervise(directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program below a supervisor in `directory`."""
    (directory / "program.py").write_text(PROGRAM)
    return subprocess.run(
        [sys.executable, "-c", SUPERVISOR],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{directory}", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def read_log(directory: Path) -> tuple[Mapping[str, Any], list[str]]:
    """Return what the program has seen, and what came after it."""
    first, *others = (directory / "logs" / "a-name.log").read_text().splitlines()
    seen: Mapping[str, Any] = json.loads(first)
    return seen, others


def test_forked_program_starts_as_any_other(tmp_path: Path) -> None:
    supervise(tmp_path, GIVEN="2")
    seen, others = read_log(tmp_path)
    assert seen == {
        "argv": ["a", "b c"],
        "environment": {"ADDED": "1", "GIVEN": "2"},
        "files": [0, 1, 2],
        "is_session": True,
        "name": "a-name",
        "interrupt": True,
        "stop": True,
        "blocked": 0,
        "umask": 0o077,
        "imported": True,
        "is_main": "__main__",
    }
    assert others == ["thread", "exit handler"]


def test_forked_program_that_fails_ends_the_tree(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    done = supervise(tmp_path, CODE="no number")
    assert done.returncode == 1
    assert "a-name ended before it was ready" in done.stderr
    assert "ValueError: invalid literal" in done.stderr


def test_work_apart_leaves_nothing(tmp_path: Path) -> None:
    here: list[str] = []

    def change_things() -> None:
        here.append("changed")
        (tmp_path / "file").write_text(str(os.getpid()))

    run_apart(change_things)
    assert here == []
    assert int((tmp_path / "file").read_text()) != os.getpid()


def test_failure_of_work_apart_is_raised() -> None:
    def raise_error() -> None:
        raise LookupError("what")

    with pytest.raises(LookupError, match="what"):
        run_apart(raise_error)


def test_killed_work_apart_is_reported() -> None:
    with pytest.raises(ChildProcessError, match="interrupted"):
        run_apart(lambda: os.kill(os.getpid(), signal.SIGKILL))
