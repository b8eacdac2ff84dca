"""What holds of every page: no barrier, no sideways scrolling, light or dark, soon loaded, in both languages.

The pages are those of the portal's own map of addresses, so that a new one cannot be forgotten.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from services import SERVICES
from services.records.lists.encodings import Encoding
from services.records.lists.writers import write_list
from tests.browser.conftest import CHECKED, IS_FULL, find_output_folder
from tests.browser.pages import MILLISECONDS, Portal
from tests.browser.places import Place, Places
from tests.e2e.system import System
from tests.fakes.lists import HASAN, build_sample_header

# A desktop of 1280 pixels at 200 % has half of them.
NARROW, ZOOMED = (320, 568), (640, 400)
# The closed menu of a phone, in pixels: one row.
MENU_HEIGHT = 60
FIRST_VISIT, LATER = 200_000, 30_000
FOR_PROGRAMS = {
    "answers.check_answer",
    "contact.show_security_txt",
    "disclosure.get_state",
    "favicon",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "offline_check.send_worker",
    "send_static",
}
# In bytes, without a letter shown in it: what a page weighs with its headers (about 300 a file, as browsers
# count them), and what of that came over the network, not from the browser's own store.
WEIGHTS = """() => document.fonts.ready.then(() => [
  ...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource").filter(one => one.initiatorType != "iframe"),
]).then(all => [
  all.reduce((sum, one) => sum + Math.max(one.transferSize, one.encodedBodySize + 300), 0),
  all.reduce((sum, one) => sum + one.transferSize, 0),
])"""
FILES = {
    "answers.download_data",
    "answers.download_statement",
    "answers.show_letter",
    "inbox.show_document",
    "objection_steps.download_attachment",
    "officer_list_changes.download_file",
    "officer_lists.download_findings",
    "officer_objections.show_attachment",
    "officer_uploads.download_findings",
    "record.download_statement",
}
# The libraries of the offline check are in its page. `test_offline_check` has what holds of it.
HEAVY = {"offline_check.show_page"}
# `make browser` looks in both languages, and in the dark too.
LANGUAGES = ("fa", "en") if IS_FULL else ("fa",)


@pytest.fixture
def refused_list(tmp_path: Path) -> Path:
    """Return a folder with a list in which someone has worked 39 days."""
    rows = [replace(HASAN, days=39)]
    names = ("DSKKAR00.DBF", "DSKWOR00.DBF")
    for name, content in zip(
        names, write_list(build_sample_header(rows), rows, Encoding.CP1256), strict=True
    ):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def list_endpoints(folder: Path) -> set[str]:
    """Return the endpoints of all pages that can be opened."""
    key = folder / "cookies"
    key.write_text("a key for tests")
    nowhere = {f"{name}_url": "http://127.0.0.1:1" for name in SERVICES}
    settings = {"public_url": "http://localhost", "broker_url": "redis://127.0.0.1:1", "cookie_key_file": key}
    rules = create_app(Settings.model_validate(settings | nowhere)).url_map.iter_rules()
    return {rule.endpoint for rule in rules if "GET" in (rule.methods or ())} - FOR_PROGRAMS - FILES - HEAVY


@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_accessible_and_light(
    browser: Browser,
    system: System,
    language: str,
    refused_list: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    seen: set[str] = set()
    problems: list[str] = []
    for role in (
        Places.open_for_strangers,
        Places.open_for_citizens,
        Places.open_for_institutions,
        Places.open_for_officers,
        Places.open_for_administrators,
    ):
        with browser.new_context(base_url=system.base_url, reduced_motion="reduce") as context:
            page = context.new_page()
            page.set_default_timeout(MILLISECONDS)
            folder = find_output_folder(f"{language}-320")
            portal = Portal(page, system, language, folder, scripts=True, checked=CHECKED)
            portal.open(f"/?lang={language}")
            for endpoint, path in role(Places(portal, refused_list)):
                seen.add(endpoint)
                problems += [f"{endpoint}: {wrong}" for wrong in find_problems(portal, (endpoint, path))]
            problems += portal.complaints
    assert "\n".join(problems) == ""
    assert seen == list_endpoints(tmp_path_factory.mktemp("map"))


def find_problems(portal: Portal, place: Place) -> Iterator[str]:
    """Yield what is wrong with a page."""
    page, (endpoint, path) = portal.page, place
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    if IS_FULL:
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    portal.open(path)
    if not page.url.endswith(path):
        yield f"leads to {page.url}"
    first, later = page.evaluate(WEIGHTS)
    if later >= LATER:
        # Most files are those of pages seen before. This one brings others, or the store was empty.
        page.reload()
        _, later = page.evaluate(WEIGHTS)
    if first >= FIRST_VISIT or later >= LATER:
        yield f"weighs {first}, then {later} bytes"
    menu = page.locator(".ways")
    if menu.count() and menu.evaluate("menu => menu.clientHeight") > MENU_HEIGHT:
        yield "has a menu of more than one row"
    if page.locator("h1").count() != 1:
        yield "has not one heading"
    try:
        portal.look(endpoint)
    except AssertionError as error:
        yield str(error)
    page.set_viewport_size({"width": ZOOMED[0], "height": ZOOMED[1]})
    wide = page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
    if wide > 0:
        yield f"is {wide} px too wide at 200 %"
    if not IS_FULL:
        return
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate("axe.run({runOnly: {type: 'rule', values: ['color-contrast']}})")
    page.emulate_media(color_scheme="light")
    for one in dark["violations"]:
        yield f"is hard to read in the dark: {[node['html'] for node in one['nodes']]}"
