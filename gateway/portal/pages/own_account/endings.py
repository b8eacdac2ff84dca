"""Taking one's data along, and closing the account."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from gateway.portal import doors, sessions
from gateway.portal.forms import Form
from gateway.portal.pages.own_account.confirming import PasswordForm, show_refusal
from govah_client.client import Client
from govah_client.errors import ApiError
from govah_client.pages import iterate
from services.kit.jalali import TEHRAN

blueprint = Blueprint("own_account_endings", __name__, url_prefix="/account")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))


@blueprint.route("/data", methods=["GET", "POST"])
def download_data() -> ResponseReturnValue:
    form = Form()
    if form.validate_on_submit():
        content = _pack({name: read(sessions.get_client()) for name, read in PARTS.items()})
        day = datetime.now(UTC).astimezone(TEHRAN).date()
        headers = {
            "Content-Disposition": f'attachment; filename="govah-{day}.zip"',
            "Cache-Control": "no-store",
        }
        return Response(content, mimetype="application/zip", headers=headers)
    return render_template("own_account/data.html", form=form)


def _pack(documents: Mapping[str, Any]) -> bytes:
    """Return a ZIP with a JSON file of each document."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, document in documents.items():
            archive.writestr(f"{name}.json", json.dumps(document, ensure_ascii=False, indent=2))
    return content.getvalue()


def _read_permits(client: Client) -> list[Any]:
    """Return every permit, with the views of each."""
    return [
        {**permit, "views": list(iterate(client.inquiry.list_views, permit["id"]))}
        for permit in iterate(client.inquiry.list_permits)
    ]


# The files of the ZIP, and what is read for each in the person's name.
PARTS: Mapping[str, Callable[[Client], Any]] = {
    "account": lambda client: client.account.export_account(),
    "record": lambda client: client.records.get_me(),
    "contributions": lambda client: list(iterate(client.records.list_my_contributions)),
    "objections": lambda client: list(iterate(client.records.list_my_objections)),
    "requests": lambda client: list(iterate(client.disclosure.list_requests)),
    "letters": lambda client: list(iterate(client.disclosure.list_letters)),
    "activity": lambda client: list(iterate(client.disclosure.list_activity)),
    "permits": _read_permits,
    "discrepancies": lambda client: list(iterate(client.inquiry.list_discrepancies)),
    "representatives": lambda client: list(iterate(client.auth.list_representatives)),
    "mandates": lambda client: list(iterate(client.auth.list_mandates)),
}


@blueprint.route("/closing", methods=["GET", "POST"])
def close_account() -> ResponseReturnValue:
    form, status = PasswordForm(), 200
    if form.validate_on_submit():
        try:
            closed = sessions.get_client().account.close_account(str(form.password.data))
        except ApiError as problem:
            status = show_refusal(form, problem, "password")
        else:
            doors.sign_out()
            return render_template("own_account/closed.html", closes_at=closed["closes_at"])
    return render_template("own_account/closing.html", form=form), status
