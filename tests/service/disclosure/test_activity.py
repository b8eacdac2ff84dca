"""«تامین اجتماعی من»: everything that happened to a person, in every service."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.disclosure.actions.titles import TITLES
from services.disclosure.background import HANDLERS
from services.disclosure.models import Activity, FeedCursor
from services.kit.db import new_engine
from services.kit.feed import Event, consume_feed
from services.kit.schema import migrate
from tests.service.disclosure.desk import AHMADI, API, KARIMI, Desk, authorise


def build_event(number: int, kind: str, subject: object, at: datetime | None = None, /, **data: Any) -> Event:
    subject = None if subject is None else str(subject)
    return Event(number, str(uuid.uuid4()), kind, at or datetime.now(UTC), subject, data, "request-1")


def consume_events(desk: Desk, source: str, events: Sequence[Event]) -> int:
    """Return how many of these events of another service's feed were consumed."""
    return consume_feed(
        desk.sessions,
        FeedCursor,
        source,
        lambda after: [event for event in events if event.number > after],
        HANDLERS[source],
    )


def get_activity(
    desk: Desk, person: uuid.UUID = AHMADI, query: str = "", language: str = "en"
) -> dict[str, Any]:
    headers = {**authorise(person), "Accept-Language": language}
    page: dict[str, Any] = desk.client.get(f"{API}/activity{query}", headers=headers).get_json()
    return page


def list_kinds(desk: Desk, person: uuid.UUID = AHMADI) -> list[str]:
    return [item["kind"] for item in get_activity(desk, person)["items"]]


def test_own_events_are_listed_newest_first_with_their_state(desk: Desk) -> None:
    letter_id = desk.deliver_letter()
    items = get_activity(desk)["items"]
    assert [item["kind"] for item in items] == ["letter.ready", "request.queued"]
    assert [item["state"] for item in items] == ["valid", "ready"]
    assert items[0]["references"]["letter_id"] == letter_id
    assert items[0].keys() == {"id", "at", "kind", "title", "state", "note", "references"}


def test_item_about_a_permit_has_no_state(desk: Desk) -> None:
    references: dict[str, Any] = {"letter_id": desk.deliver_letter(), "permit_id": str(uuid.uuid4())}
    kinds = ("permit.issued", "permit.paused", "inquiry.answered")
    consume_events(
        desk,
        "inquiry",
        [build_event(number, kind, AHMADI, **references) for number, kind in enumerate(kinds, 1)],
    )
    states = {item["kind"]: item["state"] for item in get_activity(desk)["items"]}
    assert states == dict.fromkeys(kinds) | {"letter.ready": "valid", "request.queued": "ready"}


def test_new_password_and_new_mobile_are_listed(sqlite_desk: Desk) -> None:
    consume_events(
        sqlite_desk,
        "auth",
        [
            build_event(1, "password.changed", AHMADI, how="reset"),
            build_event(2, "mobile.changed", AHMADI, how="code"),
            build_event(3, "mobile.reversed", AHMADI),
        ],
    )
    titles = {item["title"] for item in get_activity(sqlite_desk, language="fa")["items"]}
    assert titles == {"گذرواژه تغییر کرد", "شماره همراه تغییر کرد", "تغییر شماره همراه لغو شد"}


def test_titles_are_in_the_callers_language(sqlite_desk: Desk) -> None:
    sqlite_desk.create_request()
    assert get_activity(sqlite_desk)["items"][0]["title"] == "Letter requested"
    assert get_activity(sqlite_desk, language="fa")["items"][0]["title"] == "اعلام سابقه درخواست شد"


def test_events_are_ordered_by_when_they_happened(desk: Desk) -> None:
    desk.create_request()
    long_ago = datetime.now(UTC) - timedelta(days=3)
    consume_events(desk, "inquiry", [build_event(1, "permit.issued", AHMADI, letter_id=str(uuid.uuid4()))])
    consume_events(desk, "auth", [build_event(1, "account.activated", AHMADI, long_ago)])
    assert list_kinds(desk) == ["permit.issued", "request.queued", "account.activated"]


def test_feed_that_is_read_twice_is_listed_once(desk: Desk) -> None:
    events = [
        build_event(1, "account.activated", AHMADI),
        build_event(2, "sessions.ended", AHMADI, reason="signed-out"),
    ]
    assert [consume_events(desk, "auth", events) for _ in range(2)] == [2, 0]
    assert sorted(list_kinds(desk)) == ["account.activated", "sessions.ended"]


def test_institutions_view_has_its_name(sqlite_desk: Desk) -> None:
    consume_events(
        sqlite_desk,
        "inquiry",
        [build_event(1, "inquiry.answered", AHMADI, permit_id="p", institution="بانک نمونه")],
    )
    assert get_activity(sqlite_desk)["items"][0]["references"] == {
        "permit_id": "p",
        "institution": "بانک نمونه",
    }


def test_activity_of_another_person_is_hidden(desk: Desk) -> None:
    desk.create_request(AHMADI)
    assert list_kinds(desk, KARIMI) == []


