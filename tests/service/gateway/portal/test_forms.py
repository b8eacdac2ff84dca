"""Forms: mistakes beside their fields, nothing typed is lost, sending twice is harmless."""

import uuid

from tests.service.gateway.portal.conftest import Person, Services, hidden

REGISTRATIONS = "/api/v1/auth/registrations"
TYPED: dict[str, str | list[str]] = {
    "national_code": "0084575948",
    "birth_date_jalali": ["۱۱", "2", "١٣٦٠"],
    "mobile": "۰۹۱۲۰۰۰۰۰۰۰",
}
HERE = {"Sec-Fetch-Site": "same-origin"}


def test_any_digits_are_accepted_and_the_number_is_shown(person: Person, services: Services) -> None:
    number = "6f2b2f0e-0000-4000-8000-000000000001"
    services.tell("POST", REGISTRATIONS, 202, {"registration_id": number, "status": "code-sent"})
    services.tell("GET", f"{REGISTRATIONS}/{number}", 200, {"status": "code-sent"})
    answer = person.send("/registration", **TYPED)
    assert answer.location == f"/registration/{number}"
    assert b'"birth_date_jalali":"1360-02-11"' in services.sent("POST", REGISTRATIONS)[0].content
    assert number in person.read(answer.location)


def test_the_same_form_sent_twice_bears_the_same_key(person: Person, services: Services) -> None:
    services.refuse("POST", REGISTRATIONS, 429, "too-many-attempts")
    fields = hidden(person.read("/registration"))
    for mobile in ("0912", "0912", "0913"):
        person.http.post("/registration", data={**fields, **TYPED, "mobile": mobile})
    keys = [one.headers["Idempotency-Key"] for one in services.sent("POST", REGISTRATIONS)]
    assert keys[0] == keys[1] != keys[2]


def test_what_the_service_refuses_stands_beside_its_field(person: Person, services: Services) -> None:
    wrong = [{"field": "mobile", "message": "شماره همراه درست نیست."}]
    services.refuse("POST", REGISTRATIONS, 422, "validation", errors=wrong)
    page = person.send("/registration", **TYPED).text
    assert '<a href="#mobile">شماره همراه درست نیست.</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'value="۰۹۱۲۰۰۰۰۰۰۰"' in page


def test_a_form_without_its_word_comes_back_as_it_was_typed(person: Person) -> None:
    answer = person.http.post("/registration", data=TYPED, headers=HERE)
    assert (answer.status_code, answer.location) == (303, "/registration")
    page = person.read("/registration")
    assert "مهلت فرم پایان یافته بود" in page
    assert 'value="0084575948"' in page


def test_a_strangers_form_is_refused_and_not_kept(person: Person) -> None:
    answer = person.http.post("/registration", data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "0084575948" not in person.read("/registration")


def test_no_password_is_kept_or_shown_again(person: Person) -> None:
    typed = {"national_code": "0084575948", "password": "my-own-secret"}
    person.http.post("/sign-in", data=typed, headers=HERE)
    assert "my-own-secret" not in person.read("/sign-in")


def test_the_services_hear_who_asks_and_in_which_language(person: Person, services: Services) -> None:
    services.refuse("POST", REGISTRATIONS, 429, "too-many-attempts")
    person.get("/?lang=en")
    page = person.http.get("/registration").text
    came_from = {"X-Forwarded-For": "198.51.100.7"}
    person.http.post("/registration", data={**hidden(page), **TYPED}, headers=came_from)
    asked = services.sent("POST", REGISTRATIONS)[0].headers
    assert (asked["X-Forwarded-For"], asked["Accept-Language"]) == ("198.51.100.7", "en")
    assert str(uuid.UUID(asked["X-Request-ID"])) == asked["X-Request-ID"]
