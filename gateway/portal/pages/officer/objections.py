"""Objections to decide: opened with a reason, beside the record; one officer proposes, another confirms."""

import uuid
from typing import cast

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import NotFound
from wtforms import RadioField, SelectChoice, StringField, TextAreaField

from gateway.portal import api, entries, sessions
from gateway.portal.forms import Form, open_form, require_input
from gateway.portal.pages.documents import stream_paper
from gateway.portal.pages.officer.desk import check_live_session, guard
from gateway.portal.pages.officer.reasons import build_reason_field
from govah_client.errors import ApiError
from govah_client.objections import ObjectionStatus, OfficerObjection, OpenedObjection
from govah_client.records import OBJECTIONS

blueprint = Blueprint("officer_objections", __name__, url_prefix="/officer/objections")
blueprint.before_request(guard)
STATUSES = ("submitted", "proposed", "accepted", "rejected", "withdrawn")
# Those that officers work through come oldest first.
WAITING = frozenset({"submitted", "proposed"})
# Seconds for which an opened objection can be read; after that it must be opened again.
SHOWN_FOR = 60 * 60
NOTES = {"withdraw": "decision-withdrawn", "confirm": "decision-confirmed"}


class Opening(Form):
    reason = build_reason_field()


class Decision(Form):
    accept = RadioField(
        _("پیشنهاد شما چیست؟"),
        choices=[SelectChoice("yes", _("پذیرش اعتراض")), SelectChoice("no", _("رد اعتراض"))],
        validators=require_input(_("پذیرش یا رد را انتخاب کنید.")),
    )
    reason = TextAreaField(
        _("علت"),
        description=_("بیمه‌شده این متن را می‌خواند. سندی را که دیده‌اید نام ببرید."),
        validators=require_input(_("علت را بنویسید.")),
        render_kw={"rows": 4},
    )


class Question(Form):
    text = TextAreaField(
        _("پرسش از بیمه‌شده"),
        description=_("درباره هر اعتراض یک بار می‌پرسید. بیمه‌شده پیامک می‌گیرد و یک بار پاسخ می‌دهد."),
        validators=require_input(_("پرسش را بنویسید.")),
        render_kw={"rows": 4},
    )


class WorkshopCode(Form):
    workshop_code = StringField(
        _("کد کارگاه"),
        description=_("تا ۱۰ نویسه. لیست‌های این کارگاه، هرگاه برسد، جای ماه‌های پذیرفته را می‌گیرد."),
        validators=require_input(_("کد کارگاه را بنویسید.")),
        render_kw={"dir": "ltr", "autocomplete": "off"},
    )
    reason = TextAreaField(
        _("علت"),
        description=_("سندی را که کد در آن است نام ببرید."),
        validators=require_input(_("علت را بنویسید.")),
        render_kw={"rows": 3},
    )


class Confirmation(Form):
    """The two buttons of a proposal: to confirm it and to withdraw it."""


@blueprint.get("")
def list_objections() -> str:
    status = request.args.get("status")
    status = status if status in STATUSES else STATUSES[0]
    oldest_first = status in WAITING
    page = sessions.get_client().records.list_objections(
        status=cast("ObjectionStatus", status),
        order="oldest" if oldest_first else "newest",
        **api.read_page_query(),
    )
    return render_template(
        "officer/objections.html",
        items=page["items"],
        next_cursor=page["next_cursor"],
        status=status,
        oldest_first=oldest_first,
        me=sessions.get_subject(),
    )


@blueprint.route("/<uuid:objection_id>/opening", methods=["GET", "POST"])
def open_objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    form = open_form(Opening)
    if form.validate_on_submit():
        try:
            opened = sessions.get_client().records.open_objection(str(objection_id), form.reason.data)
        except ApiError as problem:
            form.refuse(problem, 422)
        else:
            # A reload of the page does not count as a second look.
            entries.store_entry(_build_entry_name(objection_id), opened, SHOWN_FOR)
            return redirect(url_for(".show_objection", objection_id=objection_id), 303)
    return render_template("officer/opening.html", form=form)


