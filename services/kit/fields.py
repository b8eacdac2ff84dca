"""Marshmallow fields for what people type, with one sentence for each that cannot be read.

Schemas use them as `from services.kit import fields`, then `fields.NationalCode(required=True)`.
"""

import re
from collections.abc import Callable
from typing import Any

import marshmallow as ma
import phonenumbers
from marshmallow import validate

from services.kit import jalali
from services.kit.national_code import parse_national_code
from services.kit.problems import Text
from services.kit.text import drop_unseen, normalise_code, normalise_figures, normalise_text

NATIONAL_CODE_INVALID = Text(
    "کد ملی ده رقم است. آن را دوباره بررسی کنید.", "A national code has ten digits. Check it again."
)
NATIONAL_CODE_MISTYPED = Text(
    "کد ملی درست نیست: یک یا چند رقم آن اشتباه نوشته شده است. ده رقم را دوباره بررسی کنید.",
    "The national code is wrong: one or more of its digits are mistyped. Check the ten digits again.",
)
SECRET_INSTEAD = Text(
    "این کد رمز است، نه کد ملی. کد ملی ده رقم است؛ کد رمز را در جای خودش بنویسید.",
    "That is a secret code, not a national code. A national code has ten digits; enter the secret code in "
    "its own field.",
)
SERIAL_INSTEAD = Text(
    "این شماره سریال نامه است، نه کد ملی. کد ملی ده رقم است.",
    "That is a letter's serial number, not a national code. A national code has ten digits.",
)
INSURANCE_NUMBER_INVALID = Text(
    "شماره بیمه با صفرهای آغاز آن ۸ تا ۱۰ رقم است. آن را دوباره بررسی کنید.",
    "An insurance number has 8 to 10 digits, with the zeros at its beginning. Check it again.",
)
DATE_INVALID = Text("تاریخ را مانند ۱۴۰۳-۰۷-۱۵ بنویسید.", "Write the date like 1403-07-15.")
MONTH_INVALID = Text("ماه را مانند ۱۴۰۳-۰۷ بنویسید.", "Write the month like 1403-07.")
MOBILE_INVALID = Text(
    "شماره همراه را مانند 09123456789 بنویسید؛ شماره کشور دیگر را با کد آن، مانند +491701234567.",
    "Enter the mobile like 09123456789, or one of another country with its code, like +491701234567.",
)
IRANIAN_MOBILE_INVALID = Text(
    "شماره همراه را مانند 09123456789 بنویسید.", "Enter the mobile like 09123456789."
)
# Characters of a code as typed: room for Persian digits, spaces, hyphens and marks between them.
MAX_TYPED_CODE = 100

_MOBILE = re.compile("(?:0098|98)?0?(9[0-9]{9})")
IRAN = 98
# In North America numbers of mobiles look like all others.
_MOBILE_TYPES = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
_MARKS_IN_MOBILE = re.compile("[.()/·•]")


class Parsed(ma.fields.String):
    """Text that a function parses without what is not seen.

    The sentence `invalid`, or the one that it returns for the text, answers the function's ValueError.
    """

    def __init__(
        self, parse: Callable[[str], Any], invalid: Text | Callable[[str], Text], **options: Any
    ) -> None:
        super().__init__(**options)
        self._parse = parse
        self._invalid = invalid

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        typed = drop_unseen(super()._deserialize(value, *args, **kwargs))
        try:
            return self._parse(typed)
        except ValueError as error:
            invalid = self._invalid if isinstance(self._invalid, Text) else self._invalid(typed)
            raise ma.ValidationError([invalid]) from error


def explain_national_code(typed: str) -> Text:
    """Return why a national code is invalid: its length, a wrong digit, or another number in its place."""
    try:
        digits = normalise_code(typed) if len(typed) <= MAX_TYPED_CODE else ""
    except ValueError:
        return NATIONAL_CODE_INVALID
    explanations = {10: NATIONAL_CODE_MISTYPED, 13: SERIAL_INSTEAD, 16: SECRET_INSTEAD}
    return explanations.get(len(digits), NATIONAL_CODE_INVALID)


class NationalCode(Parsed):
    """Ten digits with a valid check digit, typed in any accepted digits; ASCII digits inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_national_code, explain_national_code, **options)


class InsuranceNumber(Parsed):
    """Eight to ten digits typed in any accepted digits; ASCII digits without leading zeros inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_insurance_number, INSURANCE_NUMBER_INVALID, **options)


