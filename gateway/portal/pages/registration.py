"""«ثبت‌نام», activation with the code from the mobile, and «پیگیری ثبت‌نام»."""

import uuid

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
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
from services.kit.text import normalise_figures

blueprint = Blueprint("registration", __name__, url_prefix="/registration")


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
        validators=require_input(_("شماره پیگیری ثبت‌نام را بنویسید.")),
        render_kw={"dir": "ltr", "autocomplete": "off"},
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
            return redirect(url_for(".activate", registration_id=registration["registration_id"]), 303)
    return render_template("registration/register.html", form=form)


@blueprint.route("/<uuid:registration_id>", methods=["GET", "POST"])
def activate(registration_id: uuid.UUID) -> ResponseReturnValue:
    form = Activation()
    if form.validate_on_submit():
        code, password = str(form.activation_code.data), str(form.password.data)
        try:
            api.get_client().auth.activate_account(str(registration_id), code, password)
        except ApiError as problem:
            form.refuse(problem, 410, 422, 429)
        else:
            session["note"] = "activated"
            return redirect(url_for("account.sign_in"), 303)
    state = api.get_client().auth.get_registration(str(registration_id))["status"]
    template = "registration/activate.html" if state == "code-sent" else "registration/state.html"
    return render_template(template, form=form, state=state, registration_id=str(registration_id))


@blueprint.route("/follow-up", methods=["GET", "POST"])
def follow_up() -> ResponseReturnValue:
    form = open_form(FollowUp)
    if form.validate_on_submit():
        try:
            registration_id = uuid.UUID(normalise_figures(form.registration_id.data))
            api.get_client().auth.get_registration(str(registration_id))
        except (ValueError, ApiError) as error:
            if isinstance(error, ApiError) and error.status != 404:
                raise
            form.registration_id.errors = [
                gettext("ثبت‌نامی با این شماره پیدا نشد. شماره را بررسی کنید یا دوباره ثبت‌نام کنید.")
            ]
        else:
            return redirect(url_for(".activate", registration_id=registration_id), 303)
    return render_template("registration/follow_up.html", form=form)
