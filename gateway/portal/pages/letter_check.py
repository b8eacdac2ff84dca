"""«اصالت‌سنجی نامه»: whether a file is genuine, and whether a letter is valid today. For everyone."""

from contextlib import suppress
from typing import cast

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms.validators import StopValidation

from gateway.portal import api
from gateway.portal.forms import CodeField, Form, PdfField
from govah_client.errors import ApiError
from govah_client.inquiry import LetterStatus
from services.kit.sizes import LARGEST_FILE

blueprint = Blueprint("letter_check", __name__, url_prefix="/letter-check")

SERIAL_LENGTH, CODE_LENGTH = 13, 16


class SerialField(CodeField):
    """A letter's serial number. A secret code that is typed here by mistake is recognised and not sent."""

    def pre_validate(self, form: object) -> None:
        try:
            super().pre_validate(form)
        except StopValidation as error:
            if len(self.data or "") != CODE_LENGTH:
                raise
            self.data = ""
            raise StopValidation(
                gettext("این کد رمز است، نه شماره سریال. کد رمز را تنها در «استعلام سند» بنویسید.")
            ) from error


class FileCheck(Form):
    file = PdfField(
        _("فایل PDF نامه"),
        description=_("حداکثر ۲۰ مگابایت. فایل تنها بررسی می‌شود و جایی نمی‌ماند."),
        render_kw={"accept": "application/pdf,.pdf"},
    )


class SerialCheck(Form):
    serial = SerialField(
        _("شماره سریال"),
        length=SERIAL_LENGTH,
        wrong=_("شماره سریال ۱۳ رقم دارد و بالای نامه نوشته شده است. آن را دوباره بررسی کنید."),
        description=_("سیزده رقم بالای نامه"),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )


@blueprint.route("", methods=["GET", "POST"])
def check_file() -> ResponseReturnValue:
    form = FileCheck()
    status = 200
    if form.validate_on_submit():
        stream = form.file.data.stream
        try:
            check = api.get_client().inquiry.check_letter(stream)
        except ApiError as problem:
            status = form.refuse(problem, 413, 415, 422, 429, 503)
        else:
            # In the cookie and not in the address, so that no link can claim a result.
            session["checked"] = check
            return redirect(url_for(".show_file_result"), 303)
    return _render_page(form, SerialCheck(formdata=None)), status


@blueprint.post("/serial")
def check_serial() -> ResponseReturnValue:
    form = SerialCheck()
    status = 200
    if form.validate_on_submit():
        try:
            _get_status(cast("str", form.serial.data))
        except ApiError as problem:
            if problem.status == 404:
                missing = gettext("نامه‌ای با این شماره سریال صادر نشده است. شماره را با نامه بسنجید.")
                problem.errors = [{"field": "serial", "message": missing}]
            status = form.refuse(problem, 404, 429, 503)
        else:
            return redirect(url_for(".show_serial_result", serial=form.serial.data), 303)
    return _render_page(FileCheck(formdata=None), form), status


@blueprint.get("/file")
def show_file_result() -> ResponseReturnValue:
    check = session.get("checked")
    if check is None:
        return redirect(url_for(".check_file"))
    standing: LetterStatus | None = None
    if "serial" in check:
        with suppress(ApiError):
            standing = _get_status(check["serial"])
    return render_template("letter_check/file.html", check=check, standing=standing)


@blueprint.get("/<string(length=13):serial>")
def show_serial_result(serial: str) -> str:
    """Return whether a letter is valid today; no personal data."""
    return render_template("letter_check/serial.html", standing=_get_status(serial))


def _get_status(serial: str) -> LetterStatus:
    """Return whether a letter is valid today. Raises ApiError."""
    return api.get_client().inquiry.get_letter_status(serial)


def _render_page(file: FileCheck, serial: SerialCheck) -> str:
    return render_template(
        "letter_check/check.html", file_form=file, serial_form=serial, most_bytes=LARGEST_FILE
    )
