"""The account page: mobile, password, devices and messages."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from gateway.portal import doors, sessions
from gateway.portal.forms import CodeField, Form, MobileField, SecretField, open_form, require_input
from gateway.portal.pages import message_kinds
from gateway.portal.pages.own_account.confirming import (
    build_current_password_field,
    require_any_session,
    show_refusal,
)
from govah_client.account import WantedPreference
from govah_client.errors import ApiError

blueprint = Blueprint("own_account", __name__, url_prefix="/account")
blueprint.before_request(require_any_session)
require_citizen = sessions.require_role(sessions.CITIZEN)


class NewMobile(Form):
    mobile = MobileField(_("شماره همراه تازه"), description=_("شماره‌ای که به نام خودتان است."))
    password = build_current_password_field()


class MobileConfirmation(Form):
    code = CodeField(
        _("کد تغییر شماره"),
        length=6,
        wrong=_("کد شش رقم است."),
        description=_("شش رقمی که به شماره تازه پیامک شده است."),
    )


class ChangedPassword(Form):
    old_password = build_current_password_field()
    new_password = SecretField(
        _("گذرواژه تازه"),
        description=_("دست‌کم ۱۰ نویسه. چند واژه پشت سر هم گذرواژه خوبی است."),
        validators=require_input(_("گذرواژه تازه را بنویسید.")),
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.get("")
def show_account() -> str:
    return render_template("own_account/account.html", account=sessions.get_client().account.get_account())


@blueprint.route("/password", methods=["GET", "POST"])
def change_password() -> ResponseReturnValue:
    form, status = ChangedPassword(), 200
    if form.validate_on_submit():
        old, new = str(form.old_password.data), str(form.new_password.data)
        try:
            sessions.get_client().auth.change_password(old, new)
        except ApiError as problem:
            status = show_refusal(form, problem, "old_password")
        else:
            session["note"] = "own-password-changed"
            return redirect(url_for(".show_account"), 303)
    return render_template("own_account/password.html", form=form), status


@blueprint.route("/mobile", methods=["GET", "POST"])
def change_mobile() -> ResponseReturnValue:
    if refused := require_citizen():
        return refused
    form, status = open_form(NewMobile), 200
    if form.validate_on_submit():
        mobile, password = str(form.mobile.data), str(form.password.data)
        try:
            sessions.get_client().auth.change_mobile(mobile, password)
        except ApiError as problem:
            status = show_refusal(form, problem, "password")
        else:
            return redirect(url_for(".confirm_mobile"), 303)
    return render_template("own_account/mobile.html", form=form), status


@blueprint.route("/mobile/confirmation", methods=["GET", "POST"])
def confirm_mobile() -> ResponseReturnValue:
    if refused := require_citizen():
        return refused
    form, status = MobileConfirmation(), 200
    if form.validate_on_submit():
        try:
            sessions.get_client().auth.confirm_mobile(str(form.code.data))
        except ApiError as problem:
            if problem.code == "mobile-code-wrong":
                problem.errors = [{"field": "code", "message": problem.detail}]
            status = form.refuse(problem, 410, 422)
        else:
            session["note"] = "mobile-changed"
            return redirect(url_for(".show_account"), 303)
    return render_template("own_account/mobile_confirmation.html", form=form), status


@blueprint.get("/devices")
def list_devices() -> str:
    devices = sessions.get_client().account.list_devices()["items"]
    return render_template("own_account/devices.html", devices=[_name_device(one) for one in devices])


def _name_device(device: Mapping[str, Any]) -> dict[str, Any]:
    """Return a device with its name on the page."""
    browsers = {
        "edge": "Edge",
        "opera": "Opera",
        "samsung": "Samsung Internet",
        "firefox": "Firefox",
        "chrome": "Chrome",
        "safari": "Safari",
    }
    systems = {
        "android": gettext("اندروید"),
        "ios": "iOS",
        "windows": gettext("ویندوز"),
        "macos": "macOS",
        "chromeos": "ChromeOS",
        "linux": gettext("لینوکس"),
    }
    browser, system = browsers.get(device.get("browser", "")), systems.get(device.get("system", ""))
    if browser and system:
        name = gettext("%(browser)s در %(system)s", browser=browser, system=system)
    else:
        name = browser or system or gettext("مرورگر یا برنامه ناشناخته")
    return {**device, "name": name}


@blueprint.post("/devices/<uuid:device_id>/sign-out")
def sign_out_device(device_id: str) -> ResponseReturnValue:
    client = sessions.get_client()
    devices = client.account.list_devices()["items"]
    if any(one["id"] == str(device_id) and one["current"] for one in devices):
        client.account.forget_device(str(device_id))
        doors.sign_out()
        session["note"] = "signed-out"
        return redirect(url_for("front.show_first_page"), 303)
    try:
        client.account.forget_device(str(device_id))
    except ApiError as problem:
        # It was signed out on another page.
        if problem.status != 404:
            raise
    session["note"] = "device-signed-out"
    return redirect(url_for(".list_devices"), 303)


@blueprint.route("/messages", methods=["GET", "POST"])
def choose_messages() -> ResponseReturnValue:
    if refused := require_citizen():
        return refused
    client, form = sessions.get_client(), Form()
    preferences = client.account.list_preferences()["preferences"]
    if form.validate_on_submit():
        chosen = set(request.form.getlist("kinds"))
        wanted: list[WantedPreference] = [
            {"kind": one["kind"], "delivery": "message" if one["kind"] in chosen else "portal"}
            for one in preferences
            if not one["fixed"]
        ]
        client.account.replace_preferences(wanted)
        if (language := request.form.get("language")) in {"fa", "en"}:
            client.account.change_account(str(language))
        session["note"] = "messages-chosen"
        return redirect(url_for(".choose_messages"), 303)
    account = client.account.get_account()
    return render_template(
        "own_account/messages.html",
        form=form,
        preferences=preferences,
        names=message_kinds.NAMES,
        language=account.get("language"),
    )
