"""Programs of an institution, as an administrator adds and changes them."""

import uuid
from functools import partial
from itertools import starmap
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound
from wtforms import SelectChoice, SelectMultipleField

from gateway.portal import sessions
from gateway.portal.forms import Form, open_form
from gateway.portal.pages.admin.desk import guard
from gateway.portal.pages.admin.officers import Act, build_name_field
from gateway.portal.pages.first_steps import ONCE_LIFETIME, create_once, redirect_to_secret, show_once
from govah_client.administration import InstitutionsClient
from govah_client.errors import ApiError

blueprint = Blueprint(
    "admin_clients", __name__, url_prefix="/admin/institutions/<uuid:institution_id>/clients"
)
blueprint.before_request(guard)
SCOPES = {"inquiry:inquire": _("استعلام با کد رمز"), "inquiry:report": _("گزارش مغایرت")}


def build_scopes_field() -> SelectMultipleField:
    """Return the field of what a program may do."""
    return SelectMultipleField(
        _("دسترسی‌های برنامه"),
        choices=list(starmap(SelectChoice, SCOPES.items())),
        default=list(SCOPES),
        validate_choice=False,
    )


class NewClient(Form):
    client_id = build_name_field(
        _("شناسه برنامه"), _("۳ تا ۶۴ نویسه از a-z، 0-9 و . _ -؛ بعداً تغییر نمی‌کند.")
    )
    scopes = build_scopes_field()


class ClientScopes(Form):
    scopes = build_scopes_field()


def show_refusal(form: Form, problem: ApiError) -> None:
    """Show auth's refusal of a program beside the fields."""
    if problem.code == "client-id-taken":
        problem.errors = [{"field": "client_id", "message": problem.detail}]
    if problem.errors and all(error.get("field") == "scopes" for error in problem.errors):
        text = gettext("دست‌کم یک دسترسی انتخاب کنید.")
        problem.errors = [{"field": "scopes", "message": text}]
    form.refuse(problem, 409, 422)


@blueprint.route("/new", methods=["GET", "POST"])
def create_client(institution_id: uuid.UUID) -> ResponseReturnValue:
    institution = sessions.get_client().auth.get_institution(str(institution_id))
    form = open_form(NewClient)
    created = form.validate_on_submit() and create_once(
        form, partial(_create, str(institution_id), form), show_refusal
    )
    back = url_for("admin_institutions.show_institution", institution_id=institution_id)
    return created or render_template("admin/new_client.html", form=form, institution=institution, back=back)


def _create(institution_id: str, form: NewClient) -> tuple[dict[str, Any], int]:
    client = sessions.get_client().auth.create_client(
        institution_id, str(form.client_id.data).strip(), list(form.scopes.data or [])
    )
    back = url_for("admin_institutions.show_institution", institution_id=institution_id)
    return show_once("client-secret", client["client_id"], client["secret"], back), ONCE_LIFETIME


def _find_client(institution_id: uuid.UUID, client_id: str) -> InstitutionsClient:
    """Return a program of an institution. Raises NotFound for others."""
    clients = sessions.get_client().auth.list_clients(str(institution_id))["items"]
    client = next((client for client in clients if client["client_id"] == client_id), None)
    if client is None:
        raise NotFound
    return client


@blueprint.route("/<client_id>", methods=["GET", "POST"])
def show_client(institution_id: uuid.UUID, client_id: str) -> ResponseReturnValue:
    client = _find_client(institution_id, client_id)
    form = ClientScopes(data={"scopes": client["scopes"]})
    if form.validate_on_submit():
        try:
            sessions.get_client().auth.change_client(
                client_id, scopes=list(form.scopes.data or []), disabled=bool(client["disabled_at"])
            )
        except ApiError as problem:
            show_refusal(form, problem)
        else:
            session["note"] = "scopes-changed"
            return redirect(url_for(".show_client", institution_id=institution_id, client_id=client_id), 303)
    return render_template("admin/client.html", form=form, client=client, institution_id=institution_id)


@blueprint.post("/<client_id>/<any(disabling, enabling, secret):act>")
def change_client(institution_id: uuid.UUID, client_id: str, act: str) -> ResponseReturnValue:
    if not Act().validate_on_submit():
        raise NotFound
    auth, client = sessions.get_client().auth, _find_client(institution_id, client_id)
    back = url_for(".show_client", institution_id=institution_id, client_id=client_id)
    if act == "secret":
        new = auth.replace_client_secret(client_id)
        return redirect_to_secret(show_once("client-secret", client_id, new["secret"], back))
    auth.change_client(client_id, scopes=client["scopes"], disabled=act == "disabling")
    session["note"] = f"client-{act}"
    return redirect(back, 303)
