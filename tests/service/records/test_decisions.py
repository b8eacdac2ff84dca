"""Officers' decisions about objections, and the effect of an accepted one on the record."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.jalali import JalaliMonth
from services.records.models import Access
from tests.fakes.lists import MARYAM
from tests.service.records.desk import OFFICER, Desk, get_log_line
from tests.service.records.objectors import (
    ALL,
    CODE,
    DAYS,
    MEHR_1402,
    OWN,
    PERIOD,
    SECOND_OFFICER,
    WORKSHOP,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)
from tests.tokens import mint

DAILY = MARYAM.daily_wage


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    """Maryam: twelve days of Mehr 1402 and a whole Aban."""
    desk.import_list(write_one_month(12))
    desk.import_list(write_one_month(30, MEHR_1402.add_months(1)))
    return Objector(desk)


def list_wage_rows(statement: dict[str, Any]) -> list[tuple[str, str, str, int, int]]:
    return [
        (row["month_jalali"], row["workshop_code"], row["list_number"], row["days"], row["wage"])
        for row in statement["tables"]["wages"]["rows"]
    ]


def test_person_sees_the_decision_of_two_officers(maryam: Objector) -> None:
    objection = maryam.submit(DAYS)
    proposed = read_reply(maryam.propose(objection["id"]))
    assert (proposed["status"], proposed["accept"]) == ("proposed", True)
    assert proposed["proposed_by"] == str(OFFICER)
    own = read_reply(maryam.call("GET", f"{OWN}/{objection['id']}"))
    assert (own["status"], own["reason"], own["corrections"]) == ("proposed", None, [])
    accepted = read_reply(maryam.confirm(objection["id"]))
    assert (accepted["status"], accepted["confirmed_by"]) == ("accepted", str(SECOND_OFFICER))
    own = read_reply(maryam.call("GET", f"{OWN}/{objection['id']}"))
    assert (own["status"], own["reason"]) == ("accepted", "کارت ساعت دیده شد.")
    assert own["corrections"] == [
        {"month_jalali": "1402-07", "workshop_code": WORKSHOP, "old_days": 12, "new_days": 30}
    ]
    assert maryam.create_draft(DAYS)["months"][0]["recorded_days"] == 30


def test_an_accepted_objection_to_days_changes_the_statement_to_the_day(maryam: Objector) -> None:
    before = maryam.get_statement()
    assert before["summary"]["total_days"] == 42
    tracking_number = maryam.decide(DAYS)["tracking_number"]
    after = maryam.get_statement()
    assert after["summary"] == before["summary"] | {
        "total_days": 60,
        "duration": {"years": 0, "months": 2, "days": 0},
    }
    assert after["tables"]["all"]["workshops"][0]["years"][0]["months"][6:8] == [30, 30]
    assert after["tables"]["consolidated"]["years"][0]["running_days"] == 60
    assert list_wage_rows(after) == [
        ("1402-07", WORKSHOP, "1", 30, 12 * DAILY),
        ("1402-08", WORKSHOP, "1", 30, 30 * DAILY),
    ]
    assert after["corrections"] == [
        {"month_jalali": "1402-07", "workshop_code": WORKSHOP, "tracking_number": tracking_number}
    ]
    assert after["disputed_months"] == []


def test_a_corrected_row_names_its_list_and_the_objection(maryam: Objector) -> None:
    untouched = maryam.list_contributions()
    objection = maryam.decide(DAYS)
    corrected, other = maryam.list_contributions()
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


def test_an_accepted_missing_period_changes_the_statement_to_the_day(maryam: Objector) -> None:
    objection = maryam.decide({**PERIOD, "days": 28})
    after = maryam.get_statement()
    assert after["summary"]["total_days"] == 42 + 28
    assert after["summary"]["first_month_jalali"] == "1401-12"
    assert after["summary"]["workshop_count"] == 2
    claimed, at_workshop = after["tables"]["all"]["workshops"]
    assert (claimed["workshop_code"], claimed["workshop_name"]) == ("0044444444", "کارگاه گلدوزی نرگس")
    assert [year["months"] for year in claimed["years"]] == [[None] * 11 + [7], [16, 5] + [None] * 10]
    assert [year["months"] for year in at_workshop["years"]] == [[None] * 6 + [12, 30] + [None] * 4]
    assert [year["months"] for year in after["tables"]["consolidated"]["years"]] == [
        [None] * 11 + [7],
        [16, 5, None, None, None, None, 12, 30, None, None, None, None],
    ]
    assert list_wage_rows(after)[:3] == [
        ("1401-12", "0044444444", "", 7, 0),
        ("1402-01", "0044444444", "", 16, 0),
        ("1402-02", "0044444444", "", 5, 0),
    ]
    assert [mark["tracking_number"] for mark in after["corrections"]] == [objection["tracking_number"]] * 3
    row = maryam.list_contributions()[0]
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


def test_a_workshop_without_a_code_is_a_row_of_its_own(maryam: Objector) -> None:
    body = {**PERIOD, "workshop_code": None, "start_jalali": "1402-07-01", "end_jalali": "1402-07-10"}
    numbers = [maryam.decide({**body, "days": days})["tracking_number"] for days in (10, 4)]
    after = maryam.get_statement()
    assert list_wage_rows(after)[:2] == [("1402-07", "-", "", 10, 0), ("1402-07", "-", "", 4, 0)]
    assert after["tables"]["consolidated"]["years"][0]["months"][6] == 12 + 10 + 4
    assert [
        (workshop["workshop_code"], workshop["years"][0]["months"][6])
        for workshop in after["tables"]["all"]["workshops"]
    ] == [("-", 10 + 4), (WORKSHOP, 12)]
    assert [mark["tracking_number"] for mark in after["corrections"]] == numbers


def test_a_rejected_objection_changes_nothing(maryam: Objector) -> None:
    before, rows = maryam.get_statement(), maryam.list_contributions()
    rejected = maryam.decide(DAYS, accept=False)
    assert (rejected["status"], rejected["corrections"]) == ("rejected", [])
    assert (maryam.get_statement(), maryam.list_contributions()) == (before, rows)
    assert maryam.submit(DAYS)["status"] == "submitted"


def test_correction_takes_precedence_over_a_later_list(maryam: Objector) -> None:
    maryam.decide(DAYS)
    maryam.desk.import_list(write_one_month(10, number="02"))
    after = maryam.get_statement()
    assert list_wage_rows(after)[:2] == [
        ("1402-07", WORKSHOP, "1", 20, 12 * DAILY),
        ("1402-07", WORKSHOP, "2", 10, 10 * DAILY),
    ]
    assert after["summary"]["total_days"] == 60
    assert len(after["corrections"]) == 1
    fewer = {**DAYS, "months": [{**DAYS["months"][0], "days": 15}]}
    assert maryam.decide(fewer)["corrections"][0]["old_days"] == 30
    assert [row[3] for row in list_wage_rows(maryam.get_statement())[:2]] == [12, 3]


def test_late_list_of_a_missing_period_takes_its_row(maryam: Objector) -> None:
    maryam.decide(PERIOD)
    late = write_one_month(31, JalaliMonth(1402, 1), workshop="0044444444", name="گلدوزی نرگس")
    maryam.desk.import_list(late)
    rows = [row for row in maryam.list_contributions() if row["month_jalali"] == "1402-01"]
    assert [(row["workshop_name"], row["days"], row["wage"]) for row in rows] == [
        ("گلدوزی نرگس", 31, 31 * DAILY)
    ]
    assert rows[0]["source"]["kind"] == "objection"


def test_the_days_of_an_accepted_period_can_be_objected_to(maryam: Objector) -> None:
    maryam.decide({**PERIOD, "days": 28})
    claim = {"month_jalali": "1402-01", "workshop_code": "0044444444", "days": 31}
    corrected = maryam.decide({**DAYS, "months": [claim]})
    assert corrected["corrections"][0]["old_days"] == 16
    row = maryam.list_contributions()[1]
    assert (row["workshop_name"], row["days"]) == ("کارگاه گلدوزی نرگس", 31)


def test_list_before_the_decision_is_not_reduced(maryam: Objector) -> None:
    objection = maryam.submit({**PERIOD, "days": 28})
    late = write_one_month(31, JalaliMonth(1402, 1), workshop="0044444444", name="گلدوزی نرگس")
    maryam.desk.import_list(late)
    read_reply(maryam.propose(objection["id"]))
    corrected = read_reply(maryam.confirm(objection["id"]))["corrections"]
    assert [(row["month_jalali"], row["new_days"]) for row in corrected] == [("1401-12", 7), ("1402-02", 5)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_correct_days_are_not_corrected(maryam: Objector) -> None:
    same = {**DAYS["months"][0], "days": 12}
    assert maryam.decide({**DAYS, "months": [same]})["corrections"] == []
    assert maryam.get_statement()["corrections"] == []


def test_officer_cannot_confirm_their_own_proposal(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    read_reply(maryam.propose(objection_id))
    assert read_problem(maryam.confirm(objection_id, OFFICER)) == (403, "own-decision")
    assert maryam.desk.count_rows(["corrections"]) == [0]


def test_officer_cannot_decide_about_their_own_record(maryam: Objector) -> None:
    run = maryam.desk.app.test_cli_runner().invoke
    name = ["officers", "name-record", str(OFFICER), "--national-code", "۰۰۱۲۳۴۵۶۷۹"]
    assert run(args=name).exit_code == 0
    assert run(args=name).exit_code == 0
    objection_id = maryam.submit(DAYS)["id"]
    assert read_problem(maryam.propose(objection_id)) == (403, "own-decision")
    read_reply(maryam.propose(objection_id, officer_id=SECOND_OFFICER))
    assert read_problem(maryam.confirm(objection_id, OFFICER)) == (403, "own-decision")
    forget = ["officers", "forget-record", str(OFFICER)]
    assert [run(args=forget).exit_code for _ in range(2)] == [0, 1]
    assert read_reply(maryam.confirm(objection_id, OFFICER))["status"] == "accepted"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("code", ["0012345678", "0499370899", "x"])
def test_unknown_record_cannot_be_named(maryam: Objector, code: str) -> None:
    result = maryam.desk.app.test_cli_runner().invoke(
        args=["officers", "name-record", str(OFFICER), "--national-code", code]
    )
    assert (result.exit_code, code in result.output) == (1, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_steps_out_of_order_are_refused(maryam: Objector) -> None:
    draft = maryam.create_draft(DAYS)
    for response in (maryam.propose(draft["id"]), maryam.confirm(draft["id"])):
        assert read_problem(response) == (404, "not-found")
    objection_id = maryam.submit(PERIOD)["id"]
    assert read_problem(maryam.confirm(objection_id)) == (409, "objection-status-differs")
    read_reply(maryam.propose(objection_id))
    assert read_problem(maryam.propose(objection_id, officer_id=SECOND_OFFICER)) == (
        409,
        "objection-status-differs",
    )
    read_reply(maryam.confirm(objection_id))
    for response in (maryam.propose(objection_id), maryam.confirm(objection_id)):
        assert read_problem(response) == (409, "objection-status-differs")
        assert response.get_json()["objection_status"] == "accepted"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_proposal_can_be_withdrawn(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    decision = f"{ALL}/{objection_id}/decision"
    assert read_problem(maryam.call_as_officer("DELETE", decision)) == (409, "objection-status-differs")
    read_reply(maryam.propose(objection_id, accept=False))
    withdrawn = read_reply(maryam.call_as_officer("DELETE", decision, SECOND_OFFICER))
    assert (withdrawn["status"], withdrawn["reason"], withdrawn["proposed_by"]) == ("submitted", None, None)
    read_reply(maryam.propose(objection_id, officer_id=SECOND_OFFICER))
    assert read_reply(maryam.confirm(objection_id, OFFICER))["status"] == "accepted"


def test_collection_of_objections_shows_no_personal_data(
    maryam: Objector, caplog: pytest.LogCaptureFixture
) -> None:
    """An officer needs a reason to see the person and the claim, so the collection has neither."""
    maryam.create_draft(PERIOD)
    objection = maryam.submit(DAYS)
    for status, count in [("submitted", 1), ("proposed", 0), ("accepted", 0), ("draft", 0)]:
        items = read_reply(maryam.call_as_officer("GET", f"{ALL}?status={status}"))["items"]
        assert [item["id"] for item in items] == [objection["id"]] * count
    response = maryam.call_as_officer("GET")
    (item,) = read_reply(response)["items"]
    assert item["tracking_number"] == objection["tracking_number"]
    personal_data = [
        CODE,
        MARYAM.last_name,
        str(maryam.desk.find_person_id(CODE)),
        DAYS["text"],
        WORKSHOP,
        "1402-07",
    ]
    assert [text for text in personal_data if text in response.text] == []
    assert maryam.desk.count_rows(["access_log"]) == [0]
    assert maryam.call_as_officer("GET", f"{ALL}?status=open").status_code == 422
    read_reply(maryam.propose(objection["id"]))
    assert get_log_line(caplog, "objection.proposed")["officer"] == str(OFFICER)
    assert CODE not in caplog.text
    assert MARYAM.last_name not in caplog.text


def test_officer_opens_an_objection_but_not_a_draft(maryam: Objector) -> None:
    draft = maryam.create_draft(DAYS)["id"]
    assert read_problem(maryam.open(draft)) == (404, "not-found")
    read_reply(maryam.call("POST", f"{OWN}/{draft}/confirmation"))
    opened = read_reply(maryam.open(draft))
    objection = opened["objection"]
    assert (objection["status"], objection["person"]["national_code"]) == ("submitted", CODE)
    assert objection["text"] == DAYS["text"]
    assert opened["statement"]["person"]["last_name"] == MARYAM.last_name
    assert opened["statement"]["disputed_months"] == ["1402-07"]
    assert list(opened["statement"]["tables"]) == ["all", "wages", "consolidated"]
    with maryam.desk.engine.connect() as connection:
        officers = connection.execute(sa.select(Access.officer_id)).scalars().all()
    assert officers == [str(OFFICER)]


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
def test_decision_needs_a_verdict_and_a_reason(maryam: Objector, body: dict[str, Any]) -> None:
    path = f"{ALL}/{maryam.submit(DAYS)['id']}/decision"
    assert read_problem(maryam.call_as_officer("POST", path, json=body)) == (422, "validation")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_officers_for_objections_decide(maryam: Objector) -> None:
    objection_id = maryam.submit(DAYS)["id"]
    helpdesk = mint("officer", OFFICER, scopes=["helpdesk", "lists"])
    citizen = mint("citizen", maryam.desk.find_person_id(CODE), scopes=["self", "objections"])
    for token in (helpdesk, citizen):
        for method, path in [
            ("GET", ALL),
            ("POST", f"{ALL}/{objection_id}/decision"),
            ("DELETE", f"{ALL}/{objection_id}/decision"),
            ("POST", f"{ALL}/{objection_id}/decision/confirmation"),
        ]:
            assert read_problem(maryam.desk.call(method, path, token, json={})) == (403, "forbidden")
    assert read_problem(maryam.confirm(str(uuid.uuid4()))) == (404, "not-found")
