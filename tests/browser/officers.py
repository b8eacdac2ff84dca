"""What officers do at their desk, by the words on the screen, and what citizens did before."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator

from govah_client.client import Client
from govah_client.disclosure import DisclosureRequest
from govah_client.errors import ApiError
from govah_client.objections import ClaimedMonth, NewObjection
from services.kit.text import to_persian_digits
from tests.browser.pages import Portal
from tests.e2e.client import Stranger
from tests.waiting import wait_until


@dataclass(frozen=True)
class Desk:
    """The officers' pages."""

    portal: Portal

    def sign_in(self, account: str = "officer") -> None:
        """Sign in as one of the two officers; the one who was there has left."""
        portal = self.portal
        leave = portal.page.get_by_role("button", name=portal.translate("خروج"))
        if leave.count():
            leave.click()
        portal.follow("ورود کارشناس")
        portal.fill("نام کاربری", portal.system.demo[account]["username"])
        portal.fill("گذرواژه", portal.system.demo[account]["password"])
        portal.press("ورود کارشناس")

    def enter(self, place: str) -> None:
        """Go to a place by the menu."""
        self.portal.page.wait_for_load_state()
        self.portal.open_menu()
        menu = self.portal.page.get_by_role("navigation", name=self.portal.translate("بخش‌ها"))
        menu.get_by_role("link", name=self.portal.translate(place), exact=True).click()

    def format_digits(self, digits: str) -> str:
        """Return a number as this reader sees it."""
        return to_persian_digits(digits) if self.portal.language == "fa" else digits

    def find_row(self, number: str) -> Locator:
        """Return the row of a table with that number."""
        return self.portal.page.get_by_role("row").filter(has_text=self.format_digits(number))

    def open_objection(self, number: str, reason: str = "نوبت بررسی") -> None:
        """Open the objection of that tracking number with a reason."""
        self.find_row(number).get_by_role("link").click()
        self.portal.fill("علت مشاهده", reason)
        self.portal.press("باز کردن")

    def read_note(self) -> str:
        return self.portal.page.locator("main .note").inner_text()

    def read_outcomes(self) -> list[str]:
        """Return the tags in the table of each list's outcome."""
        self.portal.page.locator("tbody .tag").first.wait_for()
        self.portal.page.wait_for_load_state()
        return self.portal.page.locator("tbody .tag").all_inner_texts()

    def send_lists(self, *files: Path) -> None:
        self.portal.follow("ورود لیست‌ها")
        self.portal.page.get_by_label(self.portal.translate("فایل‌های لیست"), exact=True).set_input_files(
            files
        )
        self.portal.press("فرستادن لیست‌ها")


@contextmanager
def citizen(portal: Portal, number: int) -> Iterator[Client]:
    """Sign a citizen of the sample in with a program."""
    citizens = portal.system.demo["citizens"]
    person = citizens[number % len(citizens)]
    credentials = {name: person[name] for name in ("national_code", "password")}
    with Client.connect(portal.system.base_url) as anonymous:
        yield anonymous.sign_in(**credentials)


def object_to_a_month(portal: Portal, number: int) -> str:
    """Return the tracking number of a new objection, or of the one that is already open."""
    with citizen(portal, number) as me:
        month = me.records.list_my_contributions(limit=1)["items"][0]
        claim: ClaimedMonth = {
            "month_jalali": month["month_jalali"],
            "workshop_code": month["workshop_code"],
            "days": 1,
        }
        objection: NewObjection = {"kind": "days", "months": [claim], "text": "تنها یک روز کار کرده‌ام."}
        try:
            draft = me.records.create_my_objection(objection)
        except ApiError:
            waiting = me.records.get_me()["open_objections"]
            return next(objection["tracking_number"] for objection in waiting if objection["kind"] == "days")
        submitted = me.records.submit_my_objection(draft["id"])
        return str(submitted["tracking_number"])


def create_letter(portal: Portal, number: int) -> str:
    """Return the serial number of a new letter that all services know."""
    with citizen(portal, number) as me:
        letter = wait_for_status(me, ask_for_letter(me), "ready")["letter_id"]
        serial = me.disclosure.get_letter(str(letter))["serial"]
    Stranger(portal.system).wait_until_registered(serial)
    return serial


def ask_for_letter(me: Client) -> str:
    """Return the id of a new request."""
    return me.disclosure.create_request(["all"], me.disclosure.get_agreement()["version"])["id"]


def wait_for_status(me: Client, request: str, status: str) -> DisclosureRequest:
    """Return the request once it has come to that status."""
    wait_until(
        lambda: me.disclosure.get_request(request)["status"] == status,
        lambda: f"the request is not {status}: {me.disclosure.get_request(request)}",
        pause=0.2,
    )
    return me.disclosure.get_request(request)


@contextmanager
def poison(database: Path) -> Iterator[None]:
    """Give every request that comes meanwhile a birth date that no letter can show."""
    with closing(sqlite3.connect(database, timeout=10, isolation_level=None)) as disclosure:
        disclosure.execute(
            "CREATE TRIGGER poison AFTER INSERT ON requests BEGIN UPDATE requests SET statement ="
            " json_set(statement, '$.person.birth_date_jalali', 'no date') WHERE id = NEW.id; END"
        )
        try:
            yield
        finally:
            disclosure.execute("DROP TRIGGER poison")


def repair_requests(database: Path) -> None:
    """Take out of the poisoned requests what no letter can show."""
    with closing(sqlite3.connect(database, timeout=10, isolation_level=None)) as disclosure:
        disclosure.execute(
            "UPDATE requests SET statement = json_set(statement, '$.person.birth_date_jalali', NULL)"
            " WHERE json_extract(statement, '$.person.birth_date_jalali') = 'no date'"
        )
