"""Objections to an identity: what the person claims, beside what the record has."""

from typing import Any

import pytest
import sqlalchemy as sa

from services.records.models import Outbox, Person
from tests.fakes.lists import HASAN, MARYAM
from tests.service.records.desk import Desk
from tests.service.records.objectors import (
    DAYS,
    ME,
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


def build_claim(**changes: Any) -> dict[str, Any]:
    return {**IDENTITY, "fields": changes}


def test_identity_is_claimed_beside_what_is_on_record(maryam: Objector) -> None:
    body = build_claim(last_name="  رضايی ", birth_date_jalali="۱۳۶۱/۰۲/۰۹", insurance_number="۰۰-۸۷۶۵۴۳۲۱")
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
    for body in (DAYS, PERIOD, build_claim(last_name="رضایی")):
        assert maryam.submit(body)["status"] == "submitted"
    assert read_problem(maryam.call("POST", json=build_claim(last_name="رضایی"))) == (409, "objection-open")


def test_draft_of_an_identity_can_be_rewritten(maryam: Objector) -> None:
    path = f"{OWN}/{maryam.create_draft(build_claim(last_name='رضایی'))['id']}"
    rewritten = read_reply(maryam.call("PUT", path, json=build_claim(father_name="حسین")))
    assert rewritten["fields"] == {"father_name": "حسین"}
    assert maryam.call("PUT", path, json=DAYS).get_json()["errors"][0]["field"] == "kind"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (build_claim(), "fields"),
        ({**IDENTITY, "fields": None}, "fields"),
        ({"kind": "identity", "text": "نام"}, "fields"),
        ({**IDENTITY, "days": 3}, "days"),
        ({**DAYS, "fields": {"last_name": "رضایی"}}, "fields"),
        (build_claim(last_name=MARYAM.last_name), "fields.last_name"),
        (build_claim(last_name=f" {MARYAM.last_name}\u200f"), "fields.last_name"),
        (build_claim(last_name="\u200f"), "fields.last_name"),
        (build_claim(last_name="ر" * 101), "fields.last_name"),
        (build_claim(first_name=7), "fields.first_name"),
        (build_claim(national_code="0012345679"), "fields.national_code"),
        (build_claim(sex="x"), "fields.sex"),
        (build_claim(birth_date_jalali="1360-13-01"), "fields.birth_date_jalali"),
        (build_claim(birth_date_jalali="1499-01-01"), "fields.birth_date_jalali"),
        (build_claim(birth_date_jalali="1205-01-01"), "fields.birth_date_jalali"),
        (build_claim(insurance_number="1234567"), "fields.insurance_number"),
        (build_claim(insurance_number="00000000"), "fields.insurance_number"),
        (build_claim(insurance_number="12345678901"), "fields.insurance_number"),
        (build_claim(insurance_number="1234567x"), "fields.insurance_number"),
    ],
)
def test_invalid_identity_is_refused_by_field(maryam: Objector, body: dict[str, Any], field: str) -> None:
    response = maryam.call("POST", json=body)
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]
    assert maryam.desk.count_rows(["objections"]) == [0]


def find_identity(person: Objector) -> dict[str, Any]:
    identity: dict[str, Any] = read_reply(person.call("GET", ME))["person"]
    return identity


def test_accepted_identity_corrects_what_is_known(maryam: Objector) -> None:
    before = find_identity(maryam)
    objection_id = maryam.submit(build_claim(last_name="رضایی", birth_date_jalali="1361-02-09"))["id"]
    read_reply(maryam.propose(objection_id))
    assert find_identity(maryam) == before
    accepted = read_reply(maryam.confirm(objection_id))
    assert (accepted["status"], accepted["corrections"]) == ("accepted", [])
    assert find_identity(maryam) == before | {"last_name": "رضایی", "birth_date_jalali": "1361-02-09"}
    assert accepted["recorded_fields"]["last_name"] == MARYAM.last_name
    with maryam.desk.sessions() as session:
        query = sa.select(Outbox.data).where(Outbox.name == "person.corrected")
        assert session.scalars(query).all() == [
            {"fields": ["birth_date_jalali", "last_name"], "proposal_id": None}
        ]


def test_decision_is_among_the_proposals_with_old_and_new(maryam: Objector) -> None:
    objection_id = maryam.submit(build_claim(last_name="رضایی"))["id"]
    read_reply(maryam.propose(objection_id))
    items = read_reply(maryam.call_as_officer("GET", "/api/v1/records/proposals"))["items"]
    proposal = read_reply(maryam.call_as_officer("GET", f"/api/v1/records/proposals/{items[0]['id']}"))
    assert [(one["field"], one["old"], one["new"]) for one in proposal["differences"]] == [
        ("last_name", MARYAM.last_name, "رضایی")
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("accept", [True, False])
def test_rejected_or_withdrawn_identity_changes_nothing(maryam: Objector, accept: bool) -> None:
    before = find_identity(maryam)
    objection_id = maryam.submit(build_claim(last_name="رضایی"))["id"]
    read_reply(maryam.propose(objection_id, accept=accept))
    end = maryam.call("POST", f"{OWN}/{objection_id}/withdrawal") if accept else maryam.confirm(objection_id)
    assert read_reply(end)["status"] in {"withdrawn", "rejected"}
    assert find_identity(maryam) == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_number_of_another_person_is_not_taken_over(maryam: Objector) -> None:
    maryam.desk.import_list(write_one_month(3, row=HASAN, number="02"))
    objection_id = maryam.submit(build_claim(insurance_number=str(HASAN.insurance_number).zfill(8)))["id"]
    response = maryam.propose(objection_id)
    assert read_problem(response) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == ["fields.insurance_number"]
    read_reply(maryam.propose(objection_id, accept=False))
    assert read_reply(maryam.confirm(objection_id))["status"] == "rejected"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_identity_that_was_corrected_meanwhile_is_accepted_without_a_change(maryam: Objector) -> None:
    objection_id = maryam.submit(build_claim(last_name="رضایی"))["id"]
    read_reply(maryam.propose(objection_id))
    with maryam.desk.sessions.begin() as session:
        session.execute(sa.update(Person).values(last_name="رضایی"))
    assert read_reply(maryam.confirm(objection_id))["status"] == "accepted"
    with maryam.desk.sessions() as session:
        assert not session.scalars(sa.select(Outbox).where(Outbox.name == "person.corrected")).all()
