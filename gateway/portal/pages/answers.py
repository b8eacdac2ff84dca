"""The answer to an inquiry: the page, the letter, the data. Called after an inquiry and by its own pages.

An answer is sealed for the reader's session only, and shown until its permit ends. Its letter can be
downloaded as long, with a token that is never in the reader's addresses.
"""

import re
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypedDict

from flask import Blueprint, Response, json, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.exceptions import BadRequest, NotFound

from gateway.portal import api, entries, spreadsheets
from gateway.portal.pages import documents, permit_states
from govah_client.errors import ApiError, ServiceUnavailable
from govah_client.inquiry import build_document_path
from services.kit.answers import Answer as AnswerWord
from services.kit.answers import describe_question
from services.kit.jalali import JalaliMonth

blueprint = Blueprint("answers", __name__, url_prefix="/institution/answers")

MINUTE = 60
# The service's token for the letter lives as long, so that the page never offers what is gone.
LIFETIME_MINUTES = 15
LIFETIME = LIFETIME_MINUTES * MINUTE
# Notices of inquiry about objections.
ENDED = frozenset({"objection-accepted", "objection-rejected", "objection-withdrawn"})
UNKNOWN = "objections-unknown"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class NotShown(Exception):
    """An answer that this reader may not see, or not now; `page` is shown instead."""

    def __init__(self, page: str, status: int, **headers: str) -> None:
        super().__init__(status)
        self.page, self.status, self.headers = page, status, headers


class Answer(TypedDict):
    """An answered inquiry: the service's reply, the state of the letter, and the moment when both expire."""

    inquiry_id: str
    reply: dict[str, Any]
    token: str
    standing: dict[str, Any]
    by_name: bool
    reference: str | None
    claimed: str | None
    until: float


def build_answer(
    reply: dict[str, Any], *, by_name: bool, reference: str | None = None, claimed: str | None = None
) -> Answer:
    """Return the answer in a reply of the inquiry service, with what the inquirer said of the inquiry."""
    now = time.time()
    # A permit that shows only answers opens no document.
    token = reply.pop("document_url", "").rpartition("/")[2]
    content = reply.get("letter") or reply["answers"]
    standing: dict[str, Any] = {}
    if content["state"] != "valid":
        with suppress(ApiError):
            standing = dict(api.get_client().inquiry.get_letter_status(content["serial"]))
    return {
        "inquiry_id": reply["inquiry_id"],
        "reply": reply,
        "token": token,
        "standing": standing,
        "by_name": by_name,
        "reference": reference,
        "claimed": claimed,
        "until": now + LIFETIME,
    }


def store_answer(answer: Answer) -> None:
    """Seal an answer for this reader's next pages. Raises ServiceUnavailable."""
    # It was answered just now, so its permit is active.
    permit_states.note_state(answer["inquiry_id"], "active", LIFETIME)
    entries.store_entry(_build_entry_name(answer["inquiry_id"]), answer, LIFETIME)


def find_answer(inquiry_id: uuid.UUID) -> Answer:
    """Return the reader's answer, if it has not expired and its permit has not ended. Raises NotShown."""
    name = _build_entry_name(str(inquiry_id))
    answer: Answer | None = entries.load_entry(name)
    if answer is None:
        raise (
            _build_ended_page(over)
            if (over := permit_states.find_end(str(inquiry_id)))
            else _build_gone_page()
        )
    left = max(1, int(answer["until"] - time.time()))
    try:
        state = permit_states.find_state(answer["inquiry_id"], by_name=answer["by_name"], seconds=left)
    except ServiceUnavailable as away:
        page = render_template("institution/cannot_tell.html", inquiry_id=inquiry_id)
        raise NotShown(page, 503, **{"Retry-After": str(api.find_retry_after(away))}) from away
    except ApiError as problem:
        if problem.status != 404:
            raise
        raise _build_gone_page() from problem
    if state in permit_states.PERMANENT:
        entries.delete_entry(name)
    if state not in permit_states.SHOWING:
        raise _build_ended_page(state)
    return answer


def find_last_year(inquiry_id: uuid.UUID) -> int | None:
    """Return the last year of the letter of the reader's answer, None if that may not be shown any more."""
    try:
        reply = find_answer(inquiry_id)["reply"]
    except NotShown:
        return None
    last_month = reply["statement"]["summary"]["last_month_jalali"] if "statement" in reply else None
    return JalaliMonth.parse(last_month).year if last_month else None


