"""Filters of «تامین اجتماعی من», and the looks of a day as one line."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.disclosure.actions.titles import ENDS_OF_SESSIONS, REFUSALS
from services.kit.events import load_events
from tests.service.disclosure.desk import AHMADI, API, Desk, authorise
from tests.service.disclosure.test_activity import build_event, consume_events, get_activity

PERMIT, OTHER_PERMIT = (str(uuid.uuid4()) for _ in range(2))
# Noon of 15 Mehr 1403 in Tehran.
NOON = datetime(2024, 10, 6, 8, 30, tzinfo=UTC)
MIDNIGHT = datetime(2024, 10, 6, 20, 30, tzinfo=UTC)


@pytest.fixture
def watched(desk: Desk) -> Desk:
    """Return a desk with five looks of a bank, one by form and one of another permit, and a sign-out."""
    looks = [
        *((NOON + timedelta(minutes=number), "بانک نمونه", PERMIT) for number in range(4)),
        (MIDNIGHT, "بانک نمونه", PERMIT),
        (NOON, None, PERMIT),
        (NOON, "بانک نمونه", OTHER_PERMIT),
    ]
    events = [
        build_event(number, "inquiry.answered", AHMADI, at, permit_id=permit, institution=name)
        for number, (at, name, permit) in enumerate(looks, 1)
    ]
    consume_events(desk, "inquiry", events)
    signed_out = NOON + timedelta(minutes=2)
    consume_events(desk, "auth", [build_event(1, "sessions.ended", AHMADI, signed_out, reason="signed-out")])
    return desk


def list_items(desk: Desk, query: str) -> list[tuple[Any, ...]]:
    items = get_activity(desk, query=query)["items"]
    return [(item["kind"], item["references"].get("institution"), item.get("count")) for item in items]


def test_looks_of_a_day_are_one_item_with_their_number(watched: Desk) -> None:
    look = "inquiry.answered"
    assert list_items(watched, "?grouped=true") == [
        (look, "بانک نمونه", 1),
        (look, "بانک نمونه", 4),
        ("sessions.ended", None, None),
        (look, "بانک نمونه", 1),
        (look, None, 1),
    ]
    assert len(get_activity(watched)["items"]) == 8


def test_a_group_is_on_one_page_only(watched: Desk) -> None:
    items: list[Any] = []
    query = "?grouped=true&limit=1"
    for _ in range(5):
        page = get_activity(watched, query=query)
        items += page["items"]
        query = f"?grouped=true&limit=1&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert [item.get("count") for item in items] == [1, 4, None, 1, 1]


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?kind=inquiry", 7),
        ("?kind=inquiry.answered,sessions", 8),
        ("?kind=sessions.ended", 1),
        ("?kind=letter", 0),
        ("?month=1403-07", 8),
        ("?month=1403-08", 0),
        ("?month=1403-06", 0),
        ("?month=1499-12", 0),
        ("?month=1200-01", 0),
        ("?q=نمونه", 6),
        ("?q=100%25", 0),
        ("?q=signed out", 1),
        ("?q=خارج شدید&kind=inquiry", 0),
        ("?q=&month=۱۴۰۳-۰۷&kind=inquiry", 7),
    ],
)
def test_activity_is_filtered(watched: Desk, query: str, count: int) -> None:
    assert len(get_activity(watched, query=query)["items"]) == count


@pytest.mark.each_database
@pytest.mark.parametrize(
    "words", ["1400123456789", "۱۴۰۰۱۲۳۴۵۶۷۸۹", "۱۴۰۰ ۱۲۳۴-۵۶۷۸۹", "۱۵ خرداد", "15 خرداد"]
)
def test_numbers_are_found_in_any_digits(desk: Desk, words: str) -> None:
    more = {"permit_id": PERMIT, "serial": "1400123456789", "institution": "صندوق ۱۵ خرداد"}
    consume_events(desk, "inquiry", [build_event(1, "inquiry.answered", AHMADI, NOON, **more)])
    assert len(get_activity(desk, query=f"?q={words}")["items"]) == 1
    assert get_activity(desk, query="?q=۱۶")["items"] == []


@pytest.mark.parametrize("query", ["?kind=nonsense", "?month=1403-13", "?month=2024-10", f"?q={'x' * 101}"])
def test_invalid_filters_are_rejected(sqlite_desk: Desk, query: str) -> None:
    reply = sqlite_desk.client.get(f"{API}/activity{query}", headers=authorise())
    assert (reply.status_code, reply.get_json()["code"]) == (422, "validation")


def test_ends_of_sessions_and_refusals_name_their_reason(sqlite_desk: Desk) -> None:
    ends = [
        build_event(1, "sessions.ended", AHMADI, reason="signed-out"),
        build_event(2, "sessions.ended", AHMADI, reason="password-changed"),
        build_event(3, "sessions.ended", AHMADI, reason="something-newer"),
    ]
    consume_events(sqlite_desk, "auth", ends)
    refused = build_event(1, "inquiry.refused", AHMADI, reason="permit-paused", permit_id=PERMIT)
    consume_events(sqlite_desk, "inquiry", [refused])
    items = get_activity(sqlite_desk, language="fa")["items"]
    assert [item["title"] for item in items] == [
        "استعلام ناموفق: مجوز متوقف است",
        "نشست‌ها پایان یافت",
        "نشست‌ها پایان یافت: گذرواژه تغییر کرد",
        "از سامانه خارج شدید",
    ]
    assert items[0]["references"] == {"reason": "permit-paused", "permit_id": PERMIT}


def test_every_declared_reason_has_words() -> None:
    events = {event.name: event for event in load_events().events}
    for name, words in (("sessions.ended", ENDS_OF_SESSIONS), ("inquiry.refused", REFUSALS)):
        declared = set(events[name].data["reason"]["enum"])
        assert declared - {"signed-out"} == words.keys()
