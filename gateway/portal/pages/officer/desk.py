"""«ورود کارشناس» and the officer's first page."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField

from gateway.portal import sessions
from gateway.portal.api import Problem
from gateway.portal.forms import Form, SecretField, required

blueprint = Blueprint("officer", __name__, url_prefix="/officer")
guard = sessions.demand(sessions.OFFICER)


class OfficerSignIn(Form):
    username = StringField(
        _("نام کاربری"),
        validators=required(_("نام کاربری را بنویسید.")),
        render_kw={"dir": "ltr", "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = SecretField(
        _("گذرواژه"),
        validators=required(_("گذرواژه را بنویسید.")),
        render_kw={"autocomplete": "current-password"},
    )
    totp = StringField(
        _("کد یک‌بارمصرف (اگر دارید)"),
        description=_("شش رقمی که برنامه رمزساز نشان می‌دهد؛ اگر برای حساب شما فعال نیست، خالی بگذارید."),
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code"},
    )


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    form = OfficerSignIn()
    if form.validate_on_submit():
        following = sessions.safe(session.get("next"), url_for("officer.desk"))
        credentials = {"username": form.username.data.strip(), "password": form.password.data}
        if form.totp.data:
            credentials["totp"] = form.totp.data
        try:
            sessions.sign_in(sessions.OFFICER, credentials)
        except Problem as problem:
            if problem.status == 401:
                form.form_errors.append(
                    gettext("نام کاربری، گذرواژه یا کد یک‌بارمصرف درست نیست. آن‌ها را بررسی کنید.")
                )
            elif problem.status in {422, 429}:
                form.refuse(problem)
            else:
                raise
        else:
            session.pop("next", None)
            return redirect(following, 303)
    form.totp.data = ""
    return render_template("officer/sign_in.html", form=form)


@blueprint.get("")
def desk() -> ResponseReturnValue:
    return guard() or render_template("officer/desk.html")
