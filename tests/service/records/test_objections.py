"""What a person can say against the own record, from draft to submission, and what is no objection."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from services.kit.jalali import JalaliMonth
from tests.service.records.callers import Records
from tests.service.records.objecting import (
    ALL,
    CODE,
    DAYS,
    ME,
    OWN,
    PERIOD,
    WORKSHOP,
    Objecting,
    answered,
    listed,
    refused,
)
from tests.unit.records.lists.lists import HASAN


@pytest.fixture
def maryam(records: Records) -> Objecting:
    """Maryam, of whose Mehr 1402 the list says twelve days."""
    records.accept(listed(12))
    return Objecting(records)


def test_from_draft_to_submission(maryam: Objecting) -> None:
    draft = maryam.drafted(DAYS)
    assert (draft["status"], draft["tracking_number"], draft["reason"]) == ("draft", None, None)
    assert draft["months"] == [
        {"month_jalali": "1402-07", "workshop_code": WORKSHOP, "days": 30, "recorded_days": 12}
    ]
    path = f"{OWN}/{draft['id']}"
    assert answered(maryam.me("GET", path)) == draft
    fewer = {**DAYS, "months": [{**DAYS["months"][0], "days": 29}], "text": "  خط یک \r\n\n خط\tدو  "}
    rewritten = answered(maryam.me("PUT", path, json=fewer))
    assert rewritten["id"] == draft["id"]
    assert rewritten["months"][0]["days"] == 29
    assert rewritten["text"] == "خط یک\n\nخط دو"
    submitted = answered(maryam.me("POST", f"{path}/confirmation"))
    assert submitted["status"] == "submitted"
    assert len(submitted["tracking_number"]) == 12
    assert submitted["submitted_at"]
    assert answered(maryam.me("GET"))["items"] == [submitted]


def test_a_missing_period_is_kept_as_it_was_told(maryam: Objecting) -> None:
    draft = maryam.drafted(PERIOD)
    assert {name: draft[name] for name in PERIOD} == PERIOD
    assert draft["months"] == []
    without_code = {name: value for name, value in PERIOD.items() if name != "workshop_code"}
    again = maryam.drafted({**without_code, "start_jalali": "۱۴۰۱/۱۲/۱۵"})
    assert (again["workshop_code"], again["start_jalali"]) == (None, "1401-12-15")


def test_a_new_draft_takes_the_place_of_an_older_one_of_its_kind(maryam: Objecting) -> None:
    first, other, second = maryam.drafted(DAYS), maryam.drafted(PERIOD), maryam.drafted(DAYS)
    assert refused(maryam.me("GET", f"{OWN}/{first['id']}")) == (404, "not-found")
    assert [item["id"] for item in answered(maryam.me("GET"))["items"]] == [second["id"], other["id"]]


def test_one_undecided_objection_of_each_kind(maryam: Objecting) -> None:
    maryam.submitted(DAYS)
    assert refused(maryam.me("POST", json=DAYS)) == (409, "objection-open")
    assert maryam.submitted(PERIOD)["status"] == "submitted"
    assert refused(maryam.me("POST", json=PERIOD)) == (409, "objection-open")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_submitted_cannot_be_changed(maryam: Objecting) -> None:
    path = f"{OWN}/{maryam.submitted(DAYS)['id']}"
    answers = [
        maryam.me("PUT", path, json=DAYS),
        maryam.me("DELETE", path),
        maryam.me("POST", f"{path}/confirmation"),
    ]
    assert {refused(answer) for answer in answers} == {(409, "objection-status-differs")}
    assert answers[0].get_json()["objection_status"] == "submitted"


def test_a_draft_can_be_forgotten(maryam: Objecting) -> None:
    path = f"{OWN}/{maryam.drafted(DAYS)['id']}"
    assert maryam.me("DELETE", path).status_code == 204
    assert refused(maryam.me("DELETE", path)) == (404, "not-found")
    assert maryam.records.counts(["objections", "objection_months"]) == [0, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_draft_keeps_its_kind(maryam: Objecting) -> None:
    answer = maryam.me("PUT", f"{OWN}/{maryam.drafted(DAYS)['id']}", json=PERIOD)
    assert [error["field"] for error in answer.get_json()["errors"]] == ["kind"]


def test_anothers_objection_does_not_exist(maryam: Objecting) -> None:
    maryam.records.accept(listed(3, row=HASAN, number="02"))
    hasan = Objecting(maryam.records, str(HASAN.national_code))
    path = f"{OWN}/{maryam.drafted(DAYS)['id']}"
    for method, rest, body in [
        ("GET", "", None),
        ("PUT", "", DAYS),
        ("DELETE", "", None),
        ("POST", "/confirmation", None),
    ]:
        assert refused(hasan.me(method, path + rest, json=body)) == (404, "not-found")
    assert answered(hasan.me("GET"))["items"] == []


def test_the_same_key_drafts_once(maryam: Objecting) -> None:
    key = {"Idempotency-Key": "objection-1"}
    first = maryam.me("POST", json=DAYS, headers=key)
    second = maryam.me("POST", json=DAYS, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json() == second.get_json()
    assert refused(maryam.me("POST", json=PERIOD, headers=key)) == (422, "idempotency-key-reused")
    path = f"{OWN}/{first.get_json()['id']}/confirmation"
    assert answered(maryam.me("POST", path, headers=key)) == answered(maryam.me("POST", path, headers=key))


def test_open_objections_are_seen_at_a_glance_and_dispute_their_months(maryam: Objecting) -> None:
    maryam.drafted(DAYS)
    assert answered(maryam.me("GET", ME))["open_objections"] == []
    assert maryam.statement()["disputed_months"] == []
    submitted = maryam.submitted(PERIOD)
    shown = {name: submitted[name] for name in ("id", "kind", "status", "tracking_number", "submitted_at")}
    assert answered(maryam.me("GET", ME))["open_objections"] == [shown]
    assert maryam.statement()["disputed_months"] == ["1401-12", "1402-01", "1402-02"]
    maryam.submitted(DAYS)
    assert maryam.statement()["disputed_months"][-1] == "1402-07"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_lists_have_pages(maryam: Objecting) -> None:
    ids = [maryam.submitted(body)["id"] for body in (DAYS, PERIOD)]
    for call in (maryam.me, maryam.officer):
        path = OWN if call == maryam.me else ALL
        first = answered(call("GET", f"{path}?limit=1"))
        second = answered(call("GET", f"{path}?limit=1&cursor={first['next_cursor']}"))
        assert [item["id"] for page in (first, second) for item in page["items"]] == ids[::-1]
        assert second["next_cursor"] is None


def month(**changes: Any) -> dict[str, Any]:
    return {**DAYS, "months": [{**DAYS["months"][0], **changes}]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (month(days=31), "months.0.days"),
        (month(days=-1), "months.0.days"),
        (month(days=29.5), "months.0.days"),
        (month(days="30"), "months.0.days"),
        (month(days=True), "months.0.days"),
        (month(month_jalali="1402-13"), "months.0.month_jalali"),
        (month(month_jalali="1499-01", days=1), "months.0.month_jalali"),
        (month(month_jalali="1402-08"), "months.0.workshop_code"),
        (month(workshop_code="0099999999"), "months.0.workshop_code"),
        (month(workshop_code=""), "months.0.workshop_code"),
        (month(wage=1), "months.0.wage"),
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
def test_what_is_no_objection_is_told_by_field(
    maryam: Objecting, body: Mapping[str, Any], field: str
) -> None:
    answer = maryam.me("POST", json=body)
    assert refused(answer) == (422, "validation")
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]
    assert maryam.records.counts(["objections", "objection_months"]) == [0, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_too_many_days_are_told_in_both_languages(maryam: Objecting) -> None:
    said = [
        maryam.me("POST", json=month(days=31), language=language).get_json()["errors"][0]["message"]
        for language in ("fa", "en")
    ]
    assert said == ["روزهای مهر ۱۴۰۲ نمی‌تواند بیش از ۳۰ باشد.", "Mehr 1402 cannot exceed 30 days."]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_workshop_that_has_lists_in_the_period_is_no_missing_one(maryam: Objecting) -> None:
    body = {**PERIOD, "workshop_code": WORKSHOP, "start_jalali": "1402-06-01", "end_jalali": "1402-07-30"}
    answer = maryam.me("POST", json=body)
    assert [error["field"] for error in answer.get_json()["errors"]] == ["workshop_code"]
    assert "مهر ۱۴۰۲" in answer.get_json()["errors"][0]["message"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_four_hundred_and_eighty_months_fit(records: Records) -> None:
    first = JalaliMonth(1365, 1)
    months = list(first.until(first.plus(479)))
    for listed_month in months[:3]:
        records.accept(listed(1, listed_month))
    person = Objecting(records)
    claims = [
        {"month_jalali": str(claimed), "workshop_code": WORKSHOP, "days": claimed.days} for claimed in months
    ]
    answer = person.me("POST", json={**DAYS, "months": claims, "text": "م" * 2000})
    assert {error["field"] for error in answer.get_json()["errors"]} == {
        f"months.{index}.workshop_code" for index in range(3, 53)
    }
    years = {**PERIOD, "start_jalali": "1365-01-01", "end_jalali": "1404-12-29", "days": 14_610}
    assert person.drafted(years)["days"] == 14_610


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_somebody_without_a_record_has_none_to_object_to(records: Records) -> None:
    records.accept(listed(1))
    stranger = Objecting(records, CODE)
    answer = stranger.officer("GET", OWN)
    assert refused(answer) == (403, "forbidden")
    assert refused(stranger.me("GET", f"{OWN}/{uuid.uuid4()}")) == (404, "not-found")
    assert refused(stranger.me("GET", ALL)) == (403, "forbidden")
