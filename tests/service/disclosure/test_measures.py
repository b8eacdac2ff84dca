"""What disclosure tells Prometheus of what happens to requests, and of what waits."""

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from services.disclosure.actions.metrics import measure_queue
from services.disclosure.models import FeedCounter, Outbox
from services.kit.outbox import number_events
from tests.plans import plan_of
from tests.service.disclosure.world import World

STALE = 'govah_http_problems_total{code="attempt-stale",endpoint="internal.put_document"}'


def told(world: World) -> dict[str, float]:
    """Every value, by its name and sorted labels as the text format has them."""
    values = {}
    for family in text_string_to_metric_families(world.client.get("/metrics").text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            values[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return values


class Watch:
    """How much counters have risen since; they are the process's, and so other tests' too."""

    def __init__(self, world: World) -> None:
        self._world, self._before = world, told(world)

    def risen(self, name: str) -> float:
        return told(self._world).get(name, 0) - self._before.get(name, 0)


def test_a_letter_counts_once_though_it_is_posted_twice(sqlite_world: World) -> None:
    watch = Watch(sqlite_world)
    disclosure_id = sqlite_world.asked()
    attempt = sqlite_world.claimed(disclosure_id)
    assert sqlite_world.put(disclosure_id, attempt).status_code == 201
    assert sqlite_world.put(disclosure_id, attempt).status_code == 200
    assert watch.risen("govah_letters_total") == 1


def test_only_a_claim_after_a_lease_that_ran_out_counts_as_such(world: World) -> None:
    watch = Watch(world)
    disclosure_id = world.asked()
    first = world.claimed(disclosure_id)
    assert world.claim(disclosure_id).status_code == 409
    world.fail(disclosure_id, first, retriable=True)
    world.let_pass(disclosure_id)
    second = world.claimed(disclosure_id)
    assert watch.risen("govah_leases_expired_total") == 0
    world.let_pass(disclosure_id)
    world.claimed(disclosure_id)
    assert watch.risen("govah_leases_expired_total") == 1
    # The one whose turn it was comes late.
    assert world.put(disclosure_id, second).status_code == 409
    assert watch.risen(STALE) == 1


@pytest.mark.parametrize(
    ("code", "counted"),
    [("statement-too-large", "statement-too-large"), ("of-a-newer-worker", "rendering-failed")],
)
def test_failed_attempts_count_by_codes_that_are_known(sqlite_world: World, code: str, counted: str) -> None:
    watch = Watch(sqlite_world)
    disclosure_id = sqlite_world.asked()
    sqlite_world.fail(disclosure_id, sqlite_world.claimed(disclosure_id), code=code, retriable=False)
    assert watch.risen(f'govah_attempts_failed_total{{code="{counted}"}}') == 1


def test_what_waits_in_the_outbox_and_how_far_the_feed_goes(world: World) -> None:
    world.asked()
    before = told(world)
    assert before['govah_outbox_waiting{kind="event"}'] == before['govah_outbox_waiting{kind="task"}'] == 1
    assert 0 <= before['govah_outbox_oldest_seconds{kind="task"}'] < 60
    assert before['govah_feed_events{source="disclosure"}'] == 0
    number_events(world.sessions, Outbox, FeedCounter)
    after = told(world)
    assert (after['govah_outbox_waiting{kind="event"}'], after['govah_outbox_waiting{kind="task"}']) == (0, 1)
    assert after['govah_outbox_oldest_seconds{kind="event"}'] == 0
    assert after['govah_feed_events{source="disclosure"}'] == 1
    assert after["govah_measures_failed"] == 0


def test_letters_of_the_last_hour_are_counted(world: World) -> None:
    world.delivered()
    assert told(world)["govah_letters_last_hour"] == 0
    number_events(world.sessions, Outbox, FeedCounter)
    assert told(world)["govah_letters_last_hour"] == 1


def test_a_database_that_is_away_hides_no_counts(sqlite_world: World) -> None:
    sqlite_world.delivered()
    with sqlite_world.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO away")
    values = told(sqlite_world)
    assert values["govah_measures_failed"] == 2
    assert values["govah_letters_total"] >= 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_letters_of_an_hour_are_found_by_an_index(world: World) -> None:
    old = "clock_timestamp() - interval '2 days'"
    many = f"SELECT gen_random_uuid(), 'event', 'letter.ready', '{{}}', '', {old}, {old}"
    columns = "id, kind, name, data, request_id, occurred_at, published_at"
    with world.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO outbox ({columns}) {many} FROM generate_series(1, 5000)"))
        connection.execute(sa.text("ANALYZE outbox"))
    plan = plan_of(world.engine, "SELECT .*published_at >", lambda: list(measure_queue(world.sessions)))
    assert "Index Cond: (published_at >" in plan, plan
