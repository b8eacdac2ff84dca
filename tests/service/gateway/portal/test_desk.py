"""The officer's first page: what waits, how old it is, and what the last days brought."""

import re
from typing import Any

import pytest
import time_machine

from gateway.portal.pages.officer.charts import ABOVE, HEIGHT
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.people import sign_in
from tests.service.gateway.portal.record import read_text

REQUESTS = "/api/v1/disclosure/requests"
DESK, WEEK = "/api/v1/records/desk", "/api/v1/records/desk/week"
AT = "2026-11-22T10:00:00+00:00"


def build_queue(
    queue: str, kind: str | None, count: int, own: int = 0, at: str | None = AT
) -> dict[str, Any]:
    return {"queue": queue, "kind": kind, "count": count, "own": own, "oldest_at": at if count else None}


def build_days(*counts: tuple[int, int, int, int]) -> list[dict[str, Any]]:
    """Return days from 1 Azar 1405 on with these lists accepted and refused, objections made and decided."""
    names = ("lists_accepted", "lists_refused", "objections_submitted", "objections_decided")
    return [
        {"date": f"2026-11-{22 + day}", "date_jalali": f"1405-09-{1 + day:02}"}
        | dict(zip(names, numbers, strict=True))
        for day, numbers in enumerate(counts)
    ]


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    queues = [
        build_queue("objections-submitted", "days", 3),
        build_queue("objections-submitted", "identity", 2, at="2026-11-20T10:00:00+00:00"),
        build_queue("objections-proposed", "days", 4, own=1),
        build_queue("held-rows", None, 0),
        build_queue("proposals", "person-merger", 5, own=5),
        build_queue("proposals", "list-withdrawal", 0),
    ]
    services.set_reply("GET", DESK, 200, {"items": queues, "next_cursor": None})
    services.set_reply("GET", WEEK, 200, {"days": build_days((300, 1, 0, 2), (0, 0, 4, 0))})
    sign_in(person)
    return person


def list_rows(page: str, table: str) -> list[list[str]]:
    """Return the texts of the cells of a table's body."""
    body = page[page.index(table) :].split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    rows = [re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in body.split("<tr>")[1:]]
    return [[re.sub("<[^>]+>", "", cell).strip() for cell in row] for row in rows]


def test_what_waits_is_counted_without_own_proposals(officer: Person) -> None:
    with time_machine.travel("2026-11-24T11:00:00Z", tick=False):
        sign_in(officer)
        page = officer.read("/officer")
    assert list_rows(page, 'aria-labelledby="waiting"') == [
        ["اعتراض‌ها، برای پیشنهاد تصمیم", "۵", "۰", "۴ روز پیش"],
        ["اعتراض‌ها، برای تایید تصمیم", "۳", "۱", "۲ روز پیش"],
        ["سطرهای نگه‌داشته", "۰", "۰", "—"],
        ["پیشنهاد: یکی‌کردن دو سابقه", "۰", "۵", "۲ روز پیش"],
    ]
    assert "/officer/proposals?kind=person-merger" in page


def test_days_are_drawn_and_listed(officer: Person) -> None:
    page = officer.read("/officer")
    assert list_rows(page, 'id="week-lists"') == [["۱ آذر ۱۴۰۵", "۳۰۰", "۱"], ["۲ آذر ۱۴۰۵", "۰", "۰"]]
    assert list_rows(page, 'id="week-objections"') == [["۱ آذر ۱۴۰۵", "۰", "۲"], ["۲ آذر ۱۴۰۵", "۴", "۰"]]
    lists = page[page.index('id="week-lists"') : page.index('id="week-objections"')]
    bars = re.findall(
        '<rect class="series-(.)" x="([^"]+)" y="[^"]+" width="[^"]+" height="([^"]+)" rx', lists
    )
    drawn = [(series, float(x), float(height)) for series, x, height in bars if float(height) != 14]
    # The first day is on the right, and its small number beside the large one is still seen.
    assert drawn == [("1", 98.0, HEIGHT), ("2", 70.0, 3.0)]
    assert "style=" not in page


def test_days_run_from_left_to_right_in_english(officer: Person) -> None:
    page = officer.read("/officer?lang=en")
    lists = page[page.index('id="week-lists"') : page.index('id="week-objections"')]
    assert f'<rect class="series-1" x="6.0" y="{float(ABOVE)}"' in lists


def build_failed(*moments: str, next_cursor: str | None = None) -> dict[str, Any]:
    return {"items": [{"requested_at": at} for at in moments], "next_cursor": next_cursor}


def test_failed_letters_are_a_queue_too(officer: Person, services: Services) -> None:
    services.set_reply("GET", REQUESTS, 200, build_failed("2026-11-23T10:00:00+00:00", AT))
    with time_machine.travel("2026-11-24T11:00:00Z", tick=False):
        sign_in(officer)
        rows = list_rows(officer.read("/officer"), 'aria-labelledby="waiting"')
    assert rows[-1] == ["نامه‌های ناموفق", "۲", "۰", "۲ روز پیش"]
    assert dict(services.requests[-1].url.params) == {"status": "failed", "limit": "200"}
    services.set_reply("GET", REQUESTS, 200, build_failed(AT, next_cursor="more"))
    sign_in(officer)
    rows = list_rows(officer.read("/officer"), 'aria-labelledby="waiting"')
    assert rows[-1] == ["نامه‌های ناموفق", "بیش از ۱", "۰", "—"]
    services.refuse("GET", REQUESTS, 403, "forbidden")
    assert len(list_rows(officer.read("/officer"), 'aria-labelledby="waiting"')) == 4


@pytest.mark.parametrize("call", [DESK, WEEK])
def test_desk_opens_without_records(officer: Person, services: Services, call: str) -> None:
    del services.handlers["GET", call]
    text = read_text(officer, "/officer")
    assert "تعداد کارهای در انتظار اکنون معلوم نیست" in text
    assert "جستجوی بیمه‌شده" in text


def test_officer_without_queues_sees_none(officer: Person, services: Services) -> None:
    services.refuse("GET", DESK, 403, "forbidden")
    text = read_text(officer, "/officer")
    assert "در انتظار رسیدگی" not in text
    assert "هفت روز گذشته" not in text
