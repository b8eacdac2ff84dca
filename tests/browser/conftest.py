"""A real browser in front of one embedded system: on a phone and a desktop, with and without JavaScript.

`GOVAH_BROWSER=all` (`make browser`) runs every test as every kind of reader and makes pictures of the pages;
without it two kinds take turns.
"""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Playwright, sync_playwright

from tests.browser.pages import MILLISECONDS, Portal, describe_page
from tests.e2e.sampled import start_sampled
from tests.e2e.system import System

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
PHONE, DESKTOP = (360, 740), (1280, 800)


@dataclass(frozen=True)
class Reader:
    """In which language, on which screen, and whether scripts run."""

    language: str
    screen: tuple[int, int]
    scripts: bool

    @property
    def name(self) -> str:
        screen = "phone" if self.screen == PHONE else "desktop"
        return f"{self.language}-{screen}{'' if self.scripts else '-no-js'}"


ALL = [
    Reader(language, screen, scripts)
    for language in ("fa", "en")
    for screen in (PHONE, DESKTOP)
    for scripts in (True, False)
]
FEW = [Reader("fa", PHONE, scripts=True), Reader("en", DESKTOP, scripts=False)]
IS_FULL = os.environ.get("GOVAH_BROWSER") == "all"
READERS = ALL if IS_FULL else FEW
# Of this run: `make test` checks a page of each kind for barriers, `make browser` every page that is seen.
CHECKED: set[tuple[str, bool]] | None = None if IS_FULL else set()


def find_output_folder(name: str) -> Path | None:
    """Return the folder for the pictures of a reader: only `make browser` makes them."""
    return ROOT / "test-output" / "browser" / name if IS_FULL else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One system and one browser for all of them."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Function) -> Generator[None, Any, Any]:
    """Add what the open pages say to the report of a test that has failed with a browser."""
    report = yield
    browser = getattr(item, "funcargs", {}).get("browser")
    if report.failed and browser:
        pages = [page for context in browser.contexts for page in context.pages]
        report.sections.append(("open pages", "\n".join(map(describe_page, pages))))
    return report


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory, room: Path) -> Iterator[System]:
    """Return the system with its sample data, or the one in GOVAH_E2E_DIR."""
    if "GOVAH_E2E_DIR" in os.environ:
        yield System(Path(os.environ["GOVAH_E2E_DIR"]))
        return
    running = start_sampled(room, tmp_path_factory.mktemp("govah") / "data")
    yield running
    assert running.stop() == 0


def launch_chromium(playwright: Playwright) -> Browser:
    """Start Debian's Chromium and return it: the one without windows, a third of the work, if it is there."""
    return launch_browser(playwright.chromium)


def launch_browser(kind: BrowserType, *arguments: str) -> Browser:
    """Start a browser with more arguments and return it."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return kind.launch(executable_path=program, args=["--no-sandbox", *arguments])


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. It ends with these tests: until then no other has an event loop of its own."""
    with sync_playwright() as playwright:
        one = launch_chromium(playwright)
        yield one
        one.close()


@pytest.fixture
def reader(request: pytest.FixtureRequest) -> Reader:
    """Who reads."""
    one: Reader = request.param
    return one


@pytest.fixture
def scripts(reader: Reader) -> None:
    """Ask for a reader with scripts."""
    if not reader.scripts:
        pytest.skip("without scripts there is none")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test its readers: all in `make browser`, else the kinds of `FEW` in turn."""
    if "reader" in metafunc.fixturenames:
        readers = ALL if IS_FULL else [choose_reader(metafunc)]
        metafunc.parametrize("reader", readers, ids=lambda reader: reader.name, indirect=True)


def choose_reader(metafunc: pytest.Metafunc) -> Reader:
    """Return the kind of reader of a test by its place in its module, with scripts where they are needed."""
    names = [name for name in vars(metafunc.module) if name.startswith("test_")]
    fit = [one for one in FEW if one.scripts or "scripts" not in metafunc.fixturenames]
    return fit[names.index(metafunc.function.__name__) % len(fit)]


@contextmanager
def open_window(browser: Browser, system: System, reader: Reader) -> Iterator[Portal]:
    """Open the portal as this reader sees it. What the browser complains of fails the test."""
    width, height = reader.screen
    context = browser.new_context(
        base_url=system.base_url,
        viewport={"width": width, "height": height},
        java_script_enabled=reader.scripts,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    folder = find_output_folder(reader.name)
    portal = Portal(page, system, reader.language, folder, scripts=reader.scripts, checked=CHECKED)
    portal.open(f"/?lang={reader.language}")
    yield portal
    context.close()
    assert portal.complaints == []


@pytest.fixture
def portal(browser: Browser, system: System, reader: Reader) -> Iterator[Portal]:
    """Return the portal as this reader sees it."""
    with open_window(browser, system, reader) as portal:
        yield portal


@pytest.fixture
def second_portal(browser: Browser, system: System, reader: Reader) -> Iterator[Portal]:
    """Return the portal in the browser of another person, who reads in the same way."""
    with open_window(browser, system, reader) as portal:
        yield portal
