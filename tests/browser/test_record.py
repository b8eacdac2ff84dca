"""From the picture of the record to an objection that is decided, as people go."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import READERS, Reader
from tests.browser.pages import Portal
from tests.browser.record import Record

# Of the sample's people, the one whose record has a gap.
WITH_GAP = 3
NARROW: ViewportSize = {"width": 320, "height": 568}


@pytest.fixture
def record(portal: Portal, reader: Reader) -> Iterator[Record]:
    """Return a signed-in citizen without an undecided objection, before and after."""
    one = Record(portal, READERS.index(reader) % 3)
    one.settle()
    one.sign_in()
    yield one
    one.settle()


def test_the_record_is_seen_at_a_glance_and_in_detail(portal: Portal) -> None:
    record = Record(portal, WITH_GAP)
    record.sign_in()
    portal.follow("بیمه‌شدگان")
    portal.look("insured")
    portal.follow("خدمات سابقه")
    portal.look("record-services")
    portal.follow("مشاهده سوابق")
    whole = record.count_states()
    assert whole["gap"] == 3
    assert record.read_figure(".picture tfoot td") == record.read_figure(".card-plain .figure")
    portal.look("record-months")
    portal.page.emulate_media(color_scheme="dark")
    portal.look("record-months-dark")
    portal.page.emulate_media(color_scheme="light")
    wide = portal.page.viewport_size
    assert wide
    portal.page.set_viewport_size(NARROW)
    portal.look("record-months-320")
    portal.page.set_viewport_size(wide)
    portal.page.locator("main summary").first.click()
    portal.page.get_by_label(portal.translate("از سال"), exact=True).select_option("1405")
    portal.press("نمایش")
    assert sum(record.count_states().values()) == 12
    portal.follow("ریز دستمزدها")
    portal.look("record-wages")
    expect(portal.page.locator(".year-list [open]")).to_have_count(1)
    portal.follow("باز کردن همه سال‌ها")
    expect(portal.page.locator(".year-list [open]")).to_have_count(3)
    portal.open("/record/months?from=1405&to=1403")
    portal.expect_mistakes(1)
    portal.look("record-months-mistake")


def test_wrong_days_go_from_a_draft_to_a_decision(record: Record) -> None:
    portal = record.portal
    record.enter("اعتراض به سوابق")
    portal.look("objections")
    portal.follow("راهنمای اعتراض به سوابق")
    portal.look("objections-guide")
    portal.open("/record/objections/days")
    portal.look("objections-days")
    portal.page.locator(".years a").first.click()
    days = portal.page.locator(".entry input")
    days.last.fill("۴۴")
    portal.press("تایید (پیش‌نویس)")
    portal.expect_mistakes(2)
    assert days.last.input_value() == "۴۴"
    portal.look("objections-year-mistakes")
    days.last.fill("۷")
    portal.fill("توضیح", "آن ماه هفت روز کار کرده‌ام.\nقرارداد دارم.")
    portal.press("تایید (پیش‌نویس)")
    portal.expect_heading("پیش‌نویس را بازبینی کنید")
    portal.look("objection-draft")
    portal.page.locator(".more-ways a").first.click()
    assert days.last.input_value() in {"7", "۷"}
    portal.press("تایید (پیش‌نویس)")
    portal.press("تایید نهایی")
    portal.expect_heading("اعتراض شما ثبت شده است")
    assert record.read_figure("#tracking-number") >= 10**11
    portal.look("objection-submitted")
    portal.page.go_back()
    portal.page.go_forward()
    expect(portal.page.get_by_role("button", name=portal.translate("تایید نهایی"))).to_have_count(0)
    portal.open("/record/objections/days")
    portal.expect_heading("اعتراض پیشین در دست بررسی است")
    portal.look("objection-open")
    portal.open("/record/months")
    expect(portal.page.locator(".picture .disputed")).to_have_count(1)
    portal.look("record-months-disputed")
    record.settle()
    record.enter("اعتراض به سوابق")
    portal.page.locator(".log a").first.click()
    portal.expect_heading("نتیجه اعتراض")
    portal.look("objection-decided")


def test_a_missing_period_is_drafted_and_deleted(record: Record) -> None:
    portal = record.portal
    portal.open("/record/objections/missing?start=1402-01&end=1402-02")
    portal.fill("تعداد روزهای کار در این دوره", "۹۹")
    portal.press("تایید (پیش‌نویس)")
    portal.expect_mistakes(3)
    portal.look("objections-missing-mistakes")
    portal.fill("نام کارگاه یا کارفرما", "کارگاه نمونه")
    portal.fill("شهر", "یزد")
    portal.fill("توضیح", "قرارداد دارم.")
    portal.press("تایید (پیش‌نویس)")
    # More days than the period has: the service's own words, beside the field.
    portal.expect_mistakes(1)
    record.fill_day("آخرین روز کار", "1402-04-31")
    portal.press("تایید (پیش‌نویس)")
    portal.expect_heading("پیش‌نویس را بازبینی کنید")
    portal.look("objection-missing-draft")
    portal.follow("حذف پیش‌نویس")
    portal.look("objection-deletion")
    portal.press("حذف پیش‌نویس")
    assert portal.page.get_by_role("status").inner_text() == portal.translate("پیش‌نویس حذف شد.")


def test_form_is_reached_by_keyboard_only(record: Record) -> None:
    portal = record.portal
    for name in ("خدمات سابقه", "ریز دستمزدها", "اعتراض به سوابق", "راهنمای اعتراض به سوابق"):
        record.focus_element(name)
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert portal.page.evaluate(outline) == "solid"
        with portal.page.expect_navigation():
            portal.page.keyboard.press("Enter")
    portal.expect_heading("راهنمای اعتراض به سوابق")
