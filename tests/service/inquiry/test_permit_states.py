"""The present state of the permit behind an answered inquiry, and who can read it."""

import uuid
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.inquiry.models import Inquiry
from tests.service.inquiry.desk import API, OTHER_BANK_ID, Desk, alter_code, as_clerk
from tests.service.kit.calls import read_problem
from tests.tokens import build_bearer_header, mint


def fetch_state(desk: Desk, inquiry_id: object, headers: dict[str, str] | None = None) -> TestResponse:
    return desk.client.get(f"{API}/inquiries/{inquiry_id}", headers=headers or {})


def prepare_inquiry(desk: Desk, headers: dict[str, str] | None = None, **terms: Any) -> tuple[Any, str, str]:
    """Return a person, the id of their permit and the id of an answered inquiry."""
    person = desk.add_person()
    permit = desk.issue_permit(person, **terms)
    response = desk.inquire(person.national_code, permit["code"], headers=headers)
    assert response.status_code == 200, response.text
    return person, permit["id"], response.get_json()["inquiry_id"]


def read_state(desk: Desk, inquiry_id: str, headers: dict[str, str] | None = None) -> str:
    response = fetch_state(desk, inquiry_id, headers)
    assert response.status_code == 200, response.text
    body: dict[str, str] = response.get_json()
    assert body.keys() == {"inquiry_id", "permit_state"}
    assert body["inquiry_id"] == inquiry_id
    return body["permit_state"]


def test_the_state_follows_the_permit(desk: Desk) -> None:
    person, permit_id, inquiry_id = prepare_inquiry(desk)
    url = f"{API}/permits/{permit_id}"
    assert read_state(desk, inquiry_id) == "active"
    desk.client.post(f"{url}/pause", headers=person.headers)
    assert read_state(desk, inquiry_id) == "paused"
    desk.client.post(f"{url}/resume", headers=person.headers)
    assert read_state(desk, inquiry_id) == "active"
    desk.client.delete(url, headers=person.headers)
    assert read_state(desk, inquiry_id) == "revoked"


def test_state_is_expired_or_used_up(desk: Desk) -> None:
    _, permit_id, inquiry_id = prepare_inquiry(desk)
    desk.expire(permit_id)
    assert read_state(desk, inquiry_id) == "expired"
    assert read_state(desk, prepare_inquiry(desk, max_views=1)[2]) == "used-up"


def test_revoking_a_used_up_permit_ends_its_last_view(desk: Desk) -> None:
    """The message about a view advises to revoke the permit, which must end the page of that view too."""
    person, permit_id, inquiry_id = prepare_inquiry(desk, max_views=1)
    url = f"{API}/permits/{permit_id}"
    for _ in range(2):
        assert desk.client.delete(url, headers=person.headers).status_code == 204
    assert read_state(desk, inquiry_id) == desk.get_state(person, permit_id) == "revoked"
    assert len(desk.list_events("permit.revoked")) == 1


def test_an_expired_permit_stays_expired(desk: Desk) -> None:
    person, permit_id, inquiry_id = prepare_inquiry(desk)
    desk.expire(permit_id)
    assert desk.client.delete(f"{API}/permits/{permit_id}", headers=person.headers).status_code == 204
    assert read_state(desk, inquiry_id) == desk.get_state(person, permit_id) == "expired"


def test_an_institutions_inquiry_is_seen_by_that_institution_only(desk: Desk) -> None:
    _, _, inquiry_id = prepare_inquiry(desk, as_clerk())
    # Any clerk of the institution can take over the case.
    assert read_state(desk, inquiry_id, as_clerk()) == "active"
    for headers in (None, as_clerk(institution_id=OTHER_BANK_ID)):
        read_problem(fetch_state(desk, inquiry_id, headers), 404, "not-found")
    assert read_state(desk, prepare_inquiry(desk)[2], as_clerk()) == "active"


def test_refused_or_unknown_inquiry_is_not_found(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person, max_views=1)
    for headers in (None, as_clerk()):
        desk.inquire(person.national_code, alter_code(permit["code"]), headers=headers)
    assert desk.inquire(person.national_code, permit["code"], headers=as_clerk()).status_code == 200
    for headers in (None, as_clerk()):
        assert desk.inquire(person.national_code, permit["code"], headers=headers).status_code == 410
    with desk.sessions() as session:
        ids = [row.id for row in session.query(Inquiry) if row.result != "answered"]
    assert len(ids) == 4
    for inquiry_id in [*ids, uuid.uuid4(), permit["id"]]:
        for headers in (None, as_clerk()):
            read_problem(fetch_state(desk, inquiry_id, headers), 404, "not-found")
    read_problem(fetch_state(desk, "no-id"), 404, "not-found")


@pytest.mark.parametrize("role", ["citizen", "officer", "service"])
def test_other_roles_are_forbidden_and_forged_tokens_rejected(desk: Desk, role: str) -> None:
    _, _, inquiry_id = prepare_inquiry(desk)
    read_problem(
        fetch_state(desk, inquiry_id, build_bearer_header(mint(role, uuid.uuid4(), "inquiry"))),
        403,
        "forbidden",
    )
    read_problem(fetch_state(desk, inquiry_id, build_bearer_header("x.y.z")), 401, "token-invalid")
    without = build_bearer_header(
        mint("institution", uuid.uuid4(), scopes=["inquiry:report"], institution_id=str(OTHER_BANK_ID))
    )
    read_problem(fetch_state(desk, inquiry_id, without), 403, "forbidden")
