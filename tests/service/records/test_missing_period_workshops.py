"""Accepted missing periods whose workshop code officers find later, and the lists that then come."""

from typing import Any

import pytest

from services.kit.jalali import JalaliMonth
from tests.fakes.lists import MARYAM
from tests.service.records.desk import OFFICER, Desk
from tests.service.records.objectors import (
    CODE,
    OWN,
    PERIOD,
    SECOND_OFFICER,
    WORKSHOP,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)

PROPOSALS = "/api/v1/records/proposals"
FARVARDIN_1402 = JalaliMonth(1402, 1)
FOUND = "0044444444"
CODELESS = {**PERIOD, "workshop_code": None, "start_jalali": "1402-01-01", "end_jalali": "1402-02-31"}
CODELESS["days"] = 62
DAILY = MARYAM.daily_wage


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    """Maryam, who has twelve listed days in Mehr 1402."""
    desk.import_list(write_one_month(12))
    return Objector(desk)


def propose(person: Objector, objection_id: str, code: Any = FOUND, **kw: Any) -> Any:
    body = {
        "kind": "missing-period-workshop",
        "target": objection_id,
        "change": {"workshop_code": code},
        "reason": "کارفرما کد کارگاه را داد.",
    }
    return person.call_as_officer("POST", PROPOSALS, json=body | kw)


def confirm(person: Objector, proposal_id: str) -> Any:
    return person.call_as_officer("POST", f"{PROPOSALS}/{proposal_id}/confirmation", SECOND_OFFICER)


def assign(person: Objector, objection_id: str, code: str = FOUND) -> dict[str, Any]:
    proposal = read_reply(propose(person, objection_id, code), 201)
    return read_reply(confirm(person, proposal["id"]))


def list_days(person: Objector) -> list[tuple[str, str, int, int]]:
    return [
        (row["month_jalali"], row["workshop_code"], row["days"], row["wage"])
        for row in person.list_contributions()
    ]


def import_found(person: Objector, days: int, month: JalaliMonth = FARVARDIN_1402, **place: Any) -> None:
    files = write_one_month(days, month, workshop=place.pop("workshop", FOUND), name="گلدوزی نرگس", **place)
    person.desk.import_list(files)


def test_two_officers_give_a_period_its_workshop_code(maryam: Objector) -> None:
    objection_id = maryam.decide(CODELESS)["id"]
    total = maryam.get_statement()["summary"]["total_days"]
    proposal = read_reply(propose(maryam, objection_id, "۴۴۴۴۴۴۴۴"), 201)
    assert proposal["change"] == {"workshop_code": FOUND}
    assert proposal["differences"] == [
        {"month_jalali": month, "workshop_code": FOUND, "field": "workshop_code", "old": "-", "new": FOUND}
        for month in ("1402-01", "1402-02")
    ]
    assert [row[1] for row in list_days(maryam)[:2]] == ["-", "-"]
    own = maryam.call_as_officer("POST", f"{PROPOSALS}/{proposal['id']}/confirmation", OFFICER)
    assert read_problem(own) == (403, "own-proposal")
    assert read_reply(confirm(maryam, proposal["id"]))["status"] == "confirmed"
    assert list_days(maryam)[:2] == [("1402-01", FOUND, 31, 0), ("1402-02", FOUND, 31, 0)]
    assert maryam.get_statement()["summary"]["total_days"] == total
    corrections = read_reply(maryam.call("GET", f"{OWN}/{objection_id}"))["corrections"]
    assert {row["workshop_code"] for row in corrections} == {FOUND}


def test_real_list_replaces_the_accepted_month(maryam: Objector) -> None:
    """The same days count once; so do other days, more or less than the accepted ones."""
    assign(maryam, maryam.decide(CODELESS)["id"])
    import_found(maryam, 31)
    import_found(maryam, 20, FARVARDIN_1402.add_months(1))
    assert list_days(maryam)[:2] == [
        ("1402-01", FOUND, 31, 31 * DAILY),
        ("1402-02", FOUND, 20, 20 * DAILY),
    ]
    statement = maryam.get_statement()
    assert statement["summary"]["total_days"] == 31 + 20 + 12
    assert statement["corrections"] == []
    assert statement["summary"]["workshop_count"] == 2


