"""Event feeds: every numbered event is served, and each has its effect once."""

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy.orm import Session

from services.kit.background import build_consumer_loops, new_listeners
from services.kit.db import Sessions, new_sessions
from services.kit.feed import COMMIT_SIZE, MAX_EVENTS, PAGE_SIZE, Event, consume_feed
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.http.feed import fetch_events, fetch_permanent_events
from services.kit.loops import Loop
from services.kit.outbox import add_event, number_events
from services.kit.problems import Unavailable
from services.kit.queue import new_celery, send_nudge
from tests.service.kit import tiny
from tests.service.kit.calls import build_caller_headers, read_problem
from tests.service.kit.tiny import FeedCounter, FeedCursor, Note, Outbox
from tests.tokens import mint
from tests.waiting import PATIENCE, wait_until

FEED = "/internal/events"


def publish(sessions: Sessions, *names: str) -> None:
    with sessions.begin() as session:
        for name in names:
            add_event(session, Outbox, name, subject="person", data={"name": name})
    while number_events(sessions, Outbox, FeedCounter):
        pass


def build_fetch(client: FlaskClient, permanent: int = 0) -> Callable[[int], Sequence[Event]]:
    """Return the real fetch of the real feed, or of its permanent events, without the network between."""
    fetch = fetch_permanent_events if permanent else fetch_events

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/auth/token":
            return httpx.Response(
                200, json={"access_token": mint("service", "c", "tiny", ["tiny:events"]), "expires_in": 600}
            )
        got = client.get(request.url.raw_path.decode(), headers=dict(request.headers))
        return httpx.Response(got.status_code, content=got.data)

    http = httpx.Client(base_url="http://tiny", transport=httpx.MockTransport(respond))
    service, tokens = (
        ServiceClient("http://tiny", http),
        TokenSource("http://tiny", "c", lambda: [SecretStr("s")], http),
    )
    return lambda after: fetch(service, tokens, "tiny", after)


def keep_note(session: Session, event: Event) -> None:
    session.execute(sa.insert(Note).values(owner=uuid.UUID(int=1), text=event.type, count=event.number))


def list_notes(sessions: Sessions) -> list[int]:
    with sessions() as session:
        return list(session.scalars(sa.select(Note.count).order_by(Note.count)))


def read_cursor(sessions: Sessions) -> int:
    with sessions() as session:
        position = session.get(FeedCursor, "tiny")
        return position.last if position else 0


def test_an_event_is_served_once_it_has_a_number(sqlite_engine: sa.Engine) -> None:
    client, sessions = tiny.create_app(sqlite_engine).test_client(), new_sessions(sqlite_engine)
    headers = build_caller_headers("service", "tiny:events")
    with sessions.begin() as session:
        add_event(session, Outbox, "note.written", subject="person", data={"note": "1"})
    waiting = client.get(FEED, headers=headers).get_json()
    assert (waiting["events"], waiting["last"]) == ([], 0)
    assert waiting["waiting_seconds"] >= 0
    number_events(sessions, Outbox, FeedCounter)
    served = client.get(FEED, headers=headers).get_json()
    assert served["last"] == 1
    [event] = served["events"]
    assert event.keys() == {"number", "id", "type", "occurred_at", "subject", "data", "request_id"}
    assert (event["number"], event["type"], event["subject"]) == (1, "note.written", "person")
    assert event["occurred_at"].endswith("+00:00")
    assert client.get(f"{FEED}?after=1", headers=headers).get_json() == {
        "events": [],
        "last": 1,
        "waiting_seconds": 0,
    }


