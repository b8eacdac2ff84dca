"""The offline check and a real letter: a scan of 150 dots an inch, and the camera. In `make browser`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import IS_FULL, launch_browser
from tests.browser.offline import SavedPage, open_page
from tests.browser.pages import MILLISECONDS
from tests.e2e.client import Stranger
from tests.e2e.system import System

pytestmark = pytest.mark.skipif(not IS_FULL, reason="in `make browser`")

# Of the sample's people: whose letter is read.
READ = 2
FRAME, FRAMES = (1920, 1080), 5
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def scans(system: System, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return the pages of a letter as scans."""
    folder = tmp_path_factory.mktemp("letter")
    person = Stranger(system).sign_in_citizen(READ)
    letter = person.ask_for_letter("all", "wages")
    (folder / "letter.pdf").write_bytes(person.get_document(letter["id"]))
    command = ["pdftoppm", "-r", "150", "-png", "letter.pdf", "page"]
    subprocess.run(command, cwd=folder, check=True)
    return sorted(folder.glob("page*.png"))


@pytest.fixture
def window(system: System, browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=system.base_url) as context:
        context.set_default_timeout(MILLISECONDS)
        yield context


def expect_letter(page: SavedPage, person: dict[str, Any]) -> None:
    """Return once the page describes the letter, and this person's code fits it and another's does not."""
    page.expect_verdict("genuine")
    assert page.compare(number=person["national_code"]) == [page.words["numberFits"]]
    assert page.compare(number="0012345679") == [page.words["numberDiffers"]]


def test_a_scan_of_every_page_is_read(system: System, window: BrowserContext, scans: list[Path]) -> None:
    page = open_page(window, "/check", "en")
    expect(page.page.locator("#works-offline")).to_have_text(page.words["worksOffline"])
    window.set_offline(True)
    for scan in scans:
        page.choose_picture(scan)
        expect_letter(page, system.demo["citizens"][READ])
    assert page.complaints == []


def write_film(scan: Path, file: Path) -> Path:
    """Write what a camera sees of a letter, a little askew and not quite sharp. Return the file's path."""
    letter = Image.open(scan).convert("L").rotate(6, expand=True, fillcolor=90)
    near = letter.resize((letter.width * 6 // 5, letter.height * 6 // 5))
    return write_video(near.filter(ImageFilter.GaussianBlur(0.8)), file)


def write_video(picture: Image.Image, file: Path) -> Path:
    """Write a picture as a grey video that pans over it from the top to the bottom (YUV4MPEG2)."""
    width, height = FRAME
    grey = bytes([128]) * (width * height // 2)
    with file.open("wb") as video:
        video.write(f"YUV4MPEG2 W{width} H{height} F5:1 Ip A1:1 C420jpeg\n".encode())
        for number in range(FRAMES):
            frame = Image.new("L", FRAME, 90)
            top = (picture.height - height) * number // (FRAMES - 1)
            frame.paste(picture, ((width - picture.width) // 2, -top))
            video.write(b"FRAME\n" + frame.tobytes() + grey)
    return file


def test_the_camera_reads_a_letter(
    browser: Browser, system: System, scans: list[Path], tmp_path: Path
) -> None:
    video = write_film(scans[0], tmp_path / "camera.y4m")
    seen = f"--use-file-for-fake-video-capture={video}"
    camera = launch_browser(browser.browser_type, *CAMERA, seen)
    with camera.new_context(base_url=system.base_url) as context:
        context.set_default_timeout(MILLISECONDS)
        page = open_page(context, "/check", "en")
        page.page.get_by_role("button", name=page.words["camera"], exact=True).click()
        expect_letter(page, system.demo["citizens"][READ])
        # It is closed as soon as it has read the code, and can be opened and closed again.
        expect(page.page.locator("video")).to_be_hidden()
        assert page.page.evaluate("document.querySelector('video').srcObject") is None
        page.page.get_by_role("button", name=page.words["camera"], exact=True).click()
        page.page.get_by_role("button", name=page.words["stop"], exact=True).click()
        expect(page.page.get_by_role("button", name=page.words["camera"], exact=True)).to_be_focused()
        assert page.complaints == []
    camera.close()


def test_without_a_camera_the_page_says_what_else_there_is(window: BrowserContext) -> None:
    page = open_page(window, "/check", "en")
    page.page.get_by_role("button", name=page.words["camera"], exact=True).click()
    page.expect_status("noCamera")
