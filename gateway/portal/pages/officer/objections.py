"""Objections to decide: one officer proposes, another confirms, with the person's record beside them."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, TextAreaField

from gateway.portal import sessions
from gateway.portal.api import Json, Problem
from gateway.portal.forms import Form, opened, required
from gateway.portal.pages.officer.desk import guard

blueprint = Blueprint("officer_objections", __name__, url_prefix="/officer/objections")
blueprint.before_request(guard)
STATUSES = ("submitted", "proposed", "accepted", "rejected")
OBJECTIONS = "/api/v1/records/objections"
NOTES = {"withdraw": "decision-withdrawn", "confirm": "decision-confirmed"}


class Decision(Form):
    accept = RadioField(
        _("پیشنهاد شما چیست؟"),
        choices=[SelectChoice("yes", _("پذیرش اعتراض")), SelectChoice("no", _("رد اعتراض"))],
        validators=required(_("پذیرش یا رد را برگزینید.")),
    )
    reason = TextAreaField(
        _("دلیل"),
        description=_("بیمه‌شده این متن را می‌خواند. سندی را که دیده‌اید نام ببرید."),
        validators=required(_("دلیل را بنویسید.")),
        render_kw={"rows": 4},
    )


class Confirmation(Form):
    """Two buttons about a proposal: to confirm it and to withdraw it."""


@blueprint.get("")
def objections() -> str:
    status = request.args.get("status")
    status = status if status in STATUSES else STATUSES[0]
    page = sessions.me().page(OBJECTIONS, status=status)
    return render_template(
        "officer/objections.html", items=page["items"], next_cursor=page["next_cursor"], status=status
    )


@blueprint.route("/<uuid:objection_id>", methods=["GET", "POST"])
def one(objection_id: uuid.UUID) -> ResponseReturnValue:
    path = f"{OBJECTIONS}/{objection_id}"
    act = request.form.get("act")
    form: Form = Confirmation() if act in NOTES else opened(Decision)
    if form.validate_on_submit():
        try:
            note = _propose(path, form) if isinstance(form, Decision) else _answer(path, str(act))
        except Problem as problem:
            form.refuse(problem, 409, 422, "own-decision")
        else:
            session["note"] = note
            return redirect(url_for(".one", objection_id=objection_id), 303)
    objection = sessions.me().get(path)
    return render_template(
        "officer/objection.html",
        objection=objection,
        form=form,
        decision=form if isinstance(form, Decision) else Decision(formdata=None),
        **_record(objection["person"]["national_code"]),
    )


def _propose(path: str, form: Decision) -> str:
    decision = {"accept": form.accept.data == "yes", "reason": form.reason.data}
    sessions.me().post(f"{path}/decision", decision)
    return "decision-proposed"


def _answer(path: str, act: str) -> str:
    if act == "confirm":
        sessions.me().post(f"{path}/decision/confirmation")
    else:
        sessions.me().delete(f"{path}/decision")
    return NOTES[act]


def _record(national_code: str | None) -> Mapping[str, Any]:
    """The person's statement, or why it cannot be shown."""
    if national_code is None:
        return {"statement": None, "why_not": None}
    try:
        found: Json = sessions.me().post("/api/v1/records/people/search", {"national_code": national_code})
    except Problem as problem:
        # Not every officer who decides may look people up.
        if problem.status != 403:
            raise
        return {"statement": None, "why_not": problem.detail}
    return {"statement": found["statement"], "why_not": None}
