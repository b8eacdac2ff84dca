"""A clerk at the counter: the applicant's code, the letter, the saved PDF, and what to do when it fails."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.attack.forging import read_qr_text
from tests.browser.administrators import Administration, choose_password, invent_name, note_secret
from tests.browser.institutions import LetterCheck, Panel
from tests.browser.pages import Portal
from tests.e2e.client import INQUIRY, RECORDS, Stranger
from tests.e2e.other_lists import generate_national_code
from tests.e2e.system import System
from tests.unit.verify.pictures import scan_document
from tests.waiting import wait_until

PERSON, CORRECTED = 2, 3
LARGE = 21 * 1024 * 1024


@dataclass(frozen=True)
class Applicant:
    """A citizen with a letter, who hands out codes."""

    citizen: Stranger
    national_code: str
    letter: dict[str, Any]

    @classmethod
    def create(cls, system: System, number: int) -> "Applicant":
        citizen = Stranger(system).sign_in_citizen(number)
        letter = citizen.ask_for_letter("all", "wages", "consolidated")
        citizen.wait_until_registered(letter["serial"])
        return cls(citizen, system.demo["citizens"][number]["national_code"], letter)

    @property
    def document(self) -> bytes:
        return self.citizen.get_document(self.letter["id"])

    def issue_permit(self, **terms: Any) -> dict[str, Any]:
        return self.citizen.issue_permit(self.letter["id"], **terms)


@pytest.fixture(scope="module")
def applicant(system: System) -> Applicant:
    return Applicant.create(system, PERSON)


@pytest.fixture(scope="module")
def corrected(system: System) -> Applicant:
    """One whose record has been corrected since the letter was made."""
    applicant = Applicant.create(system, CORRECTED)
    citizen, stranger = applicant.citizen, Stranger(system)
    last = citizen.get(f"{RECORDS}/me/contributions", params={"limit": 200}).json()["items"][-1]
    month = {"month_jalali": last["month_jalali"], "workshop_code": last["workshop_code"]}
    days = last["days"] - 1 or 20
    fields = {"kind": "days", "months": [month | {"days": days}], "text": "همه ماه را کار نکرده‌ام."}
    objection = citizen.post(f"{RECORDS}/me/objections", fields).json()["id"]
    assert citizen.post(f"{RECORDS}/me/objections/{objection}/confirmation").status_code == 200
    decision = f"{RECORDS}/objections/{objection}/decision"
    assert (
        stranger.sign_in_officer().post(decision, {"accept": True, "reason": "سند دیده شد."}).status_code
        == 200
    )
    second = stranger.sign_in(**system.demo["second_officer"])
    assert second.post(f"{decision}/confirmation").status_code == 200
    # A feed brings it to inquiry.
    path = f"{INQUIRY}/letters/{applicant.letter['serial']}"
    wait_until(lambda: stranger.get(path).json()["state"] == "superseded", "inquiry does not hear of it")
    return applicant


def test_a_manager_invites_a_clerk_who_inquires(portal: Portal, applicant: Applicant) -> None:
    administration, manager, clerk = Administration(portal), invent_name("manager"), invent_name("clerk")
    administration.sign_in()
    institution = administration.add_institution(f"صندوق {invent_name('fund')}")
    portal.look("admin-institution")
    choose_password(portal, manager, administration.add_manager(institution, manager))
    portal.follow("مدیریت موسسه")
    portal.look("manager-institution")
    portal.follow("دعوت متصدی")
    portal.fill("نام کاربری", clerk)
    portal.press("دعوت")
    portal.look("manager-secret")
    choose_password(portal, clerk, note_secret(portal))
    permit = applicant.issue_permit(institution_id=institution.rpartition("/")[2])
    Panel(portal).inquire(applicant.national_code, permit["code"], "وام مسکن")
    portal.expect_heading("نامه اعلام سابقه")


def test_a_letter_is_seen_saved_and_reloaded_for_one_view(portal: Portal, applicant: Applicant) -> None:
    panel = Panel(portal)
    panel.open()
    portal.look("institution-panel")
    portal.follow("استعلام سند")
    portal.look("institution-inquiry")
    permit = applicant.issue_permit(max_views=1)
    panel.inquire(applicant.national_code, permit["code"], "وام مسکن")
    portal.expect_heading("نامه اعلام سابقه")
    portal.look("institution-answer")
    portal.page.reload()
    portal.expect_heading("نامه اعلام سابقه")
    assert panel.save("ذخیره فایل PDF") == applicant.document
    saved = json.loads(panel.save("ذخیره داده‌ها (JSON)"))
    assert saved["letter"]["serial"] == applicant.letter["serial"]
    views = applicant.citizen.get(f"{INQUIRY}/permits/{permit['id']}/views").json()["items"]
    assert [view["purpose"] for view in views] == ["وام مسکن"]
    panel.inquire(applicant.national_code, permit["code"])
    portal.expect_heading("تعداد مشاهده پایان یافته است")
    portal.look("institution-used-up")


def test_form_is_filled_in_by_keyboard_only(portal: Portal, applicant: Applicant) -> None:
    portal.open("/institution/inquiry")
    portal.page.get_by_label(portal.translate("شناسه (کد ملی متقاضی)")).focus()
    # Behind the code are the question whether there is no national code, the institution and the purpose.
    for typed in (applicant.national_code, applicant.issue_permit()["code"], "", "", ""):
        portal.page.keyboard.type(typed)
        portal.page.keyboard.press("Tab")
    portal.page.keyboard.press("Enter")
    portal.page.wait_for_url("**/answers/**")
    portal.expect_heading("نامه اعلام سابقه")


def test_mistyped_code_is_not_counted_and_revoked_permit_is_reported(
    portal: Portal, applicant: Applicant
) -> None:
    panel, permit = Panel(portal), applicant.issue_permit()
    code = permit["code"]
    panel.inquire(applicant.national_code, code[:-1] + str((int(code[-1]) + 1) % 10))
    portal.expect_mistakes(1)
    portal.look("institution-mistyped")
    applicant.citizen.http.delete(f"{INQUIRY}/permits/{permit['id']}")
    panel.inquire(applicant.national_code, code)
    portal.expect_heading("مجوز لغو شده است")
    portal.page.reload()
    portal.expect_heading("مجوز لغو شده است")
    portal.look("institution-revoked")


def test_a_clerk_opens_a_bound_permit_and_reports_a_discrepancy(portal: Portal, applicant: Applicant) -> None:
    panel = Panel(portal)
    code = applicant.issue_permit(institution_id=portal.system.demo["institution"]["id"])["code"]
    # Of nobody, and another one each time: the failures of a pair are counted.
    panel.inquire(generate_national_code(), code)
    portal.expect_heading("پذیرفته نشد")
    portal.look("institution-not-accepted")
    panel.sign_in()
    panel.inquire(applicant.national_code, code)
    portal.follow("گزارش مغایرت")
    portal.press("ارسال گزارش")
    portal.expect_mistakes(2)
    portal.look("institution-report-mistakes")
    portal.page.get_by_label(portal.translate("ماه"), exact=True).select_option("7")
    portal.fill("سال", "۱۴۰۳")
    portal.fill("چه چیزی مطابقت ندارد؟", "در مدارک ما ۳۰ روز کار است.")
    portal.press("ارسال گزارش")
    portal.expect_heading("نامه اعلام سابقه")
    assert portal.page.get_by_role("status").inner_text() == portal.translate(
        "گزارش مغایرت ثبت شد و متقاضی آن را می‌بیند."
    )
    portal.follow("گزارش‌های مغایرت")
    portal.look("institution-reports")
    portal.page.get_by_role("button", name=portal.translate("خروج"), exact=True).click()
    answer_report(portal)


def answer_report(portal: Portal) -> None:
    """Let the person find the report, look at the objection that it is made into, and decline it."""
    portal.sign_in(PERSON)
    portal.open("/home")
    portal.look("home-report")
    portal.follow("پاسخ به این گزارش")
    portal.look("report")
    address = portal.page.url
    portal.page.locator(".doors a").last.click()
    quotation = portal.page.get_by_label(portal.translate("توضیح"), exact=True).input_value()
    assert "در مدارک ما ۳۰ روز کار است." in quotation
    portal.look("report-objection")
    portal.open(address)
    portal.press("سوابق من درست است")
    expect(portal.page.get_by_role("status")).to_contain_text(
        portal.translate("پاسخ شما ثبت شد: سوابق درست است. موسسه این را می‌بیند.")
    )


def test_outdated_letter_is_reported(portal: Portal, corrected: Applicant) -> None:
    Panel(portal).inquire(corrected.national_code, corrected.issue_permit()["code"])
    expect(portal.page.locator("main .warning")).to_have_count(1)
    portal.look("institution-superseded")
    LetterCheck(portal).check_file(corrected.document)
    portal.expect_heading("نامه اصیل است، اما دیگر به‌روز نیست")
    portal.look("letter-check-superseded")


def test_file_is_genuine_altered_or_foreign(portal: Portal, applicant: Applicant) -> None:
    check = LetterCheck(portal)
    check.open()
    portal.look("letter-check")
    for name, content, title in [
        ("genuine", applicant.document, "نامه اصیل و معتبر است"),
        ("altered", applicant.document + b"\n% changed", "این فایل تغییر کرده است"),
        ("not-ours", b"a text of somebody", "نشانی از نامه‌های ما در این فایل نیست"),
        ("not-opened", b"%PDF-1.7 of somebody", "فایل باز نمی‌شود"),
    ]:
        check.check_file(content)
        portal.expect_heading(title)
        portal.look(f"letter-check-{name}")


def test_scan_shows_what_to_compare_and_who_fits_it(portal: Portal, applicant: Applicant) -> None:
    check = LetterCheck(portal)
    check.check_file(scan_document(applicant.document))
    portal.expect_heading("رمزینه اصیل است؛ نوشته‌ها را با آن بسنجید")
    portal.look("letter-check-scan")
    check.compare(applicant.national_code)
    portal.expect_heading("مطابق است")
    portal.look("letter-check-fits")
    check.compare("شخصی دیگر")
    portal.expect_heading("مطابق نیست")
    portal.look("letter-check-differs")


@pytest.mark.usefixtures("scripts")
def test_qr_code_opens_a_page_that_shows_what_to_compare(portal: Portal, applicant: Applicant) -> None:
    address, _, token = read_qr_text(applicant.document).partition("#")
    portal.page.goto(f"{address}#{token}")
    person = portal.page.locator("input[name=person]")
    person.fill(applicant.national_code)
    portal.look("letter-page")
    # It would be in the browser's history.
    assert token not in portal.page.url
    portal.page.locator("form#person button").click()
    expect(portal.page.get_by_role("status")).to_have_count(1)
    portal.page.locator("input[name=person]").fill("شخصی دیگر")
    portal.page.locator("form#person button").click()
    expect(portal.page.locator("main.differs")).to_have_count(1)
    portal.look("letter-page-differs")


def test_serial_number_shows_its_letters_state(portal: Portal, applicant: Applicant) -> None:
    check = LetterCheck(portal)
    check.check_serial(applicant.letter["serial"])
    portal.expect_heading("نامه‌ای با این شماره صادر شده و معتبر است")
    portal.look("letter-check-serial")
    check.check_serial(applicant.issue_permit()["code"])
    portal.expect_mistakes(1)


@pytest.mark.usefixtures("scripts")
def test_a_file_can_be_dropped_and_one_too_large_is_not_sent(portal: Portal) -> None:
    check = LetterCheck(portal)
    check.open()
    check.drop("%PDF-1.7 of somebody", padding=LARGE)
    portal.press("بررسی فایل")
    portal.expect_heading("اصالت‌سنجی نامه")
    assert portal.page.get_by_role("alert").inner_text() == portal.translate(
        "این فایل بزرگ‌تر از ۲۰ مگابایت است. فایل کوچک‌تری انتخاب کنید."
    )
    check.drop("%PDF-1.7 of somebody")
    portal.press("بررسی فایل")
    portal.page.wait_for_url("**/letter-check/file")
    portal.expect_heading("فایل باز نمی‌شود")
