"""Objections to an identity: what the person claims, beside what the record has."""

from typing import Any

import pytest

from tests.fakes.lists import MARYAM
from tests.service.records.desk import Desk
from tests.service.records.objectors import (
    DAYS,
    OWN,
    PERIOD,
    Objector,
    read_problem,
    read_reply,
    write_one_month,
)

IDENTITY: dict[str, Any] = {
    "kind": "identity",
    "fields": {"last_name": "  رضايی ", "birth_date_jalali": "۱۳۶۱/۰۲/۰۹", "sex": "female"},
    "text": "نام خانوادگی‌ام در شناسنامه عوض شده است.",
}


@pytest.fixture
def maryam(desk: Desk) -> Objector:
    """Maryam, who has twelve listed days in Mehr 1402."""
    desk.import_list(write_one_month(12))
    return Objector(desk)


def claim(**changes: Any) -> dict[str, Any]:
    return {**IDENTITY, "fields": changes}


def test_identity_is_claimed_beside_what_is_on_record(maryam: Objector) -> None:
    body = claim(last_name="  رضايی ", birth_date_jalali="۱۳۶۱/۰۲/۰۹", insurance_number="۰۰-۸۷۶۵۴۳۲۱")
    draft = maryam.create_draft(body)
    assert (draft["kind"], draft["status"], draft["months"]) == ("identity", "draft", [])
    assert draft["fields"] == {
        "last_name": "رضایی",
        "birth_date_jalali": "1361-02-09",
        "insurance_number": "87654321",
    }
    assert draft["recorded_fields"]["last_name"] == MARYAM.last_name
    assert draft["recorded_fields"].keys() == draft["fields"].keys()
    submitted = read_reply(maryam.call("POST", f"{OWN}/{draft['id']}/confirmation"))
    assert submitted["status"] == "submitted"
    assert submitted["tracking_number"]
    opened = read_reply(maryam.open(draft["id"]))
    assert opened["objection"]["fields"] == draft["fields"]
    assert opened["statement"]["disputed_months"] == []


def test_kinds_are_independent_of_each_other(maryam: Objector) -> None:
    for body in (DAYS, PERIOD, claim(last_name="رضایی")):
        assert maryam.submit(body)["status"] == "submitted"
    assert read_problem(maryam.call("POST", json=claim(last_name="رضایی"))) == (409, "objection-open")


def test_draft_of_an_identity_can_be_rewritten(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.create_draft(claim(last_name='رضایی'))['id']}"
    rewritten = read_reply(maryam.call("PUT", path, json=claim(father_name="حسین")))
    assert rewritten["fields"] == {"father_name": "حسین"}
    assert maryam.call("PUT", path, json=DAYS).get_json()["errors"][0]["field"] == "kind"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (claim(), "fields"),
        ({**IDENTITY, "fields": None}, "fields"),
        ({"kind": "identity", "text": "نام"}, "fields"),
        ({**IDENTITY, "days": 3}, "days"),
        ({**DAYS, "fields": {"last_name": "رضایی"}}, "fields"),
        (claim(last_name=MARYAM.last_name), "fields.last_name"),
        (claim(last_name=f" {MARYAM.last_name}\u200f"), "fields.last_name"),
        (claim(last_name="\u200f"), "fields.last_name"),
        (claim(last_name="ر" * 101), "fields.last_name"),
        (claim(first_name=7), "fields.first_name"),
        (claim(national_code="0012345679"), "fields.national_code"),
        (claim(sex="x"), "fields.sex"),
        (claim(birth_date_jalali="1360-13-01"), "fields.birth_date_jalali"),
        (claim(birth_date_jalali="1499-01-01"), "fields.birth_date_jalali"),
        (claim(birth_date_jalali="1205-01-01"), "fields.birth_date_jalali"),
        (claim(insurance_number="1234567"), "fields.insurance_number"),
        (claim(insurance_number="00000000"), "fields.insurance_number"),
        (claim(insurance_number="12345678901"), "fields.insurance_number"),
        (claim(insurance_number="1234567x"), "fields.insurance_number"),
    ],
)
def test_invalid_identity_is_refused_by_field(maryam: Objector, body: dict[str, Any], field: str) -> None:
    response = maryam.call("POST", json=body)
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]
    assert maryam.desk.count_rows(["objections"]) == [0]
