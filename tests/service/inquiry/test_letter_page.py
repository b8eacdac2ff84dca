"""The page that a letter's QR code opens: for browsers, in two languages, without anybody's name."""

import base64
import re
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from govah_verify.check_digit import append_check_digit
from services.inquiry.models import Letter
from tests.service.inquiry.desk import API, Desk

SERIAL = append_check_digit("240000000001")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def add_letter(desk: Desk, **moments: datetime) -> None:
    with desk.sessions.begin() as session:
        issued_at = datetime(2024, 10, 6, 21, tzinfo=UTC)
        session.add(Letter(serial=SERIAL, sha256="0" * 64, issued_at=issued_at, **moments))


@pytest.mark.parametrize(
    ("moments", "state", "words"),
    [
        ({}, "valid", "نامه‌ای با این شماره صادر شده و معتبر است"),
        ({"superseded_at": datetime(2025, 1, 1, tzinfo=UTC)}, "superseded", "این نامه دیگر به‌روز نیست"),
        ({"revoked_at": datetime(2025, 1, 1, tzinfo=UTC)}, "revoked", "این نامه باطل شده است"),
    ],
)
def test_browsers_get_a_page_and_programs_json(
    desk: Desk, moments: dict[str, datetime], state: str, words: str
) -> None:
    add_letter(desk, **moments)
    page = desk.client.get(f"{API}/letters/{SERIAL}", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert words in page.text
    assert 'lang="fa" dir="rtl"' in page.text
    assert "۱۶ مهر ۱۴۰۳" in page.text
    assert "(7 October 2024)" in page.text
    assert "/l/</bdi>" in page.text
    assert "سازمان بیمه‌های اجتماعی نمونه" in page.text
    assert 'href="/letter-check?lang=fa"' in page.text
    assert f'href="/l/{SERIAL}?lang=en"' in page.text
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        assert desk.client.get(f"{API}/letters/{SERIAL}", headers=headers).get_json()["state"] == state
    english = desk.client.get(f"{API}/letters/{SERIAL}", headers={**BROWSER, "Accept-Language": "en-GB"})
    assert 'lang="en" dir="ltr"' in english.text
    assert SERIAL in english.text
    assert "7 October 2024" in english.text
    assert "(۱۶ مهر ۱۴۰۳)" in english.text
    chosen = desk.client.get(f"{API}/letters/{SERIAL}?lang=en", headers=BROWSER)
    assert chosen.text == english.text


def test_unknown_letter_has_a_page(desk: Desk) -> None:
    for serial in (SERIAL, "24", "%3Cscript%3E"):
        page = desk.client.get(f"{API}/letters/{serial}", headers=BROWSER)
        assert (page.status_code, page.mimetype) == (404, "text/html")
        assert "نامه‌ای با این شماره سریال نیست" in page.text
        assert "%3Cscript" not in page.text
        assert page.text.count("<script>") == 1
        assert "<form" not in page.text


def test_policy_allows_only_the_pages_own_style_and_script(desk: Desk) -> None:
    add_letter(desk)
    page = desk.client.get(f"{API}/letters/{SERIAL}", headers=BROWSER)
    policy = page.headers["Content-Security-Policy"]
    rest = page.text
    for name in ("style", "script"):
        part = re.search(rf"<{name}>(.*)</{name}>", page.text, re.DOTALL)
        assert part
        digest = base64.b64encode(sha256(part[1].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
        rest = rest.replace(part[0], "")
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert not re.search(r"https?://(?!govah)|<script|<img|<link", rest)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Accept" in page.headers["Vary"]
