"""The offline check: a saved page in a browser without a network, and the page that Govah serves."""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from gateway.check.page import LANGUAGES
from govah_verify.check_values import is_same_name, is_same_number
from govah_verify.examination import Result
from govah_verify.letter_token import LetterClaims, PersonClaims
from govah_verify.letters import NotProved, verify_qr
from govah_verify.names import fold_name
from services.kit.jalali import JalaliMonth
from tests.browser import offline
from tests.browser.conftest import DESKTOP, IS_FULL, PHONE, find_output_folder
from tests.browser.offline import (
    ADDRESS,
    CLAIMS,
    FOREIGN,
    FORMER_ADDRESS,
    KEY,
    OLD_CLAIMS,
    RETIRED,
    SERIAL,
    SavedPage,
    decode,
    encode,
    open_page,
    write_qr,
)
from tests.browser.pages import AXE_SCRIPT, FIND_BARRIERS, MILLISECONDS, RULES
from tests.e2e.system import System
from tests.waiting import wait_until

# `make browser` compares thousands of names and tokens.
COMPARED = 4000 if IS_FULL else 120
TRIED_LANGUAGES = LANGUAGES if IS_FULL else ("fa", "de")
ALL_LOOKS = [(screen, scheme) for screen in (PHONE, DESKTOP) for scheme in ("light", "dark")]
LOOKS = ALL_LOOKS if IS_FULL else [(PHONE, "dark")]
SOURCE = random.Random(20261201)
TRUST = replace(offline.TRUST, public_urls=[*offline.TRUST.public_urls, ADDRESS])
LETTERS = "یىيئؤءاآأإوهةتلسمهرکكگپچژ\u0654\u0651\u064b\u200c ۱١1ﻻﷲABßΣςİ-"
WITHOUT_ED25519 = """SubtleCrypto.prototype.importKey = async () => {
  throw new DOMException("", "NotSupportedError");
}"""
ATTEMPTS = """() => {
  self.refused = [];
  addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
  fetch("https://govah.example/").catch(() => {});
  new Image().src = "https://govah.example/serial";
  document.body.append(Object.assign(document.createElement("script"), {textContent: "0"}));
}"""
PLACES = {
    "version": 0,
    "key": 1,
    "serial": 14,
    "day": 17,
    "days": 20,
    "first month": 22,
    "last month": 24,
    "hash": 25,
    "name": 41,
    "number": 43,
    "birth year": 46,
    "initials": 49,
    "signature": 60,
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return offline.save_page(tmp_path_factory.mktemp("saved") / "govah-check.html")


@pytest.fixture
def saved(browser: Browser, file: Path) -> Iterator[SavedPage]:
    """Yield the saved page in English. It never asks for anything, and the browser never complains."""
    with browser.new_context(offline=True) as context:
        context.set_default_timeout(MILLISECONDS)
        page = open_page(context, file.as_uri(), "en")
        yield page
        assert page.requests == [file.as_uri()]
        assert page.complaints == []


def test_a_genuine_letter_is_described(saved: SavedPage) -> None:
    saved.check_text(write_qr())
    saved.expect_verdict("genuine")
    expect(saved.page.locator("#trial")).to_be_hidden()
    facts = dict(
        zip(
            saved.page.locator("dt").all_inner_texts(),
            saved.page.locator("dd").all_inner_texts(),
            strict=True,
        )
    )
    assert facts == {
        "Serial number": SERIAL,
        "Initials": "س. ا. (Persian, first name and family name)",
        "Year of birth": "1970 or 1971 (1349)",
        "Date of issue": "1 December 2026 (10 Azar 1405)",
        "Total days": "4,562",
        "First month of the record": "April to May 2011 (Ordibehesht 1390)",
        "Last month of the record": "September to October 2024 (Mehr 1403)",
    }
    way = saved.page.get_by_role("link", name=saved.words["liveState"])
    assert way.get_attribute("href") == f"{ADDRESS}/l/{SERIAL}"
    assert saved.compare("احمدي نژاد سارا", "۱۲۳۴۵۶۷۹") == [
        "The name matches.",
        "The national code matches.",
    ]


def test_another_name_on_the_paper_is_found(saved: SavedPage) -> None:
    """A genuine QR code was put on a letter with another name and national code."""
    saved.check_text(write_qr())
    words = saved.words
    assert saved.compare("زهرا احمدی‌نژاد", "0499370899") == [words["nameDiffers"], words["numberDiffers"]]
    expect(saved.page.locator("#result")).to_have_class("card verdict bad")
    # A slip of the hand is not a forgery.
    assert saved.compare("Sara Ahmadinejad", "0012345678") == [words["nameLatin"], words["numberMistyped"]]
    assert saved.compare("", "12a") == [words["numberWrong"]]
    assert saved.compare() == []
    expect(saved.page.locator("#compare-error")).to_have_text(words["noTyped"])
    expect(saved.page.locator("#result")).to_have_class("card verdict good")


def test_a_letter_of_the_first_version_says_less(saved: SavedPage) -> None:
    saved.check_text(write_qr(OLD_CLAIMS, RETIRED, FORMER_ADDRESS))
    saved.expect_verdict("genuine")
    expect(saved.page.get_by_text(saved.words["olderKind"])).to_be_visible()
    expect(saved.page.locator("#compare-form")).to_be_hidden()


def test_pictures_are_read(saved: SavedPage, tmp_path: Path) -> None:
    saved.choose_picture(offline.draw_qr(write_qr(), tmp_path / "letter.png", scale=2))
    saved.expect_verdict("genuine")
    saved.choose_picture(offline.draw_qr("https://example.com/menu", tmp_path / "menu.png"))
    saved.expect_verdict("not-letter")
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.7 a letter")
    saved.choose_picture(tmp_path / "letter.pdf")
    saved.expect_status("pdf")
    # What was found out about another letter is gone.
    expect(saved.page.locator("#result")).to_be_hidden()
    (tmp_path / "torn.png").write_bytes(b"\x89PNG")
    saved.choose_picture(tmp_path / "torn.png")
    saved.expect_status("noPicture")
    Image.new("RGB", (300, 400), "white").save(tmp_path / "blank.jpg")
    saved.choose_picture(tmp_path / "blank.jpg")
    saved.expect_status("noCode")


def ask(saved: SavedPage, texts: list[str]) -> list[dict[str, Any]]:
    """Return what the page's program finds out about texts of QR codes."""
    results: list[dict[str, Any]] = saved.page.evaluate("texts => Promise.all(texts.map(checkText))", texts)
    return results


def list_doubtful() -> dict[str, tuple[str, str]]:
    """Return texts of QR codes that are not simply right, and the states that they have."""
    raw = decode(write_qr().partition("#")[2])
    changed = {
        name: (encode(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]), "changed")
        for name, place in PLACES.items()
    }
    forged = write_qr(key=FOREIGN).partition("#")[2]
    own_id = encode(decode(forged)[:1] + raw[1:9] + decode(forged)[9:])
    token = encode(raw)
    return changed | {
        "version": (encode(b"\x03" + raw[1:]), "newer"),
        "key": (changed["key"][0], "key-unknown"),
        "another key": (forged, "key-unknown"),
        "another key under our id": (own_id, "changed"),
        "without the end": (token[:-1], "not-letter"),
        "with more": (f"{token}A", "not-letter"),
        "unused bits": (f"{write_qr(OLD_CLAIMS).partition('#')[2][:-1]}l", "not-letter"),
        "another site": (f"https://gov-ah.example/l/{SERIAL}#{token}", "other-address"),
        "a site with ours in it": (f"https://govah.example@evil.example/l/{SERIAL}#{token}", "other-address"),
        "another letter": (f"{ADDRESS}/l/4071829365026#{token}", "other-serial"),
        "a serial": (SERIAL, "serial-only"),
        "an address": (f"{ADDRESS}/l/{SERIAL}", "serial-only"),
        "nothing of ours": ("https://example.com", "not-letter"),
    }


