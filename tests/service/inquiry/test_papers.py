"""Letters on paper online: scans and copies, what their QR codes state, and who fits them."""

import io
import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import svcs
from werkzeug.test import TestResponse

from govah_verify.check_digit import append_check_digit
from govah_verify.letter_token import build_claims, mint_token
from services.inquiry.models import FailedAttempt, Letter
from services.inquiry.settings import Settings
from services.pdfworker.signing import authority
from services.pdfworker.signing.prove import Prover
from tests.service.inquiry.desk import API, Desk
from tests.unit.pdfworker.provable import create_keys, load_prover
from tests.unit.pdfworker.statements import build_career, build_letter, build_statement
from tests.unit.verify.pictures import draw_page, save_again, scan_page, sign_page, take_photo

SERIAL = append_check_digit("407182936501")
OTHER_SERIAL = append_check_digit("407182936502")
NAME, CODE = "سارا احمدی", "0012345679"
STATEMENT = build_statement(build_career("1402-01", 14, 2))
STATEMENT["person"] |= {"first_name": "سارا", "last_name": "احمدی", "national_code": CODE}
STATEMENT["person"] |= {"birth_date_jalali": "1349-03-02"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EARLIER = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def prover(keys: Path) -> Prover:
    return load_prover(keys)


@pytest.fixture(scope="module")
def qr_text(prover: Prover) -> str:
    return prover.build_qr_text(build_letter(serial=SERIAL), STATEMENT)


@pytest.fixture(scope="module")
def letter(prover: Prover, qr_text: str) -> bytes:
    return sign_page(prover, draw_page(qr_text), STATEMENT, qr_text)


@pytest.fixture
def register(desk: Desk, keys: Path, letter: bytes) -> Desk:
    """Return a service whose register has the letter and another one, with the keys of both."""
    for serial, content in ((SERIAL, letter), (OTHER_SERIAL, b"another")):
        digest = sha256(content).hexdigest()
        with desk.sessions.begin() as session:
            session.add(Letter(serial=serial, sha256=digest, issued_at=EARLIER))
    with_keys = desk.settings.model_copy(update={"letter_trust_file": keys / authority.TRUST})
    svcs.flask.get_registry(desk.app).register_value(Settings, with_keys)
    return desk


def upload(desk: Desk, document: bytes) -> dict[str, Any]:
    files = {"file": (io.BytesIO(document), "scan.jpg")}
    response = desk.client.post(f"{API}/letters/check", data=files)
    assert response.status_code == 200, response.text
    reply: dict[str, Any] = response.get_json()
    return reply


def compare(desk: Desk, token: str, person: str = "", serial: str = SERIAL) -> TestResponse:
    return desk.client.post(f"{API}/letters/{serial}", json={"token": token, "person": person})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_copies_are_undecided_with_what_their_code_states(
    register: Desk, letter: bytes, qr_text: str
) -> None:
    page = draw_page(qr_text)
    for copy in (scan_page(page), take_photo(page), save_again(letter)):
        reply = upload(register, copy)
        assert (reply["result"], reply["reason"], reply["serial"]) == ("cannot-tell", "scanned", SERIAL)
        assert reply["paper"] == {
            "token": qr_text.partition("#")[2],
            "serial": SERIAL,
            "issued_on": "2026-11-23",
            "total_days": STATEMENT["summary"]["total_days"],
            "initials": "سا",
            "birth_year": 1349,
            "first_month_jalali": STATEMENT["summary"]["first_month_jalali"],
            "last_month_jalali": STATEMENT["summary"]["last_month_jalali"],
            "names_person": True,
            "state": "valid",
        }
        assert "normal" in reply["message"]["en"]
    assert upload(register, letter)["result"] == "genuine"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_token_with_broken_lines_and_marks_is_read(register: Desk, qr_text: str) -> None:
    broken = f"\u200f{qr_text[:40]}\r\n{qr_text[40:120]}\u2069\n {qr_text[120:]}\n"
    reply = compare(register, broken, NAME).get_json()
    assert (reply["comparison"], reply["paper"]["token"]) == ("fits", qr_text.partition("#")[2])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cut_page_and_other_pictures_accuse_nobody(register: Desk, qr_text: str) -> None:
    cut = upload(register, scan_page(draw_page(None)))
    assert (cut["result"], cut["reason"]) == ("cannot-tell", "code-unreadable")
    assert "paper" not in cut
    heic = upload(register, b"\0\0\0\x18ftypheic" + bytes(99))
    assert (heic["result"], heic["reason"]) == ("cannot-tell", "picture-kind")
    other = upload(register, scan_page(draw_page("https://shop.example/receipt")))
    assert (other["result"], other["reason"]) == ("not-ours", "no-serial")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("state", ["superseded", "revoked"])
def test_the_letters_state_comes_first(register: Desk, qr_text: str, state: str) -> None:
    with register.sessions.begin() as session:
        setattr(session.get_one(Letter, SERIAL), f"{state}_at", EARLIER)
    reply = upload(register, scan_page(draw_page(qr_text)))
    words = {"superseded": "no longer current", "revoked": "was revoked"}[state]
    assert reply["result"] == "cannot-tell"
    assert words in reply["message"]["en"].partition(".")[0]
    assert reply["paper"]["state"] == state
    assert words in compare(register, qr_text, NAME).get_json()["message"]["en"]


@pytest.mark.parametrize(
    ("typed", "comparison"),
    [
        ("", None),
        (" \u200f", None),
        (NAME, "fits"),
        ("احمدي سارا", "fits"),
        ("۰۰۱۲۳۴۵۶۷۹", "fits"),
        ("زهرا کریمی", "differs"),
        ("0076543210", "differs"),
        ("Sara Ahmadi", "other-script"),
    ],
)
def test_a_typed_person_is_compared(
    register: Desk, qr_text: str, typed: str, comparison: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = compare(register, qr_text, typed)
    assert response.status_code == 200, response.text
    reply = response.get_json()
    assert reply["comparison"] == comparison
    assert reply["paper"]["initials"] == "سا"
    assert register.count(FailedAttempt) == (2 if comparison == "differs" else 0)
    if typed.strip("\u200f "):
        assert typed not in response.text
        assert typed not in caplog.text


def test_comparisons_that_differ_are_limited(register: Desk, qr_text: str) -> None:
    for _ in range(5):
        assert compare(register, qr_text, "زهرا کریمی").get_json()["comparison"] == "differs"
    refused = compare(register, qr_text, NAME)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-attempts")
    assert int(refused.headers["Retry-After"]) > 0
    # Who has the code may read what it states.
    assert compare(register, qr_text).status_code == 200


def test_a_version_1_code_names_nobody(register: Desk, prover: Prover) -> None:
    claims = replace(build_claims(SERIAL, date(2026, 11, 23), STATEMENT), person=None)
    reply = compare(register, mint_token(prover.letter_key, claims), NAME).get_json()
    assert (reply["comparison"], reply["paper"]["names_person"]) == ("not-in-code", False)
    assert reply["paper"]["initials"] is None
    assert "names nobody" in reply["message"]["en"]
    assert register.count(FailedAttempt) == 0


def test_other_codes_are_refused_with_a_sentence(register: Desk, qr_text: str) -> None:
    address, _, token = qr_text.partition("#")
    for text, words in (
        (f"https://evil.example/l/{SERIAL}#{token}", "not the organisation's"),
        (f"{address}#{token[:30]}{'A' if token[30] != 'A' else 'B'}{token[31:]}", "was changed"),
        (address, "not from a letter"),
        ("متن", "not from a letter"),
        ("x" * 500, "not from a letter"),
    ):
        refused = compare(register, text, NAME)
        assert (refused.status_code, refused.get_json()["code"]) == (422, "qr-code-invalid")
        english = register.client.post(
            f"{API}/letters/{SERIAL}", json={"token": text}, headers={"Accept-Language": "en"}
        )
        assert words in english.get_json()["detail"]
    other = compare(register, token, NAME, OTHER_SERIAL).get_json()
    assert "از نامه دیگری است" in other["detail"]
    assert compare(register, token, NAME, append_check_digit("999999999999")).status_code == 404
    assert compare(register, "x" * 501).status_code == 422
    assert register.client.post(f"{API}/letters/{SERIAL}", data=b"x").status_code == 415


def send_form(desk: Desk, token: str, person: str = "", language: str = "fa") -> TestResponse:
    fields = {"token": token, "person": person}
    return desk.client.post(f"{API}/letters/{SERIAL}?lang={language}", data=fields, headers=BROWSER)


def test_browsers_get_a_page_that_repeats_nothing(register: Desk, qr_text: str) -> None:
    page = send_form(register, qr_text)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert page.headers["Cache-Control"] == "no-store"
    for words in ("س. ا.", "۱۳۴۹", "فروردین ۱۴۰۲", 'name="person"'):
        assert words in page.text
    assert "مطابق" not in page.text.partition("<form id")[0]
    for typed, words in ((NAME, "<h2>مطابق است</h2>"), ("زهرا کریمی", "<h1>مطابق نیست</h1>")):
        compared = send_form(register, qr_text, typed)
        assert words in compared.text
        assert typed not in compared.text
    assert "<h2>It fits</h2>" in send_form(register, qr_text, CODE, "en").text


def test_a_page_says_what_is_wrong(register: Desk, qr_text: str) -> None:
    wrong = send_form(register, "<script>alert(1)</script>")
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text
    assert "alert(1)" not in wrong.text
    for _ in range(5):
        send_form(register, qr_text, "زهرا کریمی")
    limited = send_form(register, qr_text, NAME)
    assert limited.status_code == 429
    assert "تلاش‌های ناموفق بیش از حد مجاز است" in limited.text


def test_the_page_without_a_script_asks_for_the_text(register: Desk) -> None:
    page = register.client.get(f"{API}/letters/{SERIAL}", headers=BROWSER).text
    assert f'<form id="code" method="post" action="/l/{SERIAL}?lang=fa">' in page
    assert 'name="token" required' in page
