"""Databases: moments, transactions and migrations, alike on SQLite and PostgreSQL."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, StatementError

from services.kit.db import (
    Sessions,
    new_engine,
    new_metadata,
    read_database_time,
    sql_now,
)
from tests.service.kit.tiny import FailedAttempt, Note, Outbox

TEHRAN = timezone(timedelta(hours=3, minutes=30))
START = datetime(1950, 1, 1, tzinfo=UTC)
MOMENTS = st.builds(
    lambda microseconds, zone: (START + timedelta(microseconds=microseconds)).astimezone(zone),
    st.integers(0, 250 * 366 * 86_400_000_000),
    st.sampled_from([UTC, TEHRAN]),
)


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_in(sessions: Sessions) -> None:
    moment = datetime(2026, 3, 21, 1, 30, 0, 123456, TEHRAN)
    with sessions.begin() as session:
        session.add(FailedAttempt(key="k", at=moment))
    with sessions() as session:
        stored = session.scalars(sa.select(FailedAttempt.at)).one()
    assert stored == moment
    assert stored.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(sessions: Sessions) -> None:
    with pytest.raises(StatementError, match="time zone"), sessions.begin() as session:
        session.add(FailedAttempt(key="k", at=datetime(2026, 3, 21)))  # noqa: DTZ001 -- what is refused


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MOMENTS, min_size=2))
def test_moments_are_compared_as_moments(sessions: Sessions, moments: list[datetime]) -> None:
    with sessions() as session:
        session.add_all(FailedAttempt(key="k", at=moment) for moment in moments)
        session.flush()
        assert list(session.scalars(sa.select(FailedAttempt.at).order_by(FailedAttempt.at))) == sorted(
            moments
        )
        later = session.scalars(sa.select(FailedAttempt.at).where(FailedAttempt.at > moments[0])).all()
        assert sorted(later) == sorted(moment for moment in moments if moment > moments[0])


@pytest.mark.parametrize("seconds", [0, -1, 59, -86_400 * 400, 86_400 * 400])
def test_the_databases_clock_can_be_moved_by_seconds(sessions: Sessions, seconds: int) -> None:
    # What a database says may end at a whole millisecond.
    off, rounding = timedelta(seconds=seconds), timedelta(seconds=0.01)
    began = datetime.now(UTC)
    with sessions() as session:
        before = read_database_time(session)
        moved = session.scalars(sa.select(sql_now(seconds))).one()
        assert before - rounding <= moved - off <= read_database_time(session) + rounding
    assert began - rounding <= moved - off <= datetime.now(UTC) + rounding


def test_what_the_clock_wrote_is_compared_with_what_python_wrote(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.execute(sa.insert(FailedAttempt).values(key="by the database"))
        session.add(FailedAttempt(key="long ago", at=read_database_time(session) - timedelta(hours=1)))
        session.add(FailedAttempt(key="ahead", at=read_database_time(session) + timedelta(hours=1)))
        session.flush()
        for seconds, keys in ((-60, {"by the database", "ahead"}), (60, {"ahead"}), (-7200, None)):
            rows = set(
                session.scalars(sa.select(FailedAttempt.key).where(FailedAttempt.at > sql_now(seconds)))
            )
            assert rows == (keys or {"by the database", "ahead", "long ago"})


def test_simultaneous_writers_wait_for_each_other(sessions: Sessions) -> None:
    with sessions.begin() as session:
        session.add(Note(owner=uuid.UUID(int=1), text="", count=0))

    def raise_by_one(_: int) -> None:
        with sessions.begin() as session:
            note = session.scalars(sa.select(Note).with_for_update()).one()
            note.count += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(raise_by_one, range(40)))
    with sessions() as session:
        assert session.scalars(sa.select(Note.count)).one() == 40


def test_objects_stay_readable_after_their_transaction(sessions: Sessions) -> None:
    with sessions.begin() as session:
        event = Outbox(kind="event", name="a", data={"b": [1]}, request_id="r")
        session.add(event)
    assert (event.position, event.data) == (1, {"b": [1]})


@pytest.fixture
def empty(database_url: str) -> Iterator[sa.Engine]:
    engine = new_engine(database_url)
    yield engine
    engine.dispose()


def test_foreign_keys_hold(empty: sa.Engine) -> None:
    metadata = new_metadata()
    sa.Table("parents", metadata, sa.Column("id", sa.Integer(), primary_key=True))
    children = sa.Table("children", metadata, sa.Column("parent", sa.ForeignKey("parents.id")))
    metadata.create_all(empty)
    with pytest.raises(IntegrityError), empty.begin() as connection:
        connection.execute(sa.insert(children).values(parent=1))


def test_a_new_sqlite_database_is_opened_while_another_program_writes_its_first_table(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE first (id)")
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, other.commit).start()
    engine = new_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    other.close()
