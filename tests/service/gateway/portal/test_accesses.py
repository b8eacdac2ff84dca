"""The page of those who audit: which officer has looked at whom, when and why."""

from typing import Any

import pytest

from tests.service.gateway.portal.desk import Person, Services

ACCESSES = "/api/v1/records/accesses"
PAGE = "/officer/accesses"
OFFICER, PERSON = "0199b111-2233-4444-8555-66778899aabb", "0199a000-1111-4222-8333-444455556666"
LOOK: dict[str, Any] = {
    "id": "7",
    "at": "2026-11-22T10:00:00+00:00",
    "officer": OFFICER,
    "person": PERSON,
    "kind": "search",
    "reason": "درخواست <b>حضوری</b>",
    "request_id": "r",
}


@pytest.fixture
def auditor(person: Person, services: Services) -> Person:
    services.scopes = "audit"
    services.set_reply("GET", ACCESSES, 200, {"items": [LOOK], "next_cursor": None})
    person.send("/officer/sign-in", username="officer", password="a long password")
    return person


def read_params(services: Services) -> dict[str, str]:
    """Return the parameters of the last call, without those of every page."""
    request = dict(services.list_requests("GET", ACCESSES)[-1].url.params)
    return {name: value for name, value in request.items() if name != "limit"}


def test_each_look_is_shown_with_its_reason(auditor: Person, services: Services) -> None:
    page = auditor.read(PAGE)
    assert "درخواست &lt;b&gt;حضوری&lt;/b&gt;" in page
    assert "۱ آذر ۱۴۰۵، ساعت ۱۳:۳۰" in page
    assert f"{PAGE}?officer={OFFICER}" in page
    assert f"{PAGE}?person={PERSON}" in page
    assert read_params(services) == {}


def test_old_look_is_shown_without_a_reason(auditor: Person, services: Services) -> None:
    old = LOOK | {"kind": None, "reason": None}
    services.set_reply(
        "GET",
        ACCESSES,
        200,
        {"items": [old, LOOK | {"kind": "decision", "reason": None}], "next_cursor": None},
    )
    page = auditor.read(PAGE)
    assert "بدون علت؛ پیش از آنکه علت لازم باشد" in page
    assert "تصمیم درباره اعتراض" in page


def test_filter_narrows_the_looks_and_is_shown_again(auditor: Person, services: Services) -> None:
    services.set_reply("GET", ACCESSES, 200, {"items": [LOOK], "next_cursor": "next"})
    page = auditor.read(f"{PAGE}?from=۱۴۰۵/۰۹/۰۱&to=&officer=+{OFFICER}+&person=")
    assert read_params(services) == {"from": "۱۴۰۵/۰۹/۰۱", "officer": OFFICER}
    assert 'value="۱۴۰۵/۰۹/۰۱"' in page
    assert "cursor=next" in page
    older = auditor.read(f"{PAGE}?officer={OFFICER}&cursor=next")
    assert read_params(services) == {"officer": OFFICER, "cursor": "next"}
    assert f'href="{PAGE}?officer={OFFICER}">تازه‌ترین‌ها' in older


@pytest.mark.parametrize("field", ["from", "to", "officer", "person"])
def test_invalid_filter_is_reported_beside_its_field(auditor: Person, services: Services, field: str) -> None:
    errors = [{"field": field, "message": "چنین نیست"}]
    services.refuse("GET", ACCESSES, 422, "validation", errors=errors)
    answer = auditor.get(f"{PAGE}?{field}=nonsense")
    assert answer.status_code == 200
    assert f'<a href="#{field}">چنین نیست</a>' in answer.text
    assert 'value="nonsense"' in answer.text


def test_empty_result_is_reported(auditor: Person, services: Services) -> None:
    services.set_reply("GET", ACCESSES, 200, {"items": [], "next_cursor": None})
    assert "مشاهده‌ای با این ویژگی‌ها ثبت نشده است" in auditor.read(PAGE)


@pytest.mark.parametrize(
    ("scopes", "is_there"),
    [("audit", True), ("lists audit", True), ("lists objections", False), ("auditor", False)],
)
def test_only_auditors_see_the_link(
    person: Person, services: Services, scopes: str, *, is_there: bool
) -> None:
    services.scopes = scopes
    person.send("/officer/sign-in", username="officer", password="a long password")
    page = person.read("/officer")
    assert page.count(f'href="{PAGE}"') == 2 * is_there


def test_officer_without_the_scope_is_refused(auditor: Person, services: Services) -> None:
    services.refuse("GET", ACCESSES, 403, "forbidden")
    assert auditor.get(PAGE).status_code == 403
