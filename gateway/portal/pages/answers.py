"""What an inquiry has shown: the page, the letter, the data. Called after an inquiry and by its own pages.

An answer is sealed for the reader's session alone, and shown as long as its permit shows it. Its letter can
be fetched for five minutes, with a token that the reader's addresses never hold.
"""

import re
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypedDict

from flask import Blueprint, Response, json, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from gateway.portal import api, entries
from gateway.portal.pages import documents, permit_states
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.inquiry import build_document_path

blueprint = Blueprint("answers", __name__, url_prefix="/institution/answers")

MINUTE = 60
KEPT_FOR = 15 * MINUTE
# As long as the service lets its token open the letter.
LETTER_FOR = 5 * MINUTE
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class NotShown(Exception):
    """An answer that this reader may not see, or not now; `page` stands in its place."""

    def __init__(self, page: str, status: int, **headers: str) -> None:
        super().__init__(status)
        self.page, self.status, self.headers = page, status, headers


class Answer(TypedDict):
    """An answered inquiry: the service's reply, what the letter is worth, and for how long it can be had."""

    inquiry_id: str
    reply: dict[str, Any]
    token: str
    standing: dict[str, Any]
    by_name: bool
    letter_until: float
    until: float


def answer_of(reply: dict[str, Any], *, by_name: bool) -> Answer:
    """The answer in a reply of the inquiry service."""
    now = time.time()
    token = reply.pop("document_url").rpartition("/")[2]
    standing: dict[str, Any] = {}
    if reply["letter"]["state"] != "valid":
        with suppress(ApiError):
            standing = dict(api.get_client().inquiry.get_letter_status(reply["letter"]["serial"]))
    return {
        "inquiry_id": reply["inquiry_id"],
        "reply": reply,
        "token": token,
        "standing": standing,
        "by_name": by_name,
        "letter_until": now + LETTER_FOR,
        "until": now + KEPT_FOR,
    }


def keep(answer: Answer) -> None:
    """Seal it for this reader's next pages. Raises ServiceUnavailable."""
    # It was answered this moment, so its permit showed it.
    permit_states.note_state(answer["inquiry_id"], "active", KEPT_FOR)
    entries.store_entry(_name(answer["inquiry_id"]), answer, KEPT_FOR)


def find_answer(inquiry_id: uuid.UUID) -> Answer:
    """Return the reader's answer, if it is still kept and its permit still shows it. Raises NotShown."""
    name = _name(str(inquiry_id))
    answer: Answer | None = entries.load_entry(name)
    if answer is None:
        raise _not_shown(over) if (over := permit_states.find_end(str(inquiry_id))) else _gone()
    left = max(1, int(answer["until"] - time.time()))
    try:
        state = permit_states.find_state(answer["inquiry_id"], by_name=answer["by_name"], seconds=left)
    except ServiceUnavailable as away:
        page = render_template("institution/cannot_tell.html", inquiry_id=inquiry_id)
        raise NotShown(page, 503, **{"Retry-After": str(api.find_retry_after(away))}) from away
    except ApiError as problem:
        if problem.status != 404:
            raise
        raise _gone() from problem
    if state in permit_states.OVER:
        entries.delete_entry(name)
    if state not in permit_states.SHOWING:
        raise _not_shown(state)
    return answer


def page(answer: Answer, *, kept: bool = True) -> str:
    """The page of an answer; `kept` says whether its other pages can find it."""
    return render_template(
        "institution/answer.html",
        answer=answer,
        kept=kept,
        letter=answer["reply"]["letter"],
        statement=answer["reply"]["statement"],
        until=datetime.fromtimestamp(answer["until"], UTC),
        may_fetch=time.time() < answer["letter_until"],
        data=None if kept else _data(answer),
    )


@blueprint.errorhandler(NotShown)
def show_why_not(why: NotShown) -> ResponseReturnValue:
    return why.page, why.status, why.headers


@blueprint.get("/<uuid:inquiry_id>")
def show(inquiry_id: uuid.UUID) -> str:
    return page(find_answer(inquiry_id))


@blueprint.get("/<uuid:inquiry_id>/state")
def state(inquiry_id: uuid.UUID) -> ResponseReturnValue:
    """Nothing, while the answer is shown; for the page that is open, which asks again and again."""
    find_answer(inquiry_id)
    return "", 204


@blueprint.get("/<uuid:inquiry_id>/letter")
def letter(inquiry_id: uuid.UUID) -> ResponseReturnValue:
    """The PDF, to look at or, with `?save=1`, to save."""
    answer = find_answer(inquiry_id)
    return _document(answer["token"], answer["reply"]["letter"]["serial"], save="save" in request.args)


@blueprint.get("/<uuid:inquiry_id>/data")
def data(inquiry_id: uuid.UUID) -> ResponseReturnValue:
    answer = find_answer(inquiry_id)
    response = Response(_data(answer), mimetype="application/json")
    name = f"{answer['reply']['letter']['serial']}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/letter")
def unkept_letter() -> ResponseReturnValue:
    """The PDF where nothing could be kept: the token comes in the form's body."""
    token, serial = request.form.get("document_code", ""), request.form.get("serial", "")
    if not TOKEN.fullmatch(token) or not re.fullmatch("[0-9]{1,20}", serial):
        raise BadRequest
    return _document(token, serial, save=True)


def _not_shown(state: str) -> NotShown:
    """An answer whose permit no longer shows it."""
    return NotShown(render_template("institution/not_shown.html", state=state), 410)


def _gone() -> NotShown:
    """An answer whose minutes are over, or another reader's."""
    return NotShown(render_template("institution/gone.html"), 410)


def _document(token: str, serial: str, *, save: bool) -> ResponseReturnValue:
    try:
        return documents.stream_letter(
            api.get_client(), build_document_path(token), f"{serial}.pdf", save=save
        )
    except ApiError as problem:
        if problem.status != 404:
            raise
        return render_template("institution/letter_gone.html"), 410


def _data(answer: Answer) -> str:
    return json.dumps(answer["reply"], ensure_ascii=False, indent=2, sort_keys=False)


def _name(inquiry_id: str) -> str:
    return f"answer.{inquiry_id}"
