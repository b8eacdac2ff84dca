"""What holds of every page: policy, weight, errors in words, both languages complete."""

import gzip
import re

import pytest

from gateway.portal.drafts import SECRET_FIELD
from gateway.portal.forms import Form, SecretField
from gateway.portal.pages import BLUEPRINTS
from gateway.portal.translations.__main__ import extract_texts, read_catalogue
from tests.service.gateway.portal.desk import Person, Services

OPEN = [
    "/",
    "/guide",
    "/help",
    "/contact",
    "/privacy",
    "/accessibility",
    "/sign-in",
    "/registration",
    "/registration/follow-up",
    "/forgotten-password",
    "/nowhere",
]


@pytest.mark.parametrize("path", OPEN)
def test_page_loads_nothing_from_elsewhere_and_is_not_cached(person: Person, path: str) -> None:
    answer = person.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    page = answer.text
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", page)


def test_first_visit_is_light_and_the_next_one_lighter(person: Person) -> None:
    page = person.read("/")
    paths = set(re.findall(r'"(/static/[^"]+)"', page))
    files = [person.http.get(path, headers={"Accept-Encoding": "gzip"}) for path in paths]
    assert all(file.status_code == 200 and "immutable" in file.headers["Cache-Control"] for file in files)
    sheet = next(file for file in files if b"Vazirmatn" in unpack(file.data))
    fonts = re.findall(r'url\("(/static/[^"]+woff2)"\)', unpack(sheet.data).decode())
    assert len(fonts) == 2
    first = len(page.encode()) + sum(len(one.data) for one in [*files, *map(person.http.get, fonts)])
    assert first < 200_000
    assert len(page.encode()) < 30_000


def unpack(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data


@pytest.mark.parametrize(("path", "method", "status"), [("/nowhere", "GET", 404), ("/guide", "PUT", 405)])
def test_error_is_a_page_with_the_request_id(person: Person, path: str, method: str, status: int) -> None:
    person.http.application.config["WTF_CSRF_ENABLED"] = False
    answer = person.http.open(path, method=method)
    assert answer.status_code == status
    assert answer.headers["X-Request-ID"] in answer.text


def test_unavailable_service_is_named_by_what_does_not_work(person: Person, services: Services) -> None:
    person.sign_in()
    del services.handlers["GET", "/api/v1/disclosure/activity"]
    answer = person.get("/home")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "درخواست نامه و صندوق شخصی" in answer.text


def test_english_is_complete_and_persian_is_spelled_well() -> None:
    english, wanted = read_catalogue(), extract_texts()
    named = {message.id for message in wanted if message.id}
    assert {message.id for message in english if message.id} == named
    assert [
        message.id for message in english if message.id and not all(extract_strings(message.string))
    ] == []
    badly = [text for ids in named for text in extract_strings(ids) if re.search("[يك]| [،؛]", text)]
    assert badly == []


def extract_strings(text: object) -> list[str]:
    return [text] if isinstance(text, str) else list(text)  # type: ignore[call-overload]


def test_fields_of_secrets_have_names_that_are_never_saved(person: Person) -> None:
    assert BLUEPRINTS
    with person.http.application.test_request_context("/"):
        forms = [kind() for kind in Form.__subclasses__()]
        secrets = [field.name for form in forms for field in form if isinstance(field, SecretField)]
    assert secrets
    assert all(SECRET_FIELD.search(name) for name in secrets)
