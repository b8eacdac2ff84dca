"""Fixtures of all levels: a database of either kind, a broker, a bucket, and the servers behind."""

import gc
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis
from hypothesis import settings

from services.kit.storage import S3Config
from tests import servers
from tests.apps import compile_routes_late, share_paths, share_templates
from tests.databases import PostgresqlTemplates, SqliteTemplates
from tests.groups import GroupScheduling, order_and_write
from tests.statements import share_statements
from tests.temporary import write_to_memory
from tests.untracked import list_untracked

# A deadline measures the machine's load, not the code. `make fuzz` takes the profile `full`.
settings.register_profile("fast", deadline=None, max_examples=40)
settings.register_profile("full", deadline=None, max_examples=1_000)
settings.load_profile("fast")
share_statements()
share_templates()
compile_routes_late()
share_paths()
ROOM = pytest.StashKey[Path]()
UNTRACKED = pytest.StashKey[frozenset[str]]()
# Objects between two searches for garbage, not 700: most of what a test makes goes without them.
GARBAGE = (5_000, 20, 20)


def pytest_configure(config: pytest.Config) -> None:
    """Open the room for servers; a worker of pytest-xdist enters that of the run it belongs to."""
    if hasattr(config, "workerinput"):
        config.stash[ROOM] = Path(config.workerinput["room"])
        servers.enter_room(config.stash[ROOM])
        return
    write_to_memory(config)
    stack = ExitStack()
    config.stash[ROOM] = stack.enter_context(servers.open_room())
    servers.enter_room(config.stash[ROOM])
    config.add_cleanup(stack.close)
    config.stash[UNTRACKED] = list_untracked()


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Fail a run that leaves new files in the root of the work tree."""
    yield
    before = session.config.stash.get(UNTRACKED, None)
    if before is not None and (left := sorted(list_untracked() - before)):
        print(f"\nERROR: the tests left in the work tree: {', '.join(left)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the room's path to a new worker of pytest-xdist."""
    node.workerinput["room"] = str(node.config.stash[ROOM])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling | None:
    """Return the scheduler of `--dist loadgroup`."""
    by_group = config.getvalue("dist") == "loadgroup"
    return GroupScheduling(config, log, config.stash[ROOM]) if by_group else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests of a pytest-xdist worker and write their groups, once all have their marks."""
    if hasattr(config, "workerinput"):
        order_and_write(items, config.stash[ROOM], config.workerinput["workercount"])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Search for no garbage while modules and tests are collected, nor later among them: all of it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


@pytest.fixture(scope="session")
def room(pytestconfig: pytest.Config) -> Path:
    """Return the directory that the workers of this run share."""
    return pytestconfig.stash[ROOM]


@pytest.fixture(scope="session")
def has_postgresql_server(pytestconfig: pytest.Config) -> Iterator[psycopg.Connection]:
    """Return a connection through which databases are made and dropped."""
    url = servers.ensure_server(pytestconfig.stash[ROOM], "postgresql")
    with psycopg.connect(url.format(name="postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def postgresql_templates(
    has_postgresql_server: psycopg.Connection, pytestconfig: pytest.Config
) -> PostgresqlTemplates:
    room = pytestconfig.stash[ROOM]
    return PostgresqlTemplates(has_postgresql_server, servers.ensure_server(room, "postgresql"), room)


@pytest.fixture(scope="session")
def sqlite_templates(pytestconfig: pytest.Config) -> SqliteTemplates:
    return SqliteTemplates(pytestconfig.stash[ROOM])


@pytest.fixture
def package() -> str | None:
    """Return the package whose schema a test's databases have; a service's conftest names its own."""
    return None


@pytest.fixture
def postgresql_url(postgresql_templates: PostgresqlTemplates, package: str | None) -> Iterator[str]:
    """Return the address of this test's own PostgreSQL database, with the schema of `package`."""
    with postgresql_templates.lend(package) as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_templates: SqliteTemplates, package: str | None, tmp_path: Path) -> str:
    """Return the address of this test's own SQLite database, with the schema of `package`."""
    path = tmp_path / "test.db"
    return sqlite_templates.copy(package, path) if package else f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return a database of this test's own; the test runs once with each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def broker_url(pytestconfig: pytest.Config, worker_id: str) -> str:
    """Return an empty broker; each worker of pytest-xdist has a numbered database of one server."""
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw"))
    url = f"{servers.ensure_server(pytestconfig.stash[ROOM], 'valkey')}/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@dataclass(frozen=True)
class Bucket:
    """A bucket and how to reach it."""

    url: str
    access: S3Config

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a service that keeps its objects in it, but for the credentials."""
        return {
            "storage_url": self.url,
            "storage_endpoint": self.access["endpoint"],
            "storage_region": self.access["region"],
        }


@pytest.fixture
def bucket(pytestconfig: pytest.Config) -> Bucket:
    """Return an empty bucket of this test's own, on an S3 server that takes any credentials."""
    endpoint = servers.ensure_server(pytestconfig.stash[ROOM], "s3")
    name = f"test-{uuid.uuid4().hex}"
    httpx.put(f"{endpoint}/{name}").raise_for_status()
    access = S3Config(
        endpoint=endpoint, region="us-east-1", access_key_id="tests", secret_access_key="no secret"
    )
    return Bucket(f"s3://{name}/some/prefix", access)
