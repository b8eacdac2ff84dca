"""The institutions' panel: «استعلام سند», for anyone with a code, and «ورود موسسه» for clerks.

An answer uses up one of the permit's views: it is stored for some minutes and shown by `answers`, so that a
reload does not inquire again. Without the store of sessions the answer is shown immediately.
"""

import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import Length

from gateway.portal import api, entries, sessions
from gateway.portal.forms import Form, NationalCodeField, open_form, require_input
from gateway.portal.pages import answers
from gateway.portal.pages.signing_in import StaffSignIn, build_totp_field, enter, show_door
from govah_client.client import Client
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.inquiry import AnsweredInquiry

blueprint = Blueprint("institution", __name__, url_prefix="/institution")

ENDED = {"permit-expired", "permit-revoked", "permit-used-up", "permit-paused", "letter-revoked"}
# Each has a page of its own; other refusals are shown beside the form's fields.
REFUSALS = {"code-not-accepted", "too-many-attempts", *ENDED}
# Seconds in which the same form is a double click and not a second attempt.
DOUBLE_CLICK = 5
# Fields of one of the two forms, and those that the next inquiry begins with.
OF_INQUIRER, REPEATED = ("institution_name", "reference"), ("purpose", "institution_name")
LATEST, REMEMBERED = "latest-inquiry", answers.LIFETIME


class SignIn(StaffSignIn):
    totp = build_totp_field(
        _("کد یک‌بارمصرف"), _("فقط اگر برای حساب شما فعال شده است؛ شش رقم از برنامه رمزساز.")
    )


class OptionalNationalCodeField(NationalCodeField):
    """A national code, or nothing where the insurance number is typed."""

    def pre_validate(self, form: Any) -> None:
        if (self.data or "").strip() or not (form["insurance_number"].data or "").strip():
            super().pre_validate(form)
        else:
            self.data = None


class Inquiry(Form):
    national_code = OptionalNationalCodeField(
        _("شناسه (کد ملی متقاضی)"),
        description=_("ده رقم"),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )
    # The service validates it, as far as it is typed at all.
    insurance_number = StringField(
        _("شماره بیمه"),
        description=_("حداکثر ۱۰ رقم؛ فقط برای کسی که کد ملی ندارد. آنگاه کد ملی را خالی بگذارید."),
        filters=[lambda typed: (typed or "").strip()],
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )
    # The service validates it: it recognises serial numbers, and a mistyped code is not an attempt.
    code = StringField(
        _("کد رمز"),
        description=_("شانزده رقمی که متقاضی به شما داده است؛ با فاصله یا بی‌فاصله."),
        validators=require_input(_("کد رمز را بنویسید. آن را متقاضی به شما می‌دهد.")),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )
    purpose = StringField(
        _("برای چه کاری؟ (اختیاری)"),
        description=_("متقاضی این را در گزارش مشاهده‌ها می‌بیند؛ مانند «درخواست وام مسکن»."),
        render_kw={"autocomplete": "off"},
    )


class OpenInquiry(Inquiry):
    """The form without an account, which asks who inquires."""

    institution_name = StringField(
        _("شما از کدام موسسه‌اید؟ (اختیاری)"),
        description=_("متقاضی آن را با «به گفته خودش» می‌بیند؛ مانند «دفتر اسناد رسمی ۱۲ یزد»."),
        validators=[Length(max=100, message=_("نام موسسه حداکثر ۱۰۰ نویسه است."))],
        render_kw={"autocomplete": "organization"},
    )


class ClerkInquiry(Inquiry):
    """The form of an institution's clerk, with a reference of the institution's own."""

    reference = StringField(
        _("شماره ارجاع شما (اختیاری)"),
        description=_("شماره کار در موسسه شما، تا استعلام را بعداً پیدا کنید؛ نه کد ملی. حروف انگلیسی و رقم."),
        filters=[lambda typed: (typed or "").strip()],
        validators=[Length(max=64, message=_("شماره ارجاع حداکثر ۶۴ نویسه است."))],
        render_kw={"dir": "ltr", "autocomplete": "off"},
    )


@blueprint.get("")
def show_panel() -> str:
    return render_template("institution/panel.html")


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = SignIn()
    home = url_for(".inquire")
    entered = form.validate_on_submit() and enter(form, sessions.INSTITUTION, home)
    return entered or show_door("institution/sign_in.html", form)