def test_nothing_changed_passes(saved: SavedPage) -> None:
    doubtful = list_doubtful()
    states = [one["state"] for one in ask(saved, [text for text, _ in doubtful.values()])]
    assert dict(zip(doubtful, states, strict=True)) == {name: state for name, (_, state) in doubtful.items()}
    # As people paste it: with marks of direction and broken lines.
    text = f" \u200e{write_qr()[:60]}\n{write_qr()[60:]}\u200f "
    assert [one["state"] for one in ask(saved, [text, write_qr().upper()])] == ["genuine", "not-letter"]


def test_a_browser_without_ed25519_finds_the_same(browser: Browser, file: Path) -> None:
    """The library does it then. It is the browser's own function that does not know the algorithm."""
    with browser.new_context(offline=True) as context:
        context.add_init_script(WITHOUT_ED25519)
        saved = open_page(context, file.as_uri(), "en")
        texts = [write_qr(), write_qr(OLD_CLAIMS), list_doubtful()["name"][0]]
        assert [one["state"] for one in ask(saved, texts)] == ["genuine", "genuine", "changed"]


def build_random_claims() -> LetterClaims:
    month = f"{SOURCE.randint(1340, 1410)}-{SOURCE.randint(1, 12):02}"
    person = PersonClaims(
        "".join(SOURCE.choices("اسمحع", k=SOURCE.randint(0, 2))),
        SOURCE.choice([None, SOURCE.randint(1300, 1400)]),
        SOURCE.randint(0, 65535),
        SOURCE.randint(0, 65535),
        SOURCE.choice([None, month]),
        SOURCE.choice([None, month]),
    )
    return LetterClaims(
        f"{SOURCE.randrange(10**13):013}",
        date.fromordinal(SOURCE.randint(738_000, 745_000)),
        SOURCE.randrange(2**24),
        SOURCE.randbytes(16),
        SOURCE.choice([None, person]),
    )


