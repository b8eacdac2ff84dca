"""«لغو تغییر شماره همراه»: for who has the message and perhaps no account any more to sign in to."""

import json

import pytest

from tests.service.gateway.portal.desk import Person, Services

REVERSAL, PAGE = "/api/v1/auth/mobile/reversal", "/mobile/reversal"
CODE = "1234567890123456"


@pytest.mark.parametrize(
    "typed", [CODE, "1234 5678 9012 3456", "۱۲۳۴ ۵۶۷۸-۹۰۱۲ ٣٤٥٦", "\u200e1234\u00a05678 9012 3456\u200f"]
)
def test_code_from_the_message_leads_to_a_new_password(
    person: Person, services: Services, typed: str
) -> None:
    services.set_reply("POST", REVERSAL, 200, {"status": "reversed"})
    assert person.send(PAGE, code=typed).location == "/forgotten-password"
    (sent,) = services.list_requests("POST", REVERSAL)
    assert json.loads(sent.content) == {"code": CODE}
    assert "Authorization" not in sent.headers
    page = person.read("/forgotten-password")
    assert "شماره همراه پیشین به حساب بازگشت" in page
    assert "شماره همراه پیشین به حساب بازگشت" not in person.read("/forgotten-password")


@pytest.mark.parametrize("typed", ["", "123", CODE + "7", "کد"])
def test_malformed_code_is_not_sent(person: Person, services: Services, typed: str) -> None:
    assert "کد لغو شانزده رقم است" in person.send(PAGE, code=typed).text
    assert services.list_requests("POST", REVERSAL) == []


def test_wrong_code_is_reported_beside_its_field(person: Person, services: Services) -> None:
    services.refuse("POST", REVERSAL, 422, "reversal-code-wrong")
    page = person.send(PAGE, code=CODE).text
    assert '<a href="#code">چون reversal-code-wrong</a>' in page


def test_too_many_attempts_show_the_time_to_wait(person: Person, services: Services) -> None:
    refusal = {"code": "too-many-attempts", "title": "نه", "detail": "x"}
    services.set_reply("POST", REVERSAL, 429, refusal, **{"Retry-After": "900"})
    assert "۱۵ دقیقه دیگر دوباره تلاش کنید." in person.send(PAGE, code=CODE).text


def test_code_is_not_saved_while_auth_is_unavailable(person: Person) -> None:
    assert person.send(PAGE, code=CODE).status_code == 503
    assert CODE not in person.read(PAGE)


def test_sign_in_page_links_to_the_reversal(person: Person) -> None:
    assert f'<a href="{PAGE}">لغو تغییر شماره همراه</a>' in person.read("/sign-in")
    assert f'<a href="{PAGE}">Reverse a change of mobile number</a>' in person.read("/sign-in?lang=en")
    assert "Reversal code" in person.read(PAGE)
