"""What records know before officers change it: lists with a person, and with a row that is held."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from services.kit.jalali import JalaliMonth
from services.records.lists import WorkerRow
from services.records.lists.encodings import Encoding
from services.records.lists.writers import write_list
from tests.browser.officers import Desk
from tests.e2e.client import RECORDS, Stranger
from tests.e2e.system import System
from tests.fakes.hostile_lists import build_national_code
from tests.fakes.lists import MARYAM, MEHR, build_sample_header

HELD_ROWS, PROPOSALS = f"{RECORDS}/held-rows", f"{RECORDS}/proposals"
REASON = "کارت ملی و شناسنامه دیده شد."


class Workshop:
    """A workshop of its own, with a person whom no other list knows."""

    def __init__(self, system: System) -> None:
        self.officer = Stranger(system).sign_in_officer()
        number = uuid.uuid4().int
        self.code = f"{number % 10**9:010}"
        self.person = replace(
            MARYAM,
            national_code=build_national_code(number % 10**9).decode(),
            insurance_number=str(10_000_000 + number % 89_999_999),
        )
        # The same code with all other names.
        self.conflicting = replace(
            self.person,
            first_name="کامبیز",
            last_name="یوسفی",
            father_name="هوشنگ",
            sex="male",
            insurance_number=None,
        )

    def write_list(self, *rows: WorkerRow, month: JalaliMonth = MEHR) -> tuple[bytes, bytes]:
        """Return the two files of a month."""
        header = replace(build_sample_header(rows, month), workshop_code=self.code)
        return write_list(header, rows, Encoding.CP1256)

    def import_list(self, *rows: WorkerRow, month: JalaliMonth = MEHR) -> str:
        """Return the id of a list that was imported."""
        header, workers = self.write_list(*rows, month=month)
        answer = self.officer.import_list({"header": header, "workers": workers})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def import_held_row(self) -> tuple[str, str]:
        """Return the id of a held row, and of its list."""
        self.import_list(self.person)
        imported = self.import_list(self.conflicting, month=JalaliMonth(MEHR.year, MEHR.month + 1))
        answer = self.officer.get(HELD_ROWS, params={"list_id": imported})
        return str(answer.json()["items"][0]["id"]), imported

    def import_twins(self, surname: str) -> None:
        """Import two people of that surname with one name and birth date."""
        first = replace(self.person, last_name=surname)
        code = build_national_code(int(str(self.person.national_code)[:9]) ^ 1).decode()
        number = str(int(str(self.person.insurance_number)) ^ 1)
        self.import_list(
            first, replace(first, row=2, national_code=code, insurance_number=number, father_name="رضا")
        )

    def propose(self, kind: str, target: str, **change: object) -> str:
        """Return the id of a proposal of the first officer."""
        fields = {"kind": kind, "target": target, "change": change, "reason": REASON}
        answer = self.officer.post(PROPOSALS, fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


def open_newest_proposal(desk: Desk, kind: str) -> None:
    """Open the newest proposal of that name that waits for a decision."""
    desk.enter("پیشنهادها")
    desk.portal.page.locator("tbody").get_by_role("link", name=desk.portal.translate(kind)).first.click()


def list_table(desk: Desk, caption: str) -> Sequence[str]:
    """Return the texts of the rows of a table, by the id of its caption."""
    desk.portal.page.locator(f"#{caption}").wait_for()
    return desk.portal.page.locator(f"table:has(#{caption}) tbody tr").all_inner_texts()
