"""The activity page says of which time lines may be missing: events were deleted before they were read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from services.disclosure.background import HANDLERS, note_gap
from services.disclosure.models import FeedCursor
from services.kit.feed import Event, EventsDeleted, Synchronisation, consume_feed
from tests.service.disclosure.desk import AHMADI, Desk
from tests.service.disclosure.test_activity import build_event, consume_events, get_activity

READ_AT = datetime(2026, 8, 22, 6, tzinfo=UTC)


def find_gap(desk: Desk, source: str) -> None:
    """Let a consumer find that events were deleted, and synchronise."""

    def fail(after: int) -> Sequence[Event]:
        raise EventsDeleted(after + 10)

    synchronisation = Synchronisation(lambda _: [], note_gap=lambda session: note_gap(source, session))
    for _ in range(2):
        consume_feed(desk.sessions, FeedCursor, source, fail, HANDLERS[source], synchronisation)


def list_gaps(desk: Desk, query: str = "") -> list[dict[str, Any]]:
    gaps: list[dict[str, Any]] = get_activity(desk, query=query)["gaps"]
    return gaps


def test_a_gap_lasts_from_the_last_event_of_its_source_until_now(desk: Desk) -> None:
    assert list_gaps(desk) == []
    begun = datetime.now(UTC)
    consume_events(desk, "auth", [build_event(1, "password.changed", AHMADI, READ_AT)])
    find_gap(desk, "auth")
    [gap] = list_gaps(desk)
    assert datetime.fromisoformat(gap["since"]) == READ_AT
    assert datetime.fromisoformat(gap["until"]) >= begun
    # Of a source of which nothing has come nobody knows since when.
    find_gap(desk, "inquiry")
    assert [one["since"] for one in list_gaps(desk)] == [None, gap["since"]]


@pytest.mark.parametrize(("month", "count"), [("1405-04", 0), ("1405-05", 1), ("1405-06", 1), ("1420-01", 0)])
def test_a_month_has_the_gaps_that_touch_it(desk: Desk, month: str, count: int) -> None:
    consume_events(desk, "auth", [build_event(1, "password.changed", AHMADI, READ_AT)])
    find_gap(desk, "auth")
    assert len(list_gaps(desk, f"?month={month}")) == count


def test_gaps_stand_on_the_first_page_only(desk: Desk) -> None:
    events = [build_event(number, "password.changed", AHMADI, READ_AT) for number in (1, 2)]
    consume_events(desk, "auth", events)
    find_gap(desk, "auth")
    first = get_activity(desk, query="?limit=1")
    assert len(first["gaps"]) == 1
    assert list_gaps(desk, f"?limit=1&cursor={first['next_cursor']}") == []
