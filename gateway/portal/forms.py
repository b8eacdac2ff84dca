"""What all forms have in common, and the fields that Persian forms need. Pages subclass `Form`.

A form's fields have the names of the API's, so that `refuse` shows a service's errors beside them.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import Field, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, StopValidation

from gateway.portal import api, browser, drafts, entries, sessions
from gateway.portal.languages import select_language
from gateway.portal.show import get_month_name
from govah_client.errors import ApiError
from services.kit.fields import NATIONAL_CODE_INVALID
from services.kit.jalali import JalaliInvalid, format_jalali_date, to_date
from services.kit.national_code import NationalCodeInvalid, parse_national_code
from services.kit.text import NotDigits, normalise_code, normalise_figures

FormType = TypeVar("FormType", bound="Form")
PDF_MARK = b"%PDF-"


class Form(FlaskForm):
    """A form with CSRF protection and a hidden word that makes it harmless to send it twice."""

    once = HiddenField(default=lambda: uuid.uuid4().hex)
    restored = False
    # The path of the right page, and the text of the link to it.
    elsewhere: tuple[str, str] | None = None

    class Meta:
        # Messages are the form's own, not those of WTForms.
        locales = False

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """Return an input that a screen reader connects with its hint and its errors."""
            descriptions = [f"{field.id}-hint"] if field.description else []
            descriptions += [f"{field.id}-error{number}" for number, _error in enumerate(field.errors, 1)]
            kind = "form-select" if field.type == "SelectField" else "form-control"
            render_kw = {"required": False} | (field.render_kw or {}) | render_kw
            if field.type in {"HiddenField", "CSRFTokenField"}:
                return field.widget(field, **render_kw)
            render_kw["class"] = f"{kind} {render_kw.get('class', '')}".strip()
            if descriptions:
                render_kw["aria-describedby"] = " ".join(descriptions)
            if field.errors:
                render_kw["aria-invalid"] = "true"
            return field.widget(field, **render_kw)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The browser gets its id before a form is sent: two simultaneous requests would give it two.
        browser.ensure_id()
        super().__init__(*args, **kwargs)

    @property
    def made_for(self) -> str:
        """The tag of the person for whom this form is rendered; "" without a session."""
        reader = sessions.find_reader()
        return "" if reader == drafts.ANONYMOUS else reader

    @property
    def key(self) -> str:
        """The Idempotency-Key of what is sent: the same for the same content of the same form and reader."""
        fields = sorted((name, str(value)) for name, value in self.data.items() if name != "csrf_token")
        reader = sessions.find_reader()
        # To the services, all readers without a session are the same caller.
        scope = browser.ensure_id() if reader == drafts.ANONYMOUS else reader
        return hashlib.sha256(repr((scope, fields)).encode()).hexdigest()

    def refuse(self, refusal: ApiError, *expected: int | str) -> int:
        """Show a service's refusal beside the fields it names, else above the form; return the page's status.

        Raises the refusal itself unless its status or its code is expected.
        """
        if refusal.status not in expected and refusal.code not in expected:
            raise refusal
        _, detail = api.describe_error(refusal)
        for error in refusal.errors:
            field = self._fields.get(error.get("field", ""))
            self._add_error(field, error.get("message", detail))
        if not refusal.errors:
            self._add_error(None, detail)
        return 503 if refusal.status == 503 else 200

    def _add_error(self, field: Field | None, message: str) -> None:
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    @property
    def mistakes(self) -> list[tuple[str, str]]:
        """The target of each error, and its text. A target is a field, another page or ""."""
        named = [(f"#{field.id}", str(error)) for field in self for error in field.errors]
        general = [("", str(error)) for error in self.form_errors]
        return ([self.elsewhere] if self.elsewhere else []) + general + named


def open_form(kind: type[FormType], **defaults: Any) -> FormType:
    """Return the form of this request: as sent, as saved before a session ended, or with the defaults."""
    draft = entries.pop_form_draft() if request.method == "GET" else None
    if draft is None:
        return kind(data=defaults)
    form = kind(formdata=draft)
    form.restored = True
    return form


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
            raise StopValidation(NATIONAL_CODE_INVALID.pick(select_language())) from error


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
        missing = require_input(_("شماره همراه را مانند 09123456789 بنویسید."))
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


class PdfField(FileField):
    """A file that begins as a PDF does; the data are werkzeug's FileStorage."""

    def pre_validate(self, form: object) -> None:
        file = cast("FileStorage | None", self.data)
        if not file:
            raise StopValidation(gettext("فایل PDF نامه را انتخاب کنید."))
        mark = file.stream.read(len(PDF_MARK))
        file.stream.seek(0)
        if not mark:
            raise StopValidation(gettext("این فایل خالی است. فایل دیگری انتخاب کنید."))
        if mark != PDF_MARK:
            raise StopValidation(
                gettext(
                    "این فایل PDF نیست. فایلی را که از سامانه ذخیره شده است انتخاب کنید، نه عکس یا پویش آن."
                )
            )


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
        try:
            day, month, year = map(int, self.parts)
            self.data = format_jalali_date(to_date(year, month, day))
        except (JalaliInvalid, ValueError) as error:
            raise StopValidation(gettext("تاریخ را کامل و درست بنویسید، مانند ۱۱ اردیبهشت ۱۳۶۰.")) from error

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
