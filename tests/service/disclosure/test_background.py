"""Relay and sweeper: with a broker, without one, and with one that lost everything."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
from celery import Celery

from services.disclosure.actions.attempts import MAX_TRIES
from services.disclosure.actions.sweeps import sweep_requests
from services.disclosure.background import LOOPS, new_consumers, new_loops
from services.disclosure.models import DisclosureRequest, FeedCounter, Outbox
from services.kit.background import relay_events
from services.kit.db import sql_now
from services.kit.outbox import delete_old_tasks, publish_tasks
from services.kit.queue import BrokerAway, Nudges, count_queued_tasks, new_celery, send_task
from tests.plans import explain_query
from tests.service.disclosure.desk import FEED_READER, Desk, authorise, open_desk

Publish = Callable[[str, Mapping[str, str], str], None]


@pytest.fixture
def celery(broker_url: str) -> Iterator[Celery]:
    app = new_celery("disclosure", broker_url)
    yield app
    app.close()


@pytest.fixture
def publish(celery: Celery) -> Publish:
    return partial(send_task, celery)


def list_queued(broker_url: str) -> list[str]:
    """Return the ids of requests whose tasks are in the broker, oldest first."""
    with redis.Redis.from_url(broker_url) as client:
        messages = client.lrange("letters", 0, -1)
    assert isinstance(messages, list)
    bodies = [json.loads(message) for message in reversed(messages)]
    return [eval(body["headers"]["kwargsrepr"])["disclosure_request_id"] for body in bodies]


def make_overdue(desk: Desk) -> None:
    """Make every request overdue."""
    with desk.sessions.begin() as session:
        session.execute(sa.update(DisclosureRequest).values(nudge_at=sql_now(-1)))


def fail_to_publish(*_: object) -> None:
    raise BrokerAway("away")


def fail_to_count() -> int:
    raise BrokerAway("away")


def test_relay_publishes_each_task_once(desk: Desk, broker_url: str, publish: Publish) -> None:
    disclosure_ids = [desk.create_request(), desk.create_request()]
    assert [publish_tasks(desk.sessions, Outbox, publish) for _ in range(2)] == [2, 0]
    assert list_queued(broker_url) == disclosure_ids


def test_requests_are_accepted_while_the_broker_is_away(
    desk: Desk, broker_url: str, publish: Publish
) -> None:
    disclosure_id = desk.create_request()
    with pytest.raises(BrokerAway):
        publish_tasks(desk.sessions, Outbox, fail_to_publish)
    assert desk.get_request(disclosure_id)["status"] == "queued"
    assert publish_tasks(desk.sessions, Outbox, publish) == 1
    assert list_queued(broker_url) == [disclosure_id]


def test_relay_that_dies_between_publishing_and_marking(
    desk: Desk, broker_url: str, publish: Publish
) -> None:
    disclosure_id = desk.create_request()

    def publish_and_die(*task: object) -> None:
        publish(*task)  # type: ignore[arg-type]
        raise SystemExit

    with pytest.raises(SystemExit):
        publish_tasks(desk.sessions, Outbox, publish_and_die)
    assert publish_tasks(desk.sessions, Outbox, publish) == 1
    assert list_queued(broker_url) == [disclosure_id] * 2
    # Both messages are handled; the request is claimed once and there is one letter.
    assert [desk.claim_request(disclosure_id).status_code for _ in range(2)] == [200, 409]
    assert desk.put_document(disclosure_id, 1).status_code == 201
    assert len(desk.list_letters()) == 1


def test_events_get_their_numbers_without_a_broker(sqlite_desk: Desk) -> None:
    sqlite_desk.create_request()
    relay, *_ = new_loops(sqlite_desk.settings, sqlite_desk.sessions)
    assert [relay.step() for _ in range(2)] == [1, 0]
    response = sqlite_desk.client.get("/internal/events?after=0", headers=FEED_READER)
    assert [(event["number"], event["type"]) for event in response.get_json()["events"]] == [
        (1, "request.queued")
    ]
    assert sqlite_desk.client.get("/internal/events", headers=authorise()).status_code == 403


def test_nudge_reaches_the_readers_of_the_feed(desk: Desk, broker_url: str, celery: Celery) -> None:
    received, stop = threading.Event(), threading.Event()
    nudges = Nudges(
        broker_url, ["disclosure"], lambda source: received.set() if source == "disclosure" else None
    )
    listener = threading.Thread(target=nudges.listen, args=(stop,))
    listener.start()
    try:
        for _ in range(50):
            desk.create_request(uuid.uuid4())
            assert relay_events("disclosure", desk.sessions, celery, Outbox, FeedCounter) == 1
            if received.wait(0.2):
                break
        assert received.is_set()
    finally:
        stop.set()
        listener.join()
        nudges.connection.release()


def test_sweeper_publishes_lost_tasks_again(
    desk: Desk, broker_url: str, celery: Celery, publish: Publish
) -> None:
    disclosure_ids = [desk.create_request() for _ in range(3)]
    length = partial(count_queued_tasks, celery)
    assert sweep_requests(desk.sessions, length, publish) == 0
    make_overdue(desk)
    assert [sweep_requests(desk.sessions, length, publish) for _ in range(2)] == [3, 0]
    assert sorted(list_queued(broker_url)) == sorted(disclosure_ids)


def test_overdue_task_is_published_with_the_correlation_id_of_its_request(sqlite_desk: Desk) -> None:
    names = {}
    for name in ("0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10", "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b11"):
        accepted = sqlite_desk.post_request(headers={"X-Request-ID": name})
        names[str(accepted.get_json()["id"])] = name
    make_overdue(sqlite_desk)
    published: dict[str, str] = {}

    def publish(_task: str, data: Mapping[str, str], request_id: str) -> None:
        published[data["disclosure_request_id"]] = request_id

    assert sweep_requests(sqlite_desk.sessions, lambda: 0, publish) == 2
    assert published == names


def test_sweeper_does_not_make_a_long_queue_longer(
    desk: Desk, broker_url: str, celery: Celery, publish: Publish
) -> None:
    for _ in range(3):
        desk.create_request()
    publish_tasks(desk.sessions, Outbox, publish)
    make_overdue(desk)
    assert sweep_requests(desk.sessions, partial(count_queued_tasks, celery), publish) == 0
    with redis.Redis.from_url(broker_url) as client:
        client.lpop("letters", 2)
    assert sweep_requests(desk.sessions, partial(count_queued_tasks, celery), publish) == 2
    assert len(list_queued(broker_url)) == 3


def test_sweeper_publishes_a_request_with_an_expired_lease(
    desk: Desk, broker_url: str, celery: Celery, publish: Publish
) -> None:
    lost, at_work = desk.create_request(), desk.create_request()
    desk.start_attempt(lost)
    desk.start_attempt(at_work)
    desk.expire_lease(lost)
    assert sweep_requests(desk.sessions, partial(count_queued_tasks, celery), publish) == 1
    assert list_queued(broker_url) == [lost]


def test_request_with_an_expired_lease_goes_before_those_in_a_long_queue(
    desk: Desk, broker_url: str, celery: Celery, publish: Publish
) -> None:
    waiting = [desk.create_request() for _ in range(3)]
    publish_tasks(desk.sessions, Outbox, publish)
    make_overdue(desk)
    lost = desk.create_request()
    desk.start_attempt(lost)
    desk.expire_lease(lost)
    # All but one have their message; only the lease shows which one has lost it.
    assert sweep_requests(desk.sessions, partial(count_queued_tasks, celery), publish) == 1
    assert list_queued(broker_url) == [*waiting, lost]


def test_request_that_kills_every_worker_fails_in_the_end(sqlite_desk: Desk) -> None:
    disclosure_id = sqlite_desk.create_request()
    for _ in range(MAX_TRIES):
        sqlite_desk.expire_lease(disclosure_id)
        sqlite_desk.start_attempt(disclosure_id)
    assert sweep_requests(sqlite_desk.sessions, fail_to_count, fail_to_publish) == 0
    sqlite_desk.expire_lease(disclosure_id)
    assert [sweep_requests(sqlite_desk.sessions, fail_to_count, fail_to_publish) for _ in range(2)] == [1, 0]
    assert sqlite_desk.get_request(disclosure_id)["failure"]["code"] == "rendering-failed"
    assert sqlite_desk.list_outbox() == ["request.queued", "request.failed"]


def test_sweeper_without_a_broker_raises_broker_away(sqlite_desk: Desk) -> None:
    sqlite_desk.create_request()
    make_overdue(sqlite_desk)
    away = new_celery("disclosure", sqlite_desk.settings.broker_url)
    with pytest.raises(BrokerAway):
        sweep_requests(sqlite_desk.sessions, partial(count_queued_tasks, away), fail_to_publish)
    away.close()


def test_all_loops_have_names(sqlite_desk: Desk) -> None:
    loops = new_loops(sqlite_desk.settings, sqlite_desk.sessions)
    consumers = new_consumers(sqlite_desk.settings, sqlite_desk.sessions)
    assert tuple(loop.name for loop in [*loops, *consumers.values()]) == LOOPS


def test_metrics_show_the_queue(desk: Desk) -> None:
    waiting, failed = desk.create_request(), desk.create_request()
    desk.report_failure(failed, desk.start_attempt(failed), retriable=False)
    with desk.sessions.begin() as session:
        session.execute(
            sa.update(DisclosureRequest)
            .where(DisclosureRequest.state == "queued")
            .values(queued_at=sql_now(-100))
        )
    values = dict(
        line.rsplit(" ", 1)
        for line in desk.client.get("/metrics").text.splitlines()
        if line.startswith("govah_") and not line.startswith("govah_http")
    )
    assert waiting
    assert float(values['govah_requests{state="queued"}']) == 1
    assert float(values['govah_requests{state="rendering"}']) == 0
    assert 100 <= float(values["govah_oldest_queued_seconds"]) < 130
    assert float(values['govah_requests_failed{code="rendering-failed"}']) == 1


def test_readiness_reports_what_is_away(
    sqlite_desk: Desk, sqlite_url: str, tmp_path: Path, broker_url: str
) -> None:
    response = sqlite_desk.client.get("/readyz")
    assert (response.status_code, len(response.get_json()["failed"])) == (503, 1)
    with open_desk(sqlite_url, tmp_path, broker_url=broker_url) as ready:
        assert ready.client.get("/readyz").status_code == 200


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_old_tasks_are_found_by_an_index_among_many_events(desk: Desk) -> None:
    old = "clock_timestamp() - interval '20 days'"
    many = f"SELECT gen_random_uuid(), 'event', 'letter.ready', '{{}}', '', {old}, {old}"
    columns = "id, kind, name, data, request_id, occurred_at, published_at"
    with desk.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO outbox ({columns}) {many} FROM generate_series(1, 5000)"))
        connection.execute(sa.text("ANALYZE outbox"))
    plan = explain_query(desk.engine, "DELETE FROM outbox", lambda: delete_old_tasks(desk.sessions, Outbox))
    assert "Index Cond: (published_at <" in plan, plan
    assert "ix_outbox_task_age" in plan, plan