class Digits(Parsed):
    """A code of a fixed length, typed in any accepted digits with spaces or hyphens; ASCII digits inside."""

    def __init__(self, length: int, invalid: Text | Callable[[str], Text], **options: Any) -> None:
        def parse_digits(typed: str) -> str:
            code = normalise_code(typed) if len(typed) <= MAX_TYPED_CODE else ""
            if len(code) != length:
                raise ValueError(f"not {length} digits")
            return code

        super().__init__(parse_digits, invalid, **options)


class Mobile(Parsed):
    """A mobile number of any country: "09123456789" inside for Iran, or else E.164 like "+491701234567"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_mobile, MOBILE_INVALID, **options)


class IranianMobile(Parsed):
    """An Iranian mobile number, also with +98; "09123456789" inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parse_iranian_mobile, IRANIAN_MOBILE_INVALID, **options)


class JalaliDate(Parsed):
    """A day written "1403-07-15"; a `datetime.date` inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(jalali.parse_jalali_date, DATE_INVALID, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else jalali.format_jalali_date(value)


class JalaliMonth(Parsed):
    """A month written "1403-07"; a `JalaliMonth` inside."""

    def __init__(self, **options: Any) -> None:
        super().__init__(jalali.JalaliMonth.parse, MONTH_INVALID, **options)


class Identifier(ma.fields.UUID):
    """A UUID, also as it is pasted: with marks of direction, spaces around it or other hyphens."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        figures = normalise_figures(value) if isinstance(value, str) else value
        return super()._deserialize(figures, *args, **kwargs)


class Line(ma.fields.String):
    """One line of text, normalised; the bounds of its length are those of the stored text."""

    def __init__(self, longest: int, shortest: int | None = None, **options: Any) -> None:
        super().__init__(validate=validate.Length(min=shortest, max=longest), **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return normalise_text(super()._deserialize(value, *args, **kwargs))


def parse_insurance_number(typed: str) -> str:
    """Return an insurance number without leading zeros. Raises ValueError."""
    number = normalise_code(typed) if len(typed) <= MAX_TYPED_CODE else ""
    canonical = number.lstrip("0")
    if not 8 <= len(number) <= 10 or not canonical:
        raise ValueError("not an insurance number")
    return canonical


def parse_iranian_mobile(typed: str) -> str:
    """Return an Iranian mobile number as "09123456789". Raises ValueError.

    It may be typed with +98 or 0098, with spaces, hyphens, dots or brackets. A plus sign typed from right to
    left stands behind the digits.
    """
    number = _MOBILE.fullmatch(_read_digits(typed)[1])
    if number is None:
        raise ValueError("not an Iranian mobile number")
    return f"0{number[1]}"


def parse_mobile(typed: str) -> str:
    """Return a mobile number: an Iranian one as "09123456789", any other one in E.164. Raises ValueError.

    A number of another country needs its code, after a plus sign or 00.
    """
    is_international, digits = _read_digits(typed)
    if number := _MOBILE.fullmatch(digits):
        return f"0{number[1]}"
    if not is_international and not digits.startswith("00"):
        raise ValueError("not an Iranian mobile number, and no code of a country")
    try:
        parsed = phonenumbers.parse(f"+{digits if is_international else digits[2:]}")
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a mobile number") from error
    # Iranian ones were read above.
    if parsed.country_code == IRAN or not phonenumbers.is_valid_number(parsed):
        raise ValueError("not a valid number")
    if phonenumbers.number_type(parsed) not in _MOBILE_TYPES:
        raise ValueError("not a mobile number")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def is_iranian_mobile(mobile: str) -> bool:
    """Return whether a mobile number, as it is stored, is an Iranian one."""
    return not mobile.startswith("+")


def _read_digits(typed: str) -> tuple[bool, str]:
    """Return whether a number has a plus sign, and its digits. Raises NotDigits."""
    figures = _MARKS_IN_MOBILE.sub("", normalise_figures(typed)).strip()
    is_international = figures.startswith("+") or figures.endswith("+")
    return is_international, normalise_code(figures.removeprefix("+").removesuffix("+"))
