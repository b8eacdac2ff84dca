"""The inbox: what waits above the letters, letters as files, what they are worth, and who has seen them."""

import re

import httpx
import pytest

from gateway.portal.pages.home import GROUPS
from services.kit.events import load_events
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.letters import (
    ACTIVITY,
    INBOX,
    LETTER,
    OTHER_PERMIT,
    PERMIT,
    PERMITS,
    REQUESTS,
    build_letter,
    build_page,
    build_permit,
    build_request,
)

NEWER = "6f2b2f0e-0000-4000-8000-000000000003"


@pytest.fixture
def citizen(person: Person, services: Services) -> Person:
    services.set_reply("GET", REQUESTS, 200, build_page())
    services.set_reply("GET", INBOX, 200, build_page(build_letter()))
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, build_letter())
    services.set_reply("GET", PERMITS, 200, build_page(build_permit()))
    person.sign_in()
    return person


def test_activity_says_of_which_time_lines_may_be_missing(citizen: Person, services: Services) -> None:
    gaps = [
        {"since": "2026-10-01T08:00:00+00:00", "until": "2026-11-05T08:00:00+00:00"},
        {"since": None, "until": "2026-09-05T08:00:00+00:00"},
    ]
    services.set_reply("GET", ACTIVITY, 200, build_page() | {"gaps": gaps})
    page = citizen.read("/home")
    assert page.count("ممکن است برخی رویدادهای") == 2
    assert "از ۹ مهر ۱۴۰۵" in re.sub("<[^>]*>", "", page)


def test_waiting_and_failed_requests_are_above_the_letters(citizen: Person, services: Services) -> None:
    failed = build_request("failed", tracking_number="999", failure={"code": "x", "message": "نشد"})
    services.set_reply(
        "GET", REQUESTS, 200, build_page(failed, build_request("ready", tracking_number="777"))
    )
    page = citizen.read("/inbox")
    assert page.index("۹۹۹") < page.index("۱۲۳۴۵۶۷۸۹۰۱۲۳")
    assert "۷۷۷" not in page
    assert "تلاش دوباره" in page


def test_empty_inbox_explains_how_to_get_a_letter(citizen: Person, services: Services) -> None:
    services.set_reply("GET", INBOX, 200, build_page())
    assert "هنوز نامه‌ای نیست" in citizen.read("/inbox")


def test_older_letters_come_on_the_next_page(citizen: Person, services: Services) -> None:
    services.set_reply("GET", INBOX, 200, {"items": [build_letter()], "next_cursor": "abc"})
    assert "/inbox?cursor=abc" in citizen.read("/inbox")
    citizen.read("/inbox?cursor=abc")
    assert services.list_requests("GET", INBOX)[-1].url.params["cursor"] == "abc"


@pytest.mark.parametrize(
    ("by", "link"), [(NEWER, f"/inbox/{NEWER}"), (None, "/disclosure?types=all&amp;types=wages")]
)
def test_superseded_letter_links_to_a_new_one(
    citizen: Person, services: Services, by: str | None, link: str
) -> None:
    old = build_letter(state="superseded", superseded_at="2026-11-22T09:30:00+00:00", superseded_by=by)
    services.set_reply("GET", INBOX, 200, build_page(old))
    services.set_reply("GET", f"{INBOX}/{LETTER}", 200, old)
    for path in ("/inbox", f"/inbox/{LETTER}"):
        page = citizen.read(path)
        assert "این نامه دیگر به‌روز نیست" in page
        assert f'href="{link}"' in page


def test_revoked_letter_shows_the_reason_and_offers_no_permit(citizen: Person, services: Services) -> None:
    at = "2026-11-22T09:30:00+00:00"
    services.set_reply(
        "GET",
        f"{INBOX}/{LETTER}",
        200,
        build_letter(state="revoked", revoked_at=at, revocation_reason="اشتباه"),
    )
    page = citizen.read(f"/inbox/{LETTER}")
    assert "اشتباه" in page
    assert f"/inbox/{LETTER}/permit" not in page


