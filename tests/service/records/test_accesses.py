"""Every access of an officer has a reason, is recorded and emitted, and auditors can read it."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.records.models import Access, Outbox
from tests.fakes.lists import HASAN
from tests.plans import explain_query
from tests.service.records.desk import OFFICER, SEARCH, Desk, build_search, get_log_line, write_files
from tests.service.records.objectors import (
    ALL,
    CODE,
    DAYS,
    PERIOD,
    SECOND_OFFICER,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)
from tests.tokens import mint

ACCESSES = "/api/v1/records/accesses"
AUDITOR = uuid.UUID("00000000-0000-4000-8000-0000000000aa")
REASON = "درخواست حضوری"


def request_accesses(desk: Desk, query: str = "", scope: str = "audit", **kw: Any) -> TestResponse:
    token = mint("officer", AUDITOR, scopes=[scope])
    return desk.call("GET", f"{ACCESSES}{query}", token, **kw)


def list_items(desk: Desk, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = read_reply(request_accesses(desk, query))["items"]
    return items


def read_access_log(desk: Desk) -> list[tuple[Any, ...]]:
    """Return officer, person, kind and reason of every access, oldest first."""
    columns = Access.officer_id, Access.person_id, Access.kind, Access.reason
    with desk.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(Access.position))]


def read_events(desk: Desk) -> list[tuple[Any, ...]]:
    """Return subject and data of every event about an access, oldest first."""
    query = sa.select(Outbox.subject, Outbox.data).where(Outbox.name == "record.viewed")
    with desk.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(Outbox.position))]


def insert_access(desk: Desk, officer_id: str, person_id: uuid.UUID, at: datetime, **more: Any) -> None:
    """Insert an access that was recorded at that moment."""
    row = {"officer_id": officer_id, "person_id": person_id, "request_id": "r", "at": at, **more}
    with desk.engine.begin() as connection:
        connection.execute(sa.insert(Access).values(row))


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    desk.import_list(write_one_month(12))
    return Objector(desk)


def test_search_is_recorded_and_emitted_with_its_reason(maryam: Objector) -> None:
    desk, person_id = maryam.desk, maryam.desk.find_person_id(CODE)
    read_reply(
        desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search(CODE, f"  {REASON}\u200f "))
    )
    assert read_access_log(desk) == [(str(OFFICER), person_id, "search", REASON)]
    assert read_events(desk) == [(str(person_id), {"kind": "search", "reason": REASON})]


def test_each_step_that_shows_a_person_is_recorded(maryam: Objector) -> None:
    """Opening, proposing, withdrawing, confirming; only opening has a reason of its own."""
    desk, person_id = maryam.desk, maryam.desk.find_person_id(CODE)
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.call_as_officer("GET"))
    read_reply(maryam.open(objection_id, REASON))
    read_reply(maryam.propose(objection_id))
    read_reply(maryam.call_as_officer("DELETE", f"{ALL}/{objection_id}/decision", SECOND_OFFICER))
    read_reply(maryam.propose(objection_id, accept=False))
    read_reply(maryam.open(objection_id, "تایید پیشنهاد", SECOND_OFFICER))
    read_reply(maryam.confirm(objection_id))
    first, second, none = str(OFFICER), str(SECOND_OFFICER), ("decision", None)
    assert read_access_log(desk) == [
        (first, person_id, "objection", REASON),
        (first, person_id, *none),
        (second, person_id, *none),
        (first, person_id, *none),
        (second, person_id, "objection", "تایید پیشنهاد"),
        (second, person_id, *none),
    ]
    expected = [{"kind": kind, "reason": reason} for _, _, kind, reason in read_access_log(desk)]
    assert read_events(desk) == [(str(person_id), data) for data in expected]


def test_refused_call_is_not_recorded(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    draft = maryam.create_draft(PERIOD)["id"]
    assert read_problem(maryam.open(draft)) == (404, "not-found")
    assert read_problem(maryam.open(str(uuid.uuid4()))) == (404, "not-found")
    assert read_problem(maryam.confirm(objection_id)) == (409, "objection-status-differs")
    read_reply(maryam.propose(objection_id))
    assert read_problem(maryam.confirm(objection_id, OFFICER)) == (403, "own-decision")
    assert read_problem(maryam.propose(objection_id)) == (409, "objection-status-differs")
    response = maryam.desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search("1234567891"))
    assert read_problem(response) == (404, "not-found")
    assert [kind for _, _, kind, _ in read_access_log(maryam.desk)] == ["decision"]
    assert len(read_events(maryam.desk)) == 1


REASONS: list[Any] = [None, "", "   ", "\u200f\u200c", "د" * 201, 7, ["علت"], {"fa": "علت"}, True]
# Text that looks blank to the person: blanks of other scripts, marks without a letter, full stops.
REASONS += ["\u2800", "\u3164\u3164", "\uffa0", "\u115f\u1160"]
REASONS += ["\ufe0f", "\u0301", "\ue000", ".", "- ، -", "\u0600"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("reason", [..., *REASONS], ids=repr)
def test_person_is_not_shown_without_a_reason(maryam: Objector, reason: Any) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    given = {} if reason is ... else {"reason": reason}
    opening = maryam.call_as_officer("POST", f"{ALL}/{objection_id}/opening", json=given)
    search = maryam.desk.call_as_officer(
        "POST", SEARCH, "helpdesk", json={"national_code": CODE, **given}, headers={"Accept-Language": "en"}
    )
    for response in (opening, search):
        assert read_problem(response) == (422, "validation")
        assert {error["field"] for error in response.get_json()["errors"]} == {"reason"}
        assert CODE not in response.text
    assert (read_access_log(maryam.desk), read_events(maryam.desk)) == ([], [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_reason_has_up_to_200_characters_and_is_not_logged(
    maryam: Objector, caplog: pytest.LogCaptureFixture
) -> None:
    reason = "علت" * 50
    read_reply(maryam.desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search(CODE, reason)))
    assert [row[3] for row in read_access_log(maryam.desk)] == [reason]
    assert "علت" not in caplog.text
    assert get_log_line(caplog, "person.viewed")["kind"] == "search"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("reason", ["نامه ۱۲/۳۴", "case 7", "۱۲۳", "پرونده‌ی «الف»", "面談"])
def test_a_reason_may_be_in_any_script(maryam: Objector, reason: str) -> None:
    read_reply(maryam.desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search(CODE, reason)))
    assert [row[3] for row in read_access_log(maryam.desk)] == [reason]


def test_objection_cannot_be_read_without_opening_it(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.open(objection_id))
    assert maryam.call_as_officer("GET", f"{ALL}/{objection_id}").status_code == 404


def test_auditors_read_who_accessed_whom_when_and_why(
    maryam: Objector, caplog: pytest.LogCaptureFixture
) -> None:
    desk, person_id = maryam.desk, maryam.desk.find_person_id(CODE)
    response = desk.call_as_officer(
        "POST", SEARCH, "helpdesk", json=build_search(CODE, REASON), headers={"X-Request-ID": str(AUDITOR)}
    )
    read_reply(response)
    insert_access(desk, str(SECOND_OFFICER), person_id, datetime(2026, 3, 1, tzinfo=UTC))
    caplog.clear()
    older, newer = reversed(list_items(desk))
    at = datetime.fromisoformat(older.pop("at"))
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=5)
    assert older == {
        "id": older["id"],
        "officer": str(OFFICER),
        "person": str(person_id),
        "kind": "search",
        "reason": REASON,
        "request_id": str(AUDITOR),
    }
    assert (newer["kind"], newer["reason"], newer["at"]) == (None, None, "2026-03-01T00:00:00+00:00")
    assert int(newer["id"]) > int(older["id"])
    assert len(read_access_log(desk)) == 2
    assert get_log_line(caplog, "accesses.read") | {"officer": str(AUDITOR), "accesses": 2} == get_log_line(
        caplog, "accesses.read"
    )


def test_accesses_are_found_by_person_and_by_officer(maryam: Objector) -> None:
    desk = maryam.desk
    desk.import_list(write_files(HASAN, number="02"))
    hasan, person_id = desk.find_person_id(str(HASAN.national_code)), desk.find_person_id(CODE)
    for code in (CODE, HASAN.national_code, CODE):
        read_reply(desk.call_as_officer("POST", SEARCH, "helpdesk", json=build_search(str(code))))
    insert_access(desk, str(SECOND_OFFICER), hasan, datetime.now(UTC))
    for query, officers, people in [
        (f"person={person_id}", [OFFICER] * 2, [person_id] * 2),
        (f"person={hasan}", [SECOND_OFFICER, OFFICER], [hasan] * 2),
        (f"officer={SECOND_OFFICER}", [SECOND_OFFICER], [hasan]),
        (f"officer={OFFICER}&person={hasan}", [OFFICER], [hasan]),
        (f"officer={str(OFFICER).upper()}&person={hasan}", [OFFICER], [hasan]),
        (f"person={uuid.uuid4()}", [], []),
        (f"officer={AUDITOR}", [], []),
    ]:
        items = list_items(desk, f"?{query}")
        assert [item["officer"] for item in items] == list(map(str, officers)), query
        assert [item["person"] for item in items] == list(map(str, people)), query


# The first and last moment of 2026-11-30, 9 Azar 1405, in Tehran, three and a half hours ahead.
INSTANT = timedelta(microseconds=1)
BEGIN = datetime(2026, 11, 29, 20, 30, tzinfo=UTC)
END = BEGIN + timedelta(days=1) - INSTANT


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ("from=2026-11-30&to=2026-11-30", "bc"),
        ("from=1405-09-09&to=1405-09-09", "bc"),
        ("from=۱۴۰۵/۰۹/۰۹&to=۱۴۰۵/۰۹/۰۹", "bc"),
        ("from=2026-11-30", "bcd"),
        ("to=2026-11-30", "abc"),
        ("from=2026-12-01", "d"),
        ("to=1405-09-08", "a"),
        ("from=2026-11-29T20:30:00Z&to=2026-11-29T20:30:00Z", "b"),
        ("from=2026-11-29t20:30:00.000001z", "cd"),
        ("from=2026-11-30T00:00:00%2B03:30&to=2026-11-30T23:59:59.999999%2B03:30", "bc"),
        ("from=2026-11-30T00:00:00+03:30", "bcd"),
        ("from=2026-11-29T15:30:00-05:00", "bcd"),
        ("from=2026-12-02", ""),
        ("", "abcd"),
    ],
)
def test_accesses_are_found_by_time(maryam: Objector, query: str, reasons: str) -> None:
    person_id = maryam.desk.find_person_id(CODE)
    moments = BEGIN - INSTANT, BEGIN, END, END + INSTANT
    for reason, at in zip("abcd", moments, strict=True):
        insert_access(maryam.desk, str(OFFICER), person_id, at, kind="search", reason=reason)
    assert [item["reason"] for item in list_items(maryam.desk, f"?{query}")] == list(reversed(reasons))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("person=0012345679", "person"),
        ("officer=officer.one", "officer"),
        ("from=yesterday", "from"),
        ("from=2026-13-01", "from"),
        ("to=1405-12-30", "to"),
        ("to=2026-11-30T08:00:00", "to"),
        ("to=2026-W48-1", "to"),
        ("from=2026-11-30T25:00:00Z", "from"),
        ("from=0001-01-01T00:00:00%2B23:59", "from"),
        ("to=9999-12-31T23:59:59-01:00", "to"),
        ("to=0001-01-01", "to"),
        ("from=2026-11-30&to=2026-11-29", "to"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("cursor=x", "cursor"),
    ],
)
def test_invalid_filter_is_refused_by_field(desk: Desk, query: str, field: str) -> None:
    response = request_accesses(desk, f"?{query}")
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]


def read_pages(desk: Desk, query: str) -> Iterator[list[str]]:
    cursor = None
    while True:
        page = read_reply(request_accesses(desk, query + (f"&cursor={cursor}" if cursor else "")))
        yield [item["reason"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def test_accesses_are_paged_newest_first(maryam: Objector) -> None:
    person_id = maryam.desk.find_person_id(CODE)
    for number in range(5):
        insert_access(
            maryam.desk, str(OFFICER), person_id, datetime.now(UTC), kind="search", reason=str(number)
        )
    assert list(read_pages(maryam.desk, "?limit=2")) == [["4", "3"], ["2", "1"], ["0"]]
    assert list(read_pages(maryam.desk, f"?person={person_id}&limit=4")) == [["4", "3", "2", "1"], ["0"]]


def test_only_auditors_read_accesses(maryam: Objector) -> None:
    for scope in ("helpdesk", "objections", "lists"):
        assert read_problem(request_accesses(maryam.desk, scope=scope)) == (403, "forbidden")
    for role in ("citizen", "service"):
        token = mint(role, AUDITOR, "records", ["audit"])
        assert read_problem(maryam.desk.call("GET", ACCESSES, token)) == (403, "forbidden")
    assert maryam.desk.call("GET", ACCESSES).status_code == 401
    auditor = mint("officer", AUDITOR, scopes=["audit"])
    assert maryam.desk.call("POST", SEARCH, auditor, json=build_search(CODE)).status_code == 403
    assert maryam.desk.call("GET", ALL, auditor).status_code == 403


@pytest.mark.each_database
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("?person={person}", "person_id_position"),
        ("?officer={officer}", "officer_id_position"),
        ("?from={day}", "at"),
    ],
)
def test_accesses_are_found_by_their_indexes(maryam: Objector, query: str, index: str) -> None:
    """Among very many accesses to one person by one officer, others are found without reading all."""
    person_id = maryam.desk.find_person_id(CODE)
    maryam.desk.import_list(write_files(HASAN, number="02"))
    hasan = maryam.desk.find_person_id(str(HASAN.national_code))
    with maryam.desk.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO access_log (officer_id, person_id, request_id, at) SELECT :officer,"
                " :person, 'r', now() - make_interval(mins => 200000 - n) FROM generate_series(1, 100000) n"
            ),
            {"officer": str(OFFICER), "person": person_id},
        )
    insert_access(maryam.desk, str(SECOND_OFFICER), hasan, datetime.now(UTC))
    with maryam.desk.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE access_log"))
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    asked_for = query.format(person=hasan, officer=SECOND_OFFICER, day=day)
    plan = explain_query(
        maryam.desk.engine, "SELECT access_log", lambda: read_reply(request_accesses(maryam.desk, asked_for))
    )
    assert f"ix_access_log_{index}" in plan
