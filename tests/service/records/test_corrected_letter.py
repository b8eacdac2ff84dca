"""The letter of a corrected record: the decided days are marked, and a note names the objection."""

import pytest

from services.kit.text import to_persian_digits
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.render import render_letter
from tests.service.records.desk import Desk
from tests.service.records.objectors import DAYS, PERIOD, Objector, read_reply, write_one_month
from tests.unit.pdfworker.extraction import extract_text, fold
from tests.unit.pdfworker.statements import QR_TEXT, build_letter

LOOK = Letterhead("سازمان بیمه‌های اجتماعی نمونه", "اداره کل امور بیمه‌شدگان", "https://govah.example")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_letter_marks_decided_and_disputed_months(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    numbers = [maryam.decide(DAYS)["tracking_number"]]
    numbers.append(maryam.decide({**PERIOD, "workshop_code": None})["tracking_number"])
    maryam.submit(DAYS)
    statement = read_reply(maryam.call("GET", "/internal/statement?types=all,wages,consolidated&version=2"))
    text = extract_text(render_letter(build_letter(), statement, LOOK, QR_TEXT).pdf)
    months = ["مهر ۱۴۰۲", "اسفند ۱۴۰۱ تا اردیبهشت ۱۴۰۲"]
    for mark, (number, of) in {"۳": (numbers[0], months[0]), "۲": (numbers[1], months[1])}.items():
        note = f"({mark}) {of}: این رقم بر اساس تصمیم درباره اعتراض شماره {to_persian_digits(number)} ثبت"
        assert text.count(fold(note)) == len(statement["types"])
    assert text.count(fold("(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است.")) == len(statement["types"])
    assert fold("کارگاه گلدوزی نرگس") in text
    assert fold("۸۶ روز") in text
