"""«اصالت‌سنجی نامه» for everyone: what a file is, what a QR code states, whether a letter is valid today."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired, StopValidation, ValidationError

from gateway.portal import api
from gateway.portal.forms import CodeField, Form, LetterFileField
from govah_client.errors import ApiError
from govah_client.letter_checks import LetterStatus, PaperComparison
from services.kit.sizes import LARGEST_FILE
from services.kit.text import drop_unseen

blueprint = Blueprint("letter_check", __name__, url_prefix="/letter-check")

SERIAL_LENGTH, CODE_LENGTH = 13, 16
MAX_NAME_LENGTH = 250
QR_TEXT = re.compile(r"\S{1,300}/l/(?P<serial>[0-9]{13})#[A-Za-z0-9_-]{1,170}")


def strip_typed(typed: str | None) -> str:
    """Return what was typed without what cannot be seen."""
    return drop_unseen(typed or "").strip()


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
    file = LetterFileField(
        _("فایل PDF، اسکن یا عکس نامه"),
        description=_("PDF، JPEG یا PNG، حداکثر ۲۰ مگابایت. فایل تنها بررسی می‌شود و جایی نمی‌ماند."),
        # Phones convert their own kinds of picture to one of these.
        render_kw={"accept": "application/pdf,.pdf,image/jpeg,image/png"},
    )


class PersonCheck(Form):
    person = StringField(
        _("کد ملی یا نام و نام خانوادگی روی نامه"),
        filters=[strip_typed],
        validators=[DataRequired(_("کد ملی یا نام و نام خانوادگی را همان‌گونه که روی نامه است بنویسید."))],
        description=_("درست همان‌گونه که چاپ شده است. تنها با رمزینه سنجیده می‌شود و جایی نمی‌ماند."),
        render_kw={"autocomplete": "off", "dir": "auto", "maxlength": MAX_NAME_LENGTH},
    )


class CodeCheck(Form):
    qr = StringField(
        _("متن رمزینه"),
        filters=[strip_typed],
        description=_("رمزینه پایین نامه را با برنامه خواندن QR بخوانید و همه متن آن را اینجا بچسبانید."),
        render_kw={"autocomplete": "off", "dir": "ltr", "spellcheck": "false"},
    )

    def validate_qr(self, field: StringField) -> None:
        """Refuse a text that does not name a letter and end with a token, before anything is sent."""
        if not QR_TEXT.fullmatch(field.data or ""):
            raise ValidationError(
                gettext("این متن رمزینه نامه نیست. نشانی کامل آن را، تا آخر، دوباره بچسبانید.")
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
            session.pop("compared", None)
            return redirect(url_for(".show_file_result"), 303)
    return _render_page(file=form), status


@blueprint.post("/code")
def check_code() -> ResponseReturnValue:
    form = CodeCheck()
    status = 200
    if form.validate_on_submit():
        text = QR_TEXT.fullmatch(cast("str", form.qr.data))
        try:
            reply = _compare(text["serial"] if text else "", cast("str", form.qr.data))
        except ApiError as problem:
            if problem.status == 404:
                problem.errors = [{"field": "qr", "message": _explain_unknown()}]
            status = form.refuse(problem, 404, 422, 429, 503)
        else:
            session["compared"] = reply
            return redirect(url_for(".show_comparison"), 303)
    return _render_page(code=form), status


@blueprint.get("/code")
def show_comparison() -> ResponseReturnValue:
    """Return what the last QR code of this reader states, and what the last comparison with it said."""
    reply = session.get("compared")
    if reply is None:
        return redirect(url_for(".check_file"))
    return _render_comparison(reply, PersonCheck(formdata=None))


@blueprint.post("/person")
def check_person() -> ResponseReturnValue:
    """Compare a typed name or number with the QR code that this reader has sent."""
    paper = (session.get("compared") or {}).get("paper") or (session.get("checked") or {}).get("paper")
    if paper is None:
        return redirect(url_for(".check_file"))
    form = PersonCheck()
    status = 200
    if form.validate_on_submit():
        try:
            reply = _compare(paper["serial"], paper["token"], cast("str", form.person.data))
        except ApiError as problem:
            status = form.refuse(problem, 404, 422, 429, 503)
        else:
            session["compared"] = reply
            return redirect(url_for(".show_comparison"), 303)
    return _render_comparison({"paper": paper, "comparison": None}, form), status


@blueprint.post("/serial")
def check_serial() -> ResponseReturnValue:
    form = SerialCheck()
    status = 200
    if form.validate_on_submit():
        try:
            _get_status(cast("str", form.serial.data))
        except ApiError as problem:
            if problem.status == 404:
                problem.errors = [{"field": "serial", "message": _explain_unknown()}]
            status = form.refuse(problem, 404, 429, 503)
        else:
            return redirect(url_for(".show_serial_result", serial=form.serial.data), 303)
    return _render_page(serial=form), status


@blueprint.get("/file")
def show_file_result() -> ResponseReturnValue:
    check = session.get("checked")
    if check is None:
        return redirect(url_for(".check_file"))
    standing: LetterStatus | None = None
    if "serial" in check:
        with suppress(ApiError):
            standing = _get_status(check["serial"])
    form = PersonCheck(formdata=None) if "paper" in check else None
    return render_template("letter_check/file.html", check=check, standing=standing, form=form)


@blueprint.get("/<string(length=13):serial>")
def show_serial_result(serial: str) -> str:
    """Return whether a letter is valid today; no personal data."""
    return render_template("letter_check/serial.html", standing=_get_status(serial))


def _get_status(serial: str) -> LetterStatus:
    """Return whether a letter is valid today. Raises ApiError."""
    return api.get_client().inquiry.get_letter_status(serial)


def _compare(serial: str, token: str, person: str = "") -> PaperComparison:
    """Return what a QR code states, and whether a typed person fits it. Raises ApiError."""
    return api.get_client().inquiry.compare_letter(serial, token, person)


def _explain_unknown() -> str:
    return str(gettext("نامه‌ای با این شماره سریال صادر نشده است. شماره را با نامه بسنجید."))


def _render_comparison(reply: Mapping[str, Any], form: PersonCheck) -> str:
    return render_template("letter_check/code.html", reply=reply, paper=reply["paper"], form=form)


def _render_page(
    file: FileCheck | None = None, code: CodeCheck | None = None, serial: SerialCheck | None = None
) -> str:
    """Return the page of all three ways; a form that was sent has its mistakes above the page."""
    return render_template(
        "letter_check/check.html",
        file_form=file or FileCheck(formdata=None),
        code_form=code or CodeCheck(formdata=None),
        serial_form=serial or SerialCheck(formdata=None),
        sent_form=file or code or serial,
        most_bytes=LARGEST_FILE,
    )
