"""«ورودهای گروهی»: archives of lists, which a script sends in parts, and what workers make of them."""

import uuid

from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from gateway.portal import sessions
from gateway.portal.forms import Form
from gateway.portal.pages.officer.desk import guard
from govah_client.imports import Imports, ImportWithParts

blueprint = Blueprint("officer_archives", __name__, url_prefix="/officer/lists/archives")
blueprint.before_request(guard)
OUTCOMES = ("refused", "accepted")
PAGE_SIZE = 50


class Cancellation(Form):
    """A button only."""


def _get_imports() -> Imports:
    return sessions.get_client().imports


@blueprint.get("")
def list_archives() -> str:
    page = _get_imports().list_imports(cursor=request.args.get("cursor"))
    return render_template("officer/archives.html", page=page)


@blueprint.post("")
def begin_archive() -> ResponseReturnValue:
    """Begin an upload, or go on with one, which the script then sends part by part."""
    name, size = request.form.get("name", ""), request.form.get("size", type=int)
    if not name or size is None:
        raise BadRequest
    begun = _find_interrupted(name[-200:], size) or _get_imports().create_import(name[-200:], size)
    return jsonify(
        url=url_for(".show_archive", import_id=begun["id"]),
        part_size=begun["part_size"],
        missing=begun["missing_parts"],
    )


def _find_interrupted(name: str, size: int) -> ImportWithParts | None:
    """Return the upload of an archive of this name and size that was interrupted, or None."""
    imports = _get_imports()
    for one in imports.list_imports(status="receiving")["items"]:
        if (one["name"], one["size"]) == (name, size):
            return imports.get_import(one["id"])
    return None


@blueprint.post("/<uuid:import_id>/parts/<int:number>")
def send_part(import_id: uuid.UUID, number: int) -> ResponseReturnValue:
    if "part" not in request.files:
        raise BadRequest
    part = _get_imports().put_part(str(import_id), number, request.files["part"].read())
    return jsonify(number=part["number"])


@blueprint.post("/<uuid:import_id>/completion")
def complete_archive(import_id: uuid.UUID) -> ResponseReturnValue:
    return jsonify(status=_get_imports().complete_import(str(import_id))["status"])


@blueprint.get("/<uuid:import_id>")
def show_archive(import_id: uuid.UUID) -> str:
    show = request.args.get("show", "")
    imports = _get_imports()
    archive = imports.get_import(str(import_id))
    findings = imports.list_findings(
        str(import_id),
        outcome=show if show in OUTCOMES else None,  # type: ignore[arg-type]  # it is one of them
        limit=PAGE_SIZE,
        cursor=request.args.get("cursor"),
    )
    return render_template(
        "officer/archive.html", archive=archive, findings=findings, show=show, form=Cancellation()
    )


@blueprint.post("/<uuid:import_id>/cancellation")
def cancel_archive(import_id: uuid.UUID) -> ResponseReturnValue:
    _get_imports().cancel_import(str(import_id))
    session["note"] = "archive-cancelled"
    return redirect(url_for(".show_archive", import_id=import_id), 303)
