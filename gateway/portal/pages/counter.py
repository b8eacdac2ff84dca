"""«فعال‌سازی با کد شعبه»: a password, and the new mobile, with the code after officers identified somebody."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from gateway.portal import api
from gateway.portal.forms import CodeField, Form, SecretField, require_input
from gateway.portal.pages.signing_in import show_code_refusal
from govah_client.errors import ApiError

blueprint = Blueprint("counter", __name__, url_prefix="/counter")


class Activation(Form):
    code = CodeField(
        _("کد فعال‌سازی"),
        length=16,
        wrong=_("کد فعال‌سازی شانزده رقم است. آن را از پیامک بردارید."),
        description=_("شانزده رقمی که به شماره تازه پیامک شده است؛ با فاصله یا بی‌فاصله."),
    )
    password = SecretField(
        _("گذرواژه تازه"),
        description=_("دست‌کم ۱۰ نویسه. چند واژه پشت سر هم گذرواژه خوبی است."),
        validators=require_input(_("گذرواژه تازه را بنویسید.")),
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.route("/activation", methods=["GET", "POST"])
def activate() -> ResponseReturnValue:
    form = Activation()
    if form.validate_on_submit():
        try:
            api.get_client().auth.activate_identified(str(form.code.data), str(form.password.data))
        except ApiError as problem:
            show_code_refusal(form, problem, "activation-code-wrong")
        else:
            session["note"] = "identified-activated"
            return redirect(url_for("account.sign_in"), 303)
    return render_template("counter/activate.html", form=form)
