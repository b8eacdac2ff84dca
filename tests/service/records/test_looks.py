"""Every look of an officer has its reason, is written down and told, and those who audit read it."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from services.records.models import Access, Outbox
from tests.plans import plan_of
from tests.service.records.callers import OFFICER, SEARCH, Records, asked, files_of, logged
from tests.service.records.objecting import (
    ALL,
    CODE,
    DAYS,
    PERIOD,
    SECOND_OFFICER,
    Objecting,
    answered,
    listed,
    refused,
)
from tests.tokens import mint
from tests.unit.records.lists.lists import HASAN

ACCESSES = "/api/v1/records/accesses"
AUDITOR = uuid.UUID("00000000-0000-4000-8000-0000000000aa")
REASON = "درخواست حضوری"


def audit(records: Records, query: str = "", scope: str = "audit", **kw: Any) -> TestResponse:
    token = mint("officer", AUDITOR, scopes=[scope])
    return records.call("GET", f"{ACCESSES}{query}", token, **kw)


def items(records: Records, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answered(audit(records, query))["items"]
    return found


def written(records: Records) -> list[tuple[Any, ...]]:
    """Officer, person, kind and reason of every look, oldest first."""
    columns = Access.officer_id, Access.person_id, Access.kind, Access.reason
    with records.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*columns).order_by(Access.position))]


def told(records: Records) -> list[tuple[Any, ...]]:
    """Subject and data of every event about a look, oldest first."""
    query = sa.select(Outbox.subject, Outbox.data).where(Outbox.name == "record.viewed")
    with records.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(Outbox.position))]


def seen(records: Records, officer_id: str, person_id: uuid.UUID, at: datetime, **more: Any) -> None:
    """A look that was written down at that moment."""
    row = {"officer_id": officer_id, "person_id": person_id, "request_id": "r", "at": at, **more}
    with records.engine.begin() as connection:
        connection.execute(sa.insert(Access).values(row))


@pytest.fixture
def maryam(records: Records) -> Objecting:
    records.accept(listed(12))
    return Objecting(records)


def test_a_search_is_written_down_and_told_with_its_reason(maryam: Objecting) -> None:
    records, person_id = maryam.records, maryam.records.person_id(CODE)
    answered(records.as_officer("POST", SEARCH, "helpdesk", json=asked(CODE, f"  {REASON}\u200f ")))
    assert written(records) == [(str(OFFICER), person_id, "search", REASON)]
    assert told(records) == [(str(person_id), {"kind": "search", "reason": REASON})]


def test_each_step_that_shows_a_person_is_a_look(maryam: Objecting) -> None:
    """Opening, proposing, withdrawing, confirming; only opening has words of its own."""
    records, person_id = maryam.records, maryam.records.person_id(CODE)
    objection_id = maryam.submitted(DAYS)["id"]
    answered(maryam.officer("GET"))
    answered(maryam.open(objection_id, REASON))
    answered(maryam.propose(objection_id))
    answered(maryam.officer("DELETE", f"{ALL}/{objection_id}/decision", SECOND_OFFICER))
    answered(maryam.propose(objection_id, accept=False))
    answered(maryam.open(objection_id, "تایید پیشنهاد", SECOND_OFFICER))
    answered(maryam.confirm(objection_id))
    first, second, none = str(OFFICER), str(SECOND_OFFICER), ("decision", None)
    assert written(records) == [
        (first, person_id, "objection", REASON),
        (first, person_id, *none),
        (second, person_id, *none),
        (first, person_id, *none),
        (second, person_id, "objection", "تایید پیشنهاد"),
        (second, person_id, *none),
    ]
    told_of = [{"kind": kind, "reason": reason} for _, _, kind, reason in written(records)]
    assert told(records) == [(str(person_id), data) for data in told_of]


def test_what_is_refused_is_no_look(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    draft = maryam.drafted(PERIOD)["id"]
    assert refused(maryam.open(draft)) == (404, "not-found")
    assert refused(maryam.open(str(uuid.uuid4()))) == (404, "not-found")
    assert refused(maryam.confirm(objection_id)) == (409, "objection-status-differs")
    answered(maryam.propose(objection_id))
    assert refused(maryam.confirm(objection_id, OFFICER)) == (403, "own-decision")
    assert refused(maryam.propose(objection_id)) == (409, "objection-status-differs")
    answer = maryam.records.as_officer("POST", SEARCH, "helpdesk", json=asked("1234567891"))
    assert refused(answer) == (404, "not-found")
    assert [kind for _, _, kind, _ in written(maryam.records)] == ["decision"]
    assert len(told(maryam.records)) == 1


REASONS: list[Any] = [None, "", "   ", "\u200f\u200c", "د" * 201, 7, ["دلیل"], {"fa": "دلیل"}, True]
# What the person would read as nothing: blanks of other scripts, marks without a letter, full stops.
REASONS += ["\u2800", "\u3164\u3164", "\uffa0", "\u115f\u1160"]
REASONS += ["\ufe0f", "\u0301", "\ue000", ".", "- ، -", "\u0600"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("reason", [..., *REASONS], ids=repr)
def test_without_a_reason_nobody_is_shown(maryam: Objecting, reason: Any) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    given = {} if reason is ... else {"reason": reason}
    opening = maryam.officer("POST", f"{ALL}/{objection_id}/opening", json=given)
    search = maryam.records.as_officer(
        "POST", SEARCH, "helpdesk", json={"national_code": CODE, **given}, headers={"Accept-Language": "en"}
    )
    for answer in (opening, search):
        assert refused(answer) == (422, "validation")
        assert {error["field"] for error in answer.get_json()["errors"]} == {"reason"}
        assert CODE not in answer.text
    assert (written(maryam.records), told(maryam.records)) == ([], [])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reason_has_up_to_200_characters_and_stands_in_no_log(
    maryam: Objecting, caplog: pytest.LogCaptureFixture
) -> None:
    reason = "دلیل" * 50
    answered(maryam.records.as_officer("POST", SEARCH, "helpdesk", json=asked(CODE, reason)))
    assert [row[3] for row in written(maryam.records)] == [reason]
    assert "دلیل" not in caplog.text
    assert logged(caplog, "person.viewed")["kind"] == "search"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("reason", ["نامه ۱۲/۳۴", "case 7", "۱۲۳", "پرونده‌ی «الف»", "面談"])
def test_a_reason_may_be_in_any_script(maryam: Objecting, reason: str) -> None:
    answered(maryam.records.as_officer("POST", SEARCH, "helpdesk", json=asked(CODE, reason)))
    assert [row[3] for row in written(maryam.records)] == [reason]


def test_no_officer_reads_an_objection_without_opening_it(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    answered(maryam.open(objection_id))
    assert maryam.officer("GET", f"{ALL}/{objection_id}").status_code == 404


def test_those_who_audit_read_who_looked_at_whom_when_and_why(
    maryam: Objecting, caplog: pytest.LogCaptureFixture
) -> None:
    records, person_id = maryam.records, maryam.records.person_id(CODE)
    answer = records.as_officer(
        "POST", SEARCH, "helpdesk", json=asked(CODE, REASON), headers={"X-Request-ID": str(AUDITOR)}
    )
    answered(answer)
    seen(records, str(SECOND_OFFICER), person_id, datetime(2026, 3, 1, tzinfo=UTC))
    caplog.clear()
    older, newer = reversed(items(records))
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
    assert len(written(records)) == 2
    assert logged(caplog, "accesses.read") | {"officer": str(AUDITOR), "accesses": 2} == logged(
        caplog, "accesses.read"
    )


def test_looks_are_found_by_person_and_by_officer(maryam: Objecting) -> None:
    records = maryam.records
    records.accept(files_of(HASAN, number="02"))
    hasan, person_id = records.person_id(str(HASAN.national_code)), records.person_id(CODE)
    for code in (CODE, HASAN.national_code, CODE):
        answered(records.as_officer("POST", SEARCH, "helpdesk", json=asked(str(code))))
    seen(records, str(SECOND_OFFICER), hasan, datetime.now(UTC))
    for query, officers, people in [
        (f"person={person_id}", [OFFICER] * 2, [person_id] * 2),
        (f"person={hasan}", [SECOND_OFFICER, OFFICER], [hasan] * 2),
        (f"officer={SECOND_OFFICER}", [SECOND_OFFICER], [hasan]),
        (f"officer={OFFICER}&person={hasan}", [OFFICER], [hasan]),
        (f"officer={str(OFFICER).upper()}&person={hasan}", [OFFICER], [hasan]),
        (f"person={uuid.uuid4()}", [], []),
        (f"officer={AUDITOR}", [], []),
    ]:
        found = items(records, f"?{query}")
        assert [one["officer"] for one in found] == list(map(str, officers)), query
        assert [one["person"] for one in found] == list(map(str, people)), query


# The first and last moment of 2026-11-30, 9 Azar 1405, in Tehran, three and a half hours ahead.
INSTANT = timedelta(microseconds=1)
BEGIN = datetime(2026, 11, 29, 20, 30, tzinfo=UTC)
END = BEGIN + timedelta(days=1) - INSTANT


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
def test_looks_are_found_by_time(maryam: Objecting, query: str, reasons: str) -> None:
    person_id = maryam.records.person_id(CODE)
    moments = BEGIN - INSTANT, BEGIN, END, END + INSTANT
    for reason, at in zip("abcd", moments, strict=True):
        seen(maryam.records, str(OFFICER), person_id, at, kind="search", reason=reason)
    assert [one["reason"] for one in items(maryam.records, f"?{query}")] == list(reversed(reasons))


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
def test_what_cannot_be_asked_is_said_beside_its_field(records: Records, query: str, field: str) -> None:
    answer = audit(records, f"?{query}")
    assert refused(answer) == (422, "validation")
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def pages(records: Records, query: str) -> Iterator[list[str]]:
    cursor = None
    while True:
        page = answered(audit(records, query + (f"&cursor={cursor}" if cursor else "")))
        yield [one["reason"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def test_looks_come_page_by_page_newest_first(maryam: Objecting) -> None:
    person_id = maryam.records.person_id(CODE)
    for number in range(5):
        seen(maryam.records, str(OFFICER), person_id, datetime.now(UTC), kind="search", reason=str(number))
    assert list(pages(maryam.records, "?limit=2")) == [["4", "3"], ["2", "1"], ["0"]]
    assert list(pages(maryam.records, f"?person={person_id}&limit=4")) == [["4", "3", "2", "1"], ["0"]]


def test_nobody_else_reads_the_looks(maryam: Objecting) -> None:
    for scope in ("helpdesk", "objections", "lists"):
        assert refused(audit(maryam.records, scope=scope)) == (403, "forbidden")
    for role in ("citizen", "service"):
        token = mint(role, AUDITOR, "records", ["audit"])
        assert refused(maryam.records.call("GET", ACCESSES, token)) == (403, "forbidden")
    assert maryam.records.call("GET", ACCESSES).status_code == 401
    auditor = mint("officer", AUDITOR, scopes=["audit"])
    assert maryam.records.call("POST", SEARCH, auditor, json=asked(CODE)).status_code == 403
    assert maryam.records.call("GET", ALL, auditor).status_code == 403


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("?person={person}", "person_id_position"),
        ("?officer={officer}", "officer_id_position"),
        ("?from={day}", "at"),
    ],
)
def test_looks_are_found_by_their_indexes(maryam: Objecting, query: str, index: str) -> None:
    """Among very many looks at one person by one officer the others are found without reading all."""
    person_id = maryam.records.person_id(CODE)
    maryam.records.accept(files_of(HASAN, number="02"))
    hasan = maryam.records.person_id(str(HASAN.national_code))
    with maryam.records.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO access_log (officer_id, person_id, request_id, at) SELECT :officer,"
                " :person, 'r', now() - make_interval(mins => 200000 - n) FROM generate_series(1, 100000) n"
            ),
            {"officer": str(OFFICER), "person": person_id},
        )
    seen(maryam.records, str(SECOND_OFFICER), hasan, datetime.now(UTC))
    with maryam.records.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE access_log"))
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    asked_for = query.format(person=hasan, officer=SECOND_OFFICER, day=day)
    plan = plan_of(
        maryam.records.engine, "SELECT access_log", lambda: answered(audit(maryam.records, asked_for))
    )
    assert f"ix_access_log_{index}" in plan
