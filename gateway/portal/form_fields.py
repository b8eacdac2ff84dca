"""The fields that Persian forms need: numbers in any digits, Jalali dates, files. `forms` exports them."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, PasswordField, StringField
from wtforms.validators import InputRequired, StopValidation

from gateway.portal.languages import select_language
from gateway.portal.show import get_month_name
from services.kit.fields import INSURANCE_NUMBER_INVALID, explain_national_code, parse_insurance_number
from services.kit.jalali import JalaliInvalid, format_jalali_date, to_date
from services.kit.national_code import NationalCodeInvalid, parse_national_code
from services.kit.text import NotDigits, normalise_code, normalise_figures


def require_input(message: str) -> list[Callable[..., None]]:
    """Return the validators of a field that must be filled in; the message says what to write."""
    return [InputRequired(message)]


class NationalCodeField(StringField):
    """Ten digits in any spelling; the data are ASCII digits."""

    data: str | None

    def __init__(self, label: str = "", **options: Any) -> None:
        options.setdefault("render_kw", {"inputmode": "numeric", "dir": "ltr", "autocomplete": "username"})
        super().__init__(label or _("کد ملی"), **options)

    def pre_validate(self, form: object) -> None:
        try:
            self.data = parse_national_code(self.data or "")
        except NationalCodeInvalid as error:
            raise StopValidation(explain_national_code(self.data or "").pick(select_language())) from error


class InsuranceNumberField(StringField):
    """Eight to ten digits in any spelling; the data are ASCII digits without leading zeros."""

    data: str | None

    def __init__(self, label: str = "", **options: Any) -> None:
        options.setdefault("render_kw", {"inputmode": "numeric", "dir": "ltr", "autocomplete": "username"})
        super().__init__(label or _("شماره بیمه"), **options)

    def pre_validate(self, form: object) -> None:
        try:
            self.data = parse_insurance_number(self.data or "")
        except ValueError as error:
            raise StopValidation(INSURANCE_NUMBER_INVALID.pick(select_language())) from error


class CodeField(StringField):
    """A number typed by hand: any digits, spaces and hyphens; the data are ASCII digits."""

    data: str | None

    def __init__(self, label: str, *, length: int, wrong: str, **options: Any) -> None:
        self.length, self.wrong = length, wrong
        options.setdefault(
            "render_kw", {"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code"}
        )
        super().__init__(label, **options)

    def pre_validate(self, form: object) -> None:
        try:
            self.data = normalise_code(self.data or "")
        except NotDigits as error:
            raise StopValidation(str(self.wrong)) from error
        if len(self.data) != self.length:
            raise StopValidation(str(self.wrong))


class MobileField(StringField):
    """A mobile in any spelling; the service validates it."""

    def __init__(self, label: str = "", **options: Any) -> None:
        options.setdefault("render_kw", {"inputmode": "tel", "dir": "ltr", "autocomplete": "tel"})
        missing = require_input(_("شماره همراه را مانند 09123456789 بنویسید؛ شماره کشور دیگر را با کد آن."))
        super().__init__(label or _("شماره همراه"), validators=missing, **options)


class WholeNumberField(StringField):
    """A whole number in any digits, or nothing; the data are an int or None."""

    data: int | str | None

    def __init__(self, label: str, *, least: int, most: int, **options: Any) -> None:
        self.least, self.most = least, most
        options.setdefault("render_kw", {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
        super().__init__(label, **options)

    def _value(self) -> str:
        return str(self.raw_data[0] if self.raw_data else self.data or "")

    def pre_validate(self, form: object) -> None:
        try:
            typed = normalise_figures(self.data) if isinstance(self.data, str) else ""
            self.data = int(normalise_code(typed)) if typed else None
        except ValueError as error:
            raise StopValidation(self._describe_range()) from error
        if self.data is not None and not self.least <= self.data <= self.most:
            raise StopValidation(self._describe_range())

    def _describe_range(self) -> str:
        return str(gettext("عددی از %(least)s تا %(most)s بنویسید.", least=self.least, most=self.most))


class LetterFileField(FileField):
    """A letter's PDF, scan or photo, whose kind inquiry recognises; the data are werkzeug's FileStorage."""

    def pre_validate(self, form: object) -> None:
        file = cast("FileStorage | None", self.data)
        if not file:
            raise StopValidation(gettext("فایل، اسکن یا عکس نامه را انتخاب کنید."))
        beginning = file.stream.read(1)
        file.stream.seek(0)
        if not beginning:
            raise StopValidation(gettext("این فایل خالی است. فایل دیگری انتخاب کنید."))


class ListFileField(FileField):
    """One of the two files of a list, which records validates; the data are werkzeug's FileStorage."""

    def pre_validate(self, form: object) -> None:
        if not self.data:
            raise StopValidation(gettext("هر دو فایل لیست را انتخاب کنید."))


class SecretField(PasswordField):
    """A password: sent as typed and never shown again."""


class JalaliDateField(Field):
    """Day, month and year in three inputs; the data are text such as 1403-07-15, as the API takes it."""

    def __init__(self, label: str, **options: Any) -> None:
        self.parts: list[str] = ["", "", ""]
        super().__init__(label, **options)

    def process_data(self, value: str | None) -> None:
        self.data = value
        self.parts = [str(int(part)) for part in reversed(value.split("-"))] if value else ["", "", ""]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if valuelist:
            self.parts = ([normalise_figures(part) for part in valuelist] + ["", "", ""])[:3]

    def pre_validate(self, form: object) -> None:
        label = str(self.label.text)
        names = (gettext("روز"), gettext("ماه"), gettext("سال"))
        missing = [name for part, name in zip(self.parts, names, strict=True) if not part.strip()]
        if len(missing) == len(names):
            raise StopValidation(gettext("«%(label)s» را بنویسید.", label=label))
        if missing:
            parts = gettext("، ").join(missing)
            raise StopValidation(
                gettext("«%(label)s» کامل نیست: %(parts)s را بنویسید.", label=label, parts=parts)
            )
        try:
            day, month, year = map(int, self.parts)
            self.data = format_jalali_date(to_date(year, month, day))
        except (JalaliInvalid, ValueError) as error:
            wrong = gettext(
                "«%(label)s» در تقویم نیست. روز، ماه و سال را درست بنویسید، مانند ۱۱ اردیبهشت ۱۳۶۰.",
                label=label,
            )
            raise StopValidation(wrong) from error

    @property
    def months(self) -> list[tuple[str, str]]:
        """The choices of the middle input."""
        return [(str(number), get_month_name(number)) for number in range(1, 13)]


class OptionalDateField(JalaliDateField):
    """A date that may be left blank; the data are then None."""

    def pre_validate(self, form: object) -> None:
        if any(part.strip() for part in self.parts):
            super().pre_validate(form)
        else:
            self.data = None
