"""Permits of their owner: issue, list, pause, resume, revoke."""

import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from govah_verify.check_digit import has_valid_check_digit
from services.inquiry.models import IdempotencyKey, Permit, SealedCopy
from tests.service.inquiry.desk import API, BANK_ID, BANK_NAME, Desk
from tests.tokens import build_bearer_header, mint


def test_code_is_shown_in_one_reply_only(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person, valid_days=7, max_views=3)
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", issued["code"])
    assert has_valid_check_digit(issued["code"].replace(" ", ""))
    permit = desk.client.get(f"{API}/permits/{issued['id']}", headers=person.headers).get_json()
    assert permit | {"created_at": None} == {
        "id": issued["id"],
        "letter_id": str(person.letter.id),
        "serial": person.letter.serial,
        "letter_issued_at": person.letter.issued_at.isoformat(),
        "label": None,
        "state": "active",
        "created_at": None,
        "expires_at": issued["expires_at"],
        "max_views": 3,
        "view_count": 0,
        "institution": None,
        "issued_by": None,
        "reveal": "letter",
    }
    page = desk.client.get(f"{API}/permits", headers=person.headers).get_json()
    assert page == {"items": [permit], "next_cursor": None}


def test_the_letter_is_fetched_once_and_the_slow_hash_runs_once(desk: Desk) -> None:
    desk.issue_permit(desk.add_person())
    assert (desk.letters.fetches, desk.stretcher.runs) == (1, 1)


def test_a_permit_can_be_bound_to_a_known_institution_only(desk: Desk) -> None:
    person = desk.add_person()
    refused = desk.request_permit(person, institution_id=str(BANK_ID))
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == "institution_id"
    desk.add_bank()
    issued = desk.issue_permit(person, institution_id=str(BANK_ID))
    permit = desk.client.get(f"{API}/permits/{issued['id']}", headers=person.headers).get_json()
    assert permit["institution"] == {"id": str(BANK_ID), "name": BANK_NAME}
    offered = desk.client.get(f"{API}/institutions", headers=person.headers).get_json()
    assert offered == {"items": [{"id": str(BANK_ID), "name": BANK_NAME}], "next_cursor": None}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "fields",
    [
        {"valid_days": 0},
        {"valid_days": 366},
        {"valid_days": "soon"},
        {"max_views": 0},
        {"max_views": 1001},
        {"letter_id": "no-uuid"},
        {"institution_id": "no-uuid"},
        {"reveal": "everything"},
        {"colour": "red"},
    ],
)
def test_fields_out_of_range_are_rejected(desk: Desk, fields: dict[str, Any]) -> None:
    response = desk.request_permit(desk.add_person(), **fields)
    assert (response.status_code, response.get_json()["code"]) == (422, "validation")
    assert response.get_json()["errors"][0]["field"] == next(iter(fields))
    assert desk.count(Permit) == 0


def test_only_the_owner_of_a_letter_issues_a_permit_for_it(desk: Desk) -> None:
    mine, others = desk.add_person(1), desk.add_person(2)
    response = desk.request_permit(mine, letter_id=str(others.letter.id))
    assert (response.status_code, response.get_json()["code"]) == (404, "not-found")
    assert (desk.count(Permit), desk.stretcher.runs) == (0, 0)


def test_a_revoked_letter_gets_no_permit(desk: Desk) -> None:
    person = desk.add_person()
    desk.letters.revoke_letter(person.letter.id)
    response = desk.request_permit(person)
    assert (response.status_code, response.get_json()["code"]) == (409, "letter-revoked")


def test_no_permit_without_disclosure(desk: Desk) -> None:
    person = desk.add_person()
    desk.letters.is_down = True
    response = desk.request_permit(person)
    assert (response.status_code, response.get_json()["code"]) == (503, "unavailable")
    assert response.headers["Retry-After"]
    assert desk.count(Permit) == 0


def test_repeated_request_gets_the_permits_id(desk: Desk) -> None:
    person, key = desk.add_person(), {"Idempotency-Key": "first-permit"}
    issued = desk.request_permit(person, headers=key)
    desk.letters.is_down = True
    again = desk.request_permit(person, headers=key)
    assert (again.status_code, again.get_json()["code"]) == (409, "code-already-shown")
    assert again.content_type == "application/problem+json"
    assert again.get_json()["permit_id"] == issued.get_json()["id"]
    other = desk.request_permit(person, headers=key, valid_days=31)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    assert desk.count(Permit) == desk.count(IdempotencyKey) == 1


