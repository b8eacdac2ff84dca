"""People who name a representative, and those who act for them."""

from typing import Any

from tests.service.auth.desk import PASSWORD, Desk, Person

GIVEN = ["record", "letters", "permits"]


def build_offer(helper: Person, **changed: Any) -> dict[str, Any]:
    """Return the body with which a person names a helper."""
    return {
        "national_code": helper.national_code,
        "label": "پسرم",
        "name": "مادر",
        "scopes": GIVEN,
        "valid_days": 30,
        "password": PASSWORD,
        **changed,
    }


def sign_in(desk: Desk, person: Person) -> str:
    """Return an access token of a new session."""
    return str(desk.fetch_tokens(person)["access_token"])


def invite(desk: Desk, person: Person, helper: Person, **changed: Any) -> dict[str, Any]:
    """Return an invitation of a helper."""
    response = desk.post("/me/representatives", build_offer(helper, **changed), token=sign_in(desk, person))
    assert response.status_code == 201, response.text
    document: dict[str, Any] = response.get_json()
    return document


def accept(desk: Desk, helper: Person, mandate_id: str) -> dict[str, Any]:
    """Return a mandate that the helper has accepted."""
    response = desk.post(f"/me/mandates/{mandate_id}/acceptance", token=sign_in(desk, helper))
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.get_json()
    return document


def give_mandate(desk: Desk, person: Person, helper: Person, **changed: Any) -> dict[str, Any]:
    """Return a mandate that has begun, as its helper sees it."""
    return accept(desk, helper, invite(desk, person, helper, **changed)["id"])


def list_given(desk: Desk, person: Person) -> list[dict[str, Any]]:
    """Return a person's own representatives."""
    token = sign_in(desk, person)
    items: list[dict[str, Any]] = desk.call("GET", "/me/representatives", token=token).get_json()["items"]
    return items


def list_received(desk: Desk, helper: Person) -> list[dict[str, Any]]:
    """Return the mandates and invitations of a helper."""
    items: list[dict[str, Any]] = desk.call("GET", "/me/mandates", token=sign_in(desk, helper)).get_json()[
        "items"
    ]
    return items


def request_acting(desk: Desk, token: str, person: Person) -> Any:
    """Return the response to a helper who wants to act for a person."""
    return desk.post("/sessions/acting", {"person_id": str(person.id)}, token=token)