@blueprint.route("/<uuid:objection_id>", methods=["GET", "POST"])
def show_objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    opened: OpenedObjection | None = entries.load_entry(_build_entry_name(objection_id))
    if opened is None:
        if request.method == "POST":
            entries.save_form_draft()
        return redirect(url_for(".open_objection", objection_id=objection_id), 303)
    check_live_session()
    act, refused = request.form.get("act"), ""
    form: Form = Confirmation() if act in NOTES else open_form(Decision)
    if form.validate_on_submit():
        try:
            decided = (
                _propose_decision(objection_id, form)
                if isinstance(form, Decision)
                else _resolve_proposal(objection_id, act)
            )
        except ApiError as problem:
            form.refuse(problem, 409, 422, "own-decision")
            refused = problem.code
        else:
            entries.store_entry(_build_entry_name(objection_id), {**opened, "objection": decided}, SHOWN_FOR)
            session["note"] = NOTES.get(act or "", "decision-proposed")
            return redirect(url_for(".show_objection", objection_id=objection_id), 303)
    return render_template(
        "officer/objection.html",
        form=form,
        decision=form if isinstance(form, Decision) else Decision(formdata=None),
        me=sessions.get_subject(),
        # What cannot succeed is not offered again.
        refused=refused,
        **opened,
    )


@blueprint.route("/<uuid:objection_id>/question", methods=["GET", "POST"])
def ask_question(objection_id: uuid.UUID) -> ResponseReturnValue:
    opened: OpenedObjection | None = entries.load_entry(_build_entry_name(objection_id))
    if opened is None:
        return redirect(url_for(".open_objection", objection_id=objection_id), 303)
    form = open_form(Question)
    if form.validate_on_submit():
        try:
            objection = sessions.get_client().records.ask_question(str(objection_id), form.text.data)
        except ApiError as problem:
            form.refuse(problem, 409, 422, "own-decision")
        else:
            entries.store_entry(
                _build_entry_name(objection_id), {**opened, "objection": objection}, SHOWN_FOR
            )
            session["note"] = "question-asked"
            return redirect(url_for(".show_objection", objection_id=objection_id), 303)
    return render_template("officer/question.html", form=form, objection=opened["objection"])


@blueprint.get("/<uuid:objection_id>/attachments/<uuid:attachment_id>")
def show_attachment(objection_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    """Return a paper of an objection that the officer has opened; the person sees the access."""
    if entries.load_entry(_build_entry_name(objection_id)) is None:
        return redirect(url_for(".open_objection", objection_id=objection_id), 303)
    return stream_paper(sessions.get_client(), f"{OBJECTIONS}/{objection_id}/attachments/{attachment_id}")


@blueprint.route("/<uuid:objection_id>/workshop", methods=["GET", "POST"])
def propose_workshop(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Return the form for the workshop code of an accepted period whose person did not know it."""
    opened: OpenedObjection | None = entries.load_entry(_build_entry_name(objection_id))
    if opened is None:
        return redirect(url_for(".open_objection", objection_id=objection_id), 303)
    if opened["objection"]["kind"] != "missing-period":
        raise NotFound
    form = open_form(WorkshopCode)
    if form.validate_on_submit():
        try:
            sessions.get_client().records.propose_change(
                {
                    "kind": "missing-period-workshop",
                    "target": str(objection_id),
                    "change": {"workshop_code": form.workshop_code.data},
                    "reason": form.reason.data,
                },
                idempotency_key=form.key,
            )
        except ApiError as problem:
            _name_change_fields(problem)
            form.refuse(problem, 409, 422, "own-record")
        else:
            session["note"] = "workshop-proposed"
            return redirect(url_for(".show_objection", objection_id=objection_id), 303)
    return render_template("officer/workshop.html", form=form, objection=opened["objection"])


def _name_change_fields(problem: ApiError) -> None:
    """Rename `change.…` in a refusal to the fields of the form."""
    problem.errors = [
        {**error, "field": error.get("field", "").removeprefix("change.")} for error in problem.errors
    ]


def _build_entry_name(objection_id: uuid.UUID) -> str:
    return f"objection.{objection_id}"


def _propose_decision(objection_id: uuid.UUID, form: Decision) -> OfficerObjection:
    return sessions.get_client().records.propose_decision(
        str(objection_id), accept=form.accept.data == "yes", reason=form.reason.data
    )


def _resolve_proposal(objection_id: uuid.UUID, act: str | None) -> OfficerObjection:
    """Return the objection after its proposed decision was confirmed or withdrawn."""
    records = sessions.get_client().records
    if act == "confirm":
        return records.confirm_decision(str(objection_id))
    return records.withdraw_decision(str(objection_id))
