"""Officers at their desk: lists in, objections decided by two, people found, letters revoked."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from services.records.lists.encodings import Encoding
from services.records.lists.writers import write_list
from tests.browser.conftest import READERS, Reader
from tests.browser.officers import (
    Desk,
    ask_for_letter,
    citizen,
    create_letter,
    object_to_a_month,
    poison,
    repair_requests,
    wait_for_status,
)
from tests.browser.pages import Portal, describe_page
from tests.fakes.lists import HASAN, MARYAM, build_sample_header
from tests.waiting import wait_until

REASON = "درخواست حضوری در شعبه"
# What the network does with the lists of an upload: the first is lost, then arrives, the second never ends.
STEPS: dict[int, Callable[[Route], None]] = {1: Route.abort, 2: Route.continue_, 3: lambda _route: None}
OPEN_PAGES = {
    "میز کارشناس": "officer-desk",
    "لیست‌ها": "officer-lists",
    "سطرهای نگه‌داشته": "officer-held-rows",
    "پیشنهادها": "officer-proposals",
    "اعتراض‌ها": "officer-objections",
    "نامه‌های ناموفق": "officer-failed",
    "جستجوی بیمه‌شده": "officer-search",
    "ابطال نامه": "officer-revocation",
    "دسترسی‌ها": "officer-accesses",
}


@pytest.fixture
def desk(portal: Portal) -> Desk:
    return Desk(portal)


def pair(folder: Path, number: int, days: int) -> list[Path]:
    """Return the two files of a workshop's list, with the usual names."""
    rows = [replace(MARYAM, days=days), HASAN]
    header = replace(build_sample_header(rows), workshop_code=f"{number:010}", list_number=str(days))
    folder.mkdir()
    paths = [folder / "DSKKAR00.DBF", folder / "DSKWOR00.DBF"]
    for path, content in zip(paths, write_list(header, rows, Encoding.CP1256), strict=True):
        path.write_bytes(content)
    return paths


def test_every_page_of_the_desk_is_found_by_its_name(desk: Desk) -> None:
    desk.portal.follow("ورود کارشناس")
    desk.portal.look("officer-sign-in")
    desk.sign_in()
    for name, picture in OPEN_PAGES.items():
        desk.enter(name)
        desk.portal.look(picture)


def test_officer_at_the_institutions_sign_in_is_led_to_the_right_one(desk: Desk) -> None:
    portal, officer = desk.portal, desk.portal.system.demo["officer"]
    portal.open("/institution/sign-in")
    portal.fill("نام کاربری", officer["username"])
    portal.fill("گذرواژه", officer["password"])
    portal.press("ورود")
    portal.expect_mistakes(1)
    portal.look("institution-wrong-door")
    portal.find_mistakes().get_by_role("link").click()
    portal.expect_heading("ورود کارشناس")
    expect(portal.page.get_by_role("button", name=portal.translate("خروج"))).to_have_count(0)


def test_many_lists_are_sent_together_and_errors_are_reported(
    desk: Desk, reader: Reader, tmp_path: Path
) -> None:
    number = uuid.uuid4().int % 10**9
    good, bad = pair(tmp_path / "good", number, 30), pair(tmp_path / "bad", number, 39)
    stray = tmp_path / "fake.dbf"
    stray.write_bytes(b"%PDF-1.7")
    desk.sign_in()
    desk.enter("لیست‌ها")
    desk.send_lists(good[0], bad[1], stray, bad[0], good[1])
    desk.portal.page.wait_for_selector("#results")
    desk.portal.expect_heading("نتیجه ورود لیست‌ها")
    assert sorted(desk.read_outcomes()) == sorted(
        [desk.portal.translate("پذیرفته نشد"), desk.portal.translate("پذیرفته")]
    )
    assert "fake.dbf" in desk.portal.page.locator("main").inner_text()
    desk.portal.look("officer-results")
    desk.portal.page.locator("tbody tr", has_text=desk.portal.translate("پذیرفته نشد")).get_by_role(
        "link"
    ).click()
    desk.portal.page.get_by_label(desk.portal.translate("شدت")).select_option("error")
    desk.portal.press("نمایش")
    expect(desk.portal.page.locator("tbody .tag.bad")).to_have_count(1)
    expect(desk.portal.page.locator("tbody .tag.waiting")).to_have_count(0)
    desk.portal.look("officer-findings")
    with desk.portal.page.expect_download() as saved:
        desk.portal.follow("دریافت فایل CSV")
    assert saved.value.path().read_bytes().startswith(b"\xef\xbb\xbfseverity,")
    desk.enter("لیست‌ها")
    desk.find_row(f"{number:010}").get_by_role("link").first.click()
    desk.portal.look("officer-list")


