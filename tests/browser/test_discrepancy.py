"""A clerk reports a month, the person objects, two officers decide, and the clerk sees what came of it."""

import pytest
from playwright.sync_api import expect

from services.kit.text import normalise_digits
from tests.browser.institutions import Panel
from tests.browser.officers import Desk
from tests.browser.pages import Portal, describe_page
from tests.browser.people import Newcomer, sign_out
from tests.e2e.client import Stranger
from tests.fakes.lists import MEHR
from tests.waiting import wait_until

TEXT = "در مدارک ما ۲۰ روز کار است."


@pytest.fixture
def person(portal: Portal) -> Newcomer:
    return Newcomer.register(portal.system)


def report_month(portal: Portal, person: Newcomer) -> None:
    """As a clerk, look at a letter of a person and report its month."""
    citizen = Stranger(portal.system).sign_in(**person.credentials)
    letter = citizen.ask_for_letter("all")
    citizen.wait_until_registered(letter["serial"])
    code = citizen.issue_permit(letter["id"])["code"]
    panel = Panel(portal)
    panel.sign_in()
    panel.inquire(str(person.national_code), code)
    portal.follow("گزارش مغایرت")
    portal.page.get_by_label(portal.translate("ماه"), exact=True).select_option(str(MEHR.month))
    portal.fill("سال", str(MEHR.year))
    portal.fill("چه چیزی مطابقت ندارد؟", TEXT)
    portal.press("ارسال گزارش")
    portal.expect_heading("نامه اعلام سابقه")
    expect_tag(portal, "در انتظار پاسخ")


def expect_tag(portal: Portal, state: str) -> None:
    """Return once the clerk's newest report is in that state, which a feed may bring."""
    newest = portal.page.locator(".log li").first

    def is_there() -> bool:
        portal.open("/institution/discrepancies")
        return portal.translate(state) in newest.inner_text()

    wait_until(is_there, lambda: describe_page(portal.page), pause=0.5)
    assert TEXT in newest.inner_text()


def object_to_report(portal: Portal, person: Newcomer) -> str:
    """As the person, send the objection that the report has filled in. Return its tracking number."""
    person.sign_in(portal)
    portal.follow("پاسخ به این گزارش")
    expect(portal.page.locator("main")).to_contain_text(TEXT)
    # The first door is the workshop that has the month.
    portal.page.locator(".doors a").first.click()
    portal.expect_heading("روزهای درست هر ماه چند است؟")
    quotation = portal.page.get_by_label(portal.translate("توضیح"), exact=True)
    assert TEXT in quotation.input_value()
    days = portal.page.locator(".entry input")
    expect(days).to_have_count(1)
    days.fill("۲۰")
    portal.look("report-days")
    portal.press("تایید (پیش‌نویس)")
    portal.expect_heading("پیش‌نویس را بازبینی کنید")
    portal.look("report-draft")
    portal.press("تایید نهایی")
    portal.expect_heading("اعتراض شما ثبت شده است")
    return normalise_digits(portal.page.locator("#tracking-number").inner_text()).replace(" ", "")


def decide(portal: Portal, number: str) -> None:
    """As two officers, accept the objection of that number."""
    desk = Desk(portal)
    desk.sign_in()
    desk.enter("اعتراض‌ها")
    desk.open_objection(number)
    expect(portal.page.locator("blockquote.said").first).to_contain_text(TEXT)
    portal.page.get_by_label(portal.translate("پذیرش اعتراض"), exact=True).check()
    portal.fill("علت", "سند موسسه دیده شد.")
    portal.press("ثبت پیشنهاد")
    desk.sign_in("second_officer")
    desk.enter("اعتراض‌ها")
    portal.follow("برای تایید")
    desk.open_objection(number)
    portal.press("تایید تصمیم")
    assert desk.read_note() == portal.translate("تصمیم نهایی شد و بیمه‌شده آن را می‌بیند.")


def test_a_report_becomes_an_objection_that_is_decided(portal: Portal, person: Newcomer) -> None:
    report_month(portal, person)
    portal.look("clerk-reported")
    sign_out(portal)
    number = object_to_report(portal, person)
    sign_out(portal)
    Panel(portal).sign_in()
    expect_tag(portal, "در دست بررسی")
    sign_out(portal)
    decide(portal, number)
    sign_out(portal)
    Panel(portal).sign_in()
    expect_tag(portal, "رسیدگی شده")
    portal.look("clerk-decided")
    person.sign_in(portal)
    portal.open("/reports")
    portal.page.locator(".log a").first.click()
    expect(portal.page.get_by_role("link", name=portal.translate("دیدن اعتراض من"))).to_have_count(1)
    portal.look("report-decided")
