"""«ورود به سامانه», «خروج» and a forgotten password."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field

from gateway.portal import api, doors, sessions
from gateway.portal.forms import (
    CodeField,
    Form,
    InsuranceNumberField,
    JalaliDateField,
    NationalCodeField,
    SecretField,
    open_form,
    require_input,
)
from gateway.portal.pages.signing_in import DoorForm, build_password_field, build_totp_field, enter, show_door
from govah_client.errors import ApiError

blueprint = Blueprint("account", __name__)


class SignIn(DoorForm):
    national_code = NationalCodeField(
        _("کد ملی (نام کاربری)"),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "username webauthn"},
    )
    password = build_password_field()
    totp = build_totp_field(
        _("کد دومرحله‌ای"),
        _("شش رقم از برنامه رمزساز، یا یک کد پشتیبان. اگر آن را روشن نکرده‌اید، خالی بگذارید."),
    )

    @property
    def account(self) -> Field:
        return self.national_code

    def fill_credentials(self) -> dict[str, str | None]:
        credentials = {"national_code": self.national_code.data, **super().fill_credentials()}
        return credentials | ({"totp": self.totp.data} if self.totp.data else {})


class InsuredSignIn(DoorForm):
    """For people without a national code."""

    insurance_number = InsuranceNumberField()
    password = build_password_field()

    @property
    def account(self) -> Field:
        return self.insurance_number

    def fill_credentials(self) -> dict[str, str | None]:
        return {"insurance_number": self.insurance_number.data, **super().fill_credentials()}


class ForgottenPassword(Form):
    national_code = NationalCodeField()
    birth_date_jalali = JalaliDateField(_("تاریخ تولد"))


class InsuredForgottenPassword(Form):
    insurance_number = InsuranceNumberField()
    birth_date_jalali = JalaliDateField(_("تاریخ تولد"))


class NewPassword(Form):
    reset_code = CodeField(_("کد بازیابی"), length=6, wrong=_("کد شش رقم است."))
    password = SecretField(
        _("گذرواژه تازه"),
        description=_("دست‌کم ۱۰ نویسه. چند واژه پشت سر هم گذرواژه خوبی است."),
        validators=require_input(_("گذرواژه تازه را بنویسید.")),
        render_kw={"autocomplete": "new-password"},
    )
    totp = build_totp_field(
        _("کد دومرحله‌ای"),
        _("فقط اگر ورود دومرحله‌ای را روشن کرده‌اید: شش رقم از برنامه رمزساز، یا یک کد پشتیبان."),
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = open_form(SignIn)
    home = url_for("home.list_activity")
    entered = form.validate_on_submit() and enter(form, sessions.CITIZEN, home)
    form.totp.data = ""
    return entered or show_door("account/sign_in.html", form)


@blueprint.route("/sign-in/insurance-number", methods=["GET", "POST"])
def sign_in_insured() -> ResponseReturnValue:
    form = InsuredSignIn()
    wrong = gettext("شماره بیمه یا گذرواژه درست نیست. هر دو را بررسی کنید یا گذرواژه تازه بخواهید.")
    home = url_for("home.list_activity")
    entered = form.validate_on_submit() and enter(form, sessions.CITIZEN, home, not_accepted=wrong)
    return entered or show_door("account/sign_in_insured.html", form)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    doors.sign_out()
    session["note"] = "signed-out"
    return redirect(url_for("front.show_first_page"), 303)


@blueprint.post("/stay")
def extend_session() -> ResponseReturnValue:
    """Return 204 after reading the session, which extends it; for the button of the warning."""
    return ("", 204) if sessions.find_session() else ("", 401)


@blueprint.route("/forgotten-password", methods=["GET", "POST"])
def request_password_reset() -> ResponseReturnValue:
    form = open_form(ForgottenPassword)
    return _request_reset(form, {"national_code": form.national_code})


@blueprint.route("/forgotten-password/insurance-number", methods=["GET", "POST"])
def request_insured_reset() -> ResponseReturnValue:
    form = open_form(InsuredForgottenPassword)
    return _request_reset(form, {"insurance_number": form.insurance_number})


def _request_reset(
    form: ForgottenPassword | InsuredForgottenPassword, number: Mapping[str, Field]
) -> ResponseReturnValue:
    if form.validate_on_submit():
        fields = {name: str(field.data) for name, field in number.items()}
        fields["birth_date_jalali"] = str(form.birth_date_jalali.data)
        try:
            reset = api.get_client().auth.create_password_reset(**fields)
        except ApiError as problem:
            form.refuse(problem, 422, 429)
        else:
            return redirect(url_for(".set_new_password", reset_id=reset["reset_id"]), 303)
    return render_template("account/forgotten_password.html", form=form, number=next(iter(number.values())))


@blueprint.route("/forgotten-password/<uuid:reset_id>", methods=["GET", "POST"])
def set_new_password(reset_id: str) -> ResponseReturnValue:
    form = NewPassword()
    if form.validate_on_submit():
        code, password, totp = str(form.reset_code.data), str(form.password.data), form.totp.data or None
        try:
            api.get_client().auth.complete_password_reset(str(reset_id), code, password, totp)
        except ApiError as problem:
            if problem.code == "second-factor-required":
                problem.errors = [{"field": "totp", "message": problem.detail}]
            form.refuse(problem, 410, 422, 429)
        else:
            session["note"] = "password-changed"
            return redirect(url_for(".sign_in"), 303)
    return render_template("account/new_password.html", form=form)
