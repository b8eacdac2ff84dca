"""What people do besides: waiting too long, pressing twice, and working in two windows."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import READERS, Reader
from tests.browser.letters import Letters
from tests.browser.pages import Portal
from tests.browser.record import Record
from tests.e2e.client import DISCLOSURE, INQUIRY, RECORDS, Stranger

# Seconds: the warning comes three minutes before twenty have gone.
BEFORE, REST = 17 * 60 - 1, 3 * 60 + 2


def count(me: Stranger, path: str) -> int:
    return len(me.get(path, params={"limit": 200}).json()["items"])


def pass_time(page: Page, seconds: int) -> None:
    page.clock.fast_forward(seconds * 1000)


@pytest.mark.usefixtures("scripts")
def test_a_session_warns_before_it_ends_and_can_be_kept(portal: Portal) -> None:
    portal.page.clock.install()
    portal.sign_in(0)
    portal.open("/disclosure")
    warning = portal.page.locator(".ending")
    pass_time(portal.page, BEFORE)
    expect(warning).to_be_hidden()
    pass_time(portal.page, 2)
    expect(warning).to_be_visible()
    portal.look("session-ending")
    warning.get_by_role("button").click()
    expect(warning).to_be_hidden()
    # What is in a form stays on the screen; a page about a person goes.
    portal.page.get_by_label(portal.translate("کلیه سوابق"), exact=True).check()
    pass_time(portal.page, BEFORE + REST)
    expect(portal.page.get_by_label(portal.translate("کلیه سوابق"), exact=True)).to_be_checked()
    portal.open("/home")
    portal.page.context.clear_cookies()
    pass_time(portal.page, BEFORE + 2)
    pass_time(portal.page, REST)
    portal.page.wait_for_url("**/sign-in")


@pytest.mark.usefixtures("scripts")
def test_pressing_twice_sends_one_request(portal: Portal, reader: Reader) -> None:
    number = (READERS.index(reader) + 3) % 5
    me = Stranger(portal.system).sign_in_citizen(number)
    record, letters = Record(portal, number), Letters(portal, number)
    record.settle()
    before = [count(me, path) for path in (f"{DISCLOSURE}/requests", f"{INQUIRY}/permits")]
    portal.sign_in(number)
    letters.choose("کلیه سوابق")
    press_twice(portal, "موافقم")
    letters.wait_until_ready()
    portal.follow("رویت مکاتبه")
    portal.follow("صدور مجوز استعلام")
    press_twice(portal, "صدور مجوز استعلام")
    assert len(letters.code) == 16
    after = [count(me, path) for path in (f"{DISCLOSURE}/requests", f"{INQUIRY}/permits")]
    assert after == [one + 1 for one in before]
    objections = count(me, f"{RECORDS}/me/objections")
    portal.open("/record/objections/missing?start=1402-01&end=1402-02")
    portal.fill("نام کارگاه یا کارفرما", "کارگاه نمونه")
    portal.fill("شهر", "یزد")
    portal.fill("تعداد روزهای کار در این دوره", "۳۰")
    portal.fill("توضیح", "قرارداد دارم.")
    press_twice(portal, "تایید (پیش‌نویس)")
    portal.expect_heading("پیش‌نویس را بازبینی کنید")
    press_twice(portal, "تایید نهایی")
    portal.expect_heading("اعتراض شما ثبت شده است")
    assert count(me, f"{RECORDS}/me/objections") == objections + 1
    record.settle()


def press_twice(portal: Portal, text: str) -> None:
    button = portal.page.locator("main").get_by_role("button", name=portal.translate(text), exact=True)
    with portal.page.expect_navigation():
        button.dblclick(no_wait_after=True)


def test_a_form_in_one_window_outlives_leaving_in_another(portal: Portal) -> None:
    portal.sign_in(1)
    portal.open("/record/objections/missing")
    portal.fill("شهر", "یزد")
    other = portal.page.context.new_page()
    other.goto("/home")
    other.get_by_role("button", name=portal.translate("خروج")).click()
    other.wait_for_load_state()
    portal.press("تایید (پیش‌نویس)")
    portal.expect_heading("ورود به سامانه")
    expect(portal.page.get_by_role("status")).to_have_count(1)
    person = portal.system.demo["citizens"][1]
    portal.fill("کد ملی (نام کاربری)", person["national_code"])
    portal.fill("گذرواژه", person["password"])
    portal.press("ورود به سامانه")
    expect(portal.page.get_by_label(portal.translate("شهر"), exact=True)).to_have_value("یزد")
