"""Two-step sign-in: authenticators, passkeys and recovery codes of citizens and staff.

A new secret and new recovery codes are stored sealed for some minutes, until the reader has noted them.
"""

import json
from collections.abc import Mapping
from typing import Any

import segno
from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField

from gateway.portal import devices, entries, sessions
from gateway.portal.forms import CodeField, Form
from gateway.portal.pages.own_account.confirming import (
    PasswordForm,
    build_current_password_field,
    require_any_session,
    show_refusal,
)
from govah_client.errors import ApiError

blueprint = Blueprint("two_step", __name__, url_prefix="/account/two-step")
blueprint.before_request(require_any_session)

LIFETIME = 600
APP, PASSKEY, CODES = "two-step-app", "two-step-passkey", "recovery-codes"


class FirstCode(Form):
    code = CodeField(
        _("کد برنامه رمزساز"),
        length=6,
        wrong=_("کد شش رقم است. آن را از برنامه رمزساز بردارید."),
        description=_("شش رقمی که برنامه اکنون نشان می‌دهد."),
    )


class NewPasskey(Form):
    name = StringField(
        _("نام دستگاه (اختیاری)"),
        description=_("تا بعداً آن را بشناسید؛ مانند «گوشی من»."),
        render_kw={"autocomplete": "off", "maxlength": "60"},
    )
    password = build_current_password_field()


class PasskeyAnswer(Form):
    """What the browser's authenticator has answered; the script fills it in."""

    credential = HiddenField()


@blueprint.get("")
def show_factors() -> str:
    account = sessions.get_client().account.get_account()
    return render_template("own_account/two_step.html", account=account)


@blueprint.route("/app", methods=["GET", "POST"])
def request_app() -> ResponseReturnValue:
    form, status = PasswordForm(), 200
    if form.validate_on_submit():
        try:
            pending = sessions.get_client().account.request_factor("totp", str(form.password.data))
        except ApiError as problem:
            status = show_refusal(form, problem, "password")
        else:
            entries.store_entry(APP, dict(pending), LIFETIME)
            return redirect(url_for(".confirm_app"), 303)
    return render_template("own_account/app.html", form=form), status


@blueprint.route("/app/confirmation", methods=["GET", "POST"])
def confirm_app() -> ResponseReturnValue:
    pending = entries.load_entry(APP)
    if pending is None:
        return redirect(url_for(".request_app"))
    form, status = FirstCode(), 200
    if form.validate_on_submit():
        try:
            confirmed = sessions.get_client().account.confirm_factor(pending["id"], code=str(form.code.data))
        except ApiError as problem:
            if problem.code == "second-factor-code-wrong":
                problem.errors = [{"field": "code", "message": problem.detail}]
            status = form.refuse(problem, 410, 422)
        else:
            entries.delete_entry(APP)
            return _finish(confirmed["recovery_codes"])
    picture = segno.make(pending["otpauth_url"], error="m", micro=False)
    return (
        render_template(
            "own_account/app_confirmation.html",
            form=form,
            secret=pending["secret"],
            address=pending["otpauth_url"],
            picture=picture.svg_data_uri(scale=5, border=4, light="#fff"),
        ),
        status,
    )


@blueprint.route("/passkey", methods=["GET", "POST"])
def request_passkey() -> ResponseReturnValue:
    form, status = NewPasskey(), 200
    if form.validate_on_submit():
        try:
            pending = sessions.get_client().account.request_factor("passkey", str(form.password.data))
        except ApiError as problem:
            status = show_refusal(form, problem, "password")
        else:
            entry = {**pending, "name": (form.name.data or "").strip()[:60]}
            entries.store_entry(PASSKEY, entry, LIFETIME)
            return redirect(url_for(".confirm_passkey"), 303)
    return render_template("own_account/passkey.html", form=form), status


@blueprint.route("/passkey/confirmation", methods=["GET", "POST"])
def confirm_passkey() -> ResponseReturnValue:
    pending = entries.load_entry(PASSKEY)
    if pending is None:
        return redirect(url_for(".request_passkey"))
    form, status = PasskeyAnswer(), 200
    if form.validate_on_submit():
        credential = read_answer(form.credential.data)
        try:
            confirmed = sessions.get_client().account.confirm_factor(
                pending["id"], credential=credential, name=pending["name"] or gettext("کلید عبور")
            )
        except ApiError as problem:
            # The request is used up.
            entries.delete_entry(PASSKEY)
            status = form.refuse(problem, 404, 410, 422)
        else:
            entries.delete_entry(PASSKEY)
            _keep_device(credential)
            return _finish(confirmed["recovery_codes"])
    return (
        render_template("own_account/passkey_confirmation.html", form=form, options=pending["options"]),
        status,
    )


def _keep_device(credential: Mapping[str, Any]) -> None:
    """Let a sign-in with the new passkey count as one on this known device."""
    account = sessions.get_client().account.get_account()
    name = account.get("national_code") or account.get("username") or ""
    if token := devices.find_token(name):
        devices.store_token(devices.name_passkey(credential), token)


def read_answer(text: str | None) -> dict[str, Any]:
    """Return what the script has sent, {} for anything but an object."""
    try:
        answer = json.loads(text or "")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _finish(recovery_codes: list[str]) -> ResponseReturnValue:
    session["note"] = "two-step-added"
    if not recovery_codes:
        return redirect(url_for(".show_factors"), 303)
    entries.store_entry(CODES, recovery_codes, LIFETIME)
    return redirect(url_for(".show_codes"), 303)


@blueprint.get("/codes")
def show_codes() -> ResponseReturnValue:
    codes = entries.load_entry(CODES)
    if codes is None:
        return redirect(url_for(".show_factors"))
    return render_template("own_account/codes.html", codes=codes)


@blueprint.post("/codes/noted")
def delete_codes() -> ResponseReturnValue:
    entries.delete_entry(CODES)
    return redirect(url_for(".show_factors"), 303)


@blueprint.route("/codes/new", methods=["GET", "POST"])
def replace_codes() -> ResponseReturnValue:
    form, status = PasswordForm(), 200
    if form.validate_on_submit():
        try:
            fresh = sessions.get_client().account.replace_recovery_codes(str(form.password.data))
        except ApiError as problem:
            status = show_refusal(form, problem, "password")
        else:
            entries.store_entry(CODES, fresh["recovery_codes"], LIFETIME)
            return redirect(url_for(".show_codes"), 303)
    return render_template("own_account/new_codes.html", form=form), status


@blueprint.route("/<uuid:factor_id>/removal", methods=["GET", "POST"])
def remove_factor(factor_id: str) -> ResponseReturnValue:
    form, status = PasswordForm(), 200
    client = sessions.get_client()
    factors = client.account.get_account()["second_factors"]
    factor = next((one for one in factors if one["id"] == str(factor_id)), None)
    if factor is None:
        return redirect(url_for(".show_factors"))
    if form.validate_on_submit():
        try:
            client.account.remove_factor(str(factor_id), str(form.password.data))
        except ApiError as problem:
            status = show_refusal(form, problem, "password")
        else:
            session["note"] = "two-step-removed"
            return redirect(url_for(".show_factors"), 303)
    page = render_template("own_account/removal.html", form=form, factor=factor, is_last=len(factors) == 1)
    return page, status
