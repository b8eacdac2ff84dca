"""«لغو تغییر شماره همراه»: with the code in the message to the old mobile, without signing in."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from gateway.portal import api
from gateway.portal.forms import CodeField, Form
from gateway.portal.pages.signing_in import show_code_refusal
from govah_client.errors import ApiError

blueprint = Blueprint("mobile", __name__, url_prefix="/mobile")
CODE_LENGTH = 16


class Reversal(Form):
    code = CodeField(
        _("کد لغو"),
        length=CODE_LENGTH,
        wrong=_("کد لغو شانزده رقم است. آن را در پیامک ببینید."),
        description=_("شانزده رقمی که به شماره پیشین پیامک شده است؛ با فاصله یا بی‌فاصله."),
    )


@blueprint.route("/reversal", methods=["GET", "POST"])
def reverse() -> ResponseReturnValue:
    form = Reversal()
    if form.validate_on_submit():
        try:
            api.get_client().auth.reverse_mobile(str(form.code.data))
        except ApiError as problem:
            show_code_refusal(form, problem, "reversal-code-wrong")
        else:
            # The account has no password any more: the next step is a new one.
            session["note"] = "mobile-reversed"
            return redirect(url_for("account.request_password_reset"), 303)
    return render_template("mobile/reversal.html", form=form)
