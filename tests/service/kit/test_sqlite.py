"""SQLite overwrites what is deleted, and its write-ahead log is emptied when that is asked for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.kit.db import Sessions, new_engine, new_sessions
from services.kit.sqlite import truncate_log, truncate_log_at_commit
from tests.service.kit.tiny import Base, FailedAttempt

SECRET = "a key that nobody may find any more"


@pytest.fixture
def sessions(sqlite_url: str) -> Iterator[Sessions]:
    engine = new_engine(sqlite_url)
    Base.metadata.create_all(engine)
    yield new_sessions(engine)
    engine.dispose()


def log_of(sessions: Sessions) -> Path:
    return Path(f"{sessions.kw['bind'].url.database}-wal")


def add(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.add(FailedAttempt(key=SECRET))


def delete(sessions: Sessions, *, empties: bool) -> None:
    with sessions.begin() as session:
        session.execute(sa.delete(FailedAttempt))
        if empties:
            truncate_log_at_commit(session)


def test_every_connection_overwrites_what_it_deletes(sessions: Sessions) -> None:
    engine = sessions.kw["bind"]
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
            connection.rollback()


def test_the_log_is_emptied_after_the_commit_that_asks_for_it(sessions: Sessions) -> None:
    add(sessions)
    delete(sessions, empties=False)
    assert SECRET.encode() in log_of(sessions).read_bytes()
    add(sessions)
    delete(sessions, empties=True)
    assert log_of(sessions).stat().st_size == 0
    # The next transaction asks for nothing.
    add(sessions)
    assert log_of(sessions).stat().st_size > 0


def test_log_is_truncated_after_a_rollback_and_not_after_a_savepoint(sessions: Sessions) -> None:
    add(sessions)
    with sessions.begin() as session:
        with session.begin_nested():
            session.execute(sa.delete(FailedAttempt))
            truncate_log_at_commit(session)
        assert log_of(sessions).stat().st_size > 0
    assert log_of(sessions).stat().st_size == 0
    add(sessions)
    with sessions() as session:
        session.execute(sa.delete(FailedAttempt))
        truncate_log_at_commit(session)
        session.rollback()
        session.add(FailedAttempt(key=SECRET))
        session.commit()
    assert log_of(sessions).stat().st_size > 0


def test_truncation_returns_whether_the_log_is_empty(sessions: Sessions) -> None:
    engine = sessions.kw["bind"]
    add(sessions)
    with closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM failed_attempts").fetchall()
        add(sessions)
        assert not truncate_log(engine)
        reader.execute("COMMIT")
        assert truncate_log(engine)
    assert truncate_log(engine)


def test_other_databases_have_no_such_log(postgresql_url: str) -> None:
    for url in (postgresql_url, "sqlite://"):
        engine = new_engine(url)
        Base.metadata.create_all(engine)
        add(new_sessions(engine))
        delete(new_sessions(engine), empties=True)
        assert truncate_log(engine)
        engine.dispose()
