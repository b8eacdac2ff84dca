"""Objections to decide: opened with a reason, beside the record; one officer proposes, another confirms."""

import uuid

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, TextAreaField

from gateway.portal import sessions
from gateway.portal.api import Json, Problem
from gateway.portal.forms import Form, opened, required
from gateway.portal.pages.officer.desk import demand_live_session, guard
from gateway.portal.pages.officer.reasons import reason_field

blueprint = Blueprint("officer_objections", __name__, url_prefix="/officer/objections")
blueprint.before_request(guard)
STATUSES = ("submitted", "proposed", "accepted", "rejected")
OBJECTIONS = "/api/v1/records/objections"
# Seconds that an opened objection may be read; after that it takes another look.
SHOWN_FOR = 60 * 60
NOTES = {"withdraw": "decision-withdrawn", "confirm": "decision-confirmed"}


class Opening(Form):
    reason = reason_field()


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


@blueprint.route("/<uuid:objection_id>/opening", methods=["GET", "POST"])
def opening(objection_id: uuid.UUID) -> ResponseReturnValue:
    form = opened(Opening)
    if form.validate_on_submit():
        try:
            found = sessions.me().post(f"{OBJECTIONS}/{objection_id}/opening", {"reason": form.reason.data})
        except Problem as problem:
            form.refuse(problem, 422)
        else:
            # Reading the page again is no second look.
            sessions.keep(_name(objection_id), found, SHOWN_FOR)
            return redirect(url_for(".one", objection_id=objection_id), 303)
    return render_template("officer/opening.html", form=form)


@blueprint.route("/<uuid:objection_id>", methods=["GET", "POST"])
def one(objection_id: uuid.UUID) -> ResponseReturnValue:
    found: Json | None = sessions.kept(_name(objection_id))
    if found is None:
        if request.method == "POST":
            sessions.keep_typed()
        return redirect(url_for(".opening", objection_id=objection_id), 303)
    demand_live_session()
    act = request.form.get("act")
    form: Form = Confirmation() if act in NOTES else opened(Decision)
    if form.validate_on_submit():
        try:
            decided = (
                _propose(objection_id, form) if isinstance(form, Decision) else _answer(objection_id, act)
            )
        except Problem as problem:
            form.refuse(problem, 409, 422, "own-decision")
        else:
            sessions.keep(_name(objection_id), {**found, "objection": decided}, SHOWN_FOR)
            session["note"] = NOTES.get(act or "", "decision-proposed")
            return redirect(url_for(".one", objection_id=objection_id), 303)
    return render_template(
        "officer/objection.html",
        form=form,
        decision=form if isinstance(form, Decision) else Decision(formdata=None),
        **found,
    )


def _name(objection_id: uuid.UUID) -> str:
    return f"objection.{objection_id}"


def _propose(objection_id: uuid.UUID, form: Decision) -> Json:
    decision = {"accept": form.accept.data == "yes", "reason": form.reason.data}
    proposed: Json = sessions.me().post(f"{OBJECTIONS}/{objection_id}/decision", decision)
    return proposed


def _answer(objection_id: uuid.UUID, act: str | None) -> Json:
    """Confirm or withdraw a proposal; returns the objection as it stands then."""
    path = f"{OBJECTIONS}/{objection_id}/decision"
    if act == "confirm":
        answer = sessions.me().call("POST", f"{path}/confirmation")
    else:
        answer = sessions.me().call("DELETE", path)
    stands: Json = answer.json()
    return stands
