"""What people call their letters and permits is shown wherever they are listed."""

import json
import re

import pytest

from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.letters import (
    ACTIVITY,
    INBOX,
    LETTER,
    PERMIT,
    PERMITS,
    REQUESTS,
    build_letter,
    build_page,
    build_permit,
    build_request,
)
from tests.service.gateway.portal.record import read_text

NOTE, LABEL = "برای <وام> مسکن", "بانک ملت، وام مسکن"
COUNT = 20


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    """Somebody with twenty letters of one type and twenty permits of one of them, signed in."""
    letters = [
        build_letter(id=f"{LETTER[:-2]}{number:02}", serial=f"24{number:011}", note=NOTE if number else None)
        for number in range(COUNT)
    ]
    permits = [
        build_permit(
            id=f"{PERMIT[:-2]}{number:02}",
            label=LABEL if number % 2 else None,
            created_at=f"2026-11-22T08:{number:02}:00+00:00",
        )
        for number in range(COUNT)
    ]
    services.set_reply("GET", INBOX, 200, build_page(*letters))
    services.set_reply("GET", REQUESTS, 200, build_page(build_request("queued", note=NOTE)))
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, build_letter(note=NOTE))
    services.set_reply("GET", PERMITS, 200, build_page(*permits))
    services.set_reply("GET", f"{PERMITS}/{PERMIT}", 200, build_permit(label=LABEL))
    services.set_reply("GET", f"{PERMITS}/{PERMIT}/views", 200, build_page())
    services.set_reply("GET", "/api/v1/inquiry/institutions", 200, build_page())
    person.sign_in()
    return person


def list_link_names(citizen: Person, path: str) -> list[str]:
    """Return the accessible names of the links in a page's main part that lead to different pages."""
    page = citizen.read(path)
    main = page[page.index("<main") : page.index("</main")]
    links = {
        (target, re.sub("<[^>]*>", "", name).strip()) for target, name in re.findall(LINK, main, re.DOTALL)
    }
    return [name for _, name in links]


LINK = r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>'


@pytest.mark.parametrize("path", ["/permits", "/inbox", f"/inbox/{LETTER}"])
def test_links_to_different_pages_have_different_names(citizen: Person, path: str) -> None:
    names = list_link_names(citizen, path)
    assert len(names) > COUNT
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    "path", ["/inbox", f"/inbox/{LETTER}", f"/inbox/{LETTER}/permit", f"/permits/{PERMIT}"]
)
def test_note_is_on_every_page_of_the_letter(citizen: Person, path: str) -> None:
    assert "برای &lt;وام&gt; مسکن" in read_text(citizen, path)


def test_note_is_beside_what_happened(citizen: Person, services: Services) -> None:
    item = {
        "kind": "letter.ready",
        "title": "نامه آماده شد",
        "state": "valid",
        "note": NOTE,
        "references": {"letter_id": LETTER},
        "at": "2026-11-22T08:30:00+00:00",
    }
    services.set_reply("GET", ACTIVITY, 200, build_page(item))
    assert "برای &lt;وام&gt; مسکن" in read_text(citizen, "/home")


def test_list_of_permits_shows_label_serial_dates_and_views(citizen: Person) -> None:
    page = read_text(citizen, "/permits")
    assert all(part in page for part in (LABEL, "۱۲۳۴۵۶۷۸۹۰۱۲۳", "۱ آذر ۱۴۰۵", "۱ دی ۱۴۰۵", "تعداد مشاهده"))


def test_permit_is_shown_while_disclosure_is_unavailable(citizen: Person, services: Services) -> None:
    del services.handlers["GET", f"{INBOX}/{LETTER}"]
    assert f"«{LABEL}»" in read_text(citizen, f"/permits/{PERMIT}")


def test_label_is_sent_with_a_new_permit(citizen: Person, services: Services) -> None:
    issued = {"id": PERMIT, "code": "1234 5678 9012 3452", "expires_at": "2026-12-22T08:30:00+00:00"}
    services.set_reply("POST", PERMITS, 201, issued)
    form = f"/inbox/{LETTER}/permit"
    assert "نام مجوز حداکثر ۶۰ نویسه است." in citizen.send(form, valid_days="7", label="x" * 61).text
    citizen.send(form, valid_days="7", label=f" {LABEL} ")
    assert json.loads(services.list_requests("POST", PERMITS)[0].content)["label"] == LABEL
    assert LABEL in read_text(citizen, f"/permits/{PERMIT}/code")
