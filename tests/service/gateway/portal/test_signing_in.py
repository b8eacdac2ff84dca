"""The three doors: who comes to another's hears which is theirs, and is not signed in."""

from typing import Any

import pytest

from tests.service.gateway.portal.conftest import Person, Services, access_token

OFFICERS, CLERKS, CITIZENS = "/officer/sign-in", "/institution/sign-in", "/sign-in"
CURRENT = "/api/v1/auth/sessions/current"


def come(person: Person, door: str, username: str) -> Any:
    return person.send(door, username=username, password="correct horse battery")


@pytest.mark.parametrize(
    ("door", "role", "theirs", "said"),
    [
        (OFFICERS, "institution", CLERKS, "این حساب از آن یک موسسه است. از «ورود موسسه» وارد شوید."),
        (OFFICERS, "citizen", CITIZENS, "این حساب از آن یک بیمه‌شده است. از «ورود به سامانه» وارد شوید."),
        (CLERKS, "officer", OFFICERS, "این حساب از آن یک کارشناس است. از «ورود کارشناس» وارد شوید."),
    ],
)
def test_who_comes_to_another_door_hears_which_is_theirs(
    person: Person, services: Services, door: str, role: str, theirs: str, said: str
) -> None:
    services.accounts["somebody"] = role
    refused = come(person, door, "somebody")
    assert refused.status_code == 200
    assert f'<a href="{theirs}">{said}</a>' in refused.text
    assert 'value="somebody"' in refused.text
    assert "خروج" not in person.read("/")
    (returned,) = services.sent("DELETE", CURRENT)
    assert returned.headers["Authorization"] == f"Bearer {access_token('first', role, scope=services.scopes)}"


def test_the_other_door_is_told_in_english_too(person: Person) -> None:
    person.get("/?lang=en")
    refused = come(person, OFFICERS, "clerk").text
    assert f'<a href="{CLERKS}">This account belongs to an institution.' in refused


def test_the_other_door_is_told_when_the_token_cannot_be_given_back(
    person: Person, services: Services
) -> None:
    del services.answers["DELETE", CURRENT]
    assert "این حساب از آن یک موسسه است" in come(person, OFFICERS, "clerk").text
    assert person.get("/officer").location == OFFICERS


def test_the_other_door_does_not_lead_back_to_what_was_wanted_at_the_first(person: Person) -> None:
    assert person.get("/officer/lists").location == OFFICERS
    come(person, OFFICERS, "clerk")
    assert come(person, CLERKS, "clerk").location == "/institution/inquiry"


def test_who_is_signed_in_stays_so_at_another_door(person: Person) -> None:
    assert come(person, CLERKS, "clerk").status_code == 303
    assert "این حساب از آن یک کارشناس است" in come(person, CLERKS, "officer").text
    assert "استعلام سند" in person.read("/institution")
    assert "خروج" in person.read("/institution")
