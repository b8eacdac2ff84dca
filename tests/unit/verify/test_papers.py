"""Scans, photos, copies and forgeries of letters: what govah-verify says of each."""

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from govah_verify import letter_token
from govah_verify.check_digit import append_check_digit
from govah_verify.command import verify
from govah_verify.comparison import MESSAGES as COMPARISONS
from govah_verify.comparison import Comparison, compare_person
from govah_verify.letter_token import mint_token
from govah_verify.paper_messages import MESSAGES
from govah_verify.papers import Finding, judge_codes, read_papers
from govah_verify.scans import Problem, Scan
from govah_verify.trust import Trust, load_trust
from services.pdfworker.signing import authority
from services.pdfworker.signing.prove import Prover
from tests.unit.pdfworker.provable import URL, create_keys, load_prover
from tests.unit.pdfworker.statements import build_career, build_letter, build_statement
from tests.unit.verify.pictures import (
    draw_page,
    encode,
    print_to_pdf,
    save_again,
    scan_page,
    sign_page,
    take_photo,
)

PERSON = {"first_name": "سارا", "last_name": "احمدی", "national_code": "0012345679"}
OTHER = {"first_name": "زهرا", "last_name": "کریمی", "national_code": "0076543210"}
STATEMENT = build_statement(build_career("1402-01", 14, 2))
STATEMENT["person"] |= PERSON | {"birth_date_jalali": "1349-03-02"}
SERIAL = append_check_digit("407182936501")
LETTER = build_letter(serial=SERIAL)
LINES = ("SARA AHMADI", "641 DAYS")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def prover(keys: Path) -> Prover:
    return load_prover(keys)


@pytest.fixture(scope="module")
def trust(keys: Path) -> Trust:
    return load_trust(keys / authority.TRUST).add_public_urls([URL])


@pytest.fixture(scope="module")
def qr_text(prover: Prover) -> str:
    return prover.build_qr_text(LETTER, STATEMENT)


@pytest.fixture(scope="module")
def page(qr_text: str) -> Image.Image:
    return draw_page(qr_text, LINES)


@pytest.fixture(scope="module")
def letter(prover: Prover, page: Image.Image, qr_text: str) -> bytes:
    return sign_page(prover, page, STATEMENT, qr_text)


def run(keys: Path, tmp_path: Path, data: bytes, typed: str | None = None) -> tuple[int, dict[str, Any]]:
    """Return the exit status and the JSON of `govah-verify letter` about a file."""
    file, trust_file = tmp_path / "file", keys / authority.TRUST
    file.write_bytes(data)
    options = ["letter", str(file), "--trust", str(trust_file), "--json"]
    run = CliRunner().invoke(verify, options + (["--compare"] if typed else []), input=f"{typed}\n")
    printed: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return run.exit_code, printed


def test_the_file_itself_is_genuine_and_its_person_fits(keys: Path, tmp_path: Path, letter: bytes) -> None:
    status, printed = run(keys, tmp_path, letter, "احمدی سارا")
    assert (status, printed["result"], printed["comparison"]) == (0, "genuine", "fits")


@pytest.mark.parametrize(
    ("finding", "copy"),
    [
        ("scanned", lambda page, _: scan_page(page)),
        ("scanned", lambda page, _: take_photo(page)),
        ("scanned", lambda page, _: print_to_pdf(page)),
        ("scanned", lambda page, _: encode(page, "PNG")),
        ("saved-again", lambda _, letter: save_again(letter).replace(b"/Image", b"/Imago")),
    ],
    ids=["scan at 150 dpi", "photo at an angle", "printed to PDF", "PNG", "saved again without its picture"],
)
def test_a_copy_is_undecided_and_shows_what_its_code_says(
    keys: Path, tmp_path: Path, page: Image.Image, letter: bytes, finding: str, copy: Any
) -> None:
    status, printed = run(keys, tmp_path, copy(page, letter), "سارا احمدی")
    assert (status, printed["result"], printed["finding"]) == (2, "cannot-tell", finding)
    assert printed["serial"] == SERIAL
    assert (printed["initials"], printed["birth_year"]) == ("سا", 1349)
    # A changed figure on paper stands beside the one that was signed.
    assert printed["total_days"] == STATEMENT["summary"]["total_days"]
    assert printed["comparison"] == "fits"


def test_a_letter_saved_again_shows_its_code(page: Image.Image, letter: bytes, trust: Trust) -> None:
    reading = read_papers(save_again(letter), trust)
    assert [paper.claims.serial for paper in reading.papers] == [SERIAL]
    assert reading.finding == Finding.SCANNED


@pytest.mark.parametrize(("typed", "status"), [("زهرا کریمی", 1), ("0076543210", 1), ("۰۰۱۲۳۴۵۶۷۹", 2)])
def test_a_transplanted_code_does_not_fit_the_name_on_the_letter(
    keys: Path, tmp_path: Path, page: Image.Image, typed: str, status: int
) -> None:
    forged = scan_page(draw_page(None, ("ZAHRA KARIMI",)))
    genuine = Image.open(io.BytesIO(scan_page(page)))
    sheet = Image.open(io.BytesIO(forged)).copy()
    sheet.paste(genuine.crop((0, 1300, 500, 1754)), (0, 1300))
    got, printed = run(keys, tmp_path, encode(sheet, "JPEG", quality=85), typed)
    assert (got, printed["comparison"]) == (status, "differs" if status == 1 else "fits")