@blueprint.route("/inquiry", methods=["GET", "POST"])
def inquire() -> ResponseReturnValue:
    # Several inquiries one after the other are mostly for one purpose, by one institution.
    form = open_form(ClerkInquiry if _is_clerk() else OpenInquiry, **_load_latest())
    status = 200
    if form.validate_on_submit():
        fields = {
            "national_code": form.national_code.data or None,
            "insurance_number": form.insurance_number.data or None,
            "code": str(form.code.data),
            "purpose": form.purpose.data or None,
            **{name: form[name].data or None for name in OF_INQUIRER if name in form},
        }
        with suppress(ServiceUnavailable):
            entries.store_entry(LATEST, {name: fields.get(name) for name in REPEATED}, REMEMBERED)
        try:
            # To the service every call is a new inquiry and counts as a view.
            outcome = entries.run_once(form.key, partial(_send_inquiry, fields))
        except ApiError as problem:
            if problem.code == "code-mistyped":
                problem.errors = [{"field": "code", "message": problem.detail}]
            status = form.refuse(problem, 422, 503)
        else:
            return _show_answer(outcome) if "inquiry_id" in outcome else _redirect_to_refusal(outcome)
    return render_template("institution/inquire.html", form=form), status


@blueprint.get("/refused")
def show_refusal() -> ResponseReturnValue:
    refusal = session.get("refused")
    if refusal is None:
        return redirect(url_for(".inquire"))
    again = datetime.fromtimestamp(refusal.get("until", 0), UTC)
    must_wait = again > datetime.now(UTC)
    page = render_template("institution/refused.html", refusal=refusal, again=again, must_wait=must_wait)
    return page, refusal["status"]


def _send_inquiry(fields: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return the answer's id or a refusal with a page, and the seconds for which the form gets it again.

    An answer that cannot be stored is returned whole.
    """
    client = _get_client()
    by_name = client.transport.token is not None
    # A clerk's inquiry while auth is unavailable is one without a token.
    sent = fields if by_name else {**fields, "reference": None}
    try:
        reply = _create_inquiry(client, sent)
    except ApiError as problem:
        if problem.code not in REFUSALS:
            raise
        return _describe_refusal(problem), DOUBLE_CLICK
    answer = answers.build_answer(
        dict(reply), by_name=by_name, reference=sent.get("reference"), claimed=sent.get("institution_name")
    )
    try:
        answers.store_answer(answer)
    except ServiceUnavailable:
        return dict(answer), DOUBLE_CLICK
    return {"inquiry_id": answer["inquiry_id"]}, answers.LIFETIME


def _load_latest() -> dict[str, Any]:
    """Return what the next inquiry begins with; nothing without the store of sessions."""
    with suppress(ServiceUnavailable):
        return entries.load_entry(LATEST) or {}
    return {}


def _create_inquiry(client: Client, fields: dict[str, Any]) -> AnsweredInquiry:
    """Return the answer, with a document for as long as its page is shown. Raises ApiError."""
    try:
        return client.inquiry.create_inquiry(**fields, document_minutes=answers.LIFETIME_MINUTES)
    except ApiError as problem:
        if all(error.get("field") != "document_minutes" for error in problem.errors):
            raise
    # An inquiry service of before gives five minutes to all.
    return client.inquiry.create_inquiry(**fields)


def _is_clerk() -> bool:
    signed_in = sessions.find_session()
    is_clerk = signed_in is not None and signed_in.role == sessions.INSTITUTION
    # Somebody who has still to choose a password inquires as anyone does.
    return is_clerk and signed_in is not None and signed_in.first_step is None


def _get_client() -> Client:
    """Return the API in the clerk's name, without a token if no clerk is signed in or auth is unavailable."""
    if not _is_clerk():
        return api.get_client()
    try:
        return sessions.get_client()
    except ServiceUnavailable:
        return api.get_client()


def _show_answer(outcome: dict[str, Any]) -> ResponseReturnValue:
    session.pop("refused", None)
    if "reply" in outcome:
        return answers.render_answer(cast("answers.Answer", outcome), is_stored=False)
    return redirect(url_for("answers.show_answer", inquiry_id=outcome["inquiry_id"]), 303)


def _describe_refusal(problem: ApiError) -> dict[str, Any]:
    """Return what the page about a refusal shows; nothing that was typed."""
    refusal: dict[str, Any] = {
        "code": problem.code,
        "status": problem.status,
        "detail": problem.detail,
        "language": str(get_locale()),
    }
    if problem.retry_after:
        refusal["until"] = time.time() + problem.retry_after
    return refusal


def _redirect_to_refusal(refusal: dict[str, Any]) -> ResponseReturnValue:
    """Return a redirect away from the form, whose reload would be another attempt."""
    session["refused"] = refusal
    return redirect(url_for(".show_refusal"), 303)
