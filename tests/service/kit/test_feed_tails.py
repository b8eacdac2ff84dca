"""The tail of a feed: events stay until every consumer has had them for long; a later one gets an answer."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.kit.db import Sessions, read_database_time
from services.kit.feed import Event, EventsDeleted, Synchronisation, consume_feed
from services.kit.feed_tails import BATCH, count_deletable_events, delete_old_events, find_tail, note_reader
from services.kit.retention import MAX_COUNT, Rule, build_retention_group
from tests.service.kit import tiny
from tests.service.kit.calls import build_caller_headers, read_problem
from tests.service.kit.test_feed import build_fetch, keep_note, list_notes, publish, read_cursor
from tests.service.kit.tiny import FEED, FeedCounter, FeedCursor, FeedMark, FeedReader, Outbox

CONSUMERS, DELETABLE, DAYS = {"c", "d"}, {"a", "b"}, 30


def delete(sessions: Sessions) -> int:
    return delete_old_events(sessions, FEED, CONSUMERS, DELETABLE, DAYS)


def set_age_of_marks(sessions: Sessions, days: float) -> None:
    """Set the age of every mark."""
    with sessions.begin() as session:
        moment = read_database_time(session) - timedelta(days=days)
        session.execute(sa.update(FeedMark).values(marked_at=moment))


def list_numbers(sessions: Sessions) -> Sequence[int | None]:
    with sessions() as session:
        return session.scalars(sa.select(Outbox.number).order_by(Outbox.number)).all()


def read_tail(sessions: Sessions) -> int:
    with sessions() as session:
        return find_tail(session, FeedCounter)


def read_all(sessions: Sessions, last: int) -> None:
    """Let all consumers have read that far, a long time ago."""
    for consumer in CONSUMERS:
        note_reader(sessions, FeedReader, consumer, last)
    delete(sessions)
    set_age_of_marks(sessions, DAYS + 1)


def test_events_stay_until_every_consumer_has_had_them_for_the_days(sessions: Sessions) -> None:
    publish(sessions, "a", "a", "a")
    assert delete(sessions) == 0
    note_reader(sessions, FeedReader, "c", 3)
    assert delete(sessions) == 0
    note_reader(sessions, FeedReader, "d", 2)
    assert delete(sessions) == 0
    set_age_of_marks(sessions, DAYS - 0.1)
    assert delete(sessions) == 0
    assert list_numbers(sessions) == [1, 2, 3]
    set_age_of_marks(sessions, DAYS + 0.1)
    assert delete(sessions) == 2
    assert (list_numbers(sessions), read_tail(sessions)) == ([3], 2)
    assert delete(sessions) == 0


def test_consumer_that_never_came_keeps_every_event(sessions: Sessions) -> None:
    publish(sessions, "a")
    note_reader(sessions, FeedReader, "c", 1)
    delete(sessions)
    set_age_of_marks(sessions, DAYS + 1)
    assert delete(sessions) == 0
    assert list_numbers(sessions) == [1]


def test_reader_beside_the_services_holds_events_back_until_it_is_forgotten(sessions: Sessions) -> None:
    publish(sessions, "a", "a")
    read_all(sessions, 2)
    note_reader(sessions, FeedReader, "audit", 1)
    assert delete(sessions) == 1
    group = build_retention_group(sessions, "tiny", FEED, [])
    assert CliRunner().invoke(group, ["forget-reader", "nobody"]).exit_code == 1
    assert CliRunner().invoke(group, ["forget-reader", "audit"]).exit_code == 0
    assert delete(sessions) == 1
    assert list_numbers(sessions) == []


def test_restored_consumer_keeps_what_it_has_lost(sessions: Sessions) -> None:
    publish(sessions, "a", "a", "a")
    read_all(sessions, 3)
    note_reader(sessions, FeedReader, "d", 1)
    assert delete(sessions) == 1
    assert list_numbers(sessions) == [2, 3]


def test_permanent_and_unknown_events_and_tasks_stay(sessions: Sessions) -> None:
    publish(sessions, "a", "permanent", "b", "of-a-newer-version")
    tiny_task = {"kind": "task", "name": "a", "data": {}, "request_id": "r"}
    with sessions.begin() as session:
        session.execute(sa.insert(Outbox).values(**tiny_task))
    read_all(sessions, 4)
    assert delete(sessions) == 4
    assert sorted(number or 0 for number in list_numbers(sessions)) == [0, 2, 4]
    assert read_tail(sessions) == 4


def test_one_step_deletes_one_batch(sessions: Sessions) -> None:
    publish(sessions, *["a"] * (BATCH + 1))
    read_all(sessions, BATCH + 1)
    with sessions() as session:
        for limit, counted in ((9, 9), (MAX_COUNT, BATCH + 1)):
            assert count_deletable_events(session, FEED, CONSUMERS, DELETABLE, DAYS, limit) == counted
    assert [delete(sessions) for _ in range(3)] == [BATCH, 1, 0]


def test_progress_is_stored_once_a_minute_and_a_step_back_immediately(sessions: Sessions) -> None:
    def read_last() -> int:
        with sessions() as session:
            return session.scalars(sa.select(FeedReader.last)).one()

    for number, stored in ((5, 5), (6, 5), (4, 4)):
        note_reader(sessions, FeedReader, "c", number)
        assert read_last() == stored
    with sessions.begin() as session:
        long_ago = read_database_time(session) - timedelta(minutes=2)
        session.execute(sa.update(FeedReader).values(read_at=long_ago))
    note_reader(sessions, FeedReader, "c", 7)
    assert read_last() == 7


def test_marks_that_no_step_needs_are_deleted(sessions: Sessions) -> None:
    for number in range(1, 5):
        publish(sessions, "a")
        with sessions.begin() as session:
            session.execute(sa.delete(FeedReader))
        read_all(sessions, number)
        delete(sessions)
    with sessions() as session:
        assert session.scalars(sa.select(sa.func.count()).select_from(FeedMark)).one() <= 3


def test_feed_names_its_caller_as_the_reader(engine: sa.Engine, sessions: Sessions) -> None:
    publish(sessions, "a")
    fetch = build_fetch(tiny.create_app(engine).test_client())
    consume_feed(sessions, FeedCursor, "tiny", fetch, {})
    with sessions() as session:
        assert [(row.consumer, row.last) for row in session.scalars(sa.select(FeedReader))] == [("c", 0)]


def test_consumer_past_the_tail_gets_a_typed_answer(engine: sa.Engine, sessions: Sessions) -> None:
    publish(sessions, "a", "permanent", "a", "a")
    read_all(sessions, 3)
    delete(sessions)
    client: FlaskClient = tiny.create_app(engine).test_client()
    headers = build_caller_headers("service", "tiny:events")
    for after in (0, 2):
        reply = client.get(f"/internal/events?after={after}", headers=headers)
        assert read_problem(reply, 410, "events-deleted")["tail"] == 3
    assert client.get("/internal/events?after=3", headers=headers).get_json()["last"] == 4
    permanent = client.get("/internal/events?after=0&permanent=1", headers=headers).get_json()
    assert [event["number"] for event in permanent["events"]] == [2]
    with pytest.raises(EventsDeleted):
        consume_feed(sessions, FeedCursor, "tiny", build_fetch(client), {})


def test_consumer_past_the_tail_synchronises_and_goes_on(engine: sa.Engine, sessions: Sessions) -> None:
    publish(sessions, "a", "permanent", "a", "permanent", "a")
    read_all(sessions, 4)
    delete(sessions)
    client = tiny.create_app(engine).test_client()
    repaired: list[int] = []
    failures = [True]
    noted: list[int] = []

    def note_gap(session: Session) -> None:
        noted.append(session.get_one(FeedCursor, "tiny").last)

    def repair(_session: Session, position: int) -> int | None:
        repaired.append(position)
        if position == 10 and failures:
            failures.clear()
            raise RuntimeError
        return position + 10 if position < 20 else None

    handlers = {"permanent": keep_note, "a": keep_note}
    synchronisation = Synchronisation(build_fetch(client, permanent=1), repair, note_gap)
    step: Callable[[], int] = lambda: consume_feed(  # noqa: E731 -- called often
        sessions, FeedCursor, "tiny", build_fetch(client), handlers, synchronisation
    )
    assert step() > 1  # The gap is stored, and the next step comes immediately.
    assert step() > 1
    assert (list_notes(sessions), read_cursor(sessions)) == ([2, 4], 4)
    step()
    with pytest.raises(RuntimeError):
        step()
    for _ in range(3):
        step()
    assert repaired == [0, 10, 10, 20]
    # Once, before anything of the gap was applied.
    assert noted == [0]
    assert (list_notes(sessions), read_cursor(sessions)) == ([2, 4, 5], 5)
    assert step() == 0
    with sessions() as session:
        cursor = session.get_one(FeedCursor, "tiny")
        assert cursor.gap_at is not None
        assert (cursor.gap_until, cursor.gap_position) == (None, None)


def test_command_shows_what_would_be_deleted_and_deletes_nothing(sessions: Sessions) -> None:
    calls: list[int] = []

    def count(_session: Session, days: int, limit: int) -> int:
        return min(days * 1000, limit)

    def delete_rows(days: int) -> int:
        calls.append(days)
        return 0

    rules = [
        Rule("letters", "GOVAH_LETTERS_DAYS", 0, delete_rows, count),
        Rule("events", "GOVAH_FEED_DAYS", 30, delete_rows, count),
    ]
    group = build_retention_group(sessions, "tiny", FEED, rules)
    assert CliRunner().invoke(group, []).output.splitlines() == [
        "tiny\tletters\tGOVAH_LETTERS_DAYS\tfor good\tto delete: 0",
        "tiny\tevents\tGOVAH_FEED_DAYS\t30 days\tto delete: 30000",
    ]
    tried = CliRunner().invoke(group, ["show", "--days", "400"]).output
    assert tried.count(f"to delete: {MAX_COUNT}+") == 2
    assert calls == []
    assert [rule.delete_batch() for rule in rules] == [0, 0]
    assert calls == [30]


def test_empty_feed_has_no_gap(sessions: Sessions) -> None:
    def fetch(_after: int) -> Sequence[Event]:
        return []

    assert consume_feed(sessions, FeedCursor, "tiny", fetch, {}, Synchronisation(fetch)) == 0