def test_a_page_is_as_long_as_asked_and_never_longer_than_the_feeds_own(sqlite_engine: sa.Engine) -> None:
    client = tiny.create_app(sqlite_engine).test_client()
    publish(new_sessions(sqlite_engine), *["a"] * (PAGE_SIZE + 2))
    headers = build_caller_headers("service", "tiny:events")
    for query, numbers in {
        "?limit=2": range(1, 3),
        "?after=3&limit=1": range(4, 5),
        f"?limit={PAGE_SIZE + 1}": range(1, PAGE_SIZE + 1),
        f"?after={PAGE_SIZE}": range(PAGE_SIZE + 1, PAGE_SIZE + 3),
    }.items():
        served = client.get(FEED + query, headers=headers).get_json()
        assert [event["number"] for event in served["events"]] == list(numbers)


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "limit=1.5", "after=", "after=" + "9" * 19, "limit=\u0661"]
)
def test_query_other_than_a_whole_number_is_rejected(client: FlaskClient, query: str) -> None:
    read_problem(
        client.get(f"{FEED}?{query}", headers=build_caller_headers("service", "tiny:events")),
        422,
        "validation",
    )


def test_a_feed_is_read_to_its_end_page_by_page(engine: sa.Engine, sessions: Sessions) -> None:
    publish(sessions, *["a"] * PAGE_SIZE, "b", "a")
    fetch = build_fetch(tiny.create_app(engine).test_client())
    assert consume_feed(sessions, FeedCursor, "tiny", fetch, {"b": keep_note}) == PAGE_SIZE + 2
    assert list_notes(sessions) == [PAGE_SIZE + 1]
    assert read_cursor(sessions) == PAGE_SIZE + 2
    assert consume_feed(sessions, FeedCursor, "tiny", fetch, {"b": keep_note}) == 0


def test_events_nobody_here_needs_are_passed_over(engine: sa.Engine, sessions: Sessions) -> None:
    publish(sessions, "a", "b", "c")
    fetch = build_fetch(tiny.create_app(engine).test_client())
    assert consume_feed(sessions, FeedCursor, "tiny", fetch, {}) == 3
    assert read_cursor(sessions) == 3


def test_a_handler_that_fails_leaves_no_effect_and_the_cursor_before_its_event(
    engine: sa.Engine, sessions: Sessions
) -> None:
    publish(sessions, "a", "x", "a", "a")
    fetch = build_fetch(tiny.create_app(engine).test_client())
    failing = threading.Event()
    failing.set()

    def keep_or_fail(session: Session, event: Event) -> None:
        keep_note(session, event)
        if event.number == 3 and failing.is_set():
            raise RuntimeError

    for _ in range(2):
        with pytest.raises(RuntimeError):
            consume_feed(sessions, FeedCursor, "tiny", fetch, {"a": keep_or_fail})
        assert (list_notes(sessions), read_cursor(sessions)) == ([1], 1)
    failing.clear()
    consume_feed(sessions, FeedCursor, "tiny", fetch, {"a": keep_or_fail})
    assert (list_notes(sessions), read_cursor(sessions)) == ([1, 3, 4], 4)


def test_the_effects_of_events_read_together_are_few_commits(engine: sa.Engine, sessions: Sessions) -> None:
    publish(sessions, *["a"] * (COMMIT_SIZE + 1))
    fetch = build_fetch(tiny.create_app(engine).test_client())
    fetch(0)  # The sender notes its reader, here in the same database.
    commits: list[sa.Connection] = []

    def count(connection: sa.Connection) -> None:
        commits.append(connection)

    sa.event.listen(engine, "commit", count)
    try:
        consume_feed(sessions, FeedCursor, "tiny", fetch, {"a": keep_note})
    finally:
        sa.event.remove(engine, "commit", count)
    assert len(commits) == 2
    assert list_notes(sessions) == list(range(1, COMMIT_SIZE + 2))


def test_a_feed_that_ends_within_a_page_is_asked_once(sessions: Sessions) -> None:
    fetched_after = []
    feed = [Event(1, "1", "a", datetime.now(UTC), None, {}, "request-1")]

    def fetch(after: int) -> Sequence[Event]:
        fetched_after.append(after)
        return [event for event in feed if event.number > after]

    consume_feed(sessions, FeedCursor, "tiny", fetch, {"a": keep_note})
    assert fetched_after == [0]
    consume_feed(sessions, FeedCursor, "tiny", fetch, {"a": keep_note})
    assert fetched_after == [0, 1]
    assert list_notes(sessions) == [1]


