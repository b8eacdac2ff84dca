"""Relay and sweeper: with a broker, without one, and with one that forgot everything."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
import svcs
from celery import Celery

from services.disclosure.actions.attempts import MAX_TRIES
from services.disclosure.actions.sweeps import sweep_requests
from services.disclosure.background import LOOPS, new_consumers, new_loops
from services.disclosure.models import DisclosureRequest, FeedCounter, Outbox
from services.kit.background import relay_events
from services.kit.db import sql_now
from services.kit.outbox import forget_tasks, publish_tasks
from services.kit.queue import BrokerAway, Nudges, new_celery, queue_length, send_task
from tests.plans import plan_of
from tests.service.disclosure.world import FEED_READER, World, citizen, new_world, settings_for

Publish = Callable[[str, Mapping[str, str], str], None]


@pytest.fixture
def celery(broker_url: str) -> Iterator[Celery]:
    app = new_celery("disclosure", broker_url)
    yield app
    app.close()


@pytest.fixture
def publish(celery: Celery) -> Publish:
    return partial(send_task, celery)


def queued(broker_url: str) -> list[str]:
    """The requests whose tasks wait in the broker, oldest first."""
    with redis.Redis.from_url(broker_url) as client:
        messages = client.lrange("letters", 0, -1)
    assert isinstance(messages, list)
    bodies = [json.loads(message) for message in reversed(messages)]
    return [eval(body["headers"]["kwargsrepr"])["disclosure_request_id"] for body in bodies]


def wait_too_long(world: World) -> None:
    """Let every request have waited longer than a message takes."""
    with world.sessions.begin() as session:
        session.execute(sa.update(DisclosureRequest).values(nudge_at=sql_now(-1)))


def nowhere(*_: object) -> None:
    raise BrokerAway("away")


def no_length() -> int:
    raise BrokerAway("away")


def test_the_relay_publishes_each_task_once(world: World, broker_url: str, publish: Publish) -> None:
    asked = [world.asked(), world.asked()]
    assert [publish_tasks(world.sessions, Outbox, publish) for _ in range(2)] == [2, 0]
    assert queued(broker_url) == asked


def test_requests_are_taken_while_the_broker_is_away(world: World, broker_url: str, publish: Publish) -> None:
    disclosure_id = world.asked()
    with pytest.raises(BrokerAway):
        publish_tasks(world.sessions, Outbox, nowhere)
    assert world.request(disclosure_id)["status"] == "queued"
    assert publish_tasks(world.sessions, Outbox, publish) == 1
    assert queued(broker_url) == [disclosure_id]


def test_a_relay_that_dies_between_publishing_and_marking(
    world: World, broker_url: str, publish: Publish
) -> None:
    disclosure_id = world.asked()

    def publish_and_die(*task: object) -> None:
        publish(*task)  # type: ignore[arg-type]
        raise SystemExit

    with pytest.raises(SystemExit):
        publish_tasks(world.sessions, Outbox, publish_and_die)
    assert publish_tasks(world.sessions, Outbox, publish) == 1
    assert queued(broker_url) == [disclosure_id] * 2
    # Both messages are handled; the request is claimed once and there is one letter.
    assert [world.claim(disclosure_id).status_code for _ in range(2)] == [200, 409]
    assert world.put(disclosure_id, 1).status_code == 201
    assert len(world.letters()) == 1


def test_events_get_their_numbers_without_a_broker(sqlite_world: World) -> None:
    sqlite_world.asked()
    relay, *_ = new_loops(sqlite_world.settings, sqlite_world.sessions)
    assert [relay.step() for _ in range(2)] == [1, 0]
    answer = sqlite_world.client.get("/internal/events?after=0", headers=FEED_READER)
    assert [(event["number"], event["type"]) for event in answer.get_json()["events"]] == [
        (1, "request.queued")
    ]
    assert sqlite_world.client.get("/internal/events", headers=citizen()).status_code == 403


def test_a_nudge_reaches_whoever_reads_the_feed(world: World, broker_url: str, celery: Celery) -> None:
    heard, stop = threading.Event(), threading.Event()
    nudges = Nudges(
        broker_url, ["disclosure"], lambda source: heard.set() if source == "disclosure" else None
    )
    listener = threading.Thread(target=nudges.listen, args=(stop,))
    listener.start()
    try:
        for _ in range(50):
            world.asked(uuid.uuid4())
            assert relay_events("disclosure", world.sessions, celery, Outbox, FeedCounter) == 1
            if heard.wait(0.2):
                break
        assert heard.is_set()
    finally:
        stop.set()
        listener.join()
        nudges.connection.release()


def test_the_sweeper_publishes_again_what_the_broker_forgot(
    world: World, broker_url: str, celery: Celery, publish: Publish
) -> None:
    asked = [world.asked() for _ in range(3)]
    length = partial(queue_length, celery)
    assert sweep_requests(world.sessions, length, publish) == 0
    wait_too_long(world)
    assert [sweep_requests(world.sessions, length, publish) for _ in range(2)] == [3, 0]
    assert sorted(queued(broker_url)) == sorted(asked)


def test_what_waited_too_long_is_told_of_under_the_call_that_asked_for_it(sqlite_world: World) -> None:
    names = {}
    for name in ("0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10", "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b11"):
        asked = sqlite_world.ask(headers={"X-Request-ID": name})
        names[str(asked.get_json()["id"])] = name
    wait_too_long(sqlite_world)
    published: dict[str, str] = {}

    def publish(_task: str, data: Mapping[str, str], request_id: str) -> None:
        published[data["disclosure_request_id"]] = request_id

    assert sweep_requests(sqlite_world.sessions, lambda: 0, publish) == 2
    assert published == names


def test_the_sweeper_does_not_make_a_long_queue_longer(
    world: World, broker_url: str, celery: Celery, publish: Publish
) -> None:
    for _ in range(3):
        world.asked()
    publish_tasks(world.sessions, Outbox, publish)
    wait_too_long(world)
    assert sweep_requests(world.sessions, partial(queue_length, celery), publish) == 0
    with redis.Redis.from_url(broker_url) as client:
        client.lpop("letters", 2)
    assert sweep_requests(world.sessions, partial(queue_length, celery), publish) == 2
    assert len(queued(broker_url)) == 3


def test_the_sweeper_hands_out_a_request_whose_lease_ran_out(
    world: World, broker_url: str, celery: Celery, publish: Publish
) -> None:
    lost, at_work = world.asked(), world.asked()
    world.claimed(lost)
    world.claimed(at_work)
    world.let_pass(lost)
    assert sweep_requests(world.sessions, partial(queue_length, celery), publish) == 1
    assert queued(broker_url) == [lost]


def test_a_request_whose_lease_ran_out_goes_before_those_that_wait_in_a_long_queue(
    world: World, broker_url: str, celery: Celery, publish: Publish
) -> None:
    waiting = [world.asked() for _ in range(3)]
    publish_tasks(world.sessions, Outbox, publish)
    wait_too_long(world)
    lost = world.asked()
    world.claimed(lost)
    world.let_pass(lost)
    # All but one have their message; which of them has none, only the lease tells.
    assert sweep_requests(world.sessions, partial(queue_length, celery), publish) == 1
    assert queued(broker_url) == [*waiting, lost]


def test_a_request_that_kills_every_worker_fails_in_the_end(sqlite_world: World) -> None:
    disclosure_id = sqlite_world.asked()
    for _ in range(MAX_TRIES):
        sqlite_world.let_pass(disclosure_id)
        sqlite_world.claimed(disclosure_id)
    assert sweep_requests(sqlite_world.sessions, no_length, nowhere) == 0
    sqlite_world.let_pass(disclosure_id)
    assert [sweep_requests(sqlite_world.sessions, no_length, nowhere) for _ in range(2)] == [1, 0]
    assert sqlite_world.request(disclosure_id)["failure"]["code"] == "rendering-failed"
    assert sqlite_world.told() == ["request.queued", "request.failed"]


def test_a_sweeper_without_a_broker_says_so(sqlite_world: World) -> None:
    sqlite_world.asked()
    wait_too_long(sqlite_world)
    away = new_celery("disclosure", sqlite_world.settings.broker_url)
    with pytest.raises(BrokerAway):
        sweep_requests(sqlite_world.sessions, partial(queue_length, away), nowhere)
    away.close()


def test_all_loops_have_names(sqlite_world: World) -> None:
    loops = new_loops(sqlite_world.settings, sqlite_world.sessions)
    consumers = new_consumers(sqlite_world.settings, sqlite_world.sessions)
    assert tuple(loop.name for loop in [*loops, *consumers.values()]) == LOOPS


def test_what_operators_watch(world: World) -> None:
    waiting, failed = world.asked(), world.asked()
    world.fail(failed, world.claimed(failed), retriable=False)
    with world.sessions.begin() as session:
        session.execute(
            sa.update(DisclosureRequest)
            .where(DisclosureRequest.state == "queued")
            .values(queued_at=sql_now(-100))
        )
    shown = dict(
        line.rsplit(" ", 1)
        for line in world.client.get("/metrics").text.splitlines()
        if line.startswith("govah_") and not line.startswith("govah_http")
    )
    assert waiting
    assert float(shown['govah_requests{state="queued"}']) == 1
    assert float(shown['govah_requests{state="rendering"}']) == 0
    assert 100 <= float(shown["govah_oldest_queued_seconds"]) < 130
    assert float(shown['govah_requests_failed{code="rendering-failed"}']) == 1


def test_readiness_tells_what_is_away(
    sqlite_world: World, sqlite_url: str, tmp_path: Path, broker_url: str
) -> None:
    answer = sqlite_world.client.get("/readyz")
    assert (answer.status_code, len(answer.get_json()["failed"])) == (503, 1)
    ready = new_world(settings_for(sqlite_url, tmp_path, broker_url))
    assert ready.client.get("/readyz").status_code == 200
    with ready.app.app_context():
        svcs.flask.get(sa.Engine).dispose()
    ready.engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_old_tasks_are_found_among_all_the_events_there_ever_were(world: World) -> None:
    old = "clock_timestamp() - interval '20 days'"
    many = f"SELECT gen_random_uuid(), 'event', 'letter.ready', '{{}}', '', {old}, {old}"
    columns = "id, kind, name, data, request_id, occurred_at, published_at"
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO outbox ({columns}) {many} FROM generate_series(1, 5000)"))
        connection.execute(sa.text("ANALYZE outbox"))
    plan = plan_of(world.engine, "DELETE FROM outbox", lambda: forget_tasks(world.sessions, Outbox))
    assert "Index Cond: (published_at <" in plan, plan
    assert "ix_outbox_task_age" in plan, plan
