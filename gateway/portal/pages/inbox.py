"""«صندوق شخصی من»: the letters, what waits above them, and who has seen them."""

import uuid
from itertools import islice
from typing import Any

from flask import Blueprint, Response, render_template, request

from gateway.portal import sessions
from gateway.portal.api import Unavailable
from gateway.portal.pages.documents import pdf

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")
blueprint.before_request(sessions.demand(sessions.CITIZEN))
INBOX, PERMITS = "/api/v1/disclosure/inbox", "/api/v1/inquiry/permits"
# So many requests and permits are looked through for those that a page is about.
LOOKED_THROUGH = 200


@blueprint.get("")
def letters() -> str:
    me = sessions.me()
    page = me.page(INBOX)
    asked = (
        []
        if request.args.get("cursor")
        else me.get("/api/v1/disclosure/requests", limit=LOOKED_THROUGH)["items"]
    )
    return render_template(
        "inbox/letters.html",
        letters=page["items"],
        waiting=[one for one in asked if one["status"] != "ready"],
        next_cursor=page["next_cursor"],
    )


@blueprint.get("/<uuid:letter_id>")
def letter(letter_id: uuid.UUID) -> str:
    shown = sessions.me().get(f"{INBOX}/{letter_id}")
    try:
        permits = _permits_for(letter_id)
    except Unavailable:
        permits = None
    return render_template("inbox/letter.html", letter=shown, permits=permits)


@blueprint.get("/<uuid:letter_id>/document")
def document(letter_id: uuid.UUID) -> Response:
    me = sessions.me()
    serial = me.get(f"{INBOX}/{letter_id}")["serial"]
    return pdf(me, f"{INBOX}/{letter_id}/document", f"govah-{serial}.pdf", save="save" in request.args)


@blueprint.get("/<uuid:letter_id>/views")
def views(letter_id: uuid.UUID) -> str:
    """«چه کسی نامه را دیده است؟»: under all permits of the letter, newest first."""
    me = sessions.me()
    shown = me.get(f"{INBOX}/{letter_id}")
    looks = [
        {**look, "permit_id": permit["id"]}
        for permit in _permits_for(letter_id)
        for look in me.get(f"{PERMITS}/{permit['id']}/views", limit=LOOKED_THROUGH)["items"]
    ]
    looks.sort(key=lambda look: str(look["time"]), reverse=True)
    return render_template("inbox/views.html", letter=shown, looks=looks)


def _permits_for(letter_id: uuid.UUID) -> list[dict[str, Any]]:
    permits = islice(sessions.me().items(PERMITS), LOOKED_THROUGH)
    return [one for one in permits if one["letter_id"] == str(letter_id)]
