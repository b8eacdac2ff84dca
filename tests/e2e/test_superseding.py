"""A record that changes makes its letters outdated, and everyone concerned is notified."""

from datetime import datetime
from typing import Any

import pytest

from services.kit.jalali import format_long_date, to_tehran_date
from services.kit.text import to_persian_digits
from tests.e2e.client import DISCLOSURE, INQUIRY, RECORDS, Stranger
from tests.e2e.other_lists import Month, Worker, build_national_code
from tests.e2e.system import System
from tests.unit.pdfworker.extraction import extract_text, fold
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")

PASSWORD = "گذرواژه بلند و تازه ۱۴۰۴"
NO_LONGER = "این نامه دیگر به‌روز نیست"


class Person:
    """A citizen with one month of one workshop."""

    def __init__(self, system: System, nine: str, mobile: str, workshop: str) -> None:
        self.stranger = Stranger(system)
        self.code, self.mobile, self.workshop = build_national_code(nine), mobile, workshop
        self.officer = self.stranger.sign_in_officer()
        self.import_month(7, days=12)
        self.citizen = self.stranger.register(self.code, "1360-05-15", mobile, PASSWORD)

    def import_month(self, month: int, days: int, *, benefits: int = 0, number: str = "01") -> None:
        worker = Worker(self.code, "نرگس", "نمونه", self.code[1:9], days, 3_000_000, benefits, sex="زن")
        files = Month(self.workshop, 1402, month, [worker], number=number).build_files()
        imported = self.officer.import_list(files)
        assert imported.status_code == 201, imported.text

    def wait_until_outdated(self, letter_id: str) -> dict[str, Any]:
        """Return the letter in the inbox, once it is outdated and no newer one shows the change."""

        def find_outdated() -> dict[str, Any] | None:
            letter: dict[str, Any] = self.citizen.get(f"{DISCLOSURE}/inbox/{letter_id}").json()
            return letter if letter["state"] == "superseded" and letter["offer"] else None

        outdated = wait_until(find_outdated, "the letter is not outdated")
        assert outdated
        return outdated

    def list_notices(self, code: str) -> list[dict[str, Any]]:
        """Return the notices that an institution gets beside the letter."""
        answer = self.stranger.inquire(self.code, code)
        assert answer.status_code == 200, answer.text
        notices: list[dict[str, Any]] = answer.json()["notices"]
        return notices

    def wait_for_notice(self, code: str, kind: str = "letter-superseded") -> dict[str, Any]:
        """Return the institution's notice of a kind, once the registers of inquiry know of it."""

        def find_notices() -> list[dict[str, Any]]:
            return [one for one in self.list_notices(code) if one["code"] == kind]

        return wait_until(find_notices, "the institution gets no notice")[0]


def extract_letter_text(citizen: Stranger, letter: dict[str, Any]) -> str:
    """Return the words of a letter's document."""
    return extract_text(citizen.get_document(letter["id"]))


def test_a_newly_imported_list_makes_the_letter_outdated(system: System) -> None:
    person = Person(system, "044000071", "09120007711", "0099000071")
    citizen, stranger = person.citizen, person.stranger
    letter = citizen.ask_for_letter("all", "consolidated")
    document, code = citizen.get_document(letter["id"]), citizen.issue_permit(letter["id"])["code"]
    assert (letter["state"], letter["offer"], person.list_notices(code)) == ("valid", None, [])

    person.import_month(8, days=30)
    outdated = person.wait_until_outdated(letter["id"])
    assert outdated["offer"]["types"] == ["all", "consolidated"]
    stranger.wait_for_message(person.mobile, "letter-superseded")
    kinds = [item["kind"] for item in citizen.get(f"{DISCLOSURE}/activity").json()["items"]]
    assert "letter.superseded" in kinds

    notice = person.wait_for_notice(code)
    status = stranger.get(f"/l/{letter['serial']}").json()
    assert (status["state"], status["superseded_at"]) == ("superseded", notice["since"])
    page = stranger.get(f"/l/{letter['serial']}", headers={"Accept": "text/html"}).text
    checked = stranger.http.post(f"{INQUIRY}/letters/check", files={"file": ("l.pdf", document)}).json()
    assert checked["result"] == "superseded"
    day = format_long_date(to_tehran_date(datetime.fromisoformat(notice["since"])))
    for words in (notice["message"]["fa"], page):
        assert NO_LONGER in words
        assert day in words
    assert day in checked["message"]["fa"]

    newer = citizen.ask_for_letter(*outdated["offer"]["types"])
    replaced = citizen.get(f"{DISCLOSURE}/inbox/{letter['id']}").json()
    assert (replaced["superseded_by"], replaced["offer"]) == (newer["id"], None)
    assert person.list_notices(citizen.issue_permit(newer["id"])["code"]) == []


