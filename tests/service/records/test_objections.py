"""Objections of a person to their own record, from draft to submission, and invalid ones."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from services.kit.jalali import JalaliMonth
from tests.fakes.lists import HASAN
from tests.service.records.desk import Desk
from tests.service.records.objectors import (
    ALL,
    CODE,
    DAYS,
    ME,
    OWN,
    PERIOD,
    WORKSHOP,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    """Maryam, who has twelve listed days in Mehr 1402."""
    desk.import_list(write_one_month(12))
    return Objector(desk)


def test_from_draft_to_submission(maryam: Objector) -> None:
    draft = maryam.create_draft(DAYS)
    assert (draft["status"], draft["tracking_number"], draft["reason"]) == ("draft", None, None)
    assert draft["months"] == [
        {"month_jalali": "1402-07", "workshop_code": WORKSHOP, "days": 30, "recorded_days": 12}
    ]
    path = f"{OWN}/{draft['id']}"
    assert read_reply(maryam.call("GET", path)) == draft
    fewer = {**DAYS, "months": [{**DAYS["months"][0], "days": 29}], "text": "  خط یک \r\n\n خط\tدو  "}
    rewritten = read_reply(maryam.call("PUT", path, json=fewer))
    assert rewritten["id"] == draft["id"]
    assert rewritten["months"][0]["days"] == 29
    assert rewritten["text"] == "خط یک\n\nخط دو"
    submitted = read_reply(maryam.call("POST", f"{path}/confirmation"))
    assert submitted["status"] == "submitted"
    assert len(submitted["tracking_number"]) == 12
    assert submitted["submitted_at"]
    assert read_reply(maryam.call("GET"))["items"] == [submitted]


def test_missing_period_is_stored_as_claimed(maryam: Objector) -> None:
    draft = maryam.create_draft(PERIOD)
    assert {name: draft[name] for name in PERIOD} == PERIOD
    assert draft["months"] == []
    without_code = {name: value for name, value in PERIOD.items() if name != "workshop_code"}
    again = maryam.create_draft({**without_code, "start_jalali": "۱۴۰۱/۱۲/۱۵"})
    assert (again["workshop_code"], again["start_jalali"]) == (None, "1401-12-15")


def test_new_draft_replaces_an_older_one_of_its_kind(maryam: Objector) -> None:
    first, other, second = maryam.create_draft(DAYS), maryam.create_draft(PERIOD), maryam.create_draft(DAYS)
    assert read_problem(maryam.call("GET", f"{OWN}/{first['id']}")) == (404, "not-found")
    assert [item["id"] for item in read_reply(maryam.call("GET"))["items"]] == [second["id"], other["id"]]


def test_one_undecided_objection_of_each_kind(maryam: Objector) -> None:
    maryam.submit(DAYS)
    assert read_problem(maryam.call("POST", json=DAYS)) == (409, "objection-open")
    assert maryam.submit(PERIOD)["status"] == "submitted"
    assert read_problem(maryam.call("POST", json=PERIOD)) == (409, "objection-open")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_submitted_objection_cannot_be_changed(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.submit(DAYS)['id']}"
    responses = [
        maryam.call("PUT", path, json=DAYS),
        maryam.call("DELETE", path),
        maryam.call("POST", f"{path}/confirmation"),
    ]
    assert {read_problem(response) for response in responses} == {(409, "objection-status-differs")}
    assert responses[0].get_json()["objection_status"] == "submitted"


def test_draft_can_be_deleted(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.create_draft(DAYS)['id']}"
    assert maryam.call("DELETE", path).status_code == 204
    assert read_problem(maryam.call("DELETE", path)) == (404, "not-found")
    assert maryam.desk.count_rows(["objections", "objection_months"]) == [0, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_kind_of_a_draft_cannot_be_changed(maryam: Objector) -> None:
    response = maryam.call("PUT", f"{OWN}/{maryam.create_draft(DAYS)['id']}", json=PERIOD)
    assert [error["field"] for error in response.get_json()["errors"]] == ["kind"]


def test_another_persons_objection_is_unknown(maryam: Objector) -> None:
    maryam.desk.import_list(write_one_month(3, row=HASAN, number="02"))
    hasan = Objector(maryam.desk, str(HASAN.national_code))
    path = f"{OWN}/{maryam.create_draft(DAYS)['id']}"
    for method, rest, body in [
        ("GET", "", None),
        ("PUT", "", DAYS),
        ("DELETE", "", None),
        ("POST", "/confirmation", None),
    ]:
        assert read_problem(hasan.call(method, path + rest, json=body)) == (404, "not-found")
    assert read_reply(hasan.call("GET"))["items"] == []


def test_same_key_drafts_once(maryam: Objector) -> None:
    key = {"Idempotency-Key": "objection-1"}
    first = maryam.call("POST", json=DAYS, headers=key)
    second = maryam.call("POST", json=DAYS, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    assert read_problem(maryam.call("POST", json=PERIOD, headers=key)) == (422, "idempotency-key-reused")
    path = f"{OWN}/{first.get_json()['id']}/confirmation"
    assert read_reply(maryam.call("POST", path, headers=key)) == read_reply(
        maryam.call("POST", path, headers=key)
    )


def test_open_objections_are_in_the_summary_and_dispute_their_months(maryam: Objector) -> None:
    maryam.create_draft(DAYS)
    assert read_reply(maryam.call("GET", ME))["open_objections"] == []
    assert maryam.get_statement()["disputed_months"] == []
    submitted = maryam.submit(PERIOD)
    expected = {name: submitted[name] for name in ("id", "kind", "status", "tracking_number", "submitted_at")}
    assert read_reply(maryam.call("GET", ME))["open_objections"] == [expected]
    assert maryam.get_statement()["disputed_months"] == ["1401-12", "1402-01", "1402-02"]
    maryam.submit(DAYS)
    assert maryam.get_statement()["disputed_months"][-1] == "1402-07"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_objections_are_paged(maryam: Objector) -> None:
    ids = [maryam.submit(body)["id"] for body in (DAYS, PERIOD)]
    for call in (maryam.call, maryam.call_as_officer):
        path = OWN if call == maryam.call else ALL
        first = read_reply(call("GET", f"{path}?limit=1"))
        second = read_reply(call("GET", f"{path}?limit=1&cursor={first['next_cursor']}"))
        assert [item["id"] for page in (first, second) for item in page["items"]] == ids[::-1]
        assert second["next_cursor"] is None


def claim_month(**changes: Any) -> dict[str, Any]:
    return {**DAYS, "months": [{**DAYS["months"][0], **changes}]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (claim_month(days=31), "months.0.days"),
        (claim_month(days=-1), "months.0.days"),
        (claim_month(days=29.5), "months.0.days"),
        (claim_month(days="30"), "months.0.days"),
        (claim_month(days=True), "months.0.days"),
        (claim_month(month_jalali="1402-13"), "months.0.month_jalali"),
        (claim_month(month_jalali="1499-01", days=1), "months.0.month_jalali"),
        (claim_month(month_jalali="1402-08"), "months.0.workshop_code"),
        (claim_month(workshop_code="0099999999"), "months.0.workshop_code"),
        (claim_month(workshop_code=""), "months.0.workshop_code"),
        (claim_month(wage=1), "months.0.wage"),
        ({**DAYS, "months": DAYS["months"] * 2}, "months.1.month_jalali"),
        ({**DAYS, "months": DAYS["months"] * 481}, "months"),
        ({**DAYS, "months": []}, "months"),
        ({**DAYS, "months": None}, "months"),
        ({**DAYS, "text": " \u200f\n\t "}, "text"),
        ({**DAYS, "text": "م" * 2001}, "text"),
        ({**DAYS, "kind": "wages"}, "kind"),
        ({**DAYS, "city": "یزد"}, "city"),
        ({"kind": "days", "text": "روزها"}, "months"),
        ({**PERIOD, "months": DAYS["months"]}, "months"),
        ({**PERIOD, "end_jalali": "1401-12-14"}, "end_jalali"),
        ({**PERIOD, "end_jalali": "1402-12-30"}, "end_jalali"),
        ({**PERIOD, "end_jalali": "1499-01-01"}, "end_jalali"),
        ({**PERIOD, "start_jalali": "1362-02-01", "end_jalali": "1402-02-01"}, "end_jalali"),
        ({**PERIOD, "start_jalali": "1499-11-01", "end_jalali": "1499-12-29"}, "end_jalali"),
        ({**PERIOD, "start_jalali": "1200-01-01", "end_jalali": "1239-12-29"}, "start_jalali"),
        ({**PERIOD, "start_jalali": "1200-01-01", "end_jalali": "1499-12-29"}, "end_jalali"),
        ({**PERIOD, "start_jalali": "1360-02-10", "end_jalali": "1360-12-10"}, "start_jalali"),
        ({**PERIOD, "days": 0}, "days"),
        ({**PERIOD, "days": 57}, "days"),
        ({**PERIOD, "workshop_name": "ن" * 10_000}, "workshop_name"),
        ({**PERIOD, "workshop_name": "\u202e"}, "workshop_name"),
        ({**PERIOD, "workshop_code": "12345678901"}, "workshop_code"),
        ({**PERIOD, "workshop_code": "-"}, "workshop_code"),
        ({**PERIOD, "city": 7}, "city"),
    ],
)
def test_invalid_objection_is_refused_by_field(maryam: Objector, body: Mapping[str, Any], field: str) -> None:
    response = maryam.call("POST", json=body)
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]
    assert maryam.desk.count_rows(["objections", "objection_months"]) == [0, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_too_many_days_are_refused_in_both_languages(maryam: Objector) -> None:
    messages = [
        maryam.call("POST", json=claim_month(days=31), language=language).get_json()["errors"][0]["message"]
        for language in ("fa", "en")
    ]
    assert messages == ["روزهای مهر ۱۴۰۲ نمی‌تواند بیش از ۳۰ باشد.", "Mehr 1402 cannot exceed 30 days."]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_workshop_with_lists_in_the_period_is_not_missing(maryam: Objector) -> None:
    body = {**PERIOD, "workshop_code": WORKSHOP, "start_jalali": "1402-06-01", "end_jalali": "1402-07-30"}
    response = maryam.call("POST", json=body)
    assert [error["field"] for error in response.get_json()["errors"]] == ["workshop_code"]
    assert "مهر ۱۴۰۲" in response.get_json()["errors"][0]["message"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_480_months_are_accepted(desk: Desk) -> None:
    first = JalaliMonth(1365, 1)
    months = list(first.iterate_until(first.add_months(479)))
    for listed_month in months[:3]:
        desk.import_list(write_one_month(1, listed_month))
    person = Objector(desk)
    claims = [
        {"month_jalali": str(claimed), "workshop_code": WORKSHOP, "days": claimed.days} for claimed in months
    ]
    response = person.call("POST", json={**DAYS, "months": claims, "text": "م" * 2000})
    assert {error["field"] for error in response.get_json()["errors"]} == {
        f"months.{index}.workshop_code" for index in range(3, 53)
    }
    years = {**PERIOD, "start_jalali": "1365-01-01", "end_jalali": "1404-12-29", "days": 14_610}
    assert person.create_draft(years)["days"] == 14_610


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_calls_of_the_wrong_role_are_refused(desk: Desk) -> None:
    desk.import_list(write_one_month(1))
    stranger = Objector(desk, CODE)
    response = stranger.call_as_officer("GET", OWN)
    assert read_problem(response) == (403, "forbidden")
    assert read_problem(stranger.call("GET", f"{OWN}/{uuid.uuid4()}")) == (404, "not-found")
    assert read_problem(stranger.call("GET", ALL)) == (403, "forbidden")
