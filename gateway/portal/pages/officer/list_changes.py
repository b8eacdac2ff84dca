"""Proposing that an accepted list is withdrawn or replaced, and its files as they were received."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Literal

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import FileStorage

from gateway.portal import api, sessions
from gateway.portal.forms import Form, ListFileField, open_form
from gateway.portal.pages.officer.desk import guard
from gateway.portal.pages.officer.proposing import (
    build_proposal_reason,
    propose,
    redirect_to_proposal,
    show_refusal,
)
from govah_client.errors import ApiError
from govah_client.lists import Finding, ListRefused

blueprint = Blueprint("officer_list_changes", __name__, url_prefix="/officer/lists/<uuid:list_id>")
blueprint.before_request(guard)
FILES: dict[Literal["header", "workers"], str] = {"header": "DSKKAR00.DBF", "workers": "DSKWOR00.DBF"}
# Findings that are shown; an upload of the files shows all of them.
SHOWN_FINDINGS = 100


class Withdrawal(Form):
    reason = build_proposal_reason()


class Replacement(Form):
    header = ListFileField(_("فایل مشخصات لیست (DSKKAR00.DBF)"), render_kw={"accept": ".dbf,.DBF"})
    workers = ListFileField(_("فایل کارکنان لیست (DSKWOR00.DBF)"), render_kw={"accept": ".dbf,.DBF"})
    reason = build_proposal_reason()


@blueprint.route("/withdrawal", methods=["GET", "POST"])
def withdraw_list(list_id: uuid.UUID) -> ResponseReturnValue:
    form = open_form(Withdrawal)
    if form.validate_on_submit() and (
        proposed := propose(form, "list-withdrawal", list_id, {}, form.reason.data)
    ):
        return proposed
    imported = sessions.get_client().records.get_list(str(list_id))
    return render_template("officer/list_withdrawal.html", form=form, list=imported)


@blueprint.route("/replacement", methods=["GET", "POST"])
def replace_list(list_id: uuid.UUID) -> ResponseReturnValue:
    form = open_form(Replacement)
    findings: Sequence[Finding] = []
    if form.validate_on_submit():
        header, workers = _read(form.header), _read(form.workers)
        # The form's key does not depend on what is in the files.
        key = hashlib.sha256(b"\0".join([form.key.encode(), header, workers])).hexdigest()
        try:
            records = sessions.get_client().use_timeout(api.LIST_TIMEOUT).records
            proposal = records.propose_list_replacement(
                str(list_id),
                header,
                workers,
                reason=form.reason.data,
                file_name=form.header.data.filename,
                idempotency_key=key,
            )
        except ListRefused as refusal:
            findings = refusal.findings
            form.refuse(refusal, 422)
        except ApiError as problem:
            show_refusal(form, problem)
        else:
            return redirect_to_proposal(proposal)
    imported = sessions.get_client().records.get_list(str(list_id))
    return render_template(
        "officer/list_replacement.html", form=form, list=imported, findings=findings[:SHOWN_FINDINGS]
    )


@blueprint.get("/files/<any(header, workers):file>")
def download_file(list_id: uuid.UUID, file: Literal["header", "workers"]) -> Response:
    """Return a file of a list as it was received, by default of its current version."""
    version = request.args.get("version", type=int)
    content = sessions.get_client().records.download_list_file(str(list_id), file, version=version)
    response = Response(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILES[file]}"'
    return response


def _read(field: ListFileField) -> bytes:
    file: FileStorage = field.data
    content: bytes = file.read()
    return content
