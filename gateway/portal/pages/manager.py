"""What an institution's manager does: clerks and programs of the own institution."""

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound

from gateway.portal import api, sessions
from gateway.portal.forms import Form, open_form
from gateway.portal.pages.admin.acts import describe_acts
from gateway.portal.pages.admin.clients import NewClient, show_refusal
from gateway.portal.pages.admin.officers import Act, build_name_field, show_username_refusal
from gateway.portal.pages.first_steps import ONCE_LIFETIME, create_once, redirect_to_secret, show_once

blueprint = Blueprint("manager", __name__, url_prefix="/institution/management")


class NewClerk(Form):
    username = build_name_field(_("نام کاربری"), _("۳ تا ۶۴ نویسه از a-z، 0-9 و . _ -؛ بعداً تغییر نمی‌کند."))


@blueprint.before_request
def guard() -> ResponseReturnValue | None:
    """Admit managers only; other clerks come to the form of inquiries."""
    refused = sessions.require_role(sessions.INSTITUTION)()
    signed_in = sessions.load_session()
    if refused or signed_in is None or not signed_in.is_manager:
        return refused or redirect(url_for("institution.inquire"))
    return None


@blueprint.get("")
def show_institution() -> str:
    auth = sessions.get_client().auth
    return render_template(
        "manager/institution.html",
        institution=auth.get_own_institution(),
        clerks=auth.list_own_clerks()["items"],
        clients=auth.list_own_clients()["items"],
        me=sessions.get_subject(),
    )


@blueprint.route("/clerks/new", methods=["GET", "POST"])
def create_clerk() -> ResponseReturnValue:
    form = open_form(NewClerk)
    created = form.validate_on_submit() and create_once(
        form, partial(_create_clerk, form), show_username_refusal
    )
    return created or render_template("manager/new_clerk.html", form=form)


def _create_clerk(form: NewClerk) -> tuple[dict[str, Any], int]:
    clerk = sessions.get_client().auth.create_own_clerk(str(form.username.data).strip())
    back, ends = url_for(".show_institution"), clerk["password_expires_at"]
    return show_once("password", clerk["username"], clerk["password"], back, ends), ONCE_LIFETIME


@blueprint.post("/clerks/<uuid:clerk_id>/<any(disabling, enabling, password, authenticator):act>")
def change_clerk(clerk_id: uuid.UUID, act: str) -> ResponseReturnValue:
    if not Act().validate_on_submit():
        raise NotFound
    auth, one, back = sessions.get_client().auth, str(clerk_id), url_for(".show_institution")
    if act == "password":
        names = {clerk["id"]: clerk["username"] for clerk in auth.list_own_clerks()["items"]}
        new = auth.reset_own_clerk_password(one)
        secret = show_once("password", names.get(one, ""), new["password"], back, new["expires_at"])
        return redirect_to_secret(secret)
    if act == "authenticator":
        auth.remove_own_clerk_second_factor(one)
    else:
        auth.change_own_clerk(one, disabled=act == "disabling")
    session["note"] = f"account-{act}"
    return redirect(back, 303)


@blueprint.route("/clients/new", methods=["GET", "POST"])
def create_client() -> ResponseReturnValue:
    form = open_form(NewClient)
    created = form.validate_on_submit() and create_once(form, partial(_create_client, form), show_refusal)
    return created or render_template("admin/new_client.html", form=form, back=url_for(".show_institution"))


def _create_client(form: NewClient) -> tuple[dict[str, Any], int]:
    client = sessions.get_client().auth.create_own_client(
        str(form.client_id.data).strip(), list(form.scopes.data or [])
    )
    back = url_for(".show_institution")
    return show_once("client-secret", client["client_id"], client["secret"], back), ONCE_LIFETIME


@blueprint.post("/clients/<client_id>/<any(disabling, enabling, secret):act>")
def change_client(client_id: str, act: str) -> ResponseReturnValue:
    if not Act().validate_on_submit():
        raise NotFound
    auth, back = sessions.get_client().auth, url_for(".show_institution")
    if act == "secret":
        new = auth.replace_own_client_secret(client_id)
        return redirect_to_secret(show_once("client-secret", client_id, new["secret"], back))
    auth.change_own_client(client_id, disabled=act == "disabling")
    session["note"] = f"client-{act}"
    return redirect(back, 303)


@blueprint.get("/log")
def list_acts() -> str:
    page = sessions.get_client().auth.list_own_acts(**api.read_page_query())
    return render_template(
        "manager/log.html", acts=describe_acts(page["items"]), next_cursor=page["next_cursor"]
    )