def test_list_that_came_before_the_code_replaces_it_too(maryam: Objector) -> None:
    objection_id = maryam.decide(CODELESS)["id"]
    import_found(maryam, 25)
    assert [row[1] for row in list_days(maryam)[:2]] == ["-", FOUND]
    proposal = read_reply(propose(maryam, objection_id), 201)
    days = [one for one in proposal["differences"] if one["field"] == "days"]
    assert days == [
        {"month_jalali": "1402-01", "workshop_code": FOUND, "field": "days", "old": 31, "new": 25}
    ]
    read_reply(confirm(maryam, proposal["id"]))
    assert list_days(maryam)[:2] == [("1402-01", FOUND, 25, 25 * DAILY), ("1402-02", FOUND, 31, 0)]


def test_list_that_comes_meanwhile_outdates_the_proposal(maryam: Objector) -> None:
    proposal = read_reply(propose(maryam, maryam.decide(CODELESS)["id"]), 201)
    import_found(maryam, 25)
    assert read_problem(confirm(maryam, proposal["id"])) == (409, "proposal-outdated")
    assert [row[1] for row in list_days(maryam)[:2]] == ["-", FOUND]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_decision_about_the_days_takes_precedence(maryam: Objector) -> None:
    """Whether the days were decided before the code was found, or after."""
    import_found(maryam, 10)
    decided = {"kind": "days", "text": "همه ماه", "months": []}
    before = {"month_jalali": "1402-01", "workshop_code": FOUND, "days": 28}
    maryam.decide({**decided, "months": [before]})
    assign(maryam, maryam.decide(CODELESS)["id"])
    assert [row[2] for row in list_days(maryam)[:2]] == [28, 31]
    after = {"month_jalali": "1402-02", "workshop_code": FOUND, "days": 7}
    maryam.decide({**decided, "months": [after]})
    import_found(maryam, 20, FARVARDIN_1402.add_months(1))
    assert [row[2] for row in list_days(maryam)[:2]] == [28, 7]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_wrong_code_can_be_replaced(maryam: Objector) -> None:
    objection_id = maryam.decide(CODELESS)["id"]
    assign(maryam, objection_id, "0055555555")
    assert propose(maryam, objection_id, "55555555").status_code == 422
    assert assign(maryam, objection_id)["differences"][0]["old"] == "0055555555"
    import_found(maryam, 31, workshop="0055555555", row=MARYAM)
    assert list_days(maryam)[0] == ("1402-01", FOUND, 31, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_an_accepted_period_without_a_code_gets_one(maryam: Objector) -> None:
    with_code = maryam.decide(PERIOD)["id"]
    rejected = maryam.decide(CODELESS, accept=False)["id"]
    submitted = maryam.submit(CODELESS)["id"]
    for objection_id in (with_code, rejected, submitted):
        response = propose(maryam, objection_id)
        assert read_problem(response) == (422, "validation")
        assert [error["field"] for error in response.get_json()["errors"]] == ["target"]
    unknown = "00000000-0000-4000-8000-000000000000"
    assert read_problem(propose(maryam, unknown)) == (404, "not-found")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", ["", "-", "12345678901", 7, None, "44 44", "\u200f"])
def test_invalid_code_is_refused(maryam: Objector, code: Any) -> None:
    response = propose(maryam, maryam.decide(CODELESS)["id"], code)
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == ["change.workshop_code"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_officer_gives_no_code_to_their_own_record(maryam: Objector) -> None:
    objection_id = maryam.decide(CODELESS)["id"]
    name = ["officers", "name-record", str(OFFICER), "--national-code", CODE]
    assert maryam.desk.app.test_cli_runner().invoke(args=name).exit_code == 0
    assert read_problem(propose(maryam, objection_id)) == (403, "own-record")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_code_of_a_missing_period_is_padded(maryam: Objector) -> None:
    """A code without its leading zeros would count the workshop twice when its list comes."""
    assert maryam.create_draft({**PERIOD, "workshop_code": "44444444"})["workshop_code"] == FOUND
    response = maryam.call(
        "POST",
        json={
            **PERIOD,
            "workshop_code": WORKSHOP.lstrip("0"),
            "start_jalali": "1402-06-01",
            "end_jalali": "1402-07-30",
        },
    )
    assert [error["field"] for error in response.get_json()["errors"]] == ["workshop_code"]