def change_text(text: str) -> str:
    """Return a text with one character changed, or none."""
    place = SOURCE.randrange(len(text))
    return SOURCE.choice([text, text[:place] + SOURCE.choice("aB3-_#/") + text[place + 1 :]])


def describe_proof(text: str) -> dict[str, Any]:
    """Return the state that a text has for the package, and its claims by the page's names."""
    try:
        claims = verify_qr(text, TRUST)
    except NotProved as error:
        return {"state": "altered" if error.result == Result.ALTERED else "not-ours"}
    person = claims.person
    facts = {"serial": claims.serial, "totalDays": claims.total_days, "hash": claims.statement_hash.hex()}
    facts["issuedOn"] = (claims.issued_on - date(1970, 1, 1)).days
    if person:
        facts |= {"initials": person.initials, "birthYear": person.birth_year or 0}
        facts |= {"nameValue": person.name_value, "numberValue": person.number_value}
        facts |= {
            "firstMonth": number_month(person.first_month),
            "lastMonth": number_month(person.last_month),
        }
    return {"state": "genuine"} | facts


def number_month(month: str | None) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1 if month else 0


def describe_result(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result of the page in the form of `describe_proof`."""
    if result["state"] != "genuine":
        return {"state": "altered" if result["state"] == "changed" else "not-ours"}
    claims = dict(result["claims"])
    claims["hash"] = claims.pop("statementHash")
    del claims["keyId"], claims["version"]
    return {"state": "genuine"} | claims


def test_tokens_are_read_as_by_the_package(saved: SavedPage) -> None:
    texts = [
        change_text(write_qr(build_random_claims(), SOURCE.choice([KEY, RETIRED, FOREIGN])))
        for _ in range(COMPARED)
    ]
    assert [describe_result(one) for one in ask(saved, texts)] == [describe_proof(text) for text in texts]


def test_names_and_numbers_are_compared_as_by_the_package(saved: SavedPage) -> None:
    letters = [
        chr(code) for code in range(0x30000) if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")
    ]
    names = ["".join(SOURCE.choices(LETTERS, k=SOURCE.randint(0, 14))) for _ in range(COMPARED)]
    names += ["".join(SOURCE.choices(letters, k=12)) for _ in range(COMPARED)]
    assert saved.page.evaluate("names => names.map(foldName)", names) == list(map(fold_name, names))
    person = CLAIMS.person
    assert person
    words = ["سارا", "احمدی", "نژاد", "احمدي\u200cنژاد", "زهرا"]
    typed = [" ".join(SOURCE.choices(words, k=SOURCE.randint(0, 4))) for _ in range(COMPARED)]
    assert saved.page.evaluate(
        "([claims, typed]) => Promise.all(typed.map(one => isSameName(claims, one)))",
        [{"serial": SERIAL, "nameValue": person.name_value}, typed],
    ) == [is_same_name(person.name_value, SERIAL, one) for one in typed]
    digits = ["0012345679", "12345679", "۰۰۱۲۳۴۵۶۷۹", "001-234567-9", "0012345670", "", "x", "87654321"]
    for value in (person.number_value, 49954, 0):
        assert saved.page.evaluate(
            "([claims, typed]) => Promise.all(typed.map(one => isSameNumber(claims, one)))",
            [{"serial": SERIAL, "numberValue": value}, digits],
        ) == [is_same_number(value, SERIAL, one) for one in digits]


def test_months_begin_as_in_the_package(saved: SavedPage) -> None:
    months = [JalaliMonth(year, month) for year in range(1300, 1450) for month in range(1, 13)]
    starts = saved.page.evaluate(
        "months => months.map(([year, month]) => findMonthStart(year, month) / DAY)",
        [[one.year, one.month] for one in months],
    )
    assert starts == [(one.first_day - date(1970, 1, 1)).days for one in months]


def test_the_page_refuses_to_send_anything(saved: SavedPage) -> None:
    page, expected = saved.page, {"connect-src", "img-src", "script-src-elem"}
    page.evaluate(ATTEMPTS)
    wait_until(lambda: set(page.evaluate("refused")) == expected, lambda: str(page.evaluate("refused")))
    saved.complaints.clear()
    saved.requests[1:] = []


@pytest.mark.parametrize("language", TRIED_LANGUAGES)
@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_every_language_is_readable(
    browser: Browser,
    file: Path,
    language: str,
    screen: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    width, height = screen
    with browser.new_context(
        offline=True, viewport={"width": width, "height": height}, color_scheme=scheme
    ) as context:
        saved = open_page(context, file.as_uri(), language)
        saved.check_text(write_qr())
        saved.expect_verdict("genuine")
        saved.compare("زهرا احمدی‌نژاد", "0012345679")
        page = saved.page
        if folder := find_output_folder(f"{language}-check"):
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{width}-{scheme}.png", full_page=True)
        page.evaluate(AXE_SCRIPT)
        assert page.evaluate(FIND_BARRIERS, RULES) == []
        for narrow in (width, 320):
            page.set_viewport_size({"width": narrow, "height": height})
            wide = page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
            assert wide <= 0, f"{wide} px too wide at {narrow}"
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.body.innerText.match(/\\{\\w+\\}|undefined/g)") is None


def test_the_language_can_be_changed_at_a_result(saved: SavedPage) -> None:
    saved.check_text(write_qr())
    saved.expect_verdict("genuine")
    saved.page.get_by_role("link", name="فارسی").click()
    expect(saved.page.locator("#result-heading")).to_have_text("رمزینه اصیل است")
    assert saved.page.locator("html").get_attribute("dir") == "rtl"
    assert "۱۰ آذر ۱۴۰۵" in saved.page.locator("#facts").inner_text()
    assert saved.page.locator("nav a[aria-current]").all_inner_texts() == ["فارسی"]


def test_without_scripts_the_page_leads_to_the_check_of_letters(browser: Browser, file: Path) -> None:
    with browser.new_context(offline=True, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        ways = page.locator(".unscripted a")
        assert [one.get_attribute("href") for one in ways.all()] == [f"{ADDRESS}/letter-check"] * len(
            LANGUAGES
        )
        expect(ways.first).to_be_visible()
        expect(page.locator(".scripted-only")).to_be_hidden()


def test_the_served_page_works_without_a_network(browser: Browser, system: System) -> None:
    """The first visit stores it. Later it opens offline, with all keys of the system."""
    with browser.new_context(base_url=system.base_url, service_workers="allow") as context:
        context.set_default_timeout(MILLISECONDS)
        saved = open_page(context, "/check", "fa")
        expect(saved.page.locator("#works-offline")).to_have_text(saved.words["worksOffline"])
        expect(saved.page.get_by_text(saved.words["trial"])).to_be_visible()
        assert context.cookies() == []
        with saved.page.expect_download() as download:
            saved.page.get_by_role("link", name=saved.words["save"]).click()
        assert download.value.path().read_bytes() == context.request.get("/check").body()
        context.set_offline(True)
        [worker] = context.service_workers
        assert worker.evaluate("fetch('/check', {cache: 'no-store'}).then(() => 1, () => 0)") == 0
        saved.page.reload()
        saved.page.goto("/check#de")
        keys = saved.page.evaluate("setup.keys.map(one => one.kid)")
        saved = replace(saved, language="de")
        saved.check_text(write_qr())
        saved.expect_verdict("key-unknown")
        context.set_offline(False)
        published = context.request.get("/api/v1/inquiry/letters/keys").json()["keys"]
        assert keys == [one["kid"] for one in published] != []
        assert saved.complaints == []
