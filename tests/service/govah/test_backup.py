"""Backup and restore of PostgreSQL by its own programs, while the services exchange events."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from govah.ops.backup.choices import Choice
from govah.ops.backup.feeds import repair_feeds
from govah.ops.backup.folder import BackupFailed
from govah.ops.backup.site import (
    DATABASES,
    Site,
    back_up,
    check,
    has_journal_of,
    list_occupied,
    restore,
    restore_secrets,
    run_drill,
)
from services.auth import models as auth
from services.disclosure import models as disclosure
from services.inquiry import models as inquiry
from services.kit.db import Sessions, new_engine, new_sessions
from services.kit.endings import open_journal
from services.kit.feed import Event, consume_feed
from services.kit.outbox import add_event, number_events
from services.kit.schema import migrate
from services.records import models as records
from tests import servers

pytestmark = pytest.mark.xdist_group("backup")

MODELS: Mapping[str, Any] = {"auth": auth, "records": records, "disclosure": disclosure, "inquiry": inquiry}
READS = {
    "auth": ("disclosure", "inquiry"),
    "disclosure": ("auth", "inquiry"),
    "inquiry": ("auth", "disclosure"),
}


class Cluster:
    """A PostgreSQL of its own with the databases of all services, folders for their files, and a Site."""

    def __init__(self, url: str, root: Path) -> None:
        self.url, self.root = url, root
        self.secrets = root / "secrets"
        path = [str(servers.find_postgresql_programs()), str(Path(sys.executable).parent), os.environ["PATH"]]
        tool = (
            "env",
            f"PATH={os.pathsep.join(path)}",
            f"PGHOST={url.rpartition('host=')[2]}",
            f"PYTHONPATH={servers.ROOT}",
            f"GOVAH_BACKUP_DATABASES={url}",
            f"GOVAH_BACKUP_ROOT={root}",
            f"GOVAH_ENDINGS_URL={(root / 'endings').as_uri()}",
        )
        self.site = Site(tool, tool, tool, superuser="govah")
        self.sessions: dict[str, Sessions] = {}

    def create(self) -> None:
        """Create what the containers create at a first start."""
        with psycopg.connect(self.url.format(name="postgres"), autocommit=True) as connection:
            for name in DATABASES:
                connection.execute(f"CREATE ROLE {name} LOGIN")
                connection.execute(f"CREATE DATABASE {name} OWNER {name}")
        for name in ("records-objects", "disclosure-objects", "inquiry-objects", "token-keys", "peppers"):
            (self.root / name).mkdir(parents=True)

    def open(self, name: str) -> Sessions:
        if name not in self.sessions:
            address = self.url.format(name=name).replace("govah@", f"{name}@")
            self.sessions[name] = new_sessions(new_engine(address))
        return self.sessions[name]

    def migrate(self) -> None:
        for name in DATABASES:
            migrate(get_engine(self.open(name)), f"services.{name}")

    def close(self) -> None:
        for sessions in self.sessions.values():
            get_engine(sessions).dispose()
        self.sessions.clear()

    def add_said_event(self, name: str) -> None:
        with self.open(name).begin() as session:
            add_event(session, MODELS[name].Outbox, "said", data={})

    def pass_on(self) -> None:
        """Assign numbers to all events and let every consumer read once."""
        for name in DATABASES:
            number_events(self.open(name), MODELS[name].Outbox, MODELS[name].FeedCounter)
        for reader, sources in READS.items():
            for source in sources:
                self.read(reader, source)

    def read(self, reader: str, source: str) -> None:
        def add_heard_event(session: Session, event: Event) -> None:
            data = {"source": source, "id": event.id}
            add_event(session, MODELS[reader].Outbox, "heard", data=data)

        fetch = lambda after: self.read_feed(source, after)  # noqa: E731 -- one expression
        consume_feed(self.open(reader), MODELS[reader].FeedCursor, source, fetch, {"said": add_heard_event})

    def read_feed(self, name: str, after: int) -> Sequence[Event]:
        outbox = MODELS[name].Outbox
        with self.open(name)() as session:
            rows = session.scalars(
                sa.select(outbox).where(outbox.number > after).order_by(outbox.number)
            ).all()
        return [
            Event(row.number, str(row.id), row.name, row.occurred_at, row.subject, row.data, row.request_id)
            for row in rows
        ]

    def list_said(self, name: str) -> list[str]:
        return [event.id for event in self.read_feed(name, 0) if event.type == "said"]

    def list_heard(self, name: str, source: str) -> list[str]:
        outbox = MODELS[name].Outbox
        with self.open(name)() as session:
            rows = session.scalars(sa.select(outbox).where(outbox.name == "heard")).all()
        return [row.data["id"] for row in rows if row.data["source"] == source]

    def demand_everything_is_heard_once(self) -> None:
        self.pass_on()
        for reader, sources in READS.items():
            for source in sources:
                assert sorted(self.list_heard(reader, source)) == sorted(self.list_said(source)), (
                    reader,
                    source,
                )

    @property
    def urls(self) -> dict[str, str]:
        return {name: self.url.format(name=name) for name in DATABASES}


def get_engine(sessions: Sessions) -> sa.Engine:
    engine = sessions.kw["bind"]
    assert isinstance(engine, sa.Engine)
    return engine


@contextmanager
def running(root: Path) -> Iterator[Cluster]:
    # A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="govah-") as directory:
        Path(directory).chmod(0o755)
        with servers.postgresql(Path(directory)) as url:
            cluster = Cluster(url, root)
            cluster.create()
            try:
                yield cluster
            finally:
                cluster.close()


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Yield the system that is backed up."""
    with running(tmp_path_factory.mktemp("lost")) as cluster:
        cluster.migrate()
        journal = open_journal((cluster.root / "endings").as_uri())
        assert journal is not None
        journal.append("inquiry", [])
        (cluster.root / "disclosure-objects" / "ab").mkdir()
        (cluster.root / "disclosure-objects" / "ab" / "letter").write_bytes(b"a letter")
        (cluster.root / "peppers" / "pepper1").write_bytes(b"a pepper")
        cluster.secrets.mkdir()
        (cluster.secrets / "auth.pepper").write_text("drawn", "ascii")
        yield cluster


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Cluster]:
    """Yield the empty system that it is restored into."""
    with running(tmp_path / "new") as cluster:
        yield cluster


