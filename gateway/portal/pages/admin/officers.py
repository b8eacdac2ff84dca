"""Officers and administrators: accounts, permissions, one-time passwords, sessions."""

import uuid
from functools import partial
from itertools import starmap
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound
from wtforms import RadioField, SelectChoice, SelectMultipleField, StringField

from gateway.portal import sessions
from gateway.portal.forms import Form, open_form, require_input
from gateway.portal.pages.admin.desk import guard
from gateway.portal.pages.first_steps import ONCE_LIFETIME, create_once, redirect_to_secret, show_once
from govah_client.administration import Officer
from govah_client.errors import ApiError

blueprint = Blueprint("admin_officers", __name__, url_prefix="/admin/officers")
blueprint.before_request(guard)
SCOPES = {
    "lists": _("لیست‌ها"),
    "objections": _("اعتراض‌ها"),
    "helpdesk": _("پشتیبانی"),
    "audit": _("دسترسی‌ها"),
    "accounts:identify": _("شناسایی در شعبه"),
}
ROLES = {"officer": _("کارشناس"), "admin": _("مدیر سامانه")}


def build_name_field(label: str, description: str) -> StringField:
    """Return the field of a new user name or client id, which auth validates."""
    keys = {"dir": "ltr", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    missing = require_input(_("نام را با حروف انگلیسی بنویسید."))
    return StringField(label, description=description, validators=missing, render_kw=keys)


def show_username_refusal(form: Form, problem: ApiError) -> None:
    """Show auth's refusal of a new account beside the fields."""
    if problem.code == "username-taken":
        problem.errors = [{"field": "username", "message": problem.detail}]
    form.refuse(problem, 409, 422)


class NewOfficer(Form):
    username = build_name_field(_("نام کاربری"), _("۳ تا ۶۴ نویسه از a-z، 0-9 و . _ -؛ بعداً تغییر نمی‌کند."))
    role = RadioField(
        _("نقش"), choices=list(starmap(SelectChoice, ROLES.items())), default="officer", validate_choice=False
    )
    scopes = SelectMultipleField(
        _("دسترسی‌های کارشناس"),
        description=_("مدیر سامانه هیچ‌یک را ندارد: نه سوابق را می‌بیند و نه لیست‌ها را."),
        choices=list(starmap(SelectChoice, SCOPES.items())),
        validate_choice=False,
    )


class Permissions(Form):
    scopes = SelectMultipleField(
        _("دسترسی‌های کارشناس"),
        choices=list(starmap(SelectChoice, SCOPES.items())),
        validate_choice=False,
    )


class Act(Form):
    """A button that changes an account."""


@blueprint.get("")
def list_officers() -> str:
    officers = sessions.get_client().auth.list_officers()["items"]
    return render_template("admin/officers.html", officers=officers, scopes=SCOPES, roles=ROLES)


@blueprint.route("/new", methods=["GET", "POST"])
def create_officer() -> ResponseReturnValue:
    form = open_form(NewOfficer)
    created = form.validate_on_submit() and create_once(form, partial(_create, form), show_username_refusal)
    return created or render_template("admin/new_officer.html", form=form)


def _create(form: NewOfficer) -> tuple[dict[str, Any], int]:
    role = "admin" if form.role.data == "admin" else "officer"
    scopes = list(form.scopes.data or []) if role == "officer" else []
    officer = sessions.get_client().auth.create_officer(str(form.username.data).strip(), role, scopes)
    back = url_for(".show_officer", officer_id=officer["id"])
    ends = officer["password_expires_at"]
    return show_once("password", officer["username"], officer["password"], back, ends), ONCE_LIFETIME


@blueprint.route("/<uuid:officer_id>", methods=["GET", "POST"])
def show_officer(officer_id: uuid.UUID) -> ResponseReturnValue:
    client = sessions.get_client()
    officer = client.auth.get_officer(str(officer_id))
    form = Permissions(data={"scopes": officer["scopes"]})
    if form.validate_on_submit():
        scopes = list(form.scopes.data or [])
        if not scopes:
            form.scopes.errors = [gettext("دست‌کم یک دسترسی انتخاب کنید، یا حساب را غیرفعال کنید.")]
        elif _is_changed(form, officer, scopes=scopes, disabled=bool(officer["disabled_at"])):
            session["note"] = "scopes-changed"
            return redirect(url_for(".show_officer", officer_id=officer_id), 303)
    return render_template(
        "admin/officer.html",
        form=form,
        officer=officer,
        scopes=SCOPES,
        roles=ROLES,
        is_own=str(officer_id) == sessions.get_subject(),
    )


def _is_changed(form: Form, officer: Officer, **change: Any) -> bool:
    """Return whether auth has changed the account; otherwise the form shows the reason."""
    try:
        sessions.get_client().auth.change_officer(officer["id"], **change)
    except ApiError as problem:
        form.refuse(problem, "own-account", 422)
        return False
    return True


@blueprint.post("/<uuid:officer_id>/<any(disabling, enabling, password, authenticator, sessions):act>")
def change_account(officer_id: uuid.UUID, act: str) -> ResponseReturnValue:
    auth, one = sessions.get_client().auth, str(officer_id)
    if not Act().validate_on_submit():
        raise NotFound
    back = url_for(".show_officer", officer_id=officer_id)
    if act == "password":
        name, new = auth.get_officer(one)["username"], auth.reset_officer_password(one)
        return redirect_to_secret(show_once("password", name, new["password"], back, new["expires_at"]))
    if act == "authenticator":
        auth.remove_officer_second_factor(one)
    elif act == "sessions":
        auth.end_officer_sessions(one)
    else:
        auth.change_officer(one, scopes=None, disabled=act == "disabling")
    session["note"] = f"account-{act}"
    return redirect(back, 303)
