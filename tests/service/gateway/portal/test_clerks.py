"""A clerk inquires in the name of the institution."""

from datetime import timedelta

import time_machine

from tests.service.gateway.portal.desk import Person, Services, build_token
from tests.service.gateway.portal.inquiries import ANSWER, FORM, INQUIRIES, TYPED, sign_in_clerk


def test_clerk_inquires_in_the_institutions_name(person: Person, answered: Services) -> None:
    assert sign_in_clerk(person).location == FORM
    person.send(FORM, **TYPED)
    bearer = f"Bearer {build_token('first', role='institution', scope=answered.scopes)}"
    assert answered.list_requests("POST", INQUIRIES)[0].headers["Authorization"] == bearer
    assert "به نام موسسه شما ثبت شد" in person.read(ANSWER)


def test_citizen_inquires_anonymously(person: Person, answered: Services) -> None:
    person.sign_in()
    person.send(FORM, **TYPED)
    assert "Authorization" not in answered.list_requests("POST", INQUIRIES)[0].headers


def test_clerk_inquires_anonymously_while_auth_is_unavailable(person: Person, answered: Services) -> None:
    sign_in_clerk(person)
    with time_machine.travel(timedelta(minutes=16)):
        person.send(FORM, **TYPED)
        assert "بدون نام موسسه ثبت شد" in person.read(ANSWER)
    assert "Authorization" not in answered.list_requests("POST", INQUIRIES)[0].headers


def test_wrong_password_of_a_clerk_is_reported_above_the_form(person: Person, services: Services) -> None:
    services.refuse("POST", "/api/v1/auth/sessions", 401, "credentials-not-accepted")
    assert "چون credentials-not-accepted" in sign_in_clerk(person).text
