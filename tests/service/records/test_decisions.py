"""What officers decide about objections, and what an accepted one does to the record."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.jalali import JalaliMonth
from services.records.models import Access
from tests.service.records.callers import OFFICER, Records, logged
from tests.service.records.objecting import (
    ALL,
    CODE,
    DAYS,
    MEHR_1402,
    OWN,
    PERIOD,
    SECOND_OFFICER,
    WORKSHOP,
    Objecting,
    answered,
    listed,
    refused,
)
from tests.tokens import mint
from tests.unit.records.lists.lists import MARYAM

DAILY = MARYAM.daily_wage


@pytest.fixture
def maryam(records: Records) -> Objecting:
    """Maryam: twelve days of Mehr 1402 and a whole Aban."""
    records.accept(listed(12))
    records.accept(listed(30, MEHR_1402.plus(1)))
    return Objecting(records)


def wage_rows(statement: dict[str, Any]) -> list[tuple[str, str, str, int, int]]:
    return [
        (row["month_jalali"], row["workshop_code"], row["list_number"], row["days"], row["wage"])
        for row in statement["tables"]["wages"]["rows"]
    ]


def test_two_officers_accept_and_the_person_is_told(maryam: Objecting) -> None:
    objection = maryam.submitted(DAYS)
    proposed = answered(maryam.propose(objection["id"]))
    assert (proposed["status"], proposed["accept"]) == ("proposed", True)
    assert proposed["proposed_by"] == str(OFFICER)
    own = answered(maryam.me("GET", f"{OWN}/{objection['id']}"))
    assert (own["status"], own["reason"], own["corrections"]) == ("proposed", None, [])
    accepted = answered(maryam.confirm(objection["id"]))
    assert (accepted["status"], accepted["confirmed_by"]) == ("accepted", str(SECOND_OFFICER))
    own = answered(maryam.me("GET", f"{OWN}/{objection['id']}"))
    assert (own["status"], own["reason"]) == ("accepted", "کارت ساعت دیده شد.")
    assert own["corrections"] == [
        {"month_jalali": "1402-07", "workshop_code": WORKSHOP, "old_days": 12, "new_days": 30}
    ]
    assert maryam.drafted(DAYS)["months"][0]["recorded_days"] == 30


def test_an_accepted_objection_to_days_changes_the_statement_to_the_day(maryam: Objecting) -> None:
    before = maryam.statement()
    assert before["summary"]["total_days"] == 42
    tracking_number = maryam.decided(DAYS)["tracking_number"]
    after = maryam.statement()
    assert after["summary"] == before["summary"] | {
        "total_days": 60,
        "duration": {"years": 0, "months": 2, "days": 0},
    }
    assert after["tables"]["all"]["years"][0]["months"][6:8] == [30, 30]
    assert after["tables"]["consolidated"]["years"][0]["running_days"] == 60
    assert wage_rows(after) == [
        ("1402-07", WORKSHOP, "01", 30, 12 * DAILY),
        ("1402-08", WORKSHOP, "01", 30, 30 * DAILY),
    ]
    assert after["corrections"] == [
        {"month_jalali": "1402-07", "workshop_code": WORKSHOP, "tracking_number": tracking_number}
    ]
    assert after["disputed_months"] == []


def test_a_corrected_row_names_its_list_and_the_objection(maryam: Objecting) -> None:
    untouched = maryam.contributions()
    objection = maryam.decided(DAYS)
    corrected, other = maryam.contributions()
    assert other == untouched[1]
    assert corrected == untouched[0] | {
        "days": 30,
        "source": untouched[0]["source"]
        | {
            "kind": "objection",
            "objection_id": objection["id"],
            "tracking_number": objection["tracking_number"],
        },
    }
    assert corrected["source"]["listed_days"] == 12


def test_an_accepted_missing_period_changes_the_statement_to_the_day(maryam: Objecting) -> None:
    objection = maryam.decided({**PERIOD, "days": 28})
    after = maryam.statement()
    assert after["summary"]["total_days"] == 42 + 28
    assert after["summary"]["first_month_jalali"] == "1401-12"
    assert after["summary"]["workshop_count"] == 2
    assert [year["months"] for year in after["tables"]["all"]["years"]] == [
        [None] * 11 + [7],
        [16, 5, None, None, None, None, 12, 30, None, None, None, None],
    ]
    assert wage_rows(after)[:3] == [
        ("1401-12", "0044444444", "", 7, 0),
        ("1402-01", "0044444444", "", 16, 0),
        ("1402-02", "0044444444", "", 5, 0),
    ]
    assert [mark["tracking_number"] for mark in after["corrections"]] == [objection["tracking_number"]] * 3
    row = maryam.contributions()[0]
    assert (row["workshop_name"], row["wage"], row["premium"], row["gross"]) == (
        "کارگاه گلدوزی نرگس",
        0,
        0,
        0,
    )
    assert row["source"] == {
        "kind": "objection",
        "workshop_code": "0044444444",
        "list_id": None,
        "list_number": None,
        "file_sha256": None,
        "row": None,
        "listed_days": None,
        "objection_id": objection["id"],
        "tracking_number": objection["tracking_number"],
    }


def test_a_workshop_without_a_code_is_a_row_of_its_own(maryam: Objecting) -> None:
    body = {**PERIOD, "workshop_code": None, "start_jalali": "1402-07-01", "end_jalali": "1402-07-10"}
    numbers = [maryam.decided({**body, "days": days})["tracking_number"] for days in (10, 4)]
    after = maryam.statement()
    assert wage_rows(after)[:2] == [("1402-07", "-", "", 10, 0), ("1402-07", "-", "", 4, 0)]
    assert after["tables"]["all"]["years"][0]["months"][6] == 12 + 10 + 4
    assert [mark["tracking_number"] for mark in after["corrections"]] == numbers


def test_a_rejected_objection_changes_nothing(maryam: Objecting) -> None:
    before, rows = maryam.statement(), maryam.contributions()
    rejected = maryam.decided(DAYS, accept=False)
    assert (rejected["status"], rejected["corrections"]) == ("rejected", [])
    assert (maryam.statement(), maryam.contributions()) == (before, rows)
    assert maryam.submitted(DAYS)["status"] == "submitted"


def test_a_correction_stands_over_a_list_that_comes_later(maryam: Objecting) -> None:
    maryam.decided(DAYS)
    maryam.records.accept(listed(10, number="02"))
    after = maryam.statement()
    assert wage_rows(after)[:2] == [
        ("1402-07", WORKSHOP, "01", 20, 12 * DAILY),
        ("1402-07", WORKSHOP, "02", 10, 10 * DAILY),
    ]
    assert after["summary"]["total_days"] == 60
    assert len(after["corrections"]) == 1
    fewer = {**DAYS, "months": [{**DAYS["months"][0], "days": 15}]}
    assert maryam.decided(fewer)["corrections"][0]["old_days"] == 30
    assert [row[3] for row in wage_rows(maryam.statement())[:2]] == [12, 3]


def test_a_list_that_comes_for_a_missing_period_takes_its_row(maryam: Objecting) -> None:
    maryam.decided(PERIOD)
    late = listed(31, JalaliMonth(1402, 1), workshop="0044444444", name="گلدوزی نرگس")
    maryam.records.accept(late)
    rows = [row for row in maryam.contributions() if row["month_jalali"] == "1402-01"]
    assert [(row["workshop_name"], row["days"], row["wage"]) for row in rows] == [
        ("گلدوزی نرگس", 31, 31 * DAILY)
    ]
    assert rows[0]["source"]["kind"] == "objection"


def test_the_days_of_an_accepted_period_can_be_objected_to(maryam: Objecting) -> None:
    maryam.decided({**PERIOD, "days": 28})
    claim = {"month_jalali": "1402-01", "workshop_code": "0044444444", "days": 31}
    corrected = maryam.decided({**DAYS, "months": [claim]})
    assert corrected["corrections"][0]["old_days"] == 16
    row = maryam.contributions()[1]
    assert (row["workshop_name"], row["days"]) == ("کارگاه گلدوزی نرگس", 31)


def test_a_list_that_came_before_the_decision_is_not_made_less(maryam: Objecting) -> None:
    objection = maryam.submitted({**PERIOD, "days": 28})
    late = listed(31, JalaliMonth(1402, 1), workshop="0044444444", name="گلدوزی نرگس")
    maryam.records.accept(late)
    answered(maryam.propose(objection["id"]))
    corrected = answered(maryam.confirm(objection["id"]))["corrections"]
    assert [(row["month_jalali"], row["new_days"]) for row in corrected] == [("1401-12", 7), ("1402-02", 5)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_days_that_are_right_already_are_not_corrected(maryam: Objecting) -> None:
    same = {**DAYS["months"][0], "days": 12}
    assert maryam.decided({**DAYS, "months": [same]})["corrections"] == []
    assert maryam.statement()["corrections"] == []


def test_nobody_confirms_the_own_proposal(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    answered(maryam.propose(objection_id))
    assert refused(maryam.confirm(objection_id, OFFICER)) == (403, "own-decision")
    assert maryam.records.counts(["corrections"]) == [0]


def test_nobody_decides_about_the_own_record(maryam: Objecting) -> None:
    run = maryam.records.app.test_cli_runner().invoke
    name = ["officers", "name-record", str(OFFICER), "--national-code", "۰۰۱۲۳۴۵۶۷۹"]
    assert run(args=name).exit_code == 0
    assert run(args=name).exit_code == 0
    objection_id = maryam.submitted(DAYS)["id"]
    assert refused(maryam.propose(objection_id)) == (403, "own-decision")
    answered(maryam.propose(objection_id, officer_id=SECOND_OFFICER))
    assert refused(maryam.confirm(objection_id, OFFICER)) == (403, "own-decision")
    forget = ["officers", "forget-record", str(OFFICER)]
    assert [run(args=forget).exit_code for _ in range(2)] == [0, 1]
    assert answered(maryam.confirm(objection_id, OFFICER))["status"] == "accepted"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", ["0012345678", "0499370899", "x"])
def test_a_record_that_is_nobodys_cannot_be_named(maryam: Objecting, code: str) -> None:
    result = maryam.records.app.test_cli_runner().invoke(
        args=["officers", "name-record", str(OFFICER), "--national-code", code]
    )
    assert (result.exit_code, code in result.output) == (1, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_steps_out_of_turn_are_refused(maryam: Objecting) -> None:
    draft = maryam.drafted(DAYS)
    for answer in (maryam.propose(draft["id"]), maryam.confirm(draft["id"])):
        assert refused(answer) == (404, "not-found")
    objection_id = maryam.submitted(PERIOD)["id"]
    assert refused(maryam.confirm(objection_id)) == (409, "objection-status-differs")
    answered(maryam.propose(objection_id))
    assert refused(maryam.propose(objection_id, officer_id=SECOND_OFFICER)) == (
        409,
        "objection-status-differs",
    )
    answered(maryam.confirm(objection_id))
    for answer in (maryam.propose(objection_id), maryam.confirm(objection_id)):
        assert refused(answer) == (409, "objection-status-differs")
        assert answer.get_json()["objection_status"] == "accepted"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_proposal_can_be_withdrawn(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    decision = f"{ALL}/{objection_id}/decision"
    assert refused(maryam.officer("DELETE", decision)) == (409, "objection-status-differs")
    answered(maryam.propose(objection_id, accept=False))
    withdrawn = answered(maryam.officer("DELETE", decision, SECOND_OFFICER))
    assert (withdrawn["status"], withdrawn["reason"], withdrawn["proposed_by"]) == ("submitted", None, None)
    answered(maryam.propose(objection_id, officer_id=SECOND_OFFICER))
    assert answered(maryam.confirm(objection_id, OFFICER))["status"] == "accepted"


def test_the_collection_of_objections_shows_nobody(
    maryam: Objecting, caplog: pytest.LogCaptureFixture
) -> None:
    """Whose objection it is and what is said in it takes a reason, so the collection has none of it."""
    maryam.drafted(PERIOD)
    objection = maryam.submitted(DAYS)
    for status, shown in [("submitted", 1), ("proposed", 0), ("accepted", 0), ("draft", 0)]:
        items = answered(maryam.officer("GET", f"{ALL}?status={status}"))["items"]
        assert [item["id"] for item in items] == [objection["id"]] * shown
    answer = maryam.officer("GET")
    (item,) = answered(answer)["items"]
    assert item["tracking_number"] == objection["tracking_number"]
    said = [CODE, MARYAM.last_name, str(maryam.records.person_id(CODE)), DAYS["text"], WORKSHOP, "1402-07"]
    assert [one for one in said if one in answer.text] == []
    assert maryam.records.counts(["access_log"]) == [0]
    assert maryam.officer("GET", f"{ALL}?status=open").status_code == 422
    answered(maryam.propose(objection["id"]))
    assert logged(caplog, "objection.proposed")["officer"] == str(OFFICER)
    assert CODE not in caplog.text
    assert MARYAM.last_name not in caplog.text


def test_an_officer_opens_one_objection_and_no_draft(maryam: Objecting) -> None:
    draft = maryam.drafted(DAYS)["id"]
    assert refused(maryam.open(draft)) == (404, "not-found")
    answered(maryam.me("POST", f"{OWN}/{draft}/confirmation"))
    opened = answered(maryam.open(draft))
    found = opened["objection"]
    assert (found["status"], found["person"]["national_code"]) == ("submitted", CODE)
    assert found["text"] == DAYS["text"]
    assert opened["statement"]["person"]["last_name"] == MARYAM.last_name
    assert opened["statement"]["disputed_months"] == ["1402-07"]
    assert list(opened["statement"]["tables"]) == ["all", "wages", "consolidated"]
    with maryam.records.engine.connect() as connection:
        looks = connection.execute(sa.select(Access.officer_id)).scalars().all()
    assert looks == [str(OFFICER)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"accept": "yes", "reason": "بله"},
        {"accept": 1, "reason": "بله"},
        {"accept": True},
        {"accept": True, "reason": " "},
        {"accept": True, "reason": "ب" * 2001},
    ],
)
def test_a_decision_needs_a_word_and_a_reason(maryam: Objecting, body: dict[str, Any]) -> None:
    path = f"{ALL}/{maryam.submitted(DAYS)['id']}/decision"
    assert refused(maryam.officer("POST", path, json=body)) == (422, "validation")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_officers_for_objections_decide(maryam: Objecting) -> None:
    objection_id = maryam.submitted(DAYS)["id"]
    helpdesk = mint("officer", OFFICER, scopes=["helpdesk", "lists"])
    citizen = mint("citizen", maryam.records.person_id(CODE), scopes=["self", "objections"])
    for token in (helpdesk, citizen):
        for method, path in [
            ("GET", ALL),
            ("POST", f"{ALL}/{objection_id}/decision"),
            ("DELETE", f"{ALL}/{objection_id}/decision"),
            ("POST", f"{ALL}/{objection_id}/decision/confirmation"),
        ]:
            assert refused(maryam.records.call(method, path, token, json={})) == (403, "forbidden")
    assert refused(maryam.confirm(str(uuid.uuid4()))) == (404, "not-found")
