"""Forms: mistakes beside their fields, nothing typed is lost, sending twice is harmless."""

import uuid

import pytest

from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields

REGISTRATIONS = "/api/v1/auth/registrations"
TYPED: dict[str, str | list[str]] = {
    "national_code": "0084575948",
    "birth_date_jalali": ["۱۱", "2", "١٣٦٠"],
    "mobile": "۰۹۱۲۰۰۰۰۰۰۰",
}
HERE = {"Sec-Fetch-Site": "same-origin"}


def test_any_digits_are_accepted(person: Person, services: Services) -> None:
    number = "6f2b2f0e-0000-4000-8000-000000000001"
    services.set_reply("POST", REGISTRATIONS, 202, {"registration_id": number, "status": "code-sent"})
    services.set_reply("GET", f"{REGISTRATIONS}/{number}", 200, {"status": "code-sent"})
    answer = person.send("/registration", **TYPED)
    assert answer.location == f"/registration/{number}"
    assert b'"birth_date_jalali":"1360-02-11"' in services.list_requests("POST", REGISTRATIONS)[0].content
    assert number in person.read(answer.location)


@pytest.mark.parametrize("mark", ["\u200f", "\u200b", " \u202a", "\ufeff", "\xa0"])
def test_a_registration_is_found_by_its_number_as_it_is_pasted(
    person: Person, services: Services, mark: str
) -> None:
    number = "6f2b2f0e-0000-4000-8000-000000000001"
    services.set_reply("GET", f"{REGISTRATIONS}/{number}", 200, {"status": "code-sent"})
    answer = person.send("/registration/follow-up", registration_id=f"{mark}{number}{mark}")
    assert answer.location == f"/registration/{number}"
    assert number in person.read(f"/registration/{mark.strip()}{number}")


def test_registration_has_a_number_of_twelve_digits(person: Person, services: Services) -> None:
    number = "481920365517"
    reply = {"registration_id": str(uuid.uuid4()), "tracking_number": number, "status": "code-sent"}
    services.set_reply("POST", REGISTRATIONS, 202, reply)
    services.set_reply("GET", f"{REGISTRATIONS}/{number}", 200, {"status": "code-sent"})
    answer = person.send("/registration", **TYPED)
    assert answer.location == f"/registration/{number}"
    assert "۴۸۱۹ ۲۰۳۶ ۵۵۱۷" in person.read(answer.location)
    for typed in ("۴۸۱۹ ۲۰۳۶ ۵۵۱۷", "4819-2036-5517", number, "4819\xa02036\u20095517"):
        answer = person.send("/registration/follow-up", registration_id=typed)
        assert answer.location == f"/registration/{number}"
    assert "۱۲ رقم است" in person.send("/registration/follow-up", registration_id="123").text
    assert person.get("/registration/12345").status_code == 404


def test_language_switch_keeps_what_was_typed(person: Person, services: Services) -> None:
    page = person.read("/registration")
    assert '<button class="link" form="form" name="switch_language" value="en"' in page
    typed = {**read_hidden_fields(page), **TYPED, "national_code": "0084575949"}
    answer = person.http.post("/registration?lang=fa", data={**typed, "switch_language": "en"})
    assert (answer.status_code, answer.location) == (303, "/registration")
    english = person.read("/registration")
    assert 'lang="en" dir="ltr"' in english
    assert [text in english for text in ("0084575949", "1360", "mistyped")] == [True, True, False]
    # A form with errors comes back with its errors.
    refused = person.http.post("/registration", data=read_hidden_fields(english) | typed).text
    assert 'value="fa-checked"' in refused
    person.http.post("/registration", data={**typed, "switch_language": "fa-checked"})
    persian = person.read("/registration")
    assert "یک یا چند رقم آن اشتباه نوشته شده است" in persian
    assert "csrf" not in persian[persian.index('class="summary"') : persian.index("<h1")]
    assert services.list_requests("POST", REGISTRATIONS) == []


def test_language_switch_keeps_no_secret(person: Person) -> None:
    hidden = read_hidden_fields(person.read("/sign-in"))
    typed = {**hidden, "national_code": "0084575948", "password": "correct horse battery"}
    person.http.post("/sign-in", data={**typed, "switch_language": "en-checked"})
    page = person.read("/sign-in")
    assert "0084575948" in page
    assert "correct horse battery" not in page
    assert 'class="summary"' not in page


def test_form_that_is_sent_twice_has_the_same_key(person: Person, services: Services) -> None:
    services.refuse("POST", REGISTRATIONS, 429, "too-many-attempts")
    fields = read_hidden_fields(person.read("/registration"))
    for mobile in ("0912", "0912", "0913"):
        person.http.post("/registration", data={**fields, **TYPED, "mobile": mobile})
    keys = [one.headers["Idempotency-Key"] for one in services.list_requests("POST", REGISTRATIONS)]
    assert keys[0] == keys[1] != keys[2]


def test_refusal_is_shown_beside_its_field(person: Person, services: Services) -> None:
    wrong = [{"field": "mobile", "message": "شماره همراه درست نیست."}]
    services.refuse("POST", REGISTRATIONS, 422, "validation", errors=wrong)
    page = person.send("/registration", **TYPED).text
    assert '<a href="#mobile">شماره همراه درست نیست.</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'value="۰۹۱۲۰۰۰۰۰۰۰"' in page


def test_form_without_csrf_word_is_shown_again_filled_in(person: Person) -> None:
    answer = person.http.post("/registration", data=TYPED, headers=HERE)
    assert (answer.status_code, answer.location) == (303, "/registration")
    page = person.read("/registration")
    assert "مهلت فرم پایان یافته بود" in page
    assert 'value="0084575948"' in page


def test_form_of_another_site_is_rejected_and_not_saved(person: Person) -> None:
    answer = person.http.post("/registration", data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "0084575948" not in person.read("/registration")


def test_password_is_never_saved_or_shown(person: Person) -> None:
    typed = {"national_code": "0084575948", "password": "my-own-secret"}
    person.http.post("/sign-in", data=typed, headers=HERE)
    assert "my-own-secret" not in person.read("/sign-in")


def test_services_get_address_and_language_of_the_reader(person: Person, services: Services) -> None:
    services.refuse("POST", REGISTRATIONS, 429, "too-many-attempts")
    person.get("/?lang=en")
    page = person.http.get("/registration").text
    came_from = {"X-Forwarded-For": "198.51.100.7"}
    person.http.post("/registration", data={**read_hidden_fields(page), **TYPED}, headers=came_from)
    request = services.list_requests("POST", REGISTRATIONS)[0].headers
    assert (request["X-Forwarded-For"], request["Accept-Language"]) == ("198.51.100.7", "en")
    assert str(uuid.UUID(request["X-Request-ID"])) == request["X-Request-ID"]
