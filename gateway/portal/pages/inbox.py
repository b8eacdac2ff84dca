"""«صندوق شخصی من»: the letters, the requests in progress above them, and the views of each letter."""

import uuid
from functools import partial
from itertools import islice

from flask import Blueprint, Response, render_template, request

from gateway.portal import api, sessions
from gateway.portal.pages.documents import stream_letter
from gateway.portal.pages.looks import group_looks
from govah_client.disclosure import build_document_path
from govah_client.errors import ServiceUnavailable
from govah_client.inquiry import Permit
from govah_client.pages import iterate

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
# The number of requests and permits that are searched for those of a page.
SEARCH_LIMIT = 200


@blueprint.get("")
def list_letters() -> str:
    client = sessions.get_client()
    page = client.disclosure.list_letters(**api.read_page_query())
    requests = (
        [] if request.args.get("cursor") else client.disclosure.list_requests(limit=SEARCH_LIMIT)["items"]
    )
    return render_template(
        "inbox/letters.html",
        letters=page["items"],
        waiting=[waiting for waiting in requests if waiting["status"] != "ready"],
        next_cursor=page["next_cursor"],
    )


@blueprint.get("/<uuid:letter_id>")
def show_letter(letter_id: uuid.UUID) -> str:
    letter = sessions.get_client().disclosure.get_letter(str(letter_id))
    signed_in = sessions.load_session()
    is_given = signed_in is not None and signed_in.is_given("permits")
    try:
        sheet = api.cut_sheet(_list_permits(letter_id) if is_given else [])
    except ServiceUnavailable:
        sheet = None
    return render_template("inbox/letter.html", letter=letter, sheet=sheet, permits=sheet and sheet.items)


@blueprint.get("/<uuid:letter_id>/document")
def show_document(letter_id: uuid.UUID) -> Response:
    client = sessions.get_client()
    serial = client.disclosure.get_letter(str(letter_id))["serial"]
    return stream_letter(
        client, build_document_path(str(letter_id)), f"govah-{serial}.pdf", save="save" in request.args
    )


@blueprint.get("/<uuid:letter_id>/views")
def list_views(letter_id: uuid.UUID) -> str:
    """Return «چه کسی نامه را دیده است؟»: the views under all permits of the letter, newest first."""
    client = sessions.get_client()
    letter = client.disclosure.get_letter(str(letter_id))
    looks = [
        {**look, "permit_id": permit["id"], "permit": permit}
        for permit in _list_permits(letter_id)
        for look in client.inquiry.list_views(permit["id"], limit=SEARCH_LIMIT)["items"]
    ]
    looks.sort(key=lambda look: str(look["time"]), reverse=True)
    return render_template("inbox/views.html", letter=letter, sheet=api.cut_sheet(group_looks(looks)))


def _list_permits(letter_id: uuid.UUID) -> list[Permit]:
    of_letter = partial(sessions.get_client().inquiry.list_permits, letter_id=str(letter_id))
    return [
        permit for permit in islice(iterate(of_letter), SEARCH_LIMIT) if permit["letter_id"] == str(letter_id)
    ]
