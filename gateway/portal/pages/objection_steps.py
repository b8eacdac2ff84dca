"""What a person does about an objection besides its claim: papers, an answer to officers, a withdrawal."""

import uuid
from typing import Any

from flask import Blueprint, Response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from gateway.portal import sessions
from gateway.portal.forms import Form, open_form
from gateway.portal.pages.documents import stream_paper
from gateway.portal.pages.objection_forms import LONGEST_TEXT
from govah_client.errors import ApiError
from govah_client.objections import Objection
from govah_client.records import MY_OBJECTIONS

blueprint = Blueprint("objection_steps", __name__, url_prefix="/record/objections")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))
MOST_FILES = 5


class Attachment(Form):
    file = FileField(
        _("فایل مدرک"),
        description=_("PDF، JPEG یا PNG، حداکثر ۵ مگابایت. کارشناسان آن را می‌بینند."),
        validators=[FileRequired(_("فایلی را انتخاب کنید."))],
        render_kw={"accept": "application/pdf,image/jpeg,image/png,.pdf,.jpg,.jpeg,.png"},
    )


class Answer(Form):
    text = TextAreaField(
        _("پاسخ شما"),
        description=_("یک بار پاسخ می‌دهید و پس از فرستادن نمی‌توان آن را تغییر داد."),
        validators=[
            DataRequired(_("پاسخ را بنویسید.")),
            Length(max=LONGEST_TEXT, message=_("پاسخ حداکثر ۲۰۰۰ نویسه است. آن را کوتاه‌تر کنید.")),
        ],
        render_kw={"rows": 4},
    )


class Confirmation(Form):
    """A button: nothing to fill in."""


@blueprint.route("/<uuid:objection_id>/attachments", methods=["GET", "POST"])
def attach_file(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Return the page with the papers of an objection and the form for another one."""
    form = Attachment()
    status = 200
    if form.validate_on_submit():
        try:
            _get_records().attach_file(str(objection_id), form.file.data.read(), idempotency_key=form.key)
        except ApiError as problem:
            status = form.refuse(problem, 409, 413, 422, 503)
        else:
            session["note"] = "file-attached"
            return redirect(url_for(".attach_file", objection_id=objection_id), 303)
    objection = _get_records().get_my_objection(str(objection_id))
    page = render_template(
        "objections/attachments.html", form=form, objection=objection, most_files=MOST_FILES
    )
    return page, status


@blueprint.get("/<uuid:objection_id>/attachments/<uuid:attachment_id>")
def download_attachment(objection_id: uuid.UUID, attachment_id: uuid.UUID) -> Response:
    path = f"{MY_OBJECTIONS}/{objection_id}/attachments/{attachment_id}"
    return stream_paper(sessions.get_client(), path)


@blueprint.post("/<uuid:objection_id>/attachments/<uuid:attachment_id>/deletion")
def delete_attachment(objection_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    try:
        _get_records().delete_my_attachment(str(objection_id), str(attachment_id))
    except ApiError as problem:
        # A double click, or an objection that was submitted meanwhile: the page shows what there is.
        if problem.status not in {404, 409}:
            raise
    return redirect(url_for(".attach_file", objection_id=objection_id), 303)


@blueprint.route("/<uuid:objection_id>/answer", methods=["GET", "POST"])
def answer_question(objection_id: uuid.UUID) -> ResponseReturnValue:
    form = open_form(Answer)
    if form.validate_on_submit():
        try:
            _get_records().answer_question(str(objection_id), form.text.data)
        except ApiError as problem:
            form.refuse(problem, 409, 422)
        else:
            session["note"] = "question-answered"
            return _show_objection(objection_id)
    objection = _get_records().get_my_objection(str(objection_id))
    if not objection["question"] or not _is_open(objection):
        return _show_objection(objection_id)
    return render_template("objections/answer.html", form=form, objection=objection)


@blueprint.route("/<uuid:objection_id>/withdrawal", methods=["GET", "POST"])
def withdraw_objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    form = Confirmation()
    if form.validate_on_submit():
        try:
            _get_records().withdraw_my_objection(str(objection_id))
        except ApiError as problem:
            # A double click, or a decision meanwhile: the page shows the objection's state.
            if problem.code != "objection-status-differs":
                raise
        else:
            session["note"] = "objection-withdrawn"
        return _show_objection(objection_id)
    if not _is_open(_get_records().get_my_objection(str(objection_id))):
        return _show_objection(objection_id)
    return render_template("objections/withdrawal.html", form=form, objection_id=objection_id)


def _get_records() -> Any:
    return sessions.get_client().records


def _is_open(objection: Objection) -> bool:
    return objection["status"] in {"submitted", "proposed"}


def _show_objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("objections.show_objection", objection_id=objection_id), 303)
