"""The three doors: who comes to another's hears which is theirs, and is not signed in."""

from typing import Any

import pytest

from tests.service.gateway.portal.desk import Person, Services, build_token

OFFICERS, CLERKS, CITIZENS = "/officer/sign-in", "/institution/sign-in", "/sign-in"
CURRENT = "/api/v1/auth/sessions/current"


def sign_in(person: Person, door: str, username: str) -> Any:
    return person.send(door, username=username, password="correct horse battery")


@pytest.mark.parametrize(
    ("door", "role", "theirs", "message"),
    [
        (OFFICERS, "institution", CLERKS, "این حساب متعلق به یک موسسه است. از «ورود موسسه» وارد شوید."),
        (OFFICERS, "citizen", CITIZENS, "این حساب متعلق به یک بیمه‌شده است. از «ورود به سامانه» وارد شوید."),
        (CLERKS, "officer", OFFICERS, "این حساب متعلق به یک کارشناس است. از «ورود کارشناس» وارد شوید."),
    ],
)
def test_wrong_door_names_the_right_one(
    person: Person, services: Services, door: str, role: str, theirs: str, message: str
) -> None:
    services.accounts["somebody"] = role
    refused = sign_in(person, door, "somebody")
    assert refused.status_code == 200
    assert f'<a href="{theirs}">{message}</a>' in refused.text
    assert 'value="somebody"' in refused.text
    assert "خروج" not in person.read("/")
    (returned,) = services.list_requests("DELETE", CURRENT)
    assert returned.headers["Authorization"] == f"Bearer {build_token('first', role, scope=services.scopes)}"


def test_wrong_door_is_translated(person: Person) -> None:
    person.get("/?lang=en")
    refused = sign_in(person, OFFICERS, "clerk").text
    assert f'<a href="{CLERKS}">This account belongs to an institution.' in refused


def test_wrong_door_is_reported_if_the_session_cannot_be_ended(person: Person, services: Services) -> None:
    del services.handlers["DELETE", CURRENT]
    assert "این حساب متعلق به یک موسسه است" in sign_in(person, OFFICERS, "clerk").text
    assert person.get("/officer").location == OFFICERS


def test_right_door_does_not_lead_to_the_wanted_page_of_the_wrong_one(person: Person) -> None:
    assert person.get("/officer/lists").location == OFFICERS
    sign_in(person, OFFICERS, "clerk")
    assert sign_in(person, CLERKS, "clerk").location == "/institution/inquiry"


def test_wrong_door_keeps_the_current_session(person: Person) -> None:
    assert sign_in(person, CLERKS, "clerk").status_code == 303
    assert "این حساب متعلق به یک کارشناس است" in sign_in(person, CLERKS, "officer").text
    assert "استعلام سند" in person.read("/institution")
    assert "خروج" in person.read("/institution")
