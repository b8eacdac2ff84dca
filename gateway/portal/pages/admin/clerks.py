"""Clerks of an institution, as an administrator adds and changes them; the first one is its manager."""

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound
from wtforms import BooleanField

from gateway.portal import sessions
from gateway.portal.forms import Form, open_form
from gateway.portal.pages.admin.desk import guard
from gateway.portal.pages.admin.officers import Act, build_name_field, show_username_refusal
from gateway.portal.pages.first_steps import ONCE_LIFETIME, create_once, redirect_to_secret, show_once
from govah_client.administration import Clerk

blueprint = Blueprint("admin_clerks", __name__, url_prefix="/admin/institutions/<uuid:institution_id>/clerks")
blueprint.before_request(guard)
ACTS = "disabling, enabling, password, authenticator, promotion, demotion"


class NewClerk(Form):
    username = build_name_field(_("نام کاربری"), _("۳ تا ۶۴ نویسه از a-z، 0-9 و . _ -؛ بعداً تغییر نمی‌کند."))
    is_manager = BooleanField(_("مدیر موسسه است: متصدیان و برنامه‌های موسسه خود را اداره می‌کند"))


@blueprint.route("/new", methods=["GET", "POST"])
def create_clerk(institution_id: uuid.UUID) -> ResponseReturnValue:
    institution = sessions.get_client().auth.get_institution(str(institution_id))
    form = open_form(NewClerk)
    created = form.validate_on_submit() and create_once(
        form, partial(_create, str(institution_id), form), show_username_refusal
    )
    return created or render_template("admin/new_clerk.html", form=form, institution=institution)


def _create(institution_id: str, form: NewClerk) -> tuple[dict[str, Any], int]:
    clerk = sessions.get_client().auth.create_clerk(
        institution_id, str(form.username.data).strip(), is_manager=bool(form.is_manager.data)
    )
    back = url_for("admin_institutions.show_institution", institution_id=institution_id)
    ends = clerk["password_expires_at"]
    return show_once("password", clerk["username"], clerk["password"], back, ends), ONCE_LIFETIME


def _find_clerk(institution_id: uuid.UUID, clerk_id: uuid.UUID) -> Clerk:
    """Return a clerk of an institution. Raises NotFound for others."""
    clerks = sessions.get_client().auth.list_clerks(str(institution_id))["items"]
    clerk = next((clerk for clerk in clerks if clerk["id"] == str(clerk_id)), None)
    if clerk is None:
        raise NotFound
    return clerk


@blueprint.post(f"/<uuid:clerk_id>/<any({ACTS}):act>")
def change_clerk(institution_id: uuid.UUID, clerk_id: uuid.UUID, act: str) -> ResponseReturnValue:
    if not Act().validate_on_submit():
        raise NotFound
    auth, clerk = sessions.get_client().auth, _find_clerk(institution_id, clerk_id)
    back = url_for("admin_institutions.show_institution", institution_id=institution_id)
    if act == "password":
        new = auth.reset_clerk_password(clerk["id"])
        secret = show_once("password", clerk["username"], new["password"], back, new["expires_at"])
        return redirect_to_secret(secret)
    if act == "authenticator":
        auth.remove_clerk_second_factor(clerk["id"])
    elif act in {"promotion", "demotion"}:
        is_disabled = bool(clerk["disabled_at"])
        auth.change_clerk(clerk["id"], is_manager=act == "promotion", disabled=is_disabled)
    else:
        auth.change_clerk(clerk["id"], is_manager=clerk["is_manager"], disabled=act == "disabling")
    session["note"] = f"account-{act}"
    return redirect(back, 303)
