"""What staff with a one-time password do before anything else: choose a password.

The page of a secret that is shown once is here too; `redirect_to_secret` and `create_once` lead to it.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from gateway.portal import addresses, entries, sessions
from gateway.portal.forms import Form, SecretField, open_form, require_input
from govah_client.errors import ApiError

blueprint = Blueprint("first_steps", __name__, url_prefix="/staff")
# Seconds in which the page of a secret can be reloaded; it is sealed, and deleted when it is noted.
SECRET_LIFETIME = 10 * sessions.MINUTE
# Seconds in which the same form is a double click: what it made is shown, and not made twice.
ONCE_LIFETIME = 60
HOMES = {
    sessions.ADMIN: "admin.show_desk",
    sessions.OFFICER: "officer.show_desk",
    sessions.INSTITUTION: "institution.inquire",
}


class NewPassword(Form):
    old_password = SecretField(
        _("گذرواژه کنونی"),
        description=_("اگر تازه حساب گرفته‌اید، همان گذرواژه یک‌بارمصرفی است که به شما داده‌اند."),
        validators=require_input(_("گذرواژه کنونی را بنویسید.")),
        render_kw={"autocomplete": "current-password"},
    )
    new_password = SecretField(
        _("گذرواژه تازه"),
        description=_("۱۰ تا ۱۲۸ نویسه؛ نام کاربری در آن نباشد."),
        validators=require_input(_("گذرواژه تازه را بنویسید.")),
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.before_request
def guard() -> ResponseReturnValue | None:
    """Admit officers, clerks and administrators who are signed in."""
    signed_in = sessions.load_session()
    if signed_in and signed_in.role in HOMES:
        return None
    return redirect(url_for("front.show_first_page"))


@blueprint.route("/password", methods=["GET", "POST"])
def choose_password() -> ResponseReturnValue:
    form = open_form(NewPassword)
    if form.validate_on_submit():
        try:
            sessions.get_client().auth.change_password(form.old_password.data, form.new_password.data)
        except ApiError as problem:
            _name_field(problem)
            form.refuse(problem, "credentials-not-accepted", 422, 429)
        else:
            signed_in = sessions.renew_now()
            session["note"] = "staff-password-changed"
            return redirect(url_for(signed_in.first_step or HOMES[signed_in.role]), 303)
    return render_template("first_steps/password.html", form=form)


def _name_field(problem: ApiError) -> None:
    """Name the form's field of a refusal."""
    if problem.code == "credentials-not-accepted":
        text = gettext("گذرواژه کنونی درست نیست. آن را دوباره بنویسید.")
        problem.errors = [{"field": "old_password", "message": text}]


def show_once(kind: str, name: str, secret: str, back: str, ends: str | None = None) -> dict[str, Any]:
    """Return the page of a new secret as `entries.run_once` stores it.

    `kind` is `password` or `client-secret`, `name` the user name or client id, `back` the path of the page
    that follows, `ends` until when a password is valid.
    """
    return {"kind": kind, "name": name, "secret": secret, "back": back, "ends": ends}


def redirect_to_secret(secret: dict[str, Any]) -> ResponseReturnValue:
    """Return a redirect to the page of a secret, which is stored for some minutes."""
    entries.store_entry("secret", secret, SECRET_LIFETIME)
    return redirect(url_for("first_steps.show_secret"), 303)


def create_once(
    form: Form,
    create: Callable[[], tuple[dict[str, Any], int]],
    show_refusal: Callable[[Form, ApiError], object],
) -> ResponseReturnValue | None:
    """Return a redirect to the secret of what the form creates; None if the form shows a refusal.

    A double click creates it once.
    """
    try:
        secret = entries.run_once(form.key, create)
    except ApiError as problem:
        show_refusal(form, problem)
        return None
    return redirect_to_secret(secret)


@blueprint.route("/secret", methods=["GET", "POST"])
def show_secret() -> ResponseReturnValue:
    """Show a new password or client secret, until «یادداشت کردم» deletes it."""
    secret = entries.load_entry("secret")
    signed_in = sessions.load_session()
    home = url_for(HOMES[signed_in.role]) if signed_in else "/"
    if secret is None:
        session["note"] = "secret-gone"
        return redirect(home, 303)
    if request.method == "POST":
        entries.delete_entry("secret")
        return redirect(addresses.restrict_to_portal(secret["back"], home), 303)
    return render_template("first_steps/secret.html", secret=secret)
