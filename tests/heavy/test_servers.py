"""The servers of a test run: empty for every test, and gone when the run is, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from tests import servers
from tests.waiting import PATIENCE, wait_until

RUN = """
import sys
from tests import servers
with servers.open_room() as room:
    print(room, servers.ensure_server(room, sys.argv[1]), flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("_again", [1, 2])
def test_database_is_empty_and_writable(database_url: str, _again: int) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE only_here (id INTEGER)"))
        assert sa.inspect(connection).get_table_names() == ["only_here"]
    engine.dispose()


@pytest.mark.parametrize("_again", [1, 2])
def test_broker_is_empty_and_writable(broker_url: str, _again: int) -> None:
    with redis.Redis.from_url(broker_url) as client:
        assert client.dbsize() == 0
        client.set("only", "here")


@pytest.fixture(params=["postgresql", "valkey"])
def run(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Return a test run of its own that has one server, with the room it is in."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, request.param],
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().split()[0])


def find_servers(room: Path) -> set[int]:
    """Return the processes that work in the room; its servers do, their keepers do not."""
    pids = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((process / "cwd").readlink()).startswith(str(room)):
                pids.add(int(process.name))
    return pids


def test_servers_end_before_their_run_does(run: tuple[subprocess.Popen[str], Path]) -> None:
    process, room = run
    assert find_servers(room)
    process.communicate("\n", timeout=PATIENCE)
    assert not find_servers(room)
    assert not room.exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_servers_end_with_a_run_that_is_broken_off(
    run: tuple[subprocess.Popen[str], Path], how: signal.Signals
) -> None:
    process, room = run
    os.kill(process.pid, how)
    process.wait(timeout=PATIENCE)
    wait_until(lambda: not find_servers(room) and not room.exists(), "servers outlived their run")
