"""The inbox: what waits above the letters, letters as files, what they are worth, and who has seen them."""

import httpx
import pytest

from tests.service.gateway.portal.conftest import Person, Services
from tests.service.gateway.portal.letters import (
    ACTIVITY,
    INBOX,
    LETTER,
    OTHER_PERMIT,
    PERMIT,
    PERMITS,
    REQUESTS,
    asked,
    letter,
    page_of,
    permit,
)

NEWER = "6f2b2f0e-0000-4000-8000-000000000003"


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    services.tell("GET", REQUESTS, 200, page_of())
    services.tell("GET", INBOX, 200, page_of(letter()))
    services.tell("GET", f"{INBOX}/{LETTER}", 200, letter())
    services.tell("GET", PERMITS, 200, page_of(permit()))
    person.sign_in()
    return person


def test_what_waits_or_failed_stands_above_the_letters(citizen: Person, services: Services) -> None:
    failed = asked("failed", tracking_number="999", failure={"code": "x", "message": "نشد"})
    services.tell("GET", REQUESTS, 200, page_of(failed, asked("ready", tracking_number="777")))
    page = citizen.read("/inbox")
    assert page.index("۹۹۹") < page.index("۱۲۳۴۵۶۷۸۹۰۱۲۳")
    assert "۷۷۷" not in page
    assert "تلاش دوباره" in page


def test_an_empty_inbox_says_how_letters_come(citizen: Person, services: Services) -> None:
    services.tell("GET", INBOX, 200, page_of())
    assert "هنوز نامه‌ای نیست" in citizen.read("/inbox")


def test_older_letters_come_on_the_next_page(citizen: Person, services: Services) -> None:
    services.tell("GET", INBOX, 200, {"items": [letter()], "next_cursor": "abc"})
    assert "/inbox?cursor=abc" in citizen.read("/inbox")
    citizen.read("/inbox?cursor=abc")
    assert services.sent("GET", INBOX)[-1].url.params["cursor"] == "abc"


@pytest.mark.parametrize(
    ("by", "link"), [(NEWER, f"/inbox/{NEWER}"), (None, "/disclosure?types=all&amp;types=wages")]
)
def test_a_superseded_letter_says_so_and_leads_to_a_new_one(
    citizen: Person, services: Services, by: str | None, link: str
) -> None:
    old = letter(state="superseded", superseded_at="2026-11-22T09:30:00+00:00", superseded_by=by)
    services.tell("GET", INBOX, 200, page_of(old))
    services.tell("GET", f"{INBOX}/{LETTER}", 200, old)
    for path in ("/inbox", f"/inbox/{LETTER}"):
        page = citizen.read(path)
        assert "این نامه دیگر به‌روز نیست" in page
        assert f'href="{link}"' in page


def test_a_revoked_letter_tells_the_reason_and_offers_no_permit(citizen: Person, services: Services) -> None:
    at = "2026-11-22T09:30:00+00:00"
    services.tell(
        "GET", f"{INBOX}/{LETTER}", 200, letter(state="revoked", revoked_at=at, revocation_reason="اشتباه")
    )
    page = citizen.read(f"/inbox/{LETTER}")
    assert "اشتباه" in page
    assert f"/inbox/{LETTER}/permit" not in page


def test_a_letter_is_seen_in_the_page_and_saved(citizen: Person, services: Services) -> None:
    document = f"{INBOX}/{LETTER}/document"
    services.answers["GET", document] = lambda _: httpx.Response(200, content=b"%PDF-1.7 whole")
    assert f'src="/inbox/{LETTER}/document"' in citizen.read(f"/inbox/{LETTER}")
    seen, saved = (citizen.get(f"/inbox/{LETTER}/document{query}") for query in ("", "?save=1"))
    assert seen.data == saved.data == b"%PDF-1.7 whole"
    assert seen.mimetype == "application/pdf"
    assert seen.headers["Content-Disposition"] == 'inline; filename="govah-1234567890123.pdf"'
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert seen.headers["Cache-Control"] == "no-store"
    assert "script-src" not in seen.headers["Content-Security-Policy"]


