"""What the permit behind an answered inquiry is worth now, and who may ask."""

import uuid
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.inquiry.models import Inquiry
from tests.service.inquiry.desk import API, Desk, clerk, wrong_code
from tests.service.kit.calls import problem
from tests.tokens import bearer, mint

OTHER_BANK = "5b0e6d4c-2222-4b5e-9c33-0d1f5e3a7c02"


def look(desk: Desk, inquiry_id: object, headers: dict[str, str] | None = None) -> TestResponse:
    return desk.client.get(f"{API}/inquiries/{inquiry_id}", headers=headers or {})


def answered(desk: Desk, headers: dict[str, str] | None = None, **terms: Any) -> tuple[Any, str, str]:
    """A person, the id of their permit and that of an answered inquiry."""
    person = desk.person()
    permit = desk.permit(person, **terms)
    answer = desk.inquire(person.national_code, permit["code"], headers=headers)
    assert answer.status_code == 200, answer.text
    return person, permit["id"], answer.get_json()["inquiry_id"]


def state(desk: Desk, inquiry_id: str, headers: dict[str, str] | None = None) -> str:
    answer = look(desk, inquiry_id, headers)
    assert answer.status_code == 200, answer.text
    shown: dict[str, str] = answer.get_json()
    assert shown.keys() == {"inquiry_id", "permit_state"}
    assert shown["inquiry_id"] == inquiry_id
    return shown["permit_state"]


def test_the_state_follows_the_permit(desk: Desk) -> None:
    person, permit_id, inquiry_id = answered(desk)
    url = f"{API}/permits/{permit_id}"
    assert state(desk, inquiry_id) == "active"
    desk.client.post(f"{url}/pause", headers=person.headers)
    assert state(desk, inquiry_id) == "paused"
    desk.client.post(f"{url}/resume", headers=person.headers)
    assert state(desk, inquiry_id) == "active"
    desk.client.delete(url, headers=person.headers)
    assert state(desk, inquiry_id) == "revoked"


def test_an_expired_and_a_used_up_permit_are_told_so(desk: Desk) -> None:
    _, permit_id, inquiry_id = answered(desk)
    desk.expire(permit_id)
    assert state(desk, inquiry_id) == "expired"
    assert state(desk, answered(desk, max_views=1)[2]) == "used-up"


def test_what_the_last_view_was_spent_on_ends_with_its_owners_word(desk: Desk) -> None:
    """The message about a view says: revoke the permit. That must end what is still on a screen too."""
    person, permit_id, inquiry_id = answered(desk, max_views=1)
    url = f"{API}/permits/{permit_id}"
    for _ in range(2):
        assert desk.client.delete(url, headers=person.headers).status_code == 204
    assert state(desk, inquiry_id) == desk.state(person, permit_id) == "revoked"
    assert len(desk.events("permit.revoked")) == 1


def test_an_expired_permit_stays_expired(desk: Desk) -> None:
    person, permit_id, inquiry_id = answered(desk)
    desk.expire(permit_id)
    assert desk.client.delete(f"{API}/permits/{permit_id}", headers=person.headers).status_code == 204
    assert state(desk, inquiry_id) == desk.state(person, permit_id) == "expired"


def test_an_institutions_inquiry_is_seen_by_that_institution_only(desk: Desk) -> None:
    _, _, inquiry_id = answered(desk, clerk())
    # Any caller of the institution: another clerk takes the case over.
    assert state(desk, inquiry_id, clerk()) == "active"
    for headers in (None, clerk(institution_id=OTHER_BANK)):
        problem(look(desk, inquiry_id, headers), 404, "not-found")
    assert state(desk, answered(desk)[2], clerk()) == "active"


def test_what_was_refused_or_never_was_is_not_found(desk: Desk) -> None:
    person = desk.person()
    permit = desk.permit(person, max_views=1)
    for headers in (None, clerk()):
        desk.inquire(person.national_code, wrong_code(permit["code"]), headers=headers)
    assert desk.inquire(person.national_code, permit["code"], headers=clerk()).status_code == 200
    for headers in (None, clerk()):
        assert desk.inquire(person.national_code, permit["code"], headers=headers).status_code == 410
    with desk.sessions() as session:
        ids = [row.id for row in session.query(Inquiry) if row.result != "answered"]
    assert len(ids) == 4
    for inquiry_id in [*ids, uuid.uuid4(), permit["id"]]:
        for headers in (None, clerk()):
            problem(look(desk, inquiry_id, headers), 404, "not-found")
    problem(look(desk, "no-id"), 404, "not-found")


@pytest.mark.parametrize("role", ["citizen", "officer", "service"])
def test_other_roles_are_forbidden_and_forged_tokens_refused(desk: Desk, role: str) -> None:
    _, _, inquiry_id = answered(desk)
    problem(look(desk, inquiry_id, bearer(mint(role, uuid.uuid4(), "inquiry"))), 403, "forbidden")
    problem(look(desk, inquiry_id, bearer("x.y.z")), 401, "token-invalid")
    without = bearer(mint("institution", uuid.uuid4(), scopes=["inquiry:report"], institution_id=OTHER_BANK))
    problem(look(desk, inquiry_id, without), 403, "forbidden")
