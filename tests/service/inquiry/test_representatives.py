"""Permits that a representative issues for a person say so."""

import uuid

from tests.service.inquiry.desk import Desk
from tests.tokens import build_bearer_header, mint

API = "/api/v1/inquiry"
HELPER = uuid.UUID(int=9)


def test_permit_of_a_representative_says_who_issued_it(desk: Desk) -> None:
    person = desk.add_person()
    token = mint("citizen", person.id, scopes=["self:permits"], act={"sub": str(HELPER)})
    acting = build_bearer_header(token)
    by_helper = desk.issue_permit(person, headers=acting)["id"]
    own = desk.issue_permit(person)["id"]
    assert desk.client.delete(f"{API}/permits/{own}", headers=acting).status_code == 204
    page = desk.client.get(f"{API}/permits", headers=person.headers).get_json()["items"]
    assert {permit["id"]: permit["issued_by"] for permit in page} == {by_helper: str(HELPER), own: None}
    acts = [(event.name, event.data.get("actor")) for event in desk.list_events("permit.")]
    assert acts == [("permit.issued", str(HELPER)), ("permit.issued", None), ("permit.revoked", str(HELPER))]
