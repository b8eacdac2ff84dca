"""Point-in-time recovery by the scripts of compose's profile `pitr`: nothing of before the moment is lost."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests import servers
from tests.waiting import wait_until

SCRIPTS = servers.ROOT / "deploy" / "compose" / "pitr"
# With more connections than by default, as compose.yaml has it: the command line says so, not a file.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "max_connections": "150",
}


class Archive:
    """A server whose log is streamed to a folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.archive = root, root / "archive"
        self.user = servers.find_unprivileged_user()
        self.archive.mkdir()
        if self.user:
            shutil.chown(self.archive, self.user)
        path = [str(servers.find_postgresql_programs()), os.environ["PATH"]]
        self.environment = {
            "PATH": os.pathsep.join(path),
            "ARCHIVE": str(self.archive),
            "PGDATA": str(root / "data"),
            "PGHOST": str(root),
            "PGUSER": "govah",
            "RECEIVER_PID": str(self.archive / "receiver.pid"),
        }

    @contextmanager
    def run_server(self) -> Iterator[str]:
        with servers.postgresql(self.root, SETTINGS) as url:
            yield url.format(name="postgres")

    @contextmanager
    def run_stream(self) -> Iterator[None]:
        script = [str(SCRIPTS / "archive.sh")]
        with subprocess.Popen(
            script, env=self.environment, cwd=self.archive, user=self.user, stdout=sys.stderr
        ) as streaming:
            try:
                wait_until(self.list_bases, "a base backup", pause=0.1)
                yield
            finally:
                streaming.terminate()

    def list_bases(self) -> list[Path]:
        return sorted((self.archive / "base").glob("[0-9]*"))

    def recover(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPTS / "recover.sh"), *words],
            env=self.environment | environment,
            cwd=self.archive,
            user=self.user,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def archive() -> Iterator[Archive]:
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="govah-") as directory:
        Path(directory).chmod(0o755)
        yield Archive(Path(directory))


def read_names(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM things ORDER BY name")]


def test_a_moment_comes_back_and_then_the_end(archive: Archive) -> None:
    with (
        archive.run_server() as url,
        archive.run_stream(),
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE things (name text)")
        connection.execute("INSERT INTO things VALUES ('a')")
        [sent] = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone() or [""]
        moment = datetime.now(UTC).isoformat()
        connection.execute("INSERT INTO things VALUES ('b')")
        # A stop that nobody planned: what was committed last is in the archive already.
        query = f"SELECT bool_and(flush_lsn > '{sent}') FROM pg_stat_replication"
        wait_until(lambda: (connection.execute(query).fetchone() or [False])[0], "the log is streamed")
        assert archive.recover("latest").returncode == 1
        # What `make recover` asks before it takes the system down.
        assert archive.recover("--check", "latest").returncode == 0
        assert archive.recover("--check", "2001-01-01T00:00:00Z").returncode == 1
        elsewhere = archive.recover("--check", "latest", GOVAH_POSTGRES="one:5432,two:5432")
        assert (elsewhere.returncode, "one:5432,two:5432" in elsewhere.stderr) == (1, True)
    early = archive.recover("2001-01-01T00:00:00Z")
    assert (early.returncode, "no base backup" in early.stderr) == (1, True)
    # The log ends before that moment, which shows only at its end: then all is as before.
    data = archive.root / "data"
    before = sorted(data.iterdir())
    future = archive.recover("2099-01-01T00:00:00Z")
    assert (future.returncode, "is put back" in future.stderr) == (1, True), future.stderr
    assert sorted(data.iterdir()) == before
    recovered = archive.recover(moment)
    assert recovered.returncode == 0, recovered.stdout + recovered.stderr
    with run_again(archive) as url:
        assert read_names(url) == ["a"]
        with archive.run_stream(), psycopg.connect(url, autocommit=True) as connection:
            connection.execute("INSERT INTO things VALUES ('c')")
    recovered = archive.recover("latest")
    assert recovered.returncode == 0, recovered.stdout + recovered.stderr
    with run_again(archive) as url:
        assert read_names(url) == ["a", "c"]


@contextmanager
def run_again(archive: Archive) -> Iterator[str]:
    """Run a server on the folder that was filled."""
    programs = servers.find_postgresql_programs()
    data = archive.root / "data"
    words = [str(programs / "postgres"), "-D", str(data), "-k", str(archive.root), "--listen_addresses="]
    with subprocess.Popen(words, cwd=archive.root, user=archive.user, stdout=sys.stderr) as server:
        url = f"postgresql://govah@/postgres?host={archive.root}"
        try:
            servers.wait_until_up(server, url)
            yield url
        finally:
            server.terminate()