def test_long_feed_continues_in_an_immediate_next_step(sessions: Sessions) -> None:
    feed = [
        Event(number, str(number), "a", datetime.now(UTC), None, {}, "request-1")
        for number in range(1, MAX_EVENTS + 4)
    ]

    def fetch(after: int) -> Sequence[Event]:
        return [event for event in feed if event.number > after][:PAGE_SIZE]

    steps = [consume_feed(sessions, FeedCursor, "tiny", fetch, {}) for _ in range(3)]
    assert steps == [MAX_EVENTS, 3, 0]
    tokens = TokenSource("http://tiny", "c", lambda: [SecretStr("s")])
    loops = build_consumer_loops(sessions, FeedCursor, {"tiny": "http://tiny"}, tokens, {"tiny": {}})
    assert {source: (loop.name, loop.batch_size) for source, loop in loops.items()} == {
        "tiny": ("consume-tiny", MAX_EVENTS)
    }


def test_simultaneous_consumers_apply_each_event_once(sessions: Sessions) -> None:
    feed = [
        Event(number, str(number), "a", datetime.now(UTC), None, {}, "request-1") for number in range(1, 31)
    ]
    start = threading.Barrier(3)

    def fetch(after: int) -> Sequence[Event]:
        return [event for event in feed if event.number > after][:PAGE_SIZE]

    def read() -> None:
        start.wait(10)
        consume_feed(sessions, FeedCursor, "tiny", fetch, {"a": keep_note})

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(read) for _ in range(3)]:
            done.result(30)
    assert list_notes(sessions) == list(range(1, 31))
    assert read_cursor(sessions) == 30


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_feed_that_is_refused_is_unavailable(status: int) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        token = {"access_token": "t", "expires_in": 600}
        return httpx.Response(200, json=token) if "token" in request.url.path else httpx.Response(status)

    http = httpx.Client(base_url="http://tiny", transport=httpx.MockTransport(respond))
    with pytest.raises(Unavailable):
        fetch_events(ServiceClient("", http), TokenSource("", "c", lambda: [SecretStr("s")], http), "tiny", 0)


def test_a_member_that_a_newer_service_adds_is_passed_over() -> None:
    event: dict[str, Any] = {
        "number": 1,
        "id": "i",
        "type": "a",
        "occurred_at": "2026-11-22T08:30:00+00:00",
        "subject": None,
        "data": {},
        "request_id": "r",
        "new": True,
    }

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"access_token": "t", "expires_in": 600, "events": [event], "last": 1}
        )

    http = httpx.Client(base_url="http://tiny", transport=httpx.MockTransport(respond))
    tokens = TokenSource("", "c", lambda: [SecretStr("s")], http)
    [read] = fetch_events(ServiceClient("", http), tokens, "tiny", 0)
    assert (read.number, read.occurred_at.year) == (1, 2026)


def test_a_nudge_wakes_the_consumer_of_its_service_and_no_other(broker_url: str) -> None:
    consumers = {source: Loop(f"consume-{source}", lambda: 0, interval=30) for source in ("auth", "records")}
    [listen] = new_listeners(broker_url, consumers)
    stop = threading.Event()
    thread = threading.Thread(target=listen, args=(stop,), daemon=True)
    thread.start()
    broker = new_celery("test", broker_url)

    def is_woken() -> bool:
        send_nudge(broker, "records")
        return consumers["records"].wake.wait(0.3)

    wait_until(is_woken, "the nudge did not come")
    stop.set()
    thread.join(PATIENCE)
    assert not consumers["auth"].wake.is_set()


def test_without_consumers_nobody_listens(broker_url: str) -> None:
    assert new_listeners(broker_url, {}) == []
