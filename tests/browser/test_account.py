"""The account page: messages, devices, and a passkey from its creation to its removal."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import Portal
from tests.e2e.system import System

# Whose password signs in alone, but for the time of the test.
OWNER = 3
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}


@pytest.fixture
def owner(browser: Browser, system: System) -> Iterator[Portal]:
    """Return the portal on a phone with an authenticator, under a name: passkeys know no addresses."""
    context = browser.new_context(
        base_url=system.base_url.replace("127.0.0.1", "localhost"), viewport={"width": 360, "height": 760}
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    portal = Portal(page, system, "fa", None, scripts=True)
    portal.open("/?lang=fa")
    yield portal
    context.close()
    assert portal.complaints == []


def test_messages_are_chosen_and_this_device_is_signed_out(portal: Portal) -> None:
    portal.sign_in()
    portal.follow("حساب من")
    portal.look("account")
    portal.page.locator("main").get_by_role("link", name=portal.translate("پیامک‌های من")).click()
    portal.page.get_by_label(portal.translate("نامه آماده است")).check()
    portal.press("ذخیره")
    assert portal.page.get_by_role("status").inner_text() == portal.translate("انتخاب شما ذخیره شد.")
    portal.look("messages")
    portal.open("/account/devices")
    portal.look("devices")
    own = portal.page.locator("main li").filter(has_text=portal.translate("همین دستگاه"))
    own.get_by_role("button").click()
    assert portal.page.get_by_role("status").inner_text() == portal.translate("از سامانه خارج شدید.")
    portal.open("/account")
    portal.expect_heading("ورود به سامانه")


def test_a_passkey_signs_in_until_it_is_removed(owner: Portal) -> None:
    password = owner.system.demo["citizens"][OWNER]["password"]
    owner.sign_in(OWNER)
    owner.open("/account/two-step/passkey")
    owner.fill("نام دستگاه (اختیاری)", "گوشی آزمایش")
    owner.fill("گذرواژه کنونی", password)
    owner.press("ادامه")
    owner.press("ساختن کلید عبور")
    owner.expect_heading("کدهای پشتیبان")
    owner.press("کدها را یادداشت کردم")
    owner.page.get_by_role("button", name="خروج").click()
    owner.open("/sign-in")
    owner.follow("ورود با کلید عبور")
    owner.press("ورود با کلید عبور")
    owner.expect_heading("تامین اجتماعی من")
    owner.page.get_by_role("button", name="خروج").click()
    owner.open("/sign-in")
    # The authenticator answers without a list to choose from.
    owner.page.get_by_label(owner.translate("کد ملی (نام کاربری)")).focus()
    owner.expect_heading("تامین اجتماعی من")
    owner.open("/account/two-step")
    owner.page.get_by_role("link", name="حذف – گوشی آزمایش").click()
    owner.fill("گذرواژه کنونی", password)
    owner.press("حذف")
    assert owner.page.get_by_role("status").inner_text() == "از ورود دومرحله‌ای حذف شد."
