"""Navigators: what a person does on the portal's pages, by the words on the buttons. Tests call nothing else.

Words are given in Persian, as in the templates, and found in the reader's language by the catalogue.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Response, expect

from gateway.portal.languages import load_english
from services.kit.statement_types import StatementType
from tests.e2e.system import System
from tests.waiting import PATIENCE

AXE = Path(__file__).resolve().parents[2] / "assets" / "test" / "axe.min.js"
AXE_SCRIPT = AXE.read_text("utf-8") + "; 0"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Only what is broken leaves the page: passes are a thousand times as long. None of the rules reads style
# sheets, which axe would otherwise load again.
FIND_BARRIERS = """rules => axe.run({runOnly: rules, resultTypes: ["violations"], preload: false}).then(
  result => result.violations.map(one => [one.id, one.nodes.map(node => node.html)])
)"""
# The parts of an address that differ between pages of one kind.
OWN_PARTS = re.compile(r"(?<=/)(?=[^/]*[0-9])[^/]+")
ENGLISH = load_english()
# The names of statement types are in one enum for all services, so not in the portal's catalogue.
NAMES_OF_TYPES = {kind.label.fa: kind.label.en for kind in StatementType}
MONTHS = 12
# Playwright's own bounds are 5 and 30 s, which measure the machine's load.
MILLISECONDS = PATIENCE * 1000
PAGE_MILLISECONDS = 5_000
expect.set_options(timeout=MILLISECONDS)


def describe_page(page: Page) -> str:
    """Return the address and the text of a page, for the report of a test that failed on it."""
    try:
        return f"== {page.url}\n{page.locator('body').inner_text(timeout=PAGE_MILLISECONDS)}"
    except Error as error:
        return f"== {page.url}\n{error.message}"


@dataclass
class Portal:
    """The portal in one browser window."""

    page: Page
    system: System
    language: str
    # Where pictures go; without a folder none are made.
    output: Path | None
    scripts: bool
    # Kinds of pages that need no second check for barriers. Without a set every page is checked.
    checked: set[tuple[str, bool]] | None = None
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to what the browser complains of: a refused script, a style that is not there."""
        self.page.on("console", self._check_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._check_response)

    def _check_response(self, response: Response) -> None:
        if response.status >= 500:
            headers = response.headers
            self.complaints.append(f"{response.status} {response.url} {headers.get('x-request-id', '')}")

    def _check_console(self, message: ConsoleMessage) -> None:
        # A page that answers 4xx on purpose is not an error.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)

    def translate(self, text: str) -> str:
        """Return a Persian text of the portal in the reader's language."""
        return text if self.language == "fa" else NAMES_OF_TYPES.get(text) or str(ENGLISH.gettext(text))

    def open(self, path: str) -> None:
        self.page.goto(path)

    def press(self, text: str) -> None:
        """Press the button of the page."""
        self.page.locator("main").get_by_role("button", name=self.translate(text), exact=True).click()

    def follow(self, text: str) -> None:
        """Follow the first link of that name; in lists, a name goes on with what it is about, in brackets.

        A phone shows the links of the menu only after it is opened.
        """
        name = re.compile(rf"^{re.escape(self.translate(text))}( \(.*\))?$")
        link = self.page.get_by_role("link", name=name)
        self.page.wait_for_load_state()
        if not link.count():
            self.open_menu()
        link.first.click()

    def open_menu(self) -> None:
        """Open the menu, where it is closed: on a phone."""
        summary = self.page.locator(".ways summary")
        if summary.is_visible() and not self.page.locator(".ways details[open]").count():
            summary.click()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(self.translate(label), exact=True).fill(value)

    def fill_date(self, jalali: str) -> None:
        """Fill day, month and year from 1360-02-11."""
        year, month, day = jalali.split("-")
        self.fill("روز", day)
        self.page.get_by_label(self.translate("ماه"), exact=True).select_option(str(int(month)))
        self.fill("سال", year)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def expect_heading(self, heading: str) -> None:
        """Return once the page of this heading is open. Raise AssertionError with what is there instead."""
        with self._page_in_errors():
            expect(self.page.locator("h1")).to_have_text(self.translate(heading))

    def find_mistakes(self) -> Locator:
        return self.page.locator(".summary li")

    def expect_mistakes(self, count: int) -> None:
        """Return once a form has come back with this number of mistakes, else raise AssertionError."""
        with self._page_in_errors():
            expect(self.find_mistakes()).to_have_count(count)

    @contextmanager
    def _page_in_errors(self) -> Iterator[None]:
        try:
            yield
        except AssertionError as error:
            raise AssertionError(f"{error}\n{describe_page(self.page)}") from None

    def sign_in(self, number: int = 0) -> None:
        """Sign in as one of the sample's citizens."""
        person: dict[str, Any] = self.system.demo["citizens"][number]
        self.open("/sign-in")
        self.fill("کد ملی (نام کاربری)", person["national_code"])
        self.fill("گذرواژه", person["password"])
        self.press("ورود به سامانه")

    def look(self, name: str) -> None:
        """Fail where WCAG 2.2 AA is broken or the page scrolls sideways; `make browser` saves a picture."""
        if self.output:
            self.output.mkdir(parents=True, exist_ok=True)
            self._keep_picture(self.output / f"{name}.png")
        wide = self.page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
        if self.scripts and not self._is_checked():
            # Evaluated, since the page's policy lets no script in.
            self.page.evaluate(AXE_SCRIPT)
            assert self.page.evaluate(FIND_BARRIERS, RULES) == [], name

    def _is_checked(self) -> bool:
        """Return whether a page of this kind was checked before, with mistakes above its form or without."""
        if self.checked is None:
            return False
        kind = OWN_PARTS.sub("*", urlsplit(self.page.url).path), self.find_mistakes().count() > 0
        is_checked = kind in self.checked
        self.checked.add(kind)
        return is_checked

    def _keep_picture(self, file: Path, chances: int = 3) -> None:
        try:
            self.page.screenshot(path=file, full_page=True)
        except Error as error:
            # Chromium on a busy machine, now and then, while it gives the page another size.
            if not chances or "Unable to capture screenshot" not in error.message:
                raise
            self.page.wait_for_timeout(500)
            self._keep_picture(file, chances - 1)
