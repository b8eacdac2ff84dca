"""Help, contact, privacy and accessibility: for everyone, in both languages, linked on every page."""

import re

import pytest

from gateway.portal.app import create_app
from gateway.portal.pages.message_kinds import GROUPS, NAMES
from gateway.portal.settings import Settings
from services.auth.actions import messages
from services.auth.actions.preferences import FIXED_KINDS, OPTIONAL_KINDS
from tests.service.gateway.portal.desk import Person

PAGES = ["/help", "/contact", "/privacy", "/accessibility"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("start", ["/", "/nowhere", "/sign-in", "/institution"])
def test_help_is_linked_on_every_page(person: Person, start: str, path: str) -> None:
    assert f'href="{path}"' in person.get(start).text


@pytest.mark.parametrize("path", [*PAGES, "/help/translation"])
def test_page_is_read_in_either_language(person: Person, path: str) -> None:
    persian = person.read(path)
    english = person.read(f"{path}?lang=en")
    assert 'lang="fa"' in persian
    assert 'lang="en"' in english
    assert persian.count("<h1>") == english.count("<h1>") == 1


def test_every_address_for_help_is_shown(settings: Settings) -> None:
    contacts = "tel:+98-21-0000000 mailto:help@govah.example https://govah.example/help-desk"
    client = create_app(Settings.model_validate(settings.model_dump() | {"support_contact": contacts}))
    page = client.test_client().get("/contact").text
    assert all(f'href="{address}"' in page for address in contacts.split())
    assert ">+98-21-0000000<" in page
    assert ">help@govah.example<" in page


def test_without_an_address_the_page_names_a_branch(settings: Settings) -> None:
    page = create_app(settings).test_client().get("/contact").text
    assert "شعبه" in page
    assert "mailto:" not in page


def test_an_address_of_another_kind_is_refused(settings: Settings) -> None:
    with pytest.raises(ValueError, match="mailto"):
        Settings.model_validate(settings.model_dump() | {"support_contact": "javascript:alert(1)"})


@pytest.mark.parametrize("language", ["fa", "en"])
def test_guide_has_its_pictures_and_its_file(person: Person, language: str) -> None:
    page = person.read(f"/guide?lang={language}")
    paths = re.findall(rf'"(/static/[^"]*guide-[^"]*-{language}\.(?:png|pdf))"', page)
    paths += re.findall(rf'"(/static/[^"]*guide-{language}\.pdf)"', page)
    assert len(paths) == 6
    assert all(person.http.get(path).status_code == 200 for path in paths)


def test_every_kind_of_message_that_is_sent_has_its_meaning() -> None:
    kinds = [one.kind for _title, group in GROUPS for one in group]
    assert sorted(kinds) == sorted(messages.KINDS)
    assert NAMES.keys() >= {*OPTIONAL_KINDS, *FIXED_KINDS}


@pytest.mark.parametrize("language", ["fa", "en"])
def test_help_has_every_message(person: Person, language: str) -> None:
    page = person.read(f"/help?lang={language}")
    assert set(re.findall('<dt id="([^"]+)">', page)) == messages.KINDS
