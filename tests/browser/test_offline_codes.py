"""The offline check of pictures that have several QR codes."""

from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser import offline
from tests.browser.offline import (
    ADDRESS,
    CLAIMS,
    FOREIGN,
    SERIAL,
    SavedPage,
    decode,
    encode,
    open_page,
    write_qr,
)
from tests.browser.pages import MILLISECONDS


def test_of_several_codes_the_worst_counts(browser: Browser, tmp_path: Path) -> None:
    file = offline.save_page(tmp_path / "check.html")
    with browser.new_context(offline=True) as context:
        context.set_default_timeout(MILLISECONDS)
        compare_codes(open_page(context, file.as_uri(), "en"), tmp_path)


def compare_codes(saved: SavedPage, tmp_path: Path) -> None:
    """Assert what the page says of pictures with several QR codes."""
    other = replace(CLAIMS, serial="4071829365026")
    token = write_qr().partition("#")[2]
    changed = f"{ADDRESS}/l/{SERIAL}#{encode(decode(token)[:-1] + bytes([decode(token)[-1] ^ 1]))}"
    foreign, menu = write_qr(key=FOREIGN), "https://example.com/menu"
    cases = {
        "genuine": [menu, foreign, write_qr(), write_qr()],
        "several": [write_qr(), menu, write_qr(other)],
        "changed": [write_qr(), changed],
        "other-address": [write_qr(), f"https://evil.example/l/{SERIAL}#{token}"],
        "key-unknown": [menu, foreign],
    }
    for state, texts in cases.items():
        choose = "async texts => chooseResult(await Promise.all(texts.map(checkText))).state"
        assert saved.page.evaluate(choose, texts) == state
    page = Image.new("L", (900, 400), 255)
    for place, text in enumerate((write_qr(), write_qr(other))):
        page.paste(
            Image.open(offline.draw_qr(text, tmp_path / f"{place}.png")).convert("L"), (450 * place, 0)
        )
    page.save(tmp_path / "both.png")
    saved.choose_picture(tmp_path / "both.png")
    saved.expect_verdict("several")
    expect(saved.page.locator("#compare-form")).to_be_hidden()
