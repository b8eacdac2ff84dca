"""«تامین اجتماعی من»: everything that happened, whichever service it happened in."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.disclosure.actions.activity import TITLES
from services.disclosure.background import HANDLERS
from services.disclosure.models import Activity, FeedCursor
from services.kit.db import new_engine
from services.kit.feed import Event, consume
from services.kit.schema import migrate
from tests.service.disclosure.world import AHMADI, KARIMI, PUBLIC, World, citizen


def event(number: int, kind: str, subject: object, at: datetime | None = None, /, **data: Any) -> Event:
    subject = None if subject is None else str(subject)
    return Event(number, str(uuid.uuid4()), kind, at or datetime.now(UTC), subject, data, "request-1")


def feed(world: World, source: str, events: Sequence[Event]) -> int:
    """Consume another service's feed that holds these events."""
    return consume(
        world.sessions,
        FeedCursor,
        source,
        lambda after: [event for event in events if event.number > after],
        HANDLERS[source],
    )


def activity(
    world: World, person: uuid.UUID = AHMADI, query: str = "", language: str = "en"
) -> dict[str, Any]:
    headers = {**citizen(person), "Accept-Language": language}
    page: dict[str, Any] = world.client.get(f"{PUBLIC}/activity{query}", headers=headers).get_json()
    return page


def kinds(world: World, person: uuid.UUID = AHMADI) -> list[str]:
    return [item["kind"] for item in activity(world, person)["items"]]


def test_own_events_are_shown_newest_first_with_their_state(world: World) -> None:
    letter_id = world.delivered()
    items = activity(world)["items"]
    assert [item["kind"] for item in items] == ["letter.ready", "request.queued"]
    assert [item["state"] for item in items] == ["valid", "ready"]
    assert items[0]["references"]["letter_id"] == letter_id
    assert items[0].keys() == {"id", "at", "kind", "title", "state", "references"}


def test_an_item_about_a_permit_has_no_state_of_its_letter(world: World) -> None:
    references: dict[str, Any] = {"letter_id": world.delivered(), "permit_id": str(uuid.uuid4())}
    told = ("permit.issued", "permit.paused", "inquiry.answered")
    feed(world, "inquiry", [event(number, kind, AHMADI, **references) for number, kind in enumerate(told, 1)])
    states = {item["kind"]: item["state"] for item in activity(world)["items"]}
    assert states == dict.fromkeys(told) | {"letter.ready": "valid", "request.queued": "ready"}


def test_a_new_password_and_a_new_mobile_are_told(sqlite_world: World) -> None:
    feed(
        sqlite_world,
        "auth",
        [
            event(1, "password.changed", AHMADI, how="reset"),
            event(2, "mobile.changed", AHMADI, how="code"),
            event(3, "mobile.reversed", AHMADI),
        ],
    )
    titles = {item["title"] for item in activity(sqlite_world, language="fa")["items"]}
    assert titles == {"گذرواژه تغییر کرد", "شماره همراه تغییر کرد", "تغییر شماره همراه لغو شد"}


def test_titles_are_in_the_callers_language(sqlite_world: World) -> None:
    sqlite_world.asked()
    assert activity(sqlite_world)["items"][0]["title"] == "Disclosure request queued"
    assert activity(sqlite_world, language="fa")["items"][0]["title"] == "درخواست اعلام سابقه در صف تهیه"


def test_events_stand_where_they_happened_not_where_they_were_heard(world: World) -> None:
    world.asked()
    long_ago = datetime.now(UTC) - timedelta(days=3)
    feed(world, "inquiry", [event(1, "permit.issued", AHMADI, letter_id=str(uuid.uuid4()))])
    feed(world, "auth", [event(1, "account.activated", AHMADI, long_ago)])
    assert kinds(world) == ["permit.issued", "request.queued", "account.activated"]


def test_a_feed_read_twice_is_shown_once(world: World) -> None:
    events = [event(1, "account.activated", AHMADI), event(2, "sessions.ended", AHMADI, reason="signed-out")]
    assert [feed(world, "auth", events) for _ in range(2)] == [2, 0]
    assert sorted(kinds(world)) == ["account.activated", "sessions.ended"]


def test_a_look_by_an_institution_is_shown_with_its_name(sqlite_world: World) -> None:
    feed(
        sqlite_world,
        "inquiry",
        [event(1, "inquiry.answered", AHMADI, permit_id="p", institution="بانک نمونه")],
    )
    assert activity(sqlite_world)["items"][0]["references"] == {"permit_id": "p", "institution": "بانک نمونه"}


def test_nobody_sees_anothers_activity(world: World) -> None:
    world.asked(AHMADI)
    assert kinds(world, KARIMI) == []


