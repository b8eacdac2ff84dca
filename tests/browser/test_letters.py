"""From «اعلام سابقه به موسسات» to the code that a citizen hands over, and to who has looked."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import READERS, Reader
from tests.browser.letters import Letters
from tests.browser.pages import Portal


@pytest.fixture
def letters(portal: Portal, reader: Reader) -> Letters:
    """Return a signed-in citizen. Readers take turns, since a person gets ten requests a day."""
    number = (READERS.index(reader) + 2) % len(portal.system.demo["citizens"])
    portal.sign_in(number)
    return Letters(portal, number)


def test_letter_is_requested_made_and_viewed(letters: Letters) -> None:
    portal = letters.portal
    portal.follow("اعلام سابقه به موسسات")
    portal.look("disclosure-choose")
    letters.choose()
    portal.expect_mistakes(1)
    portal.look("disclosure-choose-mistake")
    letters.choose("کلیه سوابق", "سوابق تلفیقی", note="برای بانک")
    portal.expect_heading("موافقتنامه")
    portal.look("disclosure-agreement")
    portal.press("موافقم")
    portal.expect_heading("وضعیت درخواست اعلام سابقه")
    portal.look("disclosure-queued")
    address = portal.page.url
    portal.page.go_back()
    portal.press("موافقم")
    assert portal.page.url == address
    letters.wait_until_ready()
    portal.look("disclosure-ready")
    portal.follow("رویت مکاتبه")
    portal.look("inbox-letter")
    portal.follow("صندوق شخصی من")
    portal.page.locator("main summary").first.click()
    portal.look("inbox")
    portal.follow("تامین اجتماعی من")
    portal.look("activity-full")


def test_a_permit_is_issued_used_paused_and_revoked(letters: Letters) -> None:
    portal = letters.portal
    letters.get_letter()
    portal.follow("صدور مجوز استعلام")
    portal.look("permit-new")
    portal.page.get_by_label(portal.translate("مدت دیگر"), exact=True).check()
    portal.fill("تعداد روزها", "۴۰۰")
    portal.press("صدور مجوز استعلام")
    portal.expect_mistakes(1)
    portal.look("permit-new-mistake")
    portal.fill("تعداد روزها", "۱۰")
    portal.press("صدور مجوز استعلام")
    code = letters.code
    portal.look("permit-code")
    portal.page.reload()
    assert letters.code == code
    assert letters.inquire(code).status_code == 200
    portal.press("کد را یادداشت کردم")
    expect(portal.page.locator("main .log li")).to_have_count(1)
    portal.look("permit")
    portal.page.go_back()
    expect(portal.page.locator("#secret")).to_have_count(0)
    portal.press("توقف موقت")
    assert letters.inquire(code).json()["code"] == "permit-paused"
    portal.press("فعال‌سازی دوباره")
    portal.page.locator("main").get_by_role("link", name=portal.translate("لغو مجوز استعلام")).click()
    portal.look("permit-revoke")
    portal.press("لغو مجوز استعلام")
    assert letters.inquire(code).json()["code"] == "permit-revoked"
    portal.follow("مجوزهای استعلام من")
    portal.look("permits")
    portal.follow("صندوق شخصی من")
    portal.page.locator("main summary").first.click()
    portal.follow("چه کسی نامه را دیده است؟")
    expect(portal.page.locator("main .log li")).to_have_count(3)
    portal.look("inbox-views")


def test_agreement_is_reached_by_keyboard_only(letters: Letters) -> None:
    portal, focus_element = letters.portal, create_keyboard(letters.portal)
    portal.open("/disclosure")
    focus_element(portal.translate("کلیه سوابق"))
    portal.page.keyboard.press("Space")
    focus_element(portal.translate("ارسال به صندوق شخصی"))
    portal.page.keyboard.press("Enter")
    portal.page.wait_for_url("**/agreement")
    focus_element(portal.translate("موافقم"))


FOCUSED = "one => (one.labels?.[0] ?? one).textContent.trim()"


def create_keyboard(portal: Portal) -> Callable[[str], None]:
    """Return what focuses an element of a name with only the Tab key."""

    def focus_element(name: str) -> None:
        for _ in range(80):
            portal.page.keyboard.press("Tab")
            if portal.page.locator(":focus").evaluate(FOCUSED) == name:
                return
        raise AssertionError(f"{name} cannot be reached")

    return focus_element