def test_what_is_backed_up_at_work_goes_on_where_it_was(lost: Cluster, new: Cluster, tmp_path: Path) -> None:
    for name in READS:
        lost.add_said_event(name)
    lost.pass_on()
    done = threading.Event()

    def keep_sending() -> None:
        while not done.wait(0.05):
            for name in READS:
                lost.add_said_event(name)
            lost.pass_on()

    worker = threading.Thread(target=keep_sending)
    worker.start()
    try:
        back_up(lost.site, lost.secrets, tmp_path / "data", tmp_path / "keys")
    finally:
        done.set()
        worker.join()
    facts = check(tmp_path / "data", tmp_path / "keys", [])
    assert has_journal_of(lost.site, facts, None)
    journal = open_journal((lost.root / "endings").as_uri())
    assert journal is not None
    assert journal.find_last_backup()
    with pytest.raises(BackupFailed, match="suspend"):
        has_journal_of(new.site, facts, None)
    assert not has_journal_of(new.site, facts, Choice.ACCEPT)
    assert run_drill(lost.site, tmp_path / "data") == sum(
        sum(rows.values()) for rows in facts["rows"].values()
    )
    restore(new.site, tmp_path / "data", tmp_path / "keys")
    # Of one moment, so that no cursor had to be helped.
    assert repair_feeds(new.urls) == {}
    before = {name: len(new.list_said(name)) for name in READS}
    assert all(before.values())
    assert before != {name: len(lost.list_said(name)) for name in READS}
    new.demand_everything_is_heard_once()
    for name in READS:
        new.add_said_event(name)
    new.demand_everything_is_heard_once()
    assert all(len(new.list_said(name)) > count for name, count in before.items())
    new.migrate()
    assert (new.root / "disclosure-objects" / "ab" / "letter").read_bytes() == b"a letter"
    assert (new.root / "peppers" / "pepper1").read_bytes() == b"a pepper"
    restore_secrets(new.secrets, tmp_path / "keys", [])
    assert (new.secrets / "auth.pepper").read_text("ascii") == "drawn"


def test_a_database_that_comes_back_older_than_its_readers_loses_no_new_event(lost: Cluster) -> None:
    lost.add_said_event("auth")
    lost.pass_on()
    site, dump = lost.site, lost.root / "auth.dump"
    with dump.open("wb") as stream:
        site.run(site.postgres, "pg_dump", "--username", "govah", "--format", "custom", "auth", stdout=stream)
    for _ in range(3):
        lost.add_said_event("auth")
    lost.pass_on()
    lost.close()
    how = ("--clean", "--if-exists", "--single-transaction", "--no-owner", "--role", "auth")
    with dump.open("rb") as stream:
        site.run(site.postgres, "pg_restore", "--username", "govah", "--dbname", "auth", *how, stdin=stream)
    counts = {reader: len(lost.list_heard(reader, "auth")) for reader in ("disclosure", "inquiry")}
    site.run(site.writer, "python", "-m", "govah.ops.backup", "mend")
    lost.add_said_event("auth")
    lost.pass_on()
    assert {reader: len(lost.list_heard(reader, "auth")) for reader in counts} == {
        reader: count + 1 for reader, count in counts.items()
    }


def test_a_database_that_holds_something_is_renamed_not_dropped(lost: Cluster, tmp_path: Path) -> None:
    back_up(lost.site, lost.secrets, tmp_path / "data", tmp_path / "keys")
    assert list_occupied(lost.site) == list(DATABASES)
    before = lost.list_said("inquiry")
    lost.add_said_event("inquiry")
    lost.pass_on()
    lost.close()
    restore(lost.site, tmp_path / "data", tmp_path / "keys")
    assert lost.list_said("inquiry") == before
    names = lost.site.run_sql("SELECT datname FROM pg_database WHERE datname LIKE '%before%'").split()
    assert sorted(name.partition("_before_")[0] for name in names) == sorted(DATABASES)
    aside = next(name for name in names if name.startswith("inquiry"))
    count = "SELECT count(*) FROM outbox WHERE name = 'said' AND number IS NOT NULL"
    assert lost.site.run_sql(count, aside) == str(len(before) + 1)


def test_failed_backup_is_reported_and_stays_incomplete(lost: Cluster, tmp_path: Path) -> None:
    elsewhere = Site(("env", "PGHOST=/nowhere", *lost.site.postgres[1:2]), lost.site.reader, lost.site.writer)
    with pytest.raises(BackupFailed, match="pg_dump"):
        back_up(elsewhere, lost.secrets, tmp_path / "data", tmp_path / "keys")
    with pytest.raises(BackupFailed, match="an incomplete one"):
        check(tmp_path / "data", tmp_path / "keys", [])
