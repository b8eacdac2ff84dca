"""The outbox: events numbered without gaps in the order of commits, tasks published at least once."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from kombu.exceptions import OperationalError as BrokerAway

from services.kit import logging
from services.kit.db import Sessions, read_database_time
from services.kit.outbox import (
    BATCH,
    TASK_RETENTION_SECONDS,
    add_event,
    add_task,
    delete_old_tasks,
    number_events,
    publish_tasks,
)
from tests.service.kit.tiny import FeedCounter, Outbox


def write(sessions: Sessions, *names: str) -> None:
    with sessions.begin() as session:
        for name in names:
            add_event(session, Outbox, name, data={})


def list_numbers(sessions: Sessions) -> list[tuple[int, str]]:
    with sessions() as session:
        query = (
            sa.select(Outbox.number, Outbox.name).where(Outbox.number.is_not(None)).order_by(Outbox.number)
        )
        return [(number, name) for number, name in session.execute(query) if number is not None]


def relay(sessions: Sessions) -> int:
    return number_events(sessions, Outbox, FeedCounter)


class Broker:
    """Takes tasks until it is away."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Mapping[str, Any], str]] = []
        self.takes = 10**6

    def publish(self, name: str, data: Mapping[str, Any], request_id: str) -> None:
        if len(self.taken) >= self.takes:
            raise BrokerAway
        self.taken.append((name, data, request_id))


def test_events_are_numbered_from_one_without_gaps(sessions: Sessions) -> None:
    write(sessions, "a", "b")
    assert list_numbers(sessions) == []
    assert relay(sessions) == 2
    assert relay(sessions) == 0
    write(sessions, "c")
    assert relay(sessions) == 1
    assert list_numbers(sessions) == [(1, "a"), (2, "b"), (3, "c")]


def test_more_events_than_a_batch_are_numbered_batch_by_batch(sessions: Sessions) -> None:
    write(sessions, *["a"] * (BATCH + 1))
    assert [relay(sessions), relay(sessions), relay(sessions)] == [BATCH, 1, 0]


def test_a_change_rolled_back_leaves_no_event_and_no_gap(sessions: Sessions) -> None:
    with sessions() as session, session.begin():
        add_event(session, Outbox, "undone", data={})
        session.rollback()
    write(sessions, "a")
    relay(sessions)
    assert list_numbers(sessions) == [(1, "a")]


def test_tasks_get_no_numbers(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add_task(session, Outbox, "render", {"id": "1"})
    assert relay(sessions) == 0


def test_a_late_commit_gets_the_later_number(postgresql_sessions: Sessions) -> None:
    sessions = postgresql_sessions
    with sessions.begin() as early:
        add_event(early, Outbox, "written first, committed last", data={})
        early.flush()
        write(sessions, "written last, committed first")
        relay(sessions)
    relay(sessions)
    assert [name for _, name in list_numbers(sessions)] == [
        "written last, committed first",
        "written first, committed last",
    ]


def test_simultaneous_relays_leave_no_gap_and_repeat_no_number(sessions: Sessions) -> None:
    written = threading.Event()
    start = threading.Barrier(4)

    def write_many(writer: int) -> None:
        start.wait(10)
        for index in range(25):
            write(sessions, f"{writer}.{index:02}")

    def relay_until_written() -> None:
        start.wait(10)
        # SQLite gives its lock to the first at the right moment: relays that never pause starve writers.
        while not written.wait(0.002):
            relay(sessions)
        relay(sessions)

    with ThreadPoolExecutor(4) as pool:
        relays = [pool.submit(relay_until_written) for _ in range(2)]
        writers = [pool.submit(write_many, writer) for writer in range(2)]
        for done in writers:
            done.result(30)
        written.set()
        for done in relays:
            done.result(30)
    numbers, names = zip(*list_numbers(sessions), strict=True)
    assert numbers == tuple(range(1, 51))
    for writer in "01":
        own = [name for name in names if name.startswith(writer)]
        assert own == sorted(own)


def test_a_task_is_published_with_its_ids_and_the_request_id(sessions: Sessions) -> None:
    logging.bind_request_id("request-1")
    with sessions.begin() as session:
        add_task(session, Outbox, "render", {"request_id": "1"})
    broker = Broker()
    assert publish_tasks(sessions, Outbox, broker.publish) == 1
    assert publish_tasks(sessions, Outbox, broker.publish) == 0
    assert broker.taken == [("render", {"request_id": "1"}, "request-1")]


def test_a_broker_that_is_away_keeps_the_tasks_in_their_order(sessions: Sessions) -> None:
    with sessions.begin() as session:
        for name in ("a", "b", "c"):
            add_task(session, Outbox, name, {})
    broker = Broker()
    broker.takes = 1
    with pytest.raises(BrokerAway):
        publish_tasks(sessions, Outbox, broker.publish)
    broker.takes = 10
    assert publish_tasks(sessions, Outbox, broker.publish) == 2
    assert [name for name, _, _ in broker.taken] == ["a", "b", "c"]


def test_a_crash_between_publishing_and_marking_publishes_again(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add_task(session, Outbox, "render", {})
    broker = Broker()

    def publish_and_die(name: str, data: Mapping[str, Any], request_id: str) -> None:
        broker.publish(name, data, request_id)
        raise SystemExit

    with pytest.raises(SystemExit):
        publish_tasks(sessions, Outbox, publish_and_die)
    assert publish_tasks(sessions, Outbox, broker.publish) == 1
    assert len(broker.taken) == 2


def test_only_tasks_published_long_ago_are_forgotten(sessions: Sessions) -> None:
    write(sessions, "event")
    relay(sessions)
    with sessions.begin() as session:
        for name in ("old", "new", "waiting"):
            add_task(session, Outbox, name, {})
        long_ago = read_database_time(session) - timedelta(seconds=TASK_RETENTION_SECONDS + 1)
        session.execute(
            sa.update(Outbox).where(Outbox.name.in_(["old", "event"])).values(published_at=long_ago)
        )
        session.execute(
            sa.update(Outbox)
            .where(Outbox.name == "new")
            .values(published_at=long_ago + timedelta(seconds=60))
        )
    delete_old_tasks(sessions, Outbox)
    with sessions() as session:
        assert set(session.scalars(sa.select(Outbox.name))) == {"event", "new", "waiting"}