def test_new_list_is_on_the_pages_of_people_with_an_account(desk: Desk) -> None:
    consume_events(desk, "auth", [build_event(1, "account.activated", AHMADI)])
    people = [str(AHMADI), str(KARIMI), *(str(uuid.uuid4()) for _ in range(600))]
    consume_events(
        desk,
        "records",
        [build_event(1, "record.changed", None, subjects=people, month_jalali="1403-07", list_id="l")],
    )
    assert list_kinds(desk) == ["record.changed", "account.activated"]
    assert get_activity(desk)["items"][0]["references"] == {"month_jalali": "1403-07", "list_id": "l"}
    assert list_kinds(desk, KARIMI) == []


@pytest.mark.parametrize("subject", [None, "no-uuid"])
def test_event_about_no_person_is_skipped(sqlite_desk: Desk, subject: str | None) -> None:
    events = [
        build_event(1, "account.activated", subject),
        build_event(2, "institution.added", None),
        build_event(3, "account.activated", AHMADI, letter_id=7),
    ]
    assert consume_events(sqlite_desk, "auth", events) == 3
    assert list_kinds(sqlite_desk) == ["account.activated"]


def test_pages_hold_everything_once(sqlite_desk: Desk) -> None:
    at = datetime.now(UTC)
    consume_events(
        sqlite_desk,
        "inquiry",
        [build_event(number, "permit.issued", AHMADI, at, permit_id=str(number)) for number in range(1, 8)],
    )
    seen, query = [], "?limit=3"
    while True:
        page = get_activity(sqlite_desk, query=query)
        seen += [item["references"]["permit_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=3&cursor={page['next_cursor']}"
    assert seen == [str(number) for number in range(7, 0, -1)]


def test_officers_view_is_listed_with_its_reason(desk: Desk) -> None:
    """The person has not used this service before."""
    looks = [
        build_event(1, "record.viewed", KARIMI, kind="search", reason="درخواست حضوری در شعبه"),
        build_event(2, "record.viewed", KARIMI, kind="decision", reason=None),
        build_event(3, "record.viewed", None, kind="search", reason="x"),
    ]
    assert consume_events(desk, "records", looks) == 3
    of_decision, of_search = get_activity(desk, KARIMI, language="fa")["items"]
    assert of_search["title"] == "کارشناس سازمان سابقه شما را دید: درخواست حضوری در شعبه"
    assert of_search["references"] == {"look": "search", "reason": "درخواست حضوری در شعبه"}
    assert of_decision["title"] == "کارشناس سازمان سابقه شما را دید: تصمیم درباره اعتراض شما"
    assert of_decision["references"] == {"look": "decision"}
    in_english = [item["title"] for item in get_activity(desk, KARIMI)["items"]]
    assert in_english[0] == "An officer of the organisation viewed your record: decision about your objection"
    assert list_kinds(desk) == []


def test_every_consumed_event_has_a_title() -> None:
    # The end of an account is on no page, since its subject is not a person.
    kinds_read = {kind for handlers in HANDLERS.values() for kind in handlers} - {"account.disabled"}
    assert kinds_read <= TITLES.keys()


def test_officers_sessions_and_disabled_accounts_are_on_no_page(desk: Desk) -> None:
    sids = [str(uuid.uuid4())]
    events = [
        build_event(1, "sessions.ended", None, reason="disabled", sids=sids),
        build_event(2, "account.disabled", None, account=str(uuid.uuid4())),
        build_event(3, "sessions.ended", AHMADI, reason="signed-out", sids=sids),
    ]
    assert consume_events(desk, "auth", events) == 3
    assert list_kinds(desk) == ["sessions.ended"]
    items = desk.client.get(f"{API}/activity", headers=authorise()).get_json()["items"]
    assert sids[0] not in str(items)


# The kinds of 0.1.0, whose activity page fails with 500 on any other one.
OLD_KINDS = {"account.activated", "mobile.changed", "record.changed", "letter.ready", "inquiry.answered"}


def test_downgrade_deletes_kinds_that_the_older_version_cannot_show(database_url: str) -> None:
    engine = new_engine(database_url)
    migrate(engine, "services.disclosure")
    kinds = [*OLD_KINDS, "record.viewed", "mobile.reversed", "objection.withdrawn"]
    lines = [
        {"person_id": AHMADI, "kind": kind, "at": datetime.now(UTC), "sort_key": number, "references": {}}
        for number, kind in enumerate(kinds)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(Activity), lines)
    migrate(engine, "services.disclosure", "0007_serves_0003")
    with engine.connect() as connection:
        assert set(connection.scalars(sa.select(Activity.kind))) == OLD_KINDS
    engine.dispose()


def test_unknown_kind_of_a_newer_version_is_skipped(desk: Desk) -> None:
    consume_events(desk, "auth", [build_event(1, "password.changed", AHMADI)])
    newer = {"kind": "something.newer", "at": datetime.now(UTC), "sort_key": 2**60, "references": {}}
    with desk.sessions.begin() as session:
        session.execute(sa.insert(Activity), [{"person_id": AHMADI, **newer}])
    assert [item["kind"] for item in get_activity(desk)["items"]] == ["password.changed"]
