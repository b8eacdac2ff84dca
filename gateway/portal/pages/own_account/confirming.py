"""The password that a change of the account needs again. Called by the other modules here."""

from flask import session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from gateway.portal import sessions
from gateway.portal.forms import Form, SecretField, require_input
from gateway.portal.show import format_wait
from govah_client.errors import ApiError


def build_current_password_field() -> SecretField:
    """Return the field of the present password."""
    return SecretField(
        _("گذرواژه کنونی"),
        description=_("برای امنیت حساب، گذرواژه را دوباره بنویسید."),
        validators=require_input(_("گذرواژه کنونی را بنویسید.")),
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(Form):
    """A form that needs nothing but the password."""

    password = build_current_password_field()


def require_any_session() -> ResponseReturnValue | None:
    """Admit everybody who is signed in; lead others to the sign-in of insured people.

    An account is given to no representative. Raises ApiError 403 while acting.
    """
    if signed_in := sessions.load_session():
        if signed_in.acting:
            raise ApiError(403, "not-given")
        return None
    return sessions.redirect_to_sign_in(sessions.CITIZEN, ended=bool(session.get("signed_in")))


def show_refusal(form: Form, problem: ApiError, field: str, *expected: int | str) -> int:
    """Show a refusal in the form, a wrong password beside its field; return the page's status."""
    if problem.code == "credentials-not-accepted":
        problem.errors = [{"field": field, "message": gettext("گذرواژه درست نیست. دوباره بنویسید.")}]
    elif problem.status == 429 and problem.retry_after:
        problem.detail = gettext(
            "تلاش‌های نادرست بیش از حد مجاز است. %(wait)s دوباره تلاش کنید.",
            wait=format_wait(problem.retry_after),
        )
    return form.refuse(problem, "credentials-not-accepted", 422, 429, *expected)
