"""Thirty years on a phone and on paper: how long the pages are before a person asks for more.

The portal runs over the fake services here; no system is started.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route

from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from services.kit.http.client import new_empty_cookie_jar
from tests.browser.conftest import DESKTOP, PHONE
from tests.service.gateway.portal.conftest import answered, services, settings
from tests.service.gateway.portal.desk import Person, Services
from tests.service.gateway.portal.inquiries import ANSWER, FORM, INQUIRIES, TYPED, build_reply
from tests.service.gateway.portal.letters import LETTER, REQUEST, REQUESTS, build_request
from tests.service.gateway.portal.long_record import YEARS, build_long_statement, set_long_record

__all__ = ["answered", "services", "settings"]
ADDRESS = "http://portal.example"
MOST_SCREENS = {"/record/months": 6, "/record/wages": 6, ANSWER: 8}
MOST_SHEETS = 4


@pytest.fixture
def person(settings: Settings, answered: Services) -> Iterator[Person]:
    set_long_record(answered)
    statement = build_long_statement()
    reply = build_reply() | {"statement": statement, "person": statement["person"]}
    answered.set_reply("POST", INQUIRIES, 200, reply)
    http = httpx.Client(transport=httpx.MockTransport(answered), cookies=new_empty_cookie_jar())
    # Not entered, since that would keep the context of the last request.
    yield Person(create_app(settings, http).test_client())
    http.close()


@pytest.fixture
def page(browser: Browser, person: Person) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    page = context.new_page()

    def answer_request(route: Route) -> None:
        address = urlsplit(route.request.url)
        reply = person.get(f"{address.path}?{address.query}")
        headers = {name: value for name, value in reply.headers.items() if name != "Content-Length"}
        route.fulfill(status=reply.status_code, headers=headers, body=reply.get_data())

    page.route(f"{ADDRESS}/**", answer_request)
    yield page
    context.close()


def _open(page: Page, person: Person, path: str, query: str = "") -> None:
    if path == ANSWER:
        person.send(FORM, **TYPED)
    else:
        person.sign_in()
    page.goto(f"{ADDRESS}{path}{query}")


def _print(page: Page) -> int:
    """Return the number of sheets of A4."""
    return len(re.findall(rb"/Type /Page\b", page.pdf(format="A4", print_background=True)))


@pytest.mark.parametrize(("path", "most"), MOST_SCREENS.items())
def test_thirty_years_fit_a_few_screens_of_a_phone(page: Page, person: Person, path: str, most: int) -> None:
    _open(page, person, path)
    height = page.locator("html").evaluate("page => page.scrollHeight")
    assert height <= most * PHONE[1], f"{path}: {height / PHONE[1]:.1f} screens"
    assert page.locator(".year-list details").count() >= len(YEARS)
    wide = page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
    assert wide <= 0


def test_stages_of_a_request_have_no_numbers(page: Page, person: Person, answered: Services) -> None:
    path = f"/disclosure/requests/{REQUEST}"
    answered.set_reply("GET", f"{REQUESTS}/{REQUEST}", 200, build_request("ready", letter_id=LETTER))
    person.sign_in()
    page.goto(f"{ADDRESS}{path}")
    stages = page.locator("ol.stages")
    assert stages.count() == 1
    assert stages.evaluate("list => getComputedStyle(list).listStyleType") == "none"
    page.goto(f"{ADDRESS}/guide")
    numbered = page.locator("main ol:not([class])").first
    assert numbered.evaluate("list => getComputedStyle(list).listStyleType") == "persian"


@pytest.mark.parametrize("path", MOST_SCREENS)
def test_thirty_years_are_printed_whole_on_few_sheets(page: Page, person: Person, path: str) -> None:
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.emulate_media(color_scheme="dark")
    _open(page, person, path)
    assert _print(page) <= MOST_SHEETS
    page.emulate_media(media="print", color_scheme="dark")
    cell = page.locator(".year-list td").first
    assert cell.is_visible()
    assert cell.evaluate("cell => getComputedStyle(cell).color") == "rgb(0, 0, 0)"
