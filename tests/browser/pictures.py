"""Pictures of the portal's main pages. ``python -m tests.browser.pictures`` draws all that docs show again.

They show a system of its own with invented people, in Persian on a phone and in English on a desktop.
"""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import DESKTOP, PHONE, ROOT, launch_chromium
from tests.browser.institutions import Panel
from tests.browser.letters import Letters
from tests.browser.officers import Desk
from tests.browser.pages import MILLISECONDS, Portal
from tests.e2e.system import System, free_port, start

FOLDER = ROOT / "docs" / "portal"
SCREENS = {"fa": PHONE, "en": DESKTOP}
# Longer pages are cut, and this number of shades is enough to read by.
LONGEST, SHADES = 1100, 32
PERSON = 3


def walk_pages(portal: Portal) -> Iterator[str]:
    """Go from page to page. Yield the name of each that is worth a picture."""
    yield "first"
    portal.sign_in(PERSON)
    portal.open("/record/months")
    yield "record"
    letters = Letters(portal, PERSON)
    portal.open("/disclosure")
    yield "disclosure"
    letters.get_letter()
    code = letters.issue("یک ماه (۳۰ روز) – پیشنهادی")
    yield "code"
    portal.press("کد را یادداشت کردم")
    portal.open("/inbox")
    portal.page.locator("summary").first.click()
    yield "inbox"
    portal.open("/home")
    yield "activity"
    portal.page.get_by_role("button", name=portal.translate("خروج")).click()
    person = portal.system.demo["citizens"][PERSON]
    Panel(portal).inquire(person["national_code"], code, "وام مسکن")
    portal.page.wait_for_url("**/answers/*")
    yield "answer"
    Desk(portal).sign_in()
    portal.open("/officer/lists")
    yield "lists"


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with _running() as system, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for language in SCREENS:
            _draw(browser, system, language)
        browser.close()


@contextmanager
def _running() -> Iterator[System]:
    """Return a system with sample data, or the one in GOVAH_E2E_DIR."""
    if "GOVAH_E2E_DIR" in os.environ:
        yield System(Path(os.environ["GOVAH_E2E_DIR"]))
        return
    with tempfile.TemporaryDirectory() as folder:
        running = start(Path(folder), free_port(), sample=True)
        try:
            yield running
        finally:
            running.stop()


def _draw(browser: Browser, system: System, language: str) -> None:
    width, height = SCREENS[language]
    with browser.new_context(
        base_url=system.base_url, viewport={"width": width, "height": height}, reduced_motion="reduce"
    ) as context:
        portal = Portal(context.new_page(), system, language, FOLDER, scripts=True)
        portal.page.set_default_timeout(MILLISECONDS)
        portal.open(f"/?lang={language}")
        for name in walk_pages(portal):
            portal.page.mouse.move(0, 0)
            portal.page.evaluate("scrollTo(0, 0)")
            drawn = Image.open(io.BytesIO(portal.page.screenshot(full_page=True)))
            cut = drawn.convert("RGB").crop((0, 0, drawn.width, min(drawn.height, LONGEST)))
            cut.quantize(SHADES).save(FOLDER / f"{name}-{language}.png", optimize=True)


if __name__ == "__main__":
    main()