def test_permit_of_another_person_is_not_found(desk: Desk) -> None:
    owner, other = desk.add_person(1), desk.add_person(2)
    url = f"{API}/permits/{desk.issue_permit(owner)['id']}"
    calls = [("GET", url), ("GET", f"{url}/views"), ("POST", f"{url}/pause"), ("POST", f"{url}/resume")]
    for method, path in [*calls, ("DELETE", url), ("GET", f"{API}/permits/{uuid.uuid4()}")]:
        response = desk.client.open(path, method=method, headers=other.headers)
        assert (response.status_code, response.get_json()["code"]) == (404, "not-found"), (method, path)
    assert desk.client.get(f"{API}/permits", headers=other.headers).get_json()["items"] == []


def test_a_permit_is_paused_resumed_and_revoked(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    url, code = f"{API}/permits/{issued['id']}", issued["code"]
    for _ in range(2):
        paused = desk.client.post(f"{url}/pause", headers=person.headers)
        assert (paused.status_code, paused.get_json()["state"]) == (200, "paused")
    assert desk.inquire(person.national_code, code).get_json()["code"] == "permit-paused"
    resumed = desk.client.post(f"{url}/resume", headers=person.headers)
    assert (resumed.status_code, resumed.get_json()["state"]) == (200, "active")
    assert desk.inquire(person.national_code, code).status_code == 200
    for _ in range(2):
        assert desk.client.delete(url, headers=person.headers).status_code == 204
    assert desk.get_state(person, issued["id"]) == "revoked"
    assert desk.count(SealedCopy) == 0
    for change in ("pause", "resume"):
        response = desk.client.post(f"{url}/{change}", headers=person.headers)
        assert (response.status_code, response.get_json()["code"]) == (409, "permit-over")
    names = [event.name for event in desk.list_events("permit.")]
    assert names == ["permit.issued", "permit.paused", "permit.resumed", "permit.revoked"]


def test_permits_are_listed_in_pages(desk: Desk) -> None:
    person = desk.add_person()
    ids = [desk.issue_permit(person)["id"] for _ in range(3)]
    first = desk.client.get(f"{API}/permits?limit=2", headers=person.headers).get_json()
    second = desk.client.get(
        f"{API}/permits?limit=2&cursor={first['next_cursor']}", headers=person.headers
    ).get_json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_only_citizens_issue_permits(desk: Desk) -> None:
    person = desk.add_person()
    body = {"letter_id": str(person.letter.id), "valid_days": 30}
    institution = build_bearer_header(mint("institution", uuid.uuid4(), scopes=["inquiry:inquire"]))
    assert desk.client.post(f"{API}/permits", json=body).get_json()["code"] == "token-missing"
    response = desk.client.post(f"{API}/permits", json=body, headers=institution)
    assert (response.status_code, response.get_json()["code"]) == (403, "forbidden")


def test_label_is_for_its_owner_only_and_encrypted(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person, label="  بانک ملت،  وام مسکن ")
    plain = desk.issue_permit(person)
    items = desk.client.get(f"{API}/permits", headers=person.headers).get_json()["items"]
    assert [one["label"] for one in items] == [None, "بانک ملت، وام مسکن"]
    single = desk.client.get(f"{API}/permits/{issued['id']}", headers=person.headers).get_json()
    assert single == items[1]
    assert single["serial"] == person.letter.serial
    assert single["letter_issued_at"] == person.letter.issued_at.isoformat()
    answer = desk.inquire(person.national_code, issued["code"])
    assert "بانک ملت" not in answer.text
    with desk.sessions() as session:
        rows = session.execute(sa.select(Permit.id, Permit.label)).all()
    stored = dict(rows)
    assert stored[uuid.UUID(plain["id"])] is None
    assert "بانک ملت".encode() not in (stored[uuid.UUID(issued["id"])] or b"")
    assert all("label" not in event.data for event in desk.list_events())


@pytest.mark.parametrize("label", ["x" * 61, 7, ["x"]])
def test_invalid_label_is_rejected(desk: Desk, label: object) -> None:
    response = desk.request_permit(desk.add_person(), label=label)
    assert response.status_code == 422
    assert response.get_json()["errors"][0]["field"] == "label"


def test_permits_of_one_letter_are_listed(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    url = f"{API}/permits?letter_id="
    items = desk.client.get(f"{url}{person.letter.id}", headers=person.headers).get_json()["items"]
    assert [one["id"] for one in items] == [issued["id"]]
    others = desk.client.get(f"{url}{uuid.uuid4()}", headers=person.headers).get_json()["items"]
    assert others == []
    assert desk.client.get(f"{url}x", headers=person.headers).status_code == 422
