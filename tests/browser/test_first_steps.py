"""From the first page into the system, by the labels people know."""

import secrets

import pytest

from tests.browser.pages import Portal
from tests.e2e.other_lists import generate_national_code


def test_a_citizen_signs_in_sees_what_happened_and_leaves(portal: Portal) -> None:
    portal.look("first")
    portal.sign_in()
    portal.expect_heading("تامین اجتماعی من")
    assert portal.page.locator(".log li").count() >= 1
    portal.look("activity")
    portal.page.get_by_role("button", name=portal.translate("خروج")).click()
    assert portal.page.get_by_role("status").inner_text() == portal.translate("از سامانه خارج شدید.")
    portal.open("/home")
    portal.expect_heading("ورود به سامانه")


@pytest.mark.parametrize(
    "path",
    ["/registration", "/registration/follow-up", "/sign-in", "/forgotten-password", "/guide", "/nowhere"],
)
def test_everyone_can_read_the_open_pages(portal: Portal, path: str) -> None:
    portal.open(path)
    portal.look(path.strip("/").replace("/", "-"))


def test_an_empty_registration_says_what_is_missing_and_keeps_the_rest(portal: Portal) -> None:
    portal.open("/registration")
    portal.fill("شماره همراه", "۰۹۱۲ ۰۰۰ ۰۰۰۰")
    portal.press("ارسال کد فعال‌سازی")
    portal.expect_mistakes(2)
    assert portal.page.get_by_label(portal.translate("شماره همراه")).input_value() == "۰۹۱۲ ۰۰۰ ۰۰۰۰"
    portal.look("registration-mistakes")


def test_wrong_password_is_reported_above_the_form(portal: Portal) -> None:
    portal.open("/sign-in")
    # Nobody's: a person who has failed too often here could not sign in for the tests that follow.
    portal.fill("کد ملی (نام کاربری)", generate_national_code())
    portal.fill("گذرواژه", "not the password")
    portal.press("ورود به سامانه")
    portal.expect_mistakes(1)
    portal.look("sign-in-refused")


def test_a_registration_is_followed_up_by_its_number(portal: Portal) -> None:
    portal.open("/registration")
    # Nobody's, which the answer does not tell: a person and a mobile get three registrations an hour.
    portal.fill("کد ملی", generate_national_code())
    portal.fill_date("1360-02-11")
    portal.fill("شماره همراه", f"0912{secrets.randbelow(10**7):07}")
    portal.press("ارسال کد فعال‌سازی")
    number = portal.page.locator("#registration-id").inner_text()
    portal.look("activation")
    portal.open("/registration/follow-up")
    portal.fill("شماره پیگیری ثبت‌نام", number)
    portal.press("پیگیری")
    portal.expect_heading("فعال‌سازی حساب")