def test_letter_can_be_viewed_and_saved(citizen: Person, services: Services) -> None:
    document = f"{INBOX}/{LETTER}/document"
    services.handlers["GET", document] = lambda _: httpx.Response(200, content=b"%PDF-1.7 whole")
    assert f'src="/inbox/{LETTER}/document"' in citizen.read(f"/inbox/{LETTER}")
    seen, saved = (citizen.get(f"/inbox/{LETTER}/document{query}") for query in ("", "?save=1"))
    assert seen.data == saved.data == b"%PDF-1.7 whole"
    assert seen.mimetype == "application/pdf"
    assert seen.headers["Content-Disposition"] == 'inline; filename="govah-1234567890123.pdf"'
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert seen.headers["Cache-Control"] == "no-store"
    assert "script-src" not in seen.headers["Content-Security-Policy"]


def test_missing_file_of_a_letter_gets_an_error_page(citizen: Person, services: Services) -> None:
    services.refuse("GET", f"{INBOX}/{LETTER}/document", 503, "unavailable")
    answer = citizen.get(f"/inbox/{LETTER}/document?save=1")
    assert answer.status_code == 503
    assert "درخواست نامه و صندوق شخصی" in answer.text


def test_letter_can_be_viewed_while_inquiry_is_unavailable(citizen: Person, services: Services) -> None:
    del services.handlers["GET", PERMITS]
    answer = citizen.get(f"/inbox/{LETTER}")
    assert answer.status_code == 200
    assert "مجوزها اکنون در دسترس نیست" in answer.text


def test_views_of_a_letter_include_all_its_permits(citizen: Person, services: Services) -> None:
    others = build_permit(id=NEWER, letter_id=NEWER)
    services.set_reply("GET", PERMITS, 200, build_page(build_permit(), build_permit(id=OTHER_PERMIT), others))
    first = {"time": "2026-11-22T08:31:00+00:00", "institution": "by form", "purpose": None}
    later = {"time": "2026-11-23T08:31:00+00:00", "institution": "بانک نمونه", "purpose": "وام"}
    services.set_reply(
        "GET", f"{PERMITS}/{PERMIT}/views", 200, build_page({**first, "result": "permit-paused"})
    )
    services.set_reply(
        "GET", f"{PERMITS}/{OTHER_PERMIT}/views", 200, build_page({**later, "result": "answered"})
    )
    page = citizen.read(f"/inbox/{LETTER}/views")
    assert page.index("بانک نمونه") < page.index("با فرم استعلام، بی‌نام")
    assert "نامه نشان داده شد" in page
    assert "متوقف بود؛ نشان داده نشد" in page
    assert "وام" in page


def test_letter_without_permits_has_no_views(citizen: Person, services: Services) -> None:
    services.set_reply("GET", PERMITS, 200, build_page())
    assert "هنوز کسی این نامه را با مجوز شما ندیده است" in citizen.read(f"/inbox/{LETTER}/views")


@pytest.mark.parametrize(
    ("kind", "references", "link"),
    [
        ("request.failed", {"disclosure_request_id": NEWER}, f"/disclosure/requests/{NEWER}"),
        ("letter.ready", {"disclosure_request_id": NEWER, "letter_id": LETTER}, f"/inbox/{LETTER}"),
        ("inquiry.answered", {"permit_id": PERMIT, "letter_id": LETTER}, f"/permits/{PERMIT}"),
        ("inquiry.refused", {"institution": "بانک"}, "/permits"),
        ("inquiry.refused", {"reason": "permit-paused", "permit_id": PERMIT}, f"/permits/{PERMIT}"),
        ("objection.decided", {"objection_id": NEWER, "outcome": "accepted"}, f"/record/objections/{NEWER}"),
        ("record.changed", {"objection_id": NEWER, "month_jalali": "1403-07"}, "/record/months"),
    ],
)
def test_activity_links_to_pages(
    citizen: Person, services: Services, kind: str, references: dict[str, str], link: str
) -> None:
    item = {"id": NEWER, "at": "2026-11-22T08:31:00+00:00", "kind": kind, "title": "چیزی", "state": None}
    services.set_reply("GET", ACTIVITY, 200, build_page({**item, "references": references}))
    assert f'class="what" href="{link}"' in citizen.read("/home")


def test_activity_without_a_page_is_listed(citizen: Person, services: Services) -> None:
    item = {"id": NEWER, "at": "2026-11-22T08:31:00+00:00", "kind": "password.changed", "title": "گذرواژه"}
    services.set_reply("GET", ACTIVITY, 200, build_page({**item, "state": None, "references": {}}))
    assert '<span class="what">گذرواژه</span>' in citizen.read("/home")


