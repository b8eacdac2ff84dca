"""What people type into forms: national codes, mobiles, dates and months, in any digits."""

from datetime import date
from typing import Any
from uuid import UUID

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import fields, jalali
from services.kit.problems import Text
from services.kit.text import to_persian_digits

DIGITS = "0123456789"
SIX_DIGITS = Text("کد شش رقم است.", "The code has six digits.")


def load_error(field: ma.fields.Field[Any], typed: str) -> list[Any]:
    with pytest.raises(ma.ValidationError) as raised:
        field.deserialize(typed)
    assert isinstance(raised.value.messages, list)
    return raised.value.messages


@given(
    st.text(DIGITS, min_size=9, max_size=9),
    st.sampled_from(["0", "", "98", "+98", "0098", "+98 ", "0-"]),
    st.booleans(),
)
def test_every_spelling_of_a_mobile_is_one_mobile(nine: str, prefix: str, persian: bool) -> None:
    typed = f" {prefix}9{nine} "
    assert fields.Mobile().deserialize(to_persian_digits(typed) if persian else typed) == f"09{nine}"


@pytest.mark.parametrize(
    "typed", ["", "+", "9120000", "02188776655", "091200000011", "0912000000x", "++989120000001"]
)
def test_invalid_mobile_is_rejected(typed: str) -> None:
    assert load_error(fields.Mobile(), typed) == [fields.MOBILE_INVALID]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+491701234567", "+491701234567"),
        ("00491701234567", "+491701234567"),
        ("+49 (0) 170 123-4567", "+491701234567"),
        ("۰۰۴۹ ۱۷۰ ۱۲۳۴۵۶۷", "+491701234567"),
        ("\u202a+44 7911 123456\u202c", "+447911123456"),
        ("1.212.555.0123+", "+12125550123"),
        ("+93 70 123 4567", "+93701234567"),
        ("+964 770 123 4567", "+9647701234567"),
        ("+90 532 123 45 67", "+905321234567"),
    ],
)
def test_mobile_of_another_country_is_stored_in_e164(typed: str, stored: str) -> None:
    assert fields.Mobile().deserialize(typed) == stored
    assert not fields.is_iranian_mobile(stored)
    assert load_error(fields.IranianMobile(), typed) == [fields.IRANIAN_MOBILE_INVALID]


@pytest.mark.parametrize(
    "typed",
    [
        "491701234567",  # without a sign of the country's code
        "+4917",
        "+49 30 123456",  # a landline
        "+98 21 88776655",
        "+999 123456789",
        "+491701234567890123",
        "00",
        "++491701234567",
    ],
)
def test_other_number_of_another_country_is_rejected(typed: str) -> None:
    assert load_error(fields.Mobile(), typed) == [fields.MOBILE_INVALID]


def test_national_code_is_read_in_any_digits() -> None:
    assert fields.NationalCode().deserialize("۰۰۱۲-۳۴۵۶۷۹") == "0012345679"


@pytest.mark.parametrize("typed", ["", "12345679", "0012345679x", "1" * 200])
def test_invalid_national_code_is_rejected(typed: str) -> None:
    assert load_error(fields.NationalCode(), typed) == [fields.NATIONAL_CODE_INVALID]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("0012345678", fields.NATIONAL_CODE_MISTYPED),
        *((digit * 10, fields.NATIONAL_CODE_MISTYPED) for digit in "023456789"),
        ("7710 0793 9584 3172", fields.SECRET_INSTEAD),
        ("۸۷۷۶۶۵۳۰۱۸۶۳۸", fields.SERIAL_INSTEAD),
    ],
)
def test_rejected_national_code_is_explained(typed: str, message: str) -> None:
    assert load_error(fields.NationalCode(), typed) == [message]


def test_ten_ones_are_the_code_of_a_person() -> None:
    assert fields.NationalCode().deserialize("1111111111") == "1111111111"


