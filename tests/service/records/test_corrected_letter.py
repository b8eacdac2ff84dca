"""A corrected record as its letter: the decided days with their mark, and the objection's number beneath."""

import pytest

from services.kit.text import persian_digits
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import render_letter
from tests.service.records.callers import Records
from tests.service.records.objecting import DAYS, PERIOD, Objecting, answered, listed
from tests.unit.pdfworker.extraction import fold, text_of
from tests.unit.pdfworker.statements import QR_TEXT, letter_of

LOOK = Look("سازمان بیمه‌های اجتماعی نمونه", "اداره کل امور بیمه‌شدگان", "https://govah.example")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_letter_marks_what_was_decided_and_what_is_disputed(records: Records) -> None:
    records.accept(listed(12))
    maryam = Objecting(records)
    numbers = [maryam.decided(DAYS)["tracking_number"]]
    numbers.append(maryam.decided({**PERIOD, "workshop_code": None})["tracking_number"])
    maryam.submitted(DAYS)
    statement = answered(maryam.me("GET", "/internal/statement?types=all,wages,consolidated"))
    text = text_of(render_letter(letter_of(), statement, LOOK, QR_TEXT).pdf)
    both = " و ".join(persian_digits(number) for number in sorted(numbers))
    note = fold(f"(۲) این رقم بر اساس تصمیم درباره اعتراض شماره {both} ثبت یا اصلاح شده است.")
    assert text.count(note) == len(statement["types"])
    assert text.count(fold("(۱) این ماه مورد اعتراض بیمه‌شده و در دست بررسی است.")) == len(statement["types"])
    assert fold("کارگاه گلدوزی نرگس") in text
    assert fold("۸۶ روز") in text
