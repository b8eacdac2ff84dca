"""«ورود به سامانه», «خروج» and a forgotten password."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import Field

from gateway.portal import sessions
from gateway.portal.api import Problem, anyone
from gateway.portal.forms import (
    CodeField,
    Form,
    JalaliDateField,
    NationalCodeField,
    SecretField,
    opened,
    required,
)
from gateway.portal.pages.signing_in import DoorForm, enter, password_field, show_door

blueprint = Blueprint("account", __name__)


class SignIn(DoorForm):
    national_code = NationalCodeField(_("کد ملی (نام کاربری)"))
    password = password_field()

    @property
    def account(self) -> Field:
        return self.national_code

    def fill_credentials(self) -> dict[str, str | None]:
        return {"national_code": self.national_code.data, **super().fill_credentials()}


class ForgottenPassword(Form):
    national_code = NationalCodeField()
    birth_date_jalali = JalaliDateField(_("تاریخ تولد"))


class NewPassword(Form):
    reset_code = CodeField(_("کد تغییر گذرواژه"), length=6, wrong=_("کد شش رقم است."))
    password = SecretField(
        _("گذرواژه تازه"),
        description=_("دست‌کم ۱۰ نویسه. چند واژه پشت سر هم گذرواژه خوبی است."),
        validators=required(_("گذرواژه تازه را بنویسید.")),
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = SignIn()
    home = url_for("home.activity")
    entered = form.validate_on_submit() and enter(form, sessions.CITIZEN, home)
    return entered or show_door("account/sign_in.html", form)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    sessions.sign_out()
    session["note"] = "signed-out"
    return redirect(url_for("front.first"), 303)


@blueprint.post("/stay")
def stay() -> ResponseReturnValue:
    """Reading the session has let it live on; for the warning's button."""
    return ("", 204) if sessions.current() else ("", 401)


@blueprint.route("/forgotten-password", methods=["GET", "POST"])
def forgotten_password() -> ResponseReturnValue:
    form = opened(ForgottenPassword)
    if form.validate_on_submit():
        fields = {
            "national_code": form.national_code.data,
            "birth_date_jalali": form.birth_date_jalali.data,
        }
        try:
            asked = anyone().post("/api/v1/auth/password-resets", fields)
        except Problem as problem:
            form.refuse(problem, 422, 429)
        else:
            return redirect(url_for(".new_password", reset_id=asked["reset_id"]), 303)
    return render_template("account/forgotten_password.html", form=form)


@blueprint.route("/forgotten-password/<uuid:reset_id>", methods=["GET", "POST"])
def new_password(reset_id: str) -> ResponseReturnValue:
    form = NewPassword()
    if form.validate_on_submit():
        fields = {"reset_code": form.reset_code.data, "password": form.password.data}
        try:
            anyone().post(f"/api/v1/auth/password-resets/{reset_id}/completion", fields)
        except Problem as problem:
            form.refuse(problem, 410, 422, 429)
        else:
            session["note"] = "password-changed"
            return redirect(url_for(".sign_in"), 303)
    return render_template("account/new_password.html", form=form)