def render_answer(answer: Answer, *, is_stored: bool = True) -> str:
    """Return the page of an answer; `is_stored` says whether its other pages can find it.

    The marks in its tables are the objections that were open when the inquiry was answered. What the letter
    itself calls disputed may have been decided since.
    """
    reply = answer["reply"]
    if "answers" in reply:
        return _render_shown_answers(answer, is_stored=is_stored)
    # An inquiry service of before has no register of objections.
    objections = reply.get("objections", [])
    is_open = [objection for objection in objections if objection["status"] == "submitted"]
    disputed = sorted({month for objection in is_open for month in objection["months"]})
    notices = reply.get("notices", [])
    unknown = next((notice["message"] for notice in notices if notice["code"] == UNKNOWN), None)
    return render_template(
        "institution/answer.html",
        answer=answer,
        is_stored=is_stored,
        letter=reply["letter"],
        statement={**reply["statement"], "disputed_months": disputed},
        ended=[notice for notice in notices if notice["code"] in ENDED],
        unknown=unknown,
        is_unknown="objections" not in reply or unknown is not None,
        until=datetime.fromtimestamp(answer["until"], UTC),
        data=None if is_stored else _render_data(answer),
    )


def _render_shown_answers(answer: Answer, *, is_stored: bool) -> str:
    """Return the page of answers that a permit shows in place of a letter."""
    content, language = answer["reply"]["answers"], str(get_locale())
    closed_until = JalaliMonth.parse(content["closed_until_jalali"])
    questions = [
        (
            describe_question(question, language, closed_until),
            AnswerWord(question["answer"]).label.pick(language),
        )
        for question in content["answers"]
    ]
    return render_template(
        "institution/shown_answers.html", answer=answer, is_stored=is_stored, questions=questions
    )


def _find_letter_reply(inquiry_id: uuid.UUID) -> tuple[Answer, dict[str, Any]]:
    """Return the reader's answer and its reply, which must be a letter's. Raises NotFound, NotShown."""
    answer = find_answer(inquiry_id)
    if "letter" not in answer["reply"]:
        raise NotFound
    return answer, answer["reply"]


@blueprint.errorhandler(NotShown)
def show_why_not(why: NotShown) -> ResponseReturnValue:
    return why.page, why.status, why.headers


@blueprint.get("/<uuid:inquiry_id>")
def show_answer(inquiry_id: uuid.UUID) -> str:
    return render_answer(find_answer(inquiry_id))


@blueprint.get("/<uuid:inquiry_id>/state")
def check_answer(inquiry_id: uuid.UUID) -> ResponseReturnValue:
    """Return 204 while the answer may be shown; the open page polls it."""
    find_answer(inquiry_id)
    return "", 204


@blueprint.get("/<uuid:inquiry_id>/letter")
def show_letter(inquiry_id: uuid.UUID) -> ResponseReturnValue:
    """Return the PDF, to show or, with `?save=1`, to save."""
    answer, reply = _find_letter_reply(inquiry_id)
    return _send_document(answer["token"], reply["letter"]["serial"], save="save" in request.args)


@blueprint.get("/<uuid:inquiry_id>/data")
def download_data(inquiry_id: uuid.UUID) -> ResponseReturnValue:
    answer, reply = _find_letter_reply(inquiry_id)
    response = Response(_render_data(answer), mimetype="application/json")
    name = f"{reply['letter']['serial']}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/<uuid:inquiry_id>/statement.<any(csv, xlsx):kind>")
def download_statement(inquiry_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    """Return the statement's tables as a file for spreadsheets."""
    _, reply = _find_letter_reply(inquiry_id)
    return spreadsheets.build_download(reply["statement"], kind, reply["letter"]["serial"])


@blueprint.post("/letter")
def download_letter() -> ResponseReturnValue:
    """Return the PDF of an answer that could not be stored; the token is in the form."""
    token, serial = request.form.get("document_code", ""), request.form.get("serial", "")
    if not TOKEN.fullmatch(token) or not re.fullmatch("[0-9]{1,20}", serial):
        raise BadRequest
    return _send_document(token, serial, save=True)


def _build_ended_page(state: str) -> NotShown:
    """Return the page about an answer whose permit has ended."""
    return NotShown(render_template("institution/not_shown.html", state=state), 410)


def _build_gone_page() -> NotShown:
    """Return the page about an answer that has expired or is another reader's."""
    return NotShown(render_template("institution/gone.html"), 410)


def _send_document(token: str, serial: str, *, save: bool) -> ResponseReturnValue:
    try:
        return documents.stream_letter(
            api.get_client(), build_document_path(token), f"{serial}.pdf", save=save
        )
    except ApiError as problem:
        if problem.status != 404:
            raise
        return render_template("institution/letter_gone.html"), 410


def _render_data(answer: Answer) -> str:
    return json.dumps(answer["reply"], ensure_ascii=False, indent=2, sort_keys=False)


def _build_entry_name(inquiry_id: str) -> str:
    return f"answer.{inquiry_id}"