def test_an_upload_that_stops_goes_on_and_is_listed(desk: Desk, reader: Reader, tmp_path: Path) -> None:
    if not reader.scripts:
        pytest.skip("without scripts all files are in one request")
    portal, page, number = desk.portal, desk.portal.page, uuid.uuid4().int % 10**9
    files = [file for days in (29, 30) for file in pair(tmp_path / str(days), number, days)]
    desk.sign_in()
    desk.enter("لیست‌ها")
    portal.follow("ورود لیست‌ها")
    portal.press("فرستادن لیست‌ها")
    portal.expect_mistakes(1)
    # Three portions, of which none has a pair.
    page.locator("[data-upload]").evaluate("form => { form.dataset.most = 2 }")
    sent: list[Route] = []

    def send(route: Route) -> None:
        sent.append(route)
        STEPS[len(sent)](route)

    page.route("**/uploads/*", send)
    page.get_by_label(portal.translate("فایل‌های لیست"), exact=True).set_input_files(
        [files[0], files[2], files[1], files[3]]
    )
    expect(portal.find_mistakes()).to_have_count(0)
    portal.press("فرستادن لیست‌ها")
    expect(page.locator("[data-lost]")).to_be_visible()
    portal.look("officer-upload-lost")
    portal.press("فرستادن لیست‌ها")
    # The second list is on its way for ever.
    expect(page.locator("[data-stay]")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_event("dialog") as question:
        desk.enter("لیست‌ها")
    assert question.value.type == "beforeunload"
    page.unroute_all(behavior="ignoreErrors")
    portal.follow("ورود لیست‌ها")
    portal.look("officer-upload-left")
    portal.follow("نتیجه این ورود")
    assert desk.read_outcomes() == [portal.translate("فرستاده نشد"), portal.translate("پذیرفته")]
    portal.complaints.clear()


def test_a_list_of_25_mebibytes_is_refused_in_words(desk: Desk, reader: Reader, tmp_path: Path) -> None:
    header, workers = pair(tmp_path / "large", 1, 30)
    with workers.open("ab") as file:
        file.truncate(25 * 1024 * 1024)
    desk.sign_in()
    desk.enter("لیست‌ها")
    desk.send_lists(header, workers)
    if reader.scripts:
        desk.portal.page.wait_for_selector("#results")
        words = desk.portal.page.locator("tbody .explained").inner_text()
        assert words == desk.portal.translate(
            "دو فایل با هم بزرگ‌تر از ۲۰ مگابایت است. لیست را در چند شماره بفرستید."
        )
    else:
        assert desk.portal.heading == "فایل بیش از اندازه بزرگ است"


def test_two_officers_decide_about_an_objection(desk: Desk, reader: Reader) -> None:
    number = object_to_a_month(desk.portal, READERS.index(reader))
    desk.sign_in()
    desk.enter("اعتراض‌ها")
    desk.find_row(number).get_by_role("link").click()
    desk.portal.press("باز کردن")
    expect(desk.portal.find_mistakes()).to_have_count(1)
    desk.portal.look("officer-opening")
    desk.enter("اعتراض‌ها")
    desk.open_objection(number)
    desk.portal.press("ثبت پیشنهاد")
    expect(desk.portal.find_mistakes()).to_have_count(2)
    desk.portal.look("officer-decision-mistakes")
    desk.portal.page.get_by_label(desk.portal.translate("رد اعتراض")).check()
    desk.portal.fill("علت", "لیست کارفرما درست است.")
    desk.portal.press("ثبت پیشنهاد")
    assert desk.read_note() == desk.portal.translate(
        "پیشنهاد شما ثبت شد. کارشناس دیگری باید آن را تایید کند."
    )
    confirm = desk.portal.page.get_by_role("button", name=desk.portal.translate("تایید تصمیم"))
    expect(confirm).to_have_count(0)
    desk.portal.look("officer-own-decision")
    desk.sign_in("second_officer")
    desk.enter("اعتراض‌ها")
    desk.portal.follow("برای تایید")
    desk.open_objection(number, "تایید پیشنهاد همکار")
    desk.portal.look("officer-confirmation")
    desk.portal.press("تایید تصمیم")
    assert desk.read_note() == desk.portal.translate("تصمیم نهایی شد و بیمه‌شده آن را می‌بیند.")
    desk.portal.look("officer-decided")
    desk.portal.page.go_back()
    expect(desk.portal.page.locator("h1")).to_have_count(1)


def test_person_is_found_and_the_page_says_that_the_look_is_recorded(desk: Desk) -> None:
    person = desk.portal.system.demo["citizens"][0]
    desk.sign_in()
    desk.enter("جستجوی بیمه‌شده")
    desk.portal.fill("کد ملی", "0084575948")
    desk.portal.press("جستجو")
    expect(desk.portal.find_mistakes()).to_have_count(1)
    desk.portal.fill("علت مشاهده", REASON)
    desk.portal.press("جستجو")
    expect(desk.portal.find_mistakes()).to_have_count(1)
    desk.portal.look("officer-search-mistake")
    desk.portal.fill("کد ملی", person["national_code"])
    desk.portal.press("جستجو")
    desk.portal.expect_heading("سوابق بیمه‌شده")
    assert person["national_code"] not in desk.portal.page.url
    desk.portal.look("officer-person")
    desk.enter("دسترسی‌ها")
    first = desk.portal.page.get_by_role("row").nth(1)
    expect(first).to_contain_text(REASON)
    first.get_by_role("link").last.click()
    expect(desk.portal.page.get_by_role("row").nth(1)).to_contain_text(REASON)
    desk.portal.look("officer-accesses-of-a-person")
    desk.portal.fill("از روز", "1404-13-01")
    desk.portal.press("نمایش")
    expect(desk.portal.find_mistakes()).to_have_count(1)
    desk.portal.look("officer-accesses-mistake")


def test_the_person_reads_who_looked_and_why(desk: Desk) -> None:
    person = desk.portal.system.demo["citizens"][1]
    desk.sign_in()
    desk.enter("جستجوی بیمه‌شده")
    desk.portal.fill("کد ملی", person["national_code"])
    desk.portal.fill("علت مشاهده", REASON)
    desk.portal.press("جستجو")
    desk.portal.expect_heading("سوابق بیمه‌شده")
    desk.portal.page.get_by_role("button", name=desk.portal.translate("خروج")).click()
    desk.portal.sign_in(1)
    desk.portal.follow("تامین اجتماعی من")
    reason = desk.portal.page.get_by_text(REASON).first

    def is_shown() -> bool:
        desk.portal.page.reload()
        return bool(reason.count())

    wait_until(is_shown, lambda: describe_page(desk.portal.page), pause=0.5)
    desk.portal.look("activity-with-a-look")


def test_a_failed_letter_is_queued_again_and_comes(desk: Desk, reader: Reader) -> None:
    database = desk.portal.system.data_dir / "db" / "disclosure.sqlite3"
    if not database.exists():
        pytest.skip("it takes the database of an embedded system to let a letter fail")
    with citizen(desk.portal, READERS.index(reader) + 2) as me:
        with poison(database):
            request = ask_for_letter(me)
        number = desk.format_digits(wait_for_status(me, request, "failed")["tracking_number"])
        repair_requests(database)
        desk.sign_in()
        desk.enter("نامه‌های ناموفق")
        again = f"{desk.portal.translate('فرستادن دوباره به صف')} {number}"
        desk.portal.look("officer-failed-letter")
        desk.portal.press(again)
        assert desk.read_note() == desk.portal.translate("درخواست دوباره به صف تهیه رفت.")
        expect(desk.portal.page.get_by_role("button", name=again)).to_have_count(0)
        wait_for_status(me, request, "ready")


def test_a_letter_issued_in_error_is_revoked(desk: Desk, reader: Reader) -> None:
    serial = create_letter(desk.portal, READERS.index(reader))
    desk.sign_in()
    desk.enter("ابطال نامه")
    desk.portal.fill("شماره سریال", f"{serial[:4]} {serial[4:8]} {serial[8:]}")
    desk.portal.fill("علت ابطال", "به اشتباه صادر شد.")
    desk.portal.press("ادامه")
    desk.portal.expect_heading("این نامه باطل شود؟")
    desk.portal.look("officer-revocation-confirm")
    desk.portal.press("ابطال نامه")
    assert desk.read_note() == desk.portal.translate("نامه باطل شد.")
    desk.portal.page.go_back()
    expect(desk.portal.page.locator("h1")).to_have_count(1)
