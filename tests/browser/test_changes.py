"""Two officers change what records say: whose a held row is, what a list says, who a person is."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.changes import REASON, Workshop, list_table, open_newest_proposal
from tests.browser.officers import Desk
from tests.browser.pages import Portal
from tests.fakes.lists import HASAN


@pytest.fixture
def desk(portal: Portal) -> Desk:
    return Desk(portal)


@pytest.fixture
def workshop(portal: Portal) -> Workshop:
    return Workshop(portal.system)


def confirm(desk: Desk, kind: str) -> None:
    """Confirm the newest proposal of a kind as the second officer."""
    desk.sign_in("second_officer")
    open_newest_proposal(desk, kind)
    desk.portal.look(f"proposal-to-confirm-{kind}")
    desk.portal.press("تایید پیشنهاد")
    assert desk.read_note() == desk.portal.translate("پیشنهاد تایید و اجرا شد.")


def test_two_officers_decide_whose_a_held_row_is(desk: Desk, workshop: Workshop) -> None:
    _, imported = workshop.import_held_row()
    desk.sign_in()
    desk.portal.open(f"/officer/lists/{imported}")
    desk.portal.look("officer-list-with-a-held-row")
    desk.portal.page.locator("dd").get_by_role("link").click()
    desk.portal.look("officer-held-rows-of-a-list")
    desk.portal.page.locator("tbody").get_by_role("link").first.click()
    desk.portal.press("ثبت پیشنهاد")
    desk.portal.expect_mistakes(2)
    desk.portal.look("officer-held-row-mistakes")
    desk.portal.page.get_by_label(desk.portal.translate("شخص دیگری، با این کد ملی")).check()
    desk.portal.fill("کد ملی آن شخص", "1234")
    desk.portal.fill("علت پیشنهاد", REASON)
    desk.portal.press("ثبت پیشنهاد")
    desk.portal.expect_mistakes(1)
    desk.portal.page.get_by_label(desk.portal.translate("همان شخصی که سطر نام می‌برد")).check()
    desk.portal.press("ثبت پیشنهاد")
    assert desk.read_note() == desk.portal.translate(
        "پیشنهاد شما ثبت شد. کارشناس دیگری باید آن را تایید کند."
    )
    confirmation = desk.portal.translate("تایید پیشنهاد")
    expect(desk.portal.page.get_by_role("button", name=confirmation)).to_have_count(0)
    desk.portal.look("officer-own-proposal")
    confirm(desk, "سطر نگه‌داشته")
    desk.portal.open(f"/officer/lists/{imported}")
    expect(desk.portal.page.locator("dd").get_by_role("link")).to_have_count(0)


def test_a_list_is_replaced_with_its_differences_shown(
    desk: Desk, workshop: Workshop, tmp_path: Path
) -> None:
    imported = workshop.import_list(workshop.person, HASAN)
    files = workshop.write_list(replace(workshop.person, days=21), HASAN)
    paths = [tmp_path / name for name in ("DSKKAR00.DBF", "DSKWOR00.DBF")]
    for path, content in zip(paths, files, strict=True):
        path.write_bytes(content)
    desk.sign_in()
    desk.portal.open(f"/officer/lists/{imported}")
    desk.portal.follow("جایگزینی لیست")
    desk.portal.press("ثبت پیشنهاد")
    desk.portal.expect_mistakes(3)
    desk.portal.look("officer-replacement-mistakes")
    for label, path in zip(
        ("فایل مشخصات لیست (DSKKAR00.DBF)", "فایل کارکنان لیست (DSKWOR00.DBF)"), paths, strict=True
    ):
        desk.portal.page.get_by_label(desk.portal.translate(label)).set_input_files(path)
    desk.portal.fill("علت پیشنهاد", "کارفرما روزها را اصلاح کرد.")
    desk.portal.press("ثبت پیشنهاد")
    rows = list_table(desk, "differences")
    assert any(desk.format_digits("30") in row and desk.format_digits("21") in row for row in rows), rows
    confirm(desk, "جایگزینی لیست")
    desk.portal.open(f"/officer/lists/{imported}")
    desk.portal.look("officer-replaced-list")
    with desk.portal.page.expect_download() as saved:
        desk.portal.page.locator('a[href$="workers?version=2"]').click()
    assert saved.value.path().read_bytes() == files[1]


def test_a_person_is_corrected_by_two_officers(desk: Desk, workshop: Workshop) -> None:
    workshop.import_list(workshop.person)
    find_person(desk, workshop)
    desk.portal.follow("اصلاح مشخصات")
    desk.portal.fill("نام پدر", "حسین")
    desk.portal.press("دیدن تفاوت‌ها")
    desk.portal.expect_mistakes(1)
    desk.portal.look("officer-correction-mistake")
    desk.portal.fill("علت پیشنهاد", REASON)
    desk.portal.press("دیدن تفاوت‌ها")
    (row,) = list_table(desk, "differences")
    assert str(workshop.person.father_name) in row
    assert "حسین" in row
    desk.portal.look("officer-correction")
    desk.portal.press("ثبت پیشنهاد")
    confirm(desk, "اصلاح مشخصات")
    find_person(desk, workshop)
    expect(desk.portal.page.locator("main")).to_contain_text("حسین")


def find_person(desk: Desk, workshop: Workshop) -> None:
    """Search for the workshop's person as the first officer."""
    desk.sign_in()
    desk.enter("جستجوی بیمه‌شده")
    desk.portal.fill("کد ملی", str(workshop.person.national_code))
    desk.portal.fill("علت مشاهده", "درخواست حضوری")
    desk.portal.press("جستجو")
    desk.portal.expect_heading("سوابق بیمه‌شده")