def test_a_letter_whose_file_is_away_is_a_page_in_words(citizen: Person, services: Services) -> None:
    services.refuse("GET", f"{INBOX}/{LETTER}/document", 503, "unavailable")
    answer = citizen.get(f"/inbox/{LETTER}/document?save=1")
    assert answer.status_code == 503
    assert "درخواست نامه و صندوق شخصی" in answer.text


def test_while_inquiry_is_away_the_letter_can_be_seen(citizen: Person, services: Services) -> None:
    del services.answers["GET", PERMITS]
    answer = citizen.get(f"/inbox/{LETTER}")
    assert answer.status_code == 200
    assert "مجوزها اکنون در دسترس نیست" in answer.text


def test_who_has_seen_a_letter_is_told_over_all_its_permits(citizen: Person, services: Services) -> None:
    others = permit(id=NEWER, letter_id=NEWER)
    services.tell("GET", PERMITS, 200, page_of(permit(), permit(id=OTHER_PERMIT), others))
    first = {"time": "2026-11-22T08:31:00+00:00", "institution": "by form", "purpose": None}
    later = {"time": "2026-11-23T08:31:00+00:00", "institution": "بانک نمونه", "purpose": "وام"}
    services.tell("GET", f"{PERMITS}/{PERMIT}/views", 200, page_of({**first, "result": "permit-paused"}))
    services.tell("GET", f"{PERMITS}/{OTHER_PERMIT}/views", 200, page_of({**later, "result": "answered"}))
    page = citizen.read(f"/inbox/{LETTER}/views")
    assert page.index("بانک نمونه") < page.index("با فرم استعلام، بی‌نام")
    assert "نامه نشان داده شد" in page
    assert "متوقف بود؛ نشان داده نشد" in page
    assert "وام" in page


def test_nobody_has_seen_a_letter_without_permits(citizen: Person, services: Services) -> None:
    services.tell("GET", PERMITS, 200, page_of())
    assert "هنوز کسی این نامه را با مجوز شما ندیده است" in citizen.read(f"/inbox/{LETTER}/views")


@pytest.mark.parametrize(
    ("kind", "references", "link"),
    [
        ("request.failed", {"disclosure_request_id": NEWER}, f"/disclosure/requests/{NEWER}"),
        ("letter.ready", {"disclosure_request_id": NEWER, "letter_id": LETTER}, f"/inbox/{LETTER}"),
        ("inquiry.answered", {"permit_id": PERMIT, "letter_id": LETTER}, f"/permits/{PERMIT}"),
        ("inquiry.refused", {"institution": "بانک"}, "/permits"),
        ("objection.decided", {"objection_id": NEWER, "outcome": "accepted"}, f"/record/objections/{NEWER}"),
        ("record.changed", {"objection_id": NEWER, "month_jalali": "1403-07"}, "/record/months"),
    ],
)
def test_everything_that_happened_leads_to_its_page(
    citizen: Person, services: Services, kind: str, references: dict[str, str], link: str
) -> None:
    item = {"id": NEWER, "at": "2026-11-22T08:31:00+00:00", "kind": kind, "title": "چیزی", "state": None}
    services.tell("GET", ACTIVITY, 200, page_of({**item, "references": references}))
    assert f'class="what" href="{link}"' in citizen.read("/home")


def test_what_has_no_page_is_told_all_the_same(citizen: Person, services: Services) -> None:
    item = {"id": NEWER, "at": "2026-11-22T08:31:00+00:00", "kind": "password.changed", "title": "گذرواژه"}
    services.tell("GET", ACTIVITY, 200, page_of({**item, "state": None, "references": {}}))
    assert '<span class="what">گذرواژه</span>' in citizen.read("/home")
