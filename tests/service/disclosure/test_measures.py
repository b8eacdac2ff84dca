"""Metrics of disclosure: what happens to requests, and what waits."""

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from services.disclosure.actions.metrics import measure_queue
from services.disclosure.models import FeedCounter, Outbox
from services.kit.outbox import number_events
from tests.plans import explain_query
from tests.service.disclosure.desk import Desk

STALE = 'govah_http_problems_total{code="attempt-stale",endpoint="internal.put_document"}'


def read_metrics(desk: Desk) -> dict[str, float]:
    """Return every value by its name and sorted labels, as the text format has them."""
    values = {}
    for family in text_string_to_metric_families(desk.client.get("/metrics").text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            values[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return values


class CounterWatch:
    """Measures how much counters rise. They belong to the process, and so to other tests, too."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._before = desk, read_metrics(desk)

    def count_rise(self, name: str) -> float:
        return read_metrics(self._desk).get(name, 0) - self._before.get(name, 0)


def test_letter_that_is_posted_twice_counts_once(sqlite_desk: Desk) -> None:
    watch = CounterWatch(sqlite_desk)
    disclosure_id = sqlite_desk.create_request()
    attempt = sqlite_desk.start_attempt(disclosure_id)
    assert sqlite_desk.put_document(disclosure_id, attempt).status_code == 201
    assert sqlite_desk.put_document(disclosure_id, attempt).status_code == 200
    assert watch.count_rise("govah_letters_total") == 1


def test_only_a_claim_after_an_expired_lease_counts_as_one(desk: Desk) -> None:
    watch = CounterWatch(desk)
    disclosure_id = desk.create_request()
    first = desk.start_attempt(disclosure_id)
    assert desk.claim_request(disclosure_id).status_code == 409
    desk.report_failure(disclosure_id, first, retriable=True)
    desk.expire_lease(disclosure_id)
    second = desk.start_attempt(disclosure_id)
    assert watch.count_rise("govah_leases_expired_total") == 0
    desk.expire_lease(disclosure_id)
    desk.start_attempt(disclosure_id)
    assert watch.count_rise("govah_leases_expired_total") == 1
    # The previous worker posts its document late.
    assert desk.put_document(disclosure_id, second).status_code == 409
    assert watch.count_rise(STALE) == 1


@pytest.mark.parametrize(
    ("code", "counted"),
    [("statement-too-large", "statement-too-large"), ("of-a-newer-worker", "rendering-failed")],
)
def test_failed_attempts_count_by_known_codes(sqlite_desk: Desk, code: str, counted: str) -> None:
    watch = CounterWatch(sqlite_desk)
    disclosure_id = sqlite_desk.create_request()
    sqlite_desk.report_failure(
        disclosure_id, sqlite_desk.start_attempt(disclosure_id), code=code, retriable=False
    )
    assert watch.count_rise(f'govah_attempts_failed_total{{code="{counted}"}}') == 1


def test_outbox_and_feed_are_measured(desk: Desk) -> None:
    desk.create_request()
    before = read_metrics(desk)
    assert before['govah_outbox_waiting{kind="event"}'] == before['govah_outbox_waiting{kind="task"}'] == 1
    assert 0 <= before['govah_outbox_oldest_seconds{kind="task"}'] < 60
    assert before['govah_feed_events{source="disclosure"}'] == 0
    number_events(desk.sessions, Outbox, FeedCounter)
    after = read_metrics(desk)
    assert (after['govah_outbox_waiting{kind="event"}'], after['govah_outbox_waiting{kind="task"}']) == (0, 1)
    assert after['govah_outbox_oldest_seconds{kind="event"}'] == 0
    assert after['govah_feed_events{source="disclosure"}'] == 1
    assert after["govah_measures_failed"] == 0


def test_letters_of_the_last_hour_are_counted(desk: Desk) -> None:
    desk.deliver_letter()
    assert read_metrics(desk)["govah_letters_last_hour"] == 0
    number_events(desk.sessions, Outbox, FeedCounter)
    assert read_metrics(desk)["govah_letters_last_hour"] == 1


def test_failing_query_hides_no_counters(sqlite_desk: Desk) -> None:
    sqlite_desk.deliver_letter()
    with sqlite_desk.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO away")
    values = read_metrics(sqlite_desk)
    assert values["govah_measures_failed"] == 2
    assert values["govah_letters_total"] >= 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_letters_of_an_hour_are_found_by_an_index(desk: Desk) -> None:
    old = "clock_timestamp() - interval '2 days'"
    many = f"SELECT gen_random_uuid(), 'event', 'letter.ready', '{{}}', '', {old}, {old}"
    columns = "id, kind, name, data, request_id, occurred_at, published_at"
    with desk.engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO outbox ({columns}) {many} FROM generate_series(1, 5000)"))
        connection.execute(sa.text("ANALYZE outbox"))
    plan = explain_query(desk.engine, "SELECT .*published_at >", lambda: list(measure_queue(desk.sessions)))
    assert "Index Cond: (published_at >" in plan, plan