def test_a_cut_page_proves_nothing_against_the_letter(keys: Path, tmp_path: Path, page: Image.Image) -> None:
    status, printed = run(keys, tmp_path, scan_page(page.crop((0, 0, page.width, 2800))))
    assert (status, printed["result"], printed["finding"]) == (2, "cannot-tell", "code-unreadable")
    assert "serial" not in printed


def find_worst(trust: Trust, *texts: str, is_picture: bool = True) -> Finding:
    return judge_codes(Scan(texts, is_picture), trust).finding


def test_codes_are_judged_by_their_worst(prover: Prover, trust: Trust, qr_text: str) -> None:
    address, _, token = qr_text.partition("#")
    changed = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]
    other = prover.build_qr_text(build_letter(serial="0000000000000"), STATEMENT)
    assert find_worst(trust, qr_text) == Finding.SCANNED
    assert find_worst(trust, qr_text, qr_text, is_picture=False) == Finding.SAVED_AGAIN
    assert find_worst(trust, qr_text, other) == Finding.SEVERAL_LETTERS
    assert find_worst(trust, f"https://evil.example/l/{SERIAL}#{token}") == Finding.OTHER_ADDRESS
    assert find_worst(trust, f"{URL}/l/0000000000000#{token}") == Finding.OTHER_ADDRESS
    assert find_worst(trust, qr_text, f"{address}#{changed}") == Finding.CODE_INVALID
    assert find_worst(trust, address) == Finding.CODE_INCOMPLETE
    assert find_worst(trust, f"{address}#abc") == Finding.CODE_INCOMPLETE
    for text in ("https://evil.example/", f"{address[:-1]}x", "متن", "#", ""):
        assert find_worst(trust, text) == Finding.NOTHING
    assert find_worst(trust) == Finding.CODE_UNREADABLE
    assert find_worst(trust, is_picture=False) == Finding.NOTHING
    assert find_worst(Trust((), ()), qr_text) == Finding.NOTHING


@pytest.mark.parametrize("problem", Problem)
def test_each_problem_has_a_sentence(trust: Trust, problem: Problem) -> None:
    for is_picture in (True, False):
        finding = judge_codes(Scan((), is_picture, problem), trust).finding
        assert finding in MESSAGES


def test_no_sentence_calls_a_copy_false() -> None:
    """A picture never has a signature, so what is missing must not be read as a forgery."""
    innocent = {Finding.SCANNED, Finding.SAVED_AGAIN, Finding.CODE_INCOMPLETE, Finding.CODE_UNREADABLE}
    innocent |= {Finding.PICTURE_KIND, Finding.TOO_LARGE, Finding.DAMAGED, Finding.ENCRYPTED}
    for finding in innocent:
        text = MESSAGES[finding]
        assert any(words in text.en for words in ("normal", "not a sign of forgery", "says nothing about"))
        assert any(words in text.fa for words in ("عادی", "نشانه جعل نیست", "چیزی نمی‌گوید"))
    assert set(MESSAGES) == set(Finding) - {Finding.NOTHING}


def test_the_token_alone_decides_a_comparison() -> None:
    claims = letter_token.build_claims(SERIAL, date(2026, 12, 1), STATEMENT)
    old = replace(claims, person=None)
    for typed, expected in (
        ("سارا احمدی", Comparison.FITS),
        ("احمدي سارا", Comparison.FITS),
        ("0012345679", Comparison.FITS),
        ("سارا", Comparison.DIFFERS),
        ("زهرا کریمی", Comparison.DIFFERS),
        ("0012345678", Comparison.DIFFERS),
        ("Sara Ahmadi", Comparison.OTHER_SCRIPT),
        ("!!", Comparison.DIFFERS),
    ):
        assert compare_person(claims, typed) == expected, typed
        assert compare_person(old, typed) == Comparison.NOT_IN_CODE
    assert set(COMPARISONS) == set(Comparison)


def test_a_version_1_code_names_nobody(keys: Path, prover: Prover, tmp_path: Path) -> None:
    claims = replace(letter_token.build_claims(SERIAL, date(2026, 12, 1), STATEMENT), person=None)
    text = f"{URL}/l/{SERIAL}#{mint_token(prover.letter_key, claims)}"
    status, printed = run(keys, tmp_path, scan_page(draw_page(text)), "سارا احمدی")
    assert (status, printed["comparison"]) == (2, "not-in-code")
    assert "initials" not in printed


def test_a_typed_person_is_compared_with_the_text_of_a_code(keys: Path, qr_text: str) -> None:
    options = ["qr", qr_text, "--trust", str(keys / authority.TRUST), "--public-url", URL, "--compare"]
    for typed, status, words in (
        ("0012345679", 0, "What you typed fits"),
        ("زهرا کریمی", 1, "does not fit"),
        ("Sara Ahmadi", 2, "cannot be compared"),
    ):
        run = CliRunner().invoke(verify, options, input=f"{typed}\n")
        assert run.exit_code == status
        assert words in run.stdout
        assert typed not in run.stdout