def test_activity_is_searched_and_its_pages_keep_what_was_chosen(citizen: Person, services: Services) -> None:
    look = {"id": NEWER, "at": "2026-11-22T08:31:00+00:00", "kind": "inquiry.answered", "title": "دیده شد"}
    page = {"items": [{**look, "state": None, "count": 130, "references": {}}], "next_cursor": "abc"}
    services.set_reply("GET", ACTIVITY, 200, page)
    text = citizen.read("/home?kind=inquiries&month=۱۴۰۵-۰۹&q=بانک")
    assert "۱۳۰ بار" in text
    assert "cursor=abc&amp;kind=inquiries&amp;month=1405-09&amp;q=" in text
    params = dict(services.list_requests("GET", ACTIVITY)[-1].url.params)
    expected = {"kind": "inquiry,discrepancy,answer", "month": "1405-09", "q": "بانک", "grouped": "true"}
    assert params == {**expected, "limit": "20"}
    services.set_reply("GET", ACTIVITY, 200, build_page())
    assert "رویدادی با این مشخصات یافت نشد." in citizen.read("/home?q=x")
    citizen.read("/home?kind=nonsense&month=13&q=%20")
    assert dict(services.list_requests("GET", ACTIVITY)[-1].url.params) == {"grouped": "true", "limit": "20"}


def test_every_kind_of_the_activity_is_in_a_group() -> None:
    families = {family for _label, of_group in GROUPS.values() for family in of_group}
    assert {kind.partition(".")[0] for kind in load_events().list_titles()} == families


def test_views_of_a_letter_are_paged(citizen: Person, services: Services) -> None:
    looks = [
        {
            "time": f"2026-11-22T08:{minute:02}:00+00:00",
            "institution": f"بانک {minute}",
            "purpose": None,
            "result": "answered",
        }
        for minute in range(45)
    ]
    services.set_reply("GET", f"{PERMITS}/{PERMIT}/views", 200, build_page(*looks))
    path = f"/inbox/{LETTER}/views"
    assert [
        citizen.read(f"{path}{page}").count("نامه نشان داده شد") for page in ("", "?page=2", "?page=۳")
    ] == [
        20,
        20,
        5,
    ]
    assert "صفحه ۳ از ۳" in citizen.read(f"{path}?page=99")
    assert "صفحه ۱ از ۳" in citizen.read(f"{path}?page=x")


def test_looks_of_an_institution_within_a_day_are_one_line(citizen: Person, services: Services) -> None:
    def build_look(time: str, **more: object) -> dict[str, object]:
        return {"time": time, "institution": "by form", "purpose": None, "result": "answered", **more}

    looks = [
        # In Tehran, this is already the next day.
        build_look("2026-11-23T20:31:00+00:00", institution="بانک نمونه"),
        build_look("2026-11-23T19:00:00+00:00", institution="بانک نمونه", purpose="وام"),
        build_look("2026-11-23T10:00:00+00:00", institution="بانک نمونه", purpose="ضمانت"),
        build_look("2026-11-23T09:00:00+00:00", claimed_institution="دفتر ۱"),
        build_look("2026-11-23T08:00:00+00:00", claimed_institution="دفتر ۲"),
        build_look("2026-11-23T07:00:00+00:00", claimed_institution="دفتر ۲", result="permit-paused"),
        build_look("2026-11-23T06:00:00+00:00", institution="بانک نمونه", purpose="وام"),
    ]
    services.set_reply("GET", f"{PERMITS}/{PERMIT}/views", 200, build_page(*looks))
    services.set_reply("GET", f"{PERMITS}/{PERMIT}", 200, build_permit())
    for path in (f"/inbox/{LETTER}/views", f"/permits/{PERMIT}"):
        page = citizen.read(path)
        assert page.count('<span class="what">بانک نمونه</span>') == 2
        assert page.count("۳ بار در این روز") == 1
        assert "وام، ضمانت" in page
        assert page.count("به گفته خودش: دفتر ۲") == 2
        assert page.count("به گفته خودش: دفتر ۱") == 1