def test_a_list_of_wages_leaves_letters_without_wages_current(system: System) -> None:
    person = Person(system, "044000073", "09120007733", "0099000073")
    citizen = person.citizen
    without = [citizen.ask_for_letter("all"), citizen.ask_for_letter("consolidated")]
    showing = [citizen.ask_for_letter("wages"), citizen.ask_for_letter("all", "wages")]
    person.import_month(7, days=0, number="02")
    person.import_month(7, days=0, benefits=9_000_000, number="03")
    for letter in showing:
        person.wait_until_outdated(letter["id"])
    for letter in without:
        assert citizen.get(f"{DISCLOSURE}/inbox/{letter['id']}").json()["state"] == "valid"
    person.import_month(7, days=5, number="04")
    for letter in without:
        person.wait_until_outdated(letter["id"])


def test_an_accepted_objection_makes_the_letter_outdated(system: System) -> None:
    person = Person(system, "044000072", "09120007722", "0099000072")
    citizen = person.citizen
    before = citizen.ask_for_letter("all")
    code_before = citizen.issue_permit(before["id"])["code"]
    assert person.list_notices(code_before) == []
    claim = {
        "kind": "days",
        "months": [{"month_jalali": "1402-07", "workshop_code": person.workshop, "days": 30}],
        "text": "همه ماه کار کرده‌ام.",
    }
    own = f"{RECORDS}/me/objections"
    objection = citizen.post(own, claim).json()["id"]
    submitted = citizen.post(f"{own}/{objection}/confirmation")
    tracking_number = submitted.json()["tracking_number"]

    # While it is open nothing has changed, but readers of the months see that they are disputed.
    during = citizen.ask_for_letter("all")
    assert fold("(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است.") in extract_letter_text(citizen, during)
    code = citizen.issue_permit(during["id"])["code"]
    # Also of a letter that was made before the objection.
    for permitted in (code, code_before):
        notice = person.wait_for_notice(permitted, "months-disputed")
        assert notice["months"] == ["1402-07"]
        assert "مهر ۱۴۰۲" in notice["message"]["fa"]
    assert citizen.get(f"{DISCLOSURE}/inbox/{before['id']}").json()["state"] == "valid"

    decision = f"{RECORDS}/objections/{objection}/decision"
    accepted = person.officer.post(decision, {"accept": True, "reason": "کارت ساعت دیده شد."})
    assert accepted.status_code == 200, accepted.text
    second = person.stranger.sign_in(**system.demo["second_officer"])
    assert second.post(f"{decision}/confirmation").status_code == 200
    for letter in (before, during):
        assert person.wait_until_outdated(letter["id"])["offer"]["types"] == ["all"]
    assert NO_LONGER in person.wait_for_notice(code)["message"]["fa"]
    person.stranger.wait_for_message(person.mobile, "letter-superseded")
    for permitted in (code, code_before):
        assert person.wait_for_notice(permitted, "objection-accepted")["months"] == ["1402-07"]
        kinds = {notice["code"] for notice in person.list_notices(permitted)}
        assert kinds == {"letter-superseded", "objection-accepted"}

    after = citizen.ask_for_letter("all")
    text = extract_letter_text(citizen, after)
    assert fold(f"اعتراض شماره {to_persian_digits(tracking_number)} ثبت یا اصلاح شده است.") in text
    assert fold("مورد اعتراض بیمه‌شده") not in text
    assert person.list_notices(citizen.issue_permit(after["id"])["code"]) == []
