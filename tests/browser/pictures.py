"""Pictures of the portal, for docs and for the guide. ``python -m tests.browser.pictures`` draws them again.

They show a system of its own with invented people, in Persian on a phone and in English on a desktop.
"""

import io
import os
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Route, sync_playwright

from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from govah.local.list_uploads import Officer, await_import, send_archive
from govah_client.client import Client
from services import SERVICES
from services.kit.jalali import JalaliMonth
from services.records.lists.encodings import Encoding
from services.records.lists.writers import write_list
from tests.browser.changes import Workshop
from tests.browser.conftest import DESKTOP, PHONE, ROOT, launch_chromium
from tests.browser.institutions import Panel
from tests.browser.letters import Letters
from tests.browser.officers import Desk, object_to_a_month
from tests.browser.pages import MILLISECONDS, Portal
from tests.e2e.system import System, free_port, start
from tests.fakes.lists import MARYAM, build_sample_header

FOLDER = ROOT / "docs" / "portal"
GUIDE = ROOT / "gateway" / "portal" / "static"
SCREENS = {"fa": PHONE, "en": DESKTOP}
GUIDE_SCREEN = (360, 560)
# What stands at the top of a picture of the guide.
IN_GUIDE = {
    "registration": "main",
    "record": "main h1",
    "disclosure": "main form",
    "code": "main h1",
    "activity": "main h2",
}
SETTINGS = {
    "public_url": "http://govah.example",
    "broker_url": "redis://127.0.0.1:1",
    **{f"{name}_url": "http://127.0.0.1:1" for name in SERVICES},
}
# Longer pages are cut, and this number of shades is enough to read by.
LONGEST, SHADES = 1100, 32
PERSON = 3


def walk_pages(portal: Portal) -> Iterator[str]:
    """Go from page to page. Yield the name of each that is worth a picture."""
    yield "first"
    portal.open("/registration")
    yield "registration"
    portal.open("/")
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
    portal.page.locator("main summary").first.click()
    yield "inbox"
    portal.open("/home")
    yield "activity"
    portal.page.get_by_role("button", name=portal.translate("خروج")).click()
    person = portal.system.demo["citizens"][PERSON]
    Panel(portal).inquire(person["national_code"], code, "وام مسکن")
    portal.page.wait_for_url("**/answers/*")
    yield "answer"
    object_to_a_month(portal, PERSON + 1)
    workshop = Workshop(portal.system)
    workshop.propose("held-row", workshop.import_held_row()[0], action="reject")
    Desk(portal).sign_in()
    yield "desk"
    portal.open("/officer/lists")
    yield "lists"
    portal.open("/officer/lists/uploads")
    with TemporaryDirectory() as directory:
        folder = Path(directory) / "شعبه مرکزی"
        _write_lists(folder)
        portal.page.get_by_label(portal.translate("یا پوشه‌ای که لیست‌ها در آن است")).set_input_files(folder)
        portal.press("فرستادن لیست‌ها")
        portal.page.wait_for_selector("#results")
    yield "uploads"
    import_id = _import_archive(portal.system)
    portal.open("/officer/lists/archives")
    yield "imports"
    portal.open(f"/officer/lists/archives/{import_id}")
    yield "import"


def _write_lists(folder: Path) -> None:
    """Write the two files of three months of a workshop; the days of the last are more than the month has."""
    number = uuid.uuid4().int % 10**9
    for month in (4, 5, 12):
        rows = [replace(MARYAM, days=31)]
        header = replace(build_sample_header(rows, JalaliMonth(1402, month)), workshop_code=f"{number:010}")
        place = folder / f"1402-{month:02}"
        place.mkdir(parents=True)
        for name, content in zip(
            ("DSKKAR00.DBF", "DSKWOR00.DBF"), write_list(header, rows, Encoding.CP1256), strict=True
        ):
            (place / name).write_bytes(content)


def _import_archive(system: System) -> str:
    """Return the id of an import that has ended: an archive of a few lists, of which one is refused."""
    with TemporaryDirectory() as directory, Client.connect(system.base_url) as client:
        _write_lists(Path(directory) / "شعبه مرکزی")
        with io.BytesIO() as buffer:
            with tarfile.open(fileobj=buffer, mode="w") as archive:
                archive.add(Path(directory) / "شعبه مرکزی", "شعبه مرکزی")
            officer = Officer(lambda: client.sign_in(**system.demo["officer"]))
            size = buffer.seek(0, os.SEEK_END)
            begun = send_archive(officer, "لیست‌های ۱۴۰۲.tar", buffer, size, lambda _: None)
        return await_import(officer, begun["id"], lambda _: None)["id"]


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for old in GUIDE.glob("guide-*"):
        old.unlink()
    with _running() as system, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        for language, screen in SCREENS.items():
            _draw(browser, system, language, screen, FOLDER)
            _draw(browser, system, language, GUIDE_SCREEN, GUIDE)
            _print_guide(browser, language)
        browser.close()


@contextmanager
def _running() -> Iterator[System]:
    """Return a system with sample data, or the one in GOVAH_E2E_DIR."""
    if "GOVAH_E2E_DIR" in os.environ:
        yield System(Path(os.environ["GOVAH_E2E_DIR"]))
        return
    with TemporaryDirectory() as folder:
        running = start(Path(folder), free_port(), sample=True)
        try:
            yield running
        finally:
            running.stop()


def _draw(browser: Browser, system: System, language: str, screen: tuple[int, int], folder: Path) -> None:
    width, height = screen
    with browser.new_context(
        base_url=system.base_url, viewport={"width": width, "height": height}, reduced_motion="reduce"
    ) as context:
        portal = Portal(context.new_page(), system, language, FOLDER, scripts=True)
        portal.page.set_default_timeout(MILLISECONDS)
        portal.open(f"/?lang={language}")
        for name in walk_pages(portal):
            portal.page.mouse.move(0, 0)
            portal.page.evaluate("scrollTo(0, 0)")
            if folder == GUIDE:
                if name not in IN_GUIDE:
                    continue
                portal.page.locator(IN_GUIDE[name]).first.evaluate("place => place.scrollIntoView()")
            drawn = Image.open(io.BytesIO(portal.page.screenshot(full_page=folder == FOLDER)))
            cut = drawn.convert("RGB").crop((0, 0, drawn.width, min(drawn.height, LONGEST)))
            prefix = "guide-" if folder == GUIDE else ""
            cut.quantize(SHADES).save(folder / f"{prefix}{name}-{language}.png", optimize=True)


def _print_guide(browser: Browser, language: str) -> None:
    """Write the guide as a PDF; its pages and pictures come from the portal itself, without a server."""
    with TemporaryDirectory() as folder:
        key = Path(folder) / "cookies"
        key.write_text("k" * 64, "ascii")
        app = create_app(Settings.model_validate(SETTINGS | {"cookie_key_file": key}))
        client = app.test_client()

        def serve_page(route: Route) -> None:
            path = route.request.url.removeprefix(SETTINGS["public_url"])
            response = client.get(path)
            route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.data)

        with browser.new_context() as context:
            page = context.new_page()
            page.route("**/*", serve_page)
            page.goto(f"{SETTINGS['public_url']}/guide?lang={language}")
            for image in page.locator("img[loading=lazy]").all():
                image.scroll_into_view_if_needed()
            page.wait_for_function("[...document.images].every(image => image.complete)")
            page.pdf(path=GUIDE / f"guide-{language}.pdf", format="A4", tagged=True, outline=True)


if __name__ == "__main__":
    main()
