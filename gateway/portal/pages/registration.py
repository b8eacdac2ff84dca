"""«ثبت‌نام», activation with the code from the mobile, and «پیگیری ثبت‌نام»."""

import re

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound
from wtforms import StringField

from gateway.portal import api
from gateway.portal.forms import (
    CodeField,
    Form,
    JalaliDateField,
    MobileField,
    NationalCodeField,
    SecretField,
    open_form,
    require_input,
)
from govah_client.errors import ApiError
from services.kit.text import NotDigits, normalise_code, normalise_figures

blueprint = Blueprint("registration", __name__, url_prefix="/registration")
# A tracking number, or the id of a registration.
NUMBER = re.compile("[0-9]{12}|[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")


class Registration(Form):
    national_code = NationalCodeField()
    birth_date_jalali = JalaliDateField(_("تاریخ تولد"), description=_("همان که در شناسنامه است."))
    mobile = MobileField(description=_("شماره‌ای که به نام خودتان است؛ مانند ۰۹۱۲۳۴۵۶۷۸۹."))


class Activation(Form):
    activation_code = CodeField(
        _("کد فعال‌سازی"),
        length=6,
        wrong=_("کد شش رقم است."),
        description=_("شش رقمی که به تلفن همراهتان پیامک شده است."),
    )
    password = SecretField(
        _("گذرواژه"),
        description=_("دست‌کم ۱۰ نویسه. چند واژه پشت سر هم گذرواژه خوبی است."),
        validators=require_input(_("گذرواژه را بنویسید.")),
        render_kw={"autocomplete": "new-password"},
    )


class FollowUp(Form):
    registration_id = StringField(
        _("شماره پیگیری ثبت‌نام"),
        description=_("دوازده رقمی که هنگام ثبت‌نام نمایش داده شد؛ با فاصله یا بی‌فاصله."),
        validators=require_input(_("شماره پیگیری ثبت‌نام را بنویسید.")),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "class": "short"},
    )


@blueprint.route("", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    form = open_form(Registration)
    if form.validate_on_submit():
        fields = {
            "national_code": str(form.national_code.data),
            "birth_date_jalali": str(form.birth_date_jalali.data),
            "mobile": str(form.mobile.data),
        }
        try:
            registration = api.get_client().auth.create_registration(**fields, idempotency_key=form.key)
        except ApiError as problem:
            form.refuse(problem, 422, 429)
        else:
            # An auth of the previous release gives no number of digits.
            number = registration.get("tracking_number") or registration["registration_id"]
            return redirect(url_for(".activate", number=number), 303)
    return render_template("registration/register.html", form=form)


@blueprint.route("/<number>", methods=["GET", "POST"])
def activate(number: str) -> ResponseReturnValue:
    """Return the page of a registration, by its tracking number or its id."""
    number = _read_number(number)
    if not NUMBER.fullmatch(number):
        raise NotFound
    form = Activation()
    if form.validate_on_submit():
        code, password = str(form.activation_code.data), str(form.password.data)
        try:
            api.get_client().auth.activate_account(number, code, password)
        except ApiError as problem:
            form.refuse(problem, 410, 422, 429)
        else:
            session["note"] = "activated"
            return redirect(url_for("account.sign_in"), 303)
    state = api.get_client().auth.get_registration(number)["status"]
    template = "registration/activate.html" if state == "code-sent" else "registration/state.html"
    return render_template(template, form=form, state=state, number=number)


@blueprint.route("/follow-up", methods=["GET", "POST"])
def follow_up() -> ResponseReturnValue:
    form = open_form(FollowUp)
    if form.validate_on_submit():
        number = _read_number(form.registration_id.data)
        if not NUMBER.fullmatch(number):
            form.registration_id.errors = [
                gettext("شماره پیگیری ثبت‌نام ۱۲ رقم است. رقم‌ها را دوباره بررسی کنید.")
            ]
        elif _has_registration(number):
            return redirect(url_for(".activate", number=number), 303)
        else:
            form.registration_id.errors = [
                gettext("ثبت‌نامی با این شماره پیدا نشد. شماره را بررسی کنید یا دوباره ثبت‌نام کنید.")
            ]
    return render_template("registration/follow_up.html", form=form)


def _read_number(typed: str) -> str:
    """Return a number as typed without gaps of any kind, and without hyphens unless it is an id."""
    try:
        return normalise_code(typed)
    except NotDigits:
        return "".join(normalise_figures(typed).split())


def _has_registration(number: str) -> bool:
    try:
        api.get_client().auth.get_registration(number)
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    return True
