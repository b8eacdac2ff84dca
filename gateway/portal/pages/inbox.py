"""«صندوق شخصی من»: the letters, what waits above them, and who has seen them."""

import uuid
from itertools import islice

from flask import Blueprint, Response, render_template, request

from gateway.portal import api, sessions
from gateway.portal.pages.documents import stream_letter
from govah_client.disclosure import build_document_path
from govah_client.errors import ServiceUnavailable
from govah_client.inquiry import Permit
from govah_client.pages import iterate

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
# So many requests and permits are looked through for those that a page is about.
LOOKED_THROUGH = 200


@blueprint.get("")
def letters() -> str:
    client = sessions.get_client()
    page = client.disclosure.list_letters(**api.read_page_query())
    asked = (
        [] if request.args.get("cursor") else client.disclosure.list_requests(limit=LOOKED_THROUGH)["items"]
    )
    return render_template(
        "inbox/letters.html",
        letters=page["items"],
        waiting=[one for one in asked if one["status"] != "ready"],
        next_cursor=page["next_cursor"],
    )


@blueprint.get("/<uuid:letter_id>")
def letter(letter_id: uuid.UUID) -> str:
    shown = sessions.get_client().disclosure.get_letter(str(letter_id))
    try:
        permits = _permits_for(letter_id)
    except ServiceUnavailable:
        permits = None
    return render_template("inbox/letter.html", letter=shown, permits=permits)


@blueprint.get("/<uuid:letter_id>/document")
def document(letter_id: uuid.UUID) -> Response:
    client = sessions.get_client()
    serial = client.disclosure.get_letter(str(letter_id))["serial"]
    return stream_letter(
        client, build_document_path(str(letter_id)), f"govah-{serial}.pdf", save="save" in request.args
    )


@blueprint.get("/<uuid:letter_id>/views")
def views(letter_id: uuid.UUID) -> str:
    """«چه کسی نامه را دیده است؟»: under all permits of the letter, newest first."""
    client = sessions.get_client()
    shown = client.disclosure.get_letter(str(letter_id))
    looks = [
        {**look, "permit_id": permit["id"]}
        for permit in _permits_for(letter_id)
        for look in client.inquiry.list_views(permit["id"], limit=LOOKED_THROUGH)["items"]
    ]
    looks.sort(key=lambda look: str(look["time"]), reverse=True)
    return render_template("inbox/views.html", letter=shown, looks=looks)


def _permits_for(letter_id: uuid.UUID) -> list[Permit]:
    permits = islice(iterate(sessions.get_client().inquiry.list_permits), LOOKED_THROUGH)
    return [one for one in permits if one["letter_id"] == str(letter_id)]
