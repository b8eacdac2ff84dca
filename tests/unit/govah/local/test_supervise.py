"""The process tree, seen from outside: a supervisor in a process of its own, with tiny programs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from govah.local import supervise
from govah.local.supervise import Bounds, Program, ProgramFailed, Supervisor
from tests.waiting import PATIENCE, wait_until

SLEEPER = """
import os, pathlib, signal, sys, time
name = os.environ["NAME"]
def note(what):
    with open("events", "a") as events: events.write(f"{what} {name} {os.getpid()}\\n")
def end(*_):
    note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if name == "deaf" else end)
note("started")
pathlib.Path(f"{name}.ready").touch()
while True: time.sleep(60)
"""
TREE = """
import json, sys
from pathlib import Path
from govah.local.supervise import *
plan = json.loads(sys.argv[1])
programs = [
    Program(name, [sys.executable, "-c", plan["code"]], {"NAME": name}, after, Path(f"{name}.ready").exists)
    for name, after in plan["programs"]
]
Supervisor(programs, Path("logs"), Bounds(**plan["bounds"])).run(lambda: print("all ready", flush=True))
"""
ROOT = Path(supervise.__file__).parents[2]


class Tree:
    """A supervisor at work in `directory`."""

    def __init__(self, directory: Path, *programs: tuple[str, list[str]], **bounds: float) -> None:
        plan = {"code": SLEEPER, "programs": programs, "bounds": bounds}
        self.directory = directory
        self.process = subprocess.Popen(
            [sys.executable, "-c", TREE, json.dumps(plan)],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "all ready\n"

    def list_events(self, what: str) -> list[str]:
        lines = (self.directory / "events").read_text().splitlines()
        return [line.split()[1] for line in lines if line.startswith(what)]

    def list_pids(self, name: str) -> list[int]:
        lines = (self.directory / "events").read_text().splitlines()
        return [int(line.split()[2]) for line in lines if line.startswith(f"started {name}")]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=PATIENCE)


def is_running(pid: int) -> bool:
    """Return whether a process lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def grow(tmp_path: Path) -> Iterator[Callable[..., Tree]]:
    trees: list[Tree] = []

    def start(*programs: tuple[str, list[str]], **bounds: float) -> Tree:
        trees.append(Tree(tmp_path, *programs, **bounds))
        return trees[-1]

    yield start
    for tree in trees:
        tree.end()


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_starts_in_order_and_stops_in_reverse(grow: Callable[..., Tree], stop_signal: signal.Signals) -> None:
    tree = grow(("front", ["service"]), ("service", ["store"]), ("store", []))
    assert tree.list_events("started") == ["store", "service", "front"]
    tree.process.send_signal(stop_signal)
    assert tree.process.wait(timeout=PATIENCE) == 0
    assert tree.list_events("ended") == ["front", "service", "store"]


def test_program_that_dies_is_started_again(grow: Callable[..., Tree]) -> None:
    tree = grow(("one", []), ("other", []), first_pause=0.05)
    os.kill(tree.list_pids("one")[0], signal.SIGKILL)
    wait_until(lambda: len(tree.list_pids("one")) == 2, "it did not happen")
    assert len(tree.list_pids("other")) == 1
    assert is_running(tree.list_pids("one")[1])


def test_program_that_dies_too_often_ends_the_tree(tmp_path: Path) -> None:
    programs = [Program("steady", ["sleep", "60"]), Program("weak", ["sh", "-c", "echo no luck; sleep 0.15"])]
    with pytest.raises(ProgramFailed, match=r"weak died 3 times within 60 seconds(.|\n)*no luck"):
        Supervisor(programs, tmp_path, Bounds(deaths=2, first_pause=0.01)).run()


def test_program_that_ignores_the_stop_is_killed(grow: Callable[..., Tree]) -> None:
    tree = grow(("deaf", []), stop_within=0.5)
    tree.process.terminate()
    assert tree.process.wait(timeout=PATIENCE) == 0
    assert not is_running(tree.list_pids("deaf")[0])


def test_no_orphan_when_the_supervisor_is_killed(grow: Callable[..., Tree]) -> None:
    tree = grow(("one", []), ("two", []))
    tree.process.kill()
    pids = [*tree.list_pids("one"), *tree.list_pids("two")]
    wait_until(lambda: not any(is_running(pid) for pid in pids), "it did not happen")


def test_program_that_never_gets_ready_is_named(tmp_path: Path) -> None:
    slow = Program(
        "slow", ["sh", "-c", "echo still at it; exec sleep 60"], ready=lambda: False, ready_within=0.2
    )
    with pytest.raises(ProgramFailed, match=r"slow was not ready within 0.2 seconds(.|\n)*still at it"):
        Supervisor([slow], tmp_path).run()


def test_program_that_ends_immediately_is_not_restarted(tmp_path: Path) -> None:
    broken = Program("broken", ["sh", "-c", "echo port taken >&2; exit 3"], ready=lambda: False)
    with pytest.raises(ProgramFailed, match=r"broken ended before it was ready(.|\n)*port taken"):
        Supervisor([broken], tmp_path).run()
    assert (tmp_path / "broken.log").read_text() == "port taken\n"


def test_on_ready_may_stop_the_tree(tmp_path: Path) -> None:
    supervisor = Supervisor([Program("one", ["sleep", "60"])], tmp_path)
    supervisor.run(supervisor.stop)


def test_failure_of_on_ready_is_raised_after_everything_has_stopped(tmp_path: Path) -> None:
    def fail() -> None:
        raise LookupError("no sample")

    supervisor = Supervisor(
        [Program("one", ["sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 60"])], tmp_path
    )
    with pytest.raises(LookupError):
        supervisor.run(fail)
    assert not is_running(int((tmp_path / "pid").read_text()))


def test_signal_breaks_off_on_ready(tmp_path: Path) -> None:
    def seed_slowly() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
        is_seeded.append(True)

    is_seeded: list[bool] = []
    handler = signal.getsignal(signal.SIGTERM)
    Supervisor([Program("one", ["sleep", "60"])], tmp_path).run(seed_slowly)
    assert not is_seeded
    assert signal.getsignal(signal.SIGTERM) == handler


def test_a_child_left_behind_by_a_dead_program_is_killed(tmp_path: Path) -> None:
    leaves_one = f"sleep 60 & echo $! >> {tmp_path}/left; sleep 0.2"
    with pytest.raises(ProgramFailed):
        Supervisor([Program("leaky", ["sh", "-c", leaves_one])], tmp_path, Bounds(deaths=0)).run()
    wait_until(lambda: not is_running(int((tmp_path / "left").read_text())), "it did not happen")
