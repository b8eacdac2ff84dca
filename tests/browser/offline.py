"""The offline check as a saved file in a browser without a network, and tokens of letters for it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import BrowserContext, Page, expect

from gateway.check.page import build_page, read_words
from govah_verify.letter_token import LetterClaims, build_claims, mint_token
from govah_verify.trust import Trust

ADDRESS, FORMER_ADDRESS = "https://govah.example", "https://old.example:8443"
DAY = date(2026, 12, 1)
RETIRED, KEY, FOREIGN = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
TRUST = Trust((), [RETIRED.public_key(), KEY.public_key()], [FORMER_ADDRESS])
SERIAL = "4071829365018"
PERSON: Mapping[str, str | None] = {
    "first_name": "سارا",
    "last_name": "احمدی‌نژاد",
    "birth_date_jalali": "1349-05-02",
    "national_code": "0012345679",
    "insurance_number": "0087654321",
}
STATEMENT = {
    "person": PERSON,
    "summary": {"total_days": 4562, "first_month_jalali": "1390-02", "last_month_jalali": "1403-07"},
}
CLAIMS = build_claims(SERIAL, DAY, STATEMENT)
OLD_CLAIMS = LetterClaims(SERIAL, DAY, 641, bytes(range(16)))
CONTEXT = b"govah letter token\x00"


def decode(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def write_qr(claims: LetterClaims = CLAIMS, key: Ed25519PrivateKey = KEY, address: str = ADDRESS) -> str:
    """Return the text of a letter's QR code."""
    return f"{address}/l/{claims.serial}#{mint_token(key, claims)}"


def draw_qr(text: str, file: Path, scale: int = 4) -> Path:
    """Write the picture of a QR code and return its path."""
    segno.make(text, error="m", micro=False).save(str(file), scale=scale, border=4)
    return file


def save_page(file: Path, trust: Trust = TRUST) -> Path:
    """Write the page as a person saves it and return its path."""
    file.write_bytes(build_page(trust, ADDRESS, DAY).content)
    return file


@dataclass
class SavedPage:
    """The page in one browser window. `requests` are the addresses that it has asked for."""

    page: Page
    language: str
    requests: list[str]
    complaints: list[str]

    @property
    def words(self) -> Mapping[str, Any]:
        return read_words()[self.language]

    def check_text(self, text: str) -> None:
        self.page.get_by_label(self.words["text"], exact=True).fill(text)
        self.page.get_by_role("button", name=self.words["check"]).click()

    def choose_picture(self, file: Path) -> None:
        self.page.get_by_label(self.words["picture"], exact=True).set_input_files(str(file))

    def expect_verdict(self, state: str) -> None:
        """Return once the page shows this result, and the reader is at its heading."""
        heading = self.page.get_by_role("heading", name=self.words["verdicts"][state][0], exact=True)
        expect(heading).to_be_focused()

    def expect_status(self, key: str) -> None:
        expect(self.page.locator("#status")).to_contain_text(self.words[key])

    def compare(self, name: str = "", number: str = "") -> list[str]:
        """Return what the page says of a typed name and number."""
        self.page.get_by_label(self.words["fullName"], exact=True).fill(name)
        self.page.get_by_label(self.words["number"], exact=True).fill(number)
        self.page.get_by_role("button", name=self.words["compareButton"], exact=True).click()
        items = self.page.locator("#comparisons li")
        expect(items).to_have_count(bool(name) + bool(number))
        return items.all_inner_texts()


def open_page(context: BrowserContext, address: str, language: str) -> SavedPage:
    """Open the page in a language. The context has no network."""
    page = context.new_page()
    saved = SavedPage(page, language, [], [])
    page.on("request", lambda request: saved.requests.append(request.url))
    page.on("pageerror", lambda error: saved.complaints.append(str(error)))
    page.on("console", lambda message: saved.complaints.append(message.text))
    page.goto(f"{address}#{language}")
    return saved
