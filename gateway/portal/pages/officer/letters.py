"""Failed requests, to queue again; and letters that were issued in error, to revoke."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import TextAreaField

from gateway.portal import entries, sessions
from gateway.portal.forms import CodeField, Form, open_form, require_input
from gateway.portal.pages.failed_letters import show_failed_requests
from gateway.portal.pages.officer.desk import guard
from govah_client.errors import ApiError, ServiceUnavailable

blueprint = Blueprint("officer_letters", __name__, url_prefix="/officer/letters")
blueprint.before_request(guard)
# Seconds between naming a letter and confirming its revocation.
TO_CONFIRM = 15 * 60


class Revocation(Form):
    serial = CodeField(
        _("شماره سریال"),
        length=13,
        wrong=_("شماره سریال سیزده رقم است. آن را از بالای نامه بردارید."),
        description=_("سیزده رقم بالای نامه."),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"},
    )
    reason = TextAreaField(
        _("علت ابطال"),
        description=_("بیمه‌شده این متن را می‌خواند؛ حداکثر ۵۰۰ نویسه."),
        validators=require_input(_("علت ابطال را بنویسید.")),
        render_kw={"rows": 3},
    )


class Confirmation(Form):
    """The last button before a letter is revoked."""


@blueprint.route("/failed", methods=["GET", "POST"])
def list_failed_requests() -> ResponseReturnValue:
    return show_failed_requests("officer/failed.html")


@blueprint.route("/revocation", methods=["GET", "POST"])
def revoke_letter() -> ResponseReturnValue:
    form = open_form(Revocation)
    if form.validate_on_submit():
        try:
            letter = dict(sessions.get_client().inquiry.get_letter_status(str(form.serial.data)))
        except ServiceUnavailable:
            letter = {"serial": str(form.serial.data)}
        except ApiError as problem:
            if problem.status not in {404, 422}:
                raise
            letter = None
        if letter is None:
            # inquiry receives a new letter through a feed, moments after the citizen.
            form.serial.errors = [
                gettext(
                    "نامه‌ای با این شماره سریال نیست. سیزده رقم را بررسی کنید."
                    " اگر نامه همین حالا صادر شده است، یک دقیقه دیگر دوباره تلاش کنید."
                )
            ]
        elif letter.get("state") == "revoked":
            form.serial.errors = [gettext("این نامه پیش‌تر باطل شده است. کار دیگری لازم نیست.")]
        else:
            entries.store_entry("revocation", {"letter": letter, "reason": form.reason.data}, TO_CONFIRM)
            return redirect(url_for(".confirm_revocation"), 303)
    return render_template("officer/revocation.html", form=form)


@blueprint.route("/revocation/confirmation", methods=["GET", "POST"])
def confirm_revocation() -> ResponseReturnValue:
    entry = entries.load_entry("revocation")
    if entry is None:
        return redirect(url_for(".revoke_letter"), 303)
    form = Confirmation()
    if form.validate_on_submit():
        serial = entry["letter"]["serial"]
        try:
            sessions.get_client().disclosure.revoke_letter(serial, entry["reason"])
        except ApiError as problem:
            form.refuse(problem, 404, 409, 422)
        else:
            entries.delete_entry("revocation")
            session["note"] = "letter-revoked"
            return redirect(url_for(".revoke_letter"), 303)
    return render_template("officer/confirm_revocation.html", form=form, **entry)