@pytest.mark.parametrize(
    "typed",
    [
        "\u202d+98 912 123 4567\u202c",
        "\u2068+989121234567\u2069",
        "0912.123.4567",
        "0912-123-4567",
        "0912\u2011123\u20114567",
        "(0912) 123 4567",
        "+98 (0) 912 123 4567",
        "0098.912.123.4567",
        "۰۹۱۲\u200c۱۲۳\u200b۴۵۶۷",
        "989121234567+",
        "\ufeff0912\xa0123\xa04567\xad",
    ],
)
def test_a_mobile_is_read_as_it_is_pasted(typed: str) -> None:
    assert fields.Mobile().deserialize(typed) == "09121234567"


UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\xad\ufeff"


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from(UNSEEN)), max_size=8), st.booleans())
def test_what_is_not_seen_changes_nothing_typed(marks: list[tuple[int, str]], persian: bool) -> None:
    def write_marked(text: str) -> str:
        text = to_persian_digits(text) if persian else text
        for place, mark in marks:
            text = text[:place] + mark + text[place:]
        return text

    day: object = fields.JalaliDate().deserialize(write_marked("1403-07-15"))
    assert day == date(2024, 10, 6)
    month: object = fields.JalaliMonth().deserialize(write_marked("1403-07"))
    assert month == jalali.JalaliMonth(1403, 7)
    assert fields.NationalCode().deserialize(write_marked("0012345679")) == "0012345679"
    assert fields.Mobile().deserialize(write_marked("09121234567")) == "09121234567"
    assert fields.Digits(6, SIX_DIGITS).deserialize(write_marked("123456")) == "123456"
    identifier: object = fields.Identifier().deserialize(write_marked("7b0a6c1e-8e52-4f6d-9d3b-0c8f5a1b2c3d"))
    assert identifier == UUID("7b0a6c1e-8e52-4f6d-9d3b-0c8f5a1b2c3d")


def test_a_date_is_read_with_other_hyphens_and_spaces_around_it() -> None:
    day: object = fields.JalaliDate().deserialize("\xa01403\u201107\u201115 ")
    assert day == date(2024, 10, 6)


def test_digits_are_read_with_separators() -> None:
    assert fields.Digits(6, SIX_DIGITS).deserialize("۱۲۳ ۴۵-۶") == "123456"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "1 2 3 4 5 6" + " " * 100])
def test_digits_of_another_length_are_rejected(typed: str) -> None:
    assert load_error(fields.Digits(6, SIX_DIGITS), typed) == [SIX_DIGITS]


def test_jalali_date_is_read_and_written() -> None:
    field = fields.JalaliDate()
    day: object = field.deserialize("۱۴۰۳-۰۷-۱۵")
    assert day == date(2024, 10, 6)
    assert field.serialize("day", {"day": date(2024, 10, 6)}) == "1403-07-15"
    assert field.serialize("day", {"day": None}) is None


def test_jalali_month_is_read_and_written() -> None:
    field = fields.JalaliMonth()
    month: object = field.deserialize("1403-07")
    assert month == jalali.JalaliMonth(1403, 7)
    assert field.serialize("month", {"month": jalali.JalaliMonth(1403, 7)}) == "1403-07"


@pytest.mark.parametrize("typed", ["", "1403-13-01", "1403-12-31", "15 Mehr"])
def test_invalid_date_and_month_are_rejected(typed: str) -> None:
    assert load_error(fields.JalaliDate(), typed) == [fields.DATE_INVALID]
    assert load_error(fields.JalaliMonth(), typed) == [fields.MONTH_INVALID]


def test_type_error_stays_marshmallows() -> None:
    with pytest.raises(ma.ValidationError, match="Not a valid string"):
        fields.NationalCode().deserialize(7)


def test_line_is_bounded_as_stored() -> None:
    line = fields.Line(5, shortest=1)
    assert line.deserialize("  a   b ") == "a b"
    for typed in ("   ", "abcdef"):
        load_error(line, typed)
