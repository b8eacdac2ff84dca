"""Where every page of the portal is, for whom: walked by the tests of what holds of all pages.

Pages that need something first (a letter, a code, an upload, a person who was found) get it here.
"""

import base64
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.auth.actions import second_factors
from tests.attack.forging import read_qr_text
from tests.browser.administrators import open_for_administrators
from tests.browser.changes import Workshop
from tests.browser.counter import open_counter
from tests.browser.institutions import LetterCheck, Panel
from tests.browser.letters import Letters
from tests.browser.officers import Desk, object_to_a_month
from tests.browser.pages import Portal
from tests.browser.record import Record
from tests.browser.representatives import open_representatives
from tests.e2e.client import DISCLOSURE, INQUIRY, RECORDS, Stranger

OBJECTIONS = f"{RECORDS}/me/objections"
# Of the sample's people: who walks, and whose objection waits for the officers.
WALKER, OBJECTOR = 4, 1
ID = "[0-9a-f-]{36}"
NO_RESET = "00000000-0000-4000-8000-000000000000"

Place = tuple[str, str]


@dataclass(frozen=True)
class Places:
    """Endpoints with an address of each, opened one after another by those who may see them."""

    portal: Portal
    lists: Path

    def open_for_strangers(self) -> Iterator[Place]:
        yield "front.show_first_page", "/"
        yield "front.show_guide", "/guide"
        yield "help.show_help", "/help"
        yield "help.show_translation", "/help/translation"
        yield "help.show_contact", "/contact"
        yield "help.show_privacy", "/privacy"
        yield "help.show_accessibility", "/accessibility"
        yield "account.sign_in", "/sign-in"
        yield "account.sign_in_insured", "/sign-in/insurance-number"
        yield "passkey_sign_in.sign_in", "/sign-in/passkey"
        yield "account.request_password_reset", "/forgotten-password"
        yield "account.request_insured_reset", "/forgotten-password/insurance-number"
        yield "account.set_new_password", f"/forgotten-password/{NO_RESET}"
        yield "mobile.reverse", "/mobile/reversal"
        yield "registration.register", "/registration"
        yield "registration.follow_up", "/registration/follow-up"
        yield "registration.activate", f"/registration/{self._register()}"
        yield "counter.activate", "/counter/activation"
        yield "institution.show_panel", "/institution"
        yield "institution.sign_in", "/institution/sign-in"
        yield "officer.sign_in", "/officer/sign-in"
        yield "letter_check.check_file", "/letter-check"

    def open_for_citizens(self) -> Iterator[Place]:
        portal, me = self.portal, Stranger(self.portal.system).sign_in_citizen(WALKER)
        letter = me.ask_for_letter("all", "wages")["id"]
        request = me.get(f"{DISCLOSURE}/requests").json()["items"][0]["id"]
        portal.sign_in(WALKER)
        yield "home.list_activity", "/home"
        yield "record.show_insured", "/insured"
        yield "record.show_services", "/record"
        yield "record.show_months", "/record/months"
        yield "record.show_wages", "/record/wages"
        portal.open("/record/wages")
        months = portal.page.locator("details[open] tbody a").first
        yield "record.show_month", str(months.get_attribute("href"))
        yield from self._open_objections(me)
        yield "disclosure.choose_types", "/disclosure"
        Letters(portal).choose("کلیه سوابق")
        yield "disclosure.confirm_agreement", "/disclosure/agreement"
        yield "disclosure.show_status", f"/disclosure/requests/{request}"
        yield "reports.list_reports", "/reports"
        yield "reports.show_report", f"/reports/{self._report_a_month(me, letter)}"
        yield "inbox.list_letters", "/inbox"
        yield "inbox.show_letter", f"/inbox/{letter}"
        yield "credentials.create_credential", f"/inbox/{letter}/credential"
        yield "permits.issue_permit", f"/inbox/{letter}/permit"
        portal.open(f"/inbox/{letter}/permit")
        portal.press("صدور مجوز استعلام")
        code = self._find_path("code")
        yield "permits.show_code", code
        yield "permits.show_permit", code.removesuffix("/code")
        yield "permits.revoke_permit", code.removesuffix("/code") + "/revocation"
        yield "permits.list_permits", "/permits"
        yield "inbox.list_views", f"/inbox/{letter}/views"
        yield from self._open_account()
        yield from open_representatives(portal, WALKER)

    def _open_account(self) -> Iterator[Place]:
        yield "own_account.show_account", "/account"
        yield "own_account.change_password", "/account/password"
        yield "own_account.change_mobile", "/account/mobile"
        yield "own_account.confirm_mobile", "/account/mobile/confirmation"
        yield "own_account.list_devices", "/account/devices"
        yield "own_account.choose_messages", "/account/messages"
        yield "own_account_endings.download_data", "/account/data"
        yield "own_account_endings.close_account", "/account/closing"
        yield "two_step.show_factors", "/account/two-step"
        yield "two_step.request_passkey", "/account/two-step/passkey"
        self._confirm_password("ادامه")
        yield "two_step.confirm_passkey", "/account/two-step/passkey/confirmation"
        yield "two_step.request_app", "/account/two-step/app"
        self._confirm_password("ادامه")
        yield "two_step.confirm_app", "/account/two-step/app/confirmation"
        self._add_app()
        yield "two_step.show_codes", "/account/two-step/codes"
        yield "two_step.replace_codes", "/account/two-step/codes/new"
        self.portal.open("/account/two-step")
        self.portal.page.locator("main a[href$='/removal']").click()
        yield "two_step.remove_factor", self._find_path("removal")
        # The walker's password is enough again for those who come after.
        self._confirm_password("حذف")

    def _confirm_password(self, button: str) -> None:
        self.portal.fill("گذرواژه کنونی", self.portal.system.demo["citizens"][WALKER]["password"])
        self.portal.press(button)

    def _add_app(self) -> None:
        secret = base64.b32decode(self.portal.page.locator("#secret").inner_text().replace(" ", ""))
        step = int(time.time()) // second_factors.STEP_SECONDS
        self.portal.fill("کد برنامه رمزساز", second_factors.compute_code(secret, step))
        self.portal.press("روشن کردن ورود دومرحله‌ای")

    def _report_a_month(self, person: Stranger, letter_id: str) -> str:
        """Return the id of an institution's report about a month of the letter."""
        system, bank = self.portal.system, Stranger(self.portal.system).sign_in_institution()
        code = person.issue_permit(letter_id)["code"]
        answer = bank.inquire(system.demo["citizens"][WALKER]["national_code"], code).json()
        month = answer["statement"]["summary"]["last_month_jalali"]
        body = {"inquiry_id": answer["inquiry_id"], "month_jalali": month, "text": "در مدارک ما ۳۰ روز است."}
        return str(bank.post(f"{INQUIRY}/discrepancies", body).json()["id"])

    def open_for_institutions(self) -> Iterator[Place]:
        portal, me = self.portal, Stranger(self.portal.system).sign_in_citizen(WALKER)
        letter = me.get(f"{DISCLOSURE}/inbox").json()["items"][0]
        permit = me.issue_permit(letter["id"], institution_id=portal.system.demo["institution"]["id"])
        panel, person = Panel(portal), portal.system.demo["citizens"][WALKER]["national_code"]
        panel.inquire(person, permit["code"])
        self._find_path("refused")
        yield "institution.show_refusal", "/institution/refused"
        panel.sign_in()
        yield "institution.inquire", "/institution/inquiry"
        panel.inquire(person, permit["code"])
        answer = self._find_path(f"answers/{ID}")
        yield "answers.show_answer", answer
        yield "discrepancies.report_discrepancy", f"{answer}/discrepancy"
        yield "sent_inquiries.list_inquiries", "/institution/inquiries"
        yield "sent_reports.list_reports", "/institution/discrepancies"
        LetterCheck(portal).check_file(me.get_document(letter["id"]))
        yield "letter_check.show_file_result", self._find_path("file")
        LetterCheck(portal).check_code(read_qr_text(me.get_document(letter["id"])))
        yield "letter_check.show_comparison", self._find_path("code")
        yield "letter_check.show_serial_result", f"/letter-check/{letter['serial']}"

    def open_for_officers(self) -> Iterator[Place]:
        portal, officer = self.portal, Stranger(self.portal.system).sign_in_officer()
        object_to_a_month(portal, OBJECTOR)
        waiting = officer.get(f"{RECORDS}/objections", params={"status": "submitted"}).json()["items"]
        imported = officer.get(f"{RECORDS}/lists").json()["items"][0]["id"]
        desk = Desk(portal)
        desk.sign_in()
        yield "officer.show_desk", "/officer"
        yield "officer_lists.list_lists", "/officer/lists"
        yield "officer_lists.show_list", f"/officer/lists/{imported}"
        yield "officer_uploads.upload_lists", "/officer/lists/uploads"
        begun = officer.post(f"{RECORDS}/imports", {"name": "mehr-1403.zip", "size": 9_000_000}).json()
        yield "officer_archives.list_archives", "/officer/lists/archives"
        yield "officer_archives.show_archive", f"/officer/lists/archives/{begun['id']}"
        yield "officer_list_changes.withdraw_list", f"/officer/lists/{imported}/withdrawal"
        yield "officer_list_changes.replace_list", f"/officer/lists/{imported}/replacement"
        yield from self._open_changes()
        desk.enter("لیست‌ها")
        desk.send_lists(*sorted(self.lists.iterdir()))
        portal.page.wait_for_selector("#results")
        results = self._find_path(f"uploads/{ID}")
        yield "officer_uploads.show_results", results
        yield "officer_uploads.show_findings", f"{results}/0"
        yield "officer_objections.list_objections", "/officer/objections"
        one = f"/officer/objections/{waiting[0]['id']}"
        yield "officer_objections.open_objection", f"{one}/opening"
        portal.open(f"{one}/opening")
        portal.fill("علت مشاهده", "نوبت بررسی")
        portal.press("باز کردن")
        yield "officer_objections.show_objection", one
        yield "officer_objections.ask_question", f"{one}/question"
        yield from self._open_missing_period()
        Record(portal, OBJECTOR).settle()
        yield "officer_letters.list_failed_requests", "/officer/letters/failed"
        yield from self._open_person(desk)
        yield from open_counter(portal)

    def open_for_administrators(self) -> Iterator[Place]:
        yield from open_for_administrators(self.portal)

    def _open_missing_period(self) -> Iterator[Place]:
        portal, me = self.portal, Stranger(self.portal.system).sign_in_citizen(WALKER)
        fields = {
            "kind": "missing-period",
            "workshop_name": "نانوایی حسینی",
            "city": "یزد",
            "start_jalali": "1399-01-01",
            "end_jalali": "1399-01-31",
            "days": 31,
            "text": "بیمه نشده‌ام.",
        }
        objection = me.post(OBJECTIONS, fields).json()["id"]
        me.post(f"{OBJECTIONS}/{objection}/confirmation", {})
        portal.open(f"/officer/objections/{objection}/opening")
        portal.fill("علت مشاهده", "نوبت بررسی")
        portal.press("باز کردن")
        yield "officer_objections.propose_workshop", f"/officer/objections/{objection}/workshop"
        me.post(f"{OBJECTIONS}/{objection}/withdrawal", {})

    def _open_changes(self) -> Iterator[Place]:
        workshop = Workshop(self.portal.system)
        held_row, imported = workshop.import_held_row()
        yield "officer_held_rows.list_held_rows", f"/officer/held-rows?list_id={imported}"
        yield "officer_held_rows.show_held_row", f"/officer/held-rows/{held_row}"
        yield "officer_held_rows.merge_owners", f"/officer/held-rows/{held_row}/merger"
        yield "officer_held_rows.decide_all_rows", f"/officer/held-rows/of-list/{imported}"
        proposal = workshop.propose("held-row", held_row, action="reject")
        yield "officer_proposals.list_proposals", "/officer/proposals"
        yield "officer_proposals.show_proposal", f"/officer/proposals/{proposal}"

    def _open_person(self, desk: Desk) -> Iterator[Place]:
        portal = self.portal
        yield "officer_people.search_person", "/officer/people"
        portal.open("/officer/people")
        portal.fill("کد ملی", portal.system.demo["citizens"][WALKER]["national_code"])
        portal.fill("علت مشاهده", "درخواست حضوری")
        portal.press("جستجو")
        yield "officer_people.show_person", self._find_path("found")
        yield "officer_people.show_month", str(portal.page.locator(".wages a").first.get_attribute("href"))
        yield "officer_corrections.correct_person", "/officer/people/found/correction"
        yield "officer_corrections.merge_person", "/officer/people/found/merger"
        Workshop(portal.system).import_twins("همزادی")
        portal.open("/officer/people")
        portal.fill("نام و نام خانوادگی", "مریم همزادی")
        portal.fill_date("1360-02-11")
        portal.fill("علت مشاهده", "درخواست حضوری")
        portal.press("جستجو")
        yield "officer_people.choose_person", self._find_path("candidates")
        yield "officer_accesses.list_accesses", "/officer/accesses"
        yield "officer_letters.revoke_letter", "/officer/letters/revocation"
        letters = Stranger(portal.system).sign_in_citizen(WALKER).get(f"{DISCLOSURE}/inbox").json()["items"]
        portal.open("/officer/letters/revocation")
        portal.fill("شماره سریال", letters[0]["serial"])
        portal.fill("علت ابطال", "به اشتباه صادر شد.")
        portal.press("ادامه")
        yield "officer_letters.confirm_revocation", self._find_path("confirmation")

    def _open_objections(self, me: Stranger) -> Iterator[Place]:
        yield "objections.list_objections", "/record/objections"
        yield "objections.show_guide", "/record/objections/guide"
        yield "objections.choose_year", "/record/objections/days"
        self.portal.open("/record/objections/days")
        yield "objections.edit_days", str(self.portal.page.locator(".years a").first.get_attribute("href"))
        yield "objections.edit_missing_period", "/record/objections/missing"
        yield "objections.edit_identity", "/record/objections/identity"
        month: dict[str, Any] = me.get(f"{RECORDS}/me/contributions").json()["items"][0]
        claim = {"month_jalali": month["month_jalali"], "workshop_code": month["workshop_code"], "days": 1}
        fields = {"kind": "days", "months": [claim], "text": "تنها یک روز کار کرده‌ام."}
        draft = me.post(OBJECTIONS, fields).json()["id"]
        yield "objections.show_objection", f"/record/objections/{draft}"
        yield "objections.delete_draft", f"/record/objections/{draft}/deletion"
        yield "objection_steps.attach_file", f"/record/objections/{draft}/attachments"
        me.post(f"{OBJECTIONS}/{draft}/confirmation", {})
        officer = Stranger(self.portal.system).sign_in_officer()
        officer.post(f"{RECORDS}/objections/{draft}/question", {"text": "فیش حقوق دارید؟"})
        yield "objection_steps.answer_question", f"/record/objections/{draft}/answer"
        yield "objection_steps.withdraw_objection", f"/record/objections/{draft}/withdrawal"
        me.post(f"{OBJECTIONS}/{draft}/withdrawal", {})

    def _register(self) -> str:
        """Return the number of a registration that waits for its code."""
        names = ("national_code", "birth_date_jalali", "mobile")
        for citizen in self.portal.system.demo["citizens"]:
            # Three in an hour are all that a person gets.
            person = {name: citizen[name] for name in names}
            answer = Stranger(self.portal.system).post("/api/v1/auth/registrations", person)
            if answer.status_code == 202:
                return str(answer.json()["registration_id"])
        raise AssertionError("nobody can register any more")

    def _find_path(self, pattern: str) -> str:
        """Return the path of the page, once it ends in that pattern."""
        self.portal.page.wait_for_url(
            re.compile(pattern.replace("**", ".*").replace("/*", "/[0-9a-f-]{36}") + "$")
        )
        return urlsplit(self.portal.page.url).path