def test_a_new_list_is_told_to_those_who_have_an_account(world: World) -> None:
    feed(world, "auth", [event(1, "account.activated", AHMADI)])
    people = [str(AHMADI), str(KARIMI), *(str(uuid.uuid4()) for _ in range(600))]
    feed(
        world,
        "records",
        [event(1, "record.changed", None, subjects=people, month_jalali="1403-07", list_id="l")],
    )
    assert kinds(world) == ["record.changed", "account.activated"]
    assert activity(world)["items"][0]["references"] == {"month_jalali": "1403-07", "list_id": "l"}
    assert kinds(world, KARIMI) == []


@pytest.mark.parametrize("subject", [None, "no-uuid"])
def test_an_event_about_nobody_stops_nothing(sqlite_world: World, subject: str | None) -> None:
    events = [
        event(1, "account.activated", subject),
        event(2, "institution.added", None),
        event(3, "account.activated", AHMADI, letter_id=7),
    ]
    assert feed(sqlite_world, "auth", events) == 3
    assert kinds(sqlite_world) == ["account.activated"]


def test_pages_hold_everything_once(sqlite_world: World) -> None:
    at = datetime.now(UTC)
    feed(
        sqlite_world,
        "inquiry",
        [event(number, "permit.issued", AHMADI, at, permit_id=str(number)) for number in range(1, 8)],
    )
    seen, query = [], "?limit=3"
    while True:
        page = activity(sqlite_world, query=query)
        seen += [item["references"]["permit_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=3&cursor={page['next_cursor']}"
    assert seen == [str(number) for number in range(7, 0, -1)]


def test_an_officers_look_is_on_the_page_with_its_reason(world: World) -> None:
    """Also for a person who has had nothing to do with this service before."""
    looks = [
        event(1, "record.viewed", KARIMI, kind="search", reason="درخواست حضوری در شعبه"),
        event(2, "record.viewed", KARIMI, kind="decision", reason=None),
        event(3, "record.viewed", None, kind="search", reason="x"),
    ]
    assert feed(world, "records", looks) == 3
    of_decision, of_search = activity(world, KARIMI, language="fa")["items"]
    assert of_search["title"] == "کارشناس سازمان سابقه شما را دید: درخواست حضوری در شعبه"
    assert of_search["references"] == {"look": "search", "reason": "درخواست حضوری در شعبه"}
    assert of_decision["title"] == "کارشناس سازمان سابقه شما را دید: تصمیم درباره اعتراض شما"
    assert of_decision["references"] == {"look": "decision"}
    in_english = [item["title"] for item in activity(world, KARIMI)["items"]]
    assert in_english[0] == "An officer of the organisation viewed your record: decision about your objection"
    assert kinds(world) == []


def test_every_event_that_is_noted_has_a_title() -> None:
    # Of the end of an account nobody's page tells: it is no person's.
    kinds_read = {kind for handlers in HANDLERS.values() for kind in handlers} - {"account.disabled"}
    assert kinds_read <= TITLES.keys()


def test_sessions_of_officers_and_ends_of_accounts_are_on_nobodys_page(world: World) -> None:
    sids = [str(uuid.uuid4())]
    events = [
        event(1, "sessions.ended", None, reason="disabled", sids=sids),
        event(2, "account.disabled", None, account=str(uuid.uuid4())),
        event(3, "sessions.ended", AHMADI, reason="signed-out", sids=sids),
    ]
    assert feed(world, "auth", events) == 3
    assert kinds(world) == ["sessions.ended"]
    activity = world.client.get(f"{PUBLIC}/activity", headers=citizen()).get_json()["items"]
    assert sids[0] not in str(activity)


# Of 0.1.0; its page about a person answers 500 where it meets another one.
OLD_KINDS = {"account.activated", "mobile.changed", "record.changed", "letter.ready", "inquiry.answered"}


def test_on_the_way_down_what_older_pages_cannot_show_goes(database_url: str) -> None:
    engine = new_engine(database_url)
    migrate(engine, "services.disclosure")
    kinds = [*OLD_KINDS, "record.viewed", "mobile.reversed"]
    lines = [
        {"person_id": AHMADI, "kind": kind, "at": datetime.now(UTC), "sort_key": number, "references": {}}
        for number, kind in enumerate(kinds)
    ]
    with engine.begin() as connection:
        connection.execute(sa.insert(Activity), lines)
    migrate(engine, "services.disclosure", "-1")
    with engine.connect() as connection:
        assert set(connection.scalars(sa.select(Activity.kind))) == OLD_KINDS
    engine.dispose()


def test_a_kind_that_a_newer_version_wrote_hides_only_itself(world: World) -> None:
    feed(world, "auth", [event(1, "password.changed", AHMADI)])
    newer = {"kind": "something.newer", "at": datetime.now(UTC), "sort_key": 2**60, "references": {}}
    with world.sessions.begin() as session:
        session.execute(sa.insert(Activity), [{"person_id": AHMADI, **newer}])
    assert [item["kind"] for item in activity(world)["items"]] == ["password.changed"]
