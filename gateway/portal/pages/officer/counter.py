"""«شناسایی در شعبه»: proposals with what an officer has read in documents, and another officer's decision."""

import uuid
from itertools import starmap
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from gateway.portal import api, sessions
from gateway.portal.forms import (
    Form,
    InsuranceNumberField,
    JalaliDateField,
    MobileField,
    NationalCodeField,
    open_form,
)
from gateway.portal.pages.officer.desk import guard
from govah_client.errors import ApiError

blueprint = Blueprint("officer_counter", __name__, url_prefix="/officer/counter")
blueprint.before_request(guard)
STATUSES = {
    "proposed": _("در انتظار تایید"),
    "confirmed": _("تایید شده"),
    "activated": _("فعال شده"),
    "rejected": _("رد شده"),
    "expired": _("مهلت گذشته"),
}
DOCUMENTS = {
    "national-card": _("کارت ملی"),
    "birth-certificate": _("شناسنامه"),
    "passport": _("گذرنامه"),
    "residence-permit": _("پروانه اقامت"),
    "refugee-card": _("کارت آمایش یا پناهندگی"),
}
BY_CODE, BY_NUMBER = "national_code", "insurance_number"
PLAIN = {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}


class CodeOfPerson(NationalCodeField):
    """The national code, if that identifies the person."""

    def pre_validate(self, form: object) -> None:
        if getattr(form, "identifies_by").data == BY_CODE:  # noqa: B009 -- the form is known as object
            super().pre_validate(form)


class NumberOfPerson(InsuranceNumberField):
    """The insurance number, if that identifies the person."""

    def pre_validate(self, form: object) -> None:
        if getattr(form, "identifies_by").data == BY_NUMBER:  # noqa: B009 -- as above
            super().pre_validate(form)


class Finding(Form):
    identifies_by = RadioField(
        _("شخص با چه شماره‌ای در سوابق است؟"),
        choices=[SelectChoice(BY_CODE, _("کد ملی")), SelectChoice(BY_NUMBER, _("شماره بیمه"))],
        default=BY_CODE,
    )
    national_code = CodeOfPerson(render_kw=PLAIN)
    insurance_number = NumberOfPerson(
        description=_("برای کسی که کد ملی ندارد یا آن را نمی‌داند."), render_kw=PLAIN
    )
    birth_date_jalali = JalaliDateField(_("تاریخ تولد در مدرک"))
    mobile = MobileField(
        _("شماره همراه تازه"),
        description=_("ایران: ۰۹۱۲۳۴۵۶۷۸۹. کشور دیگر با کد آن: ۰۰۴۹۱۷۰۱۲۳۴۵۶۷"),
        render_kw={"inputmode": "tel", "dir": "ltr", "autocomplete": "off"},
    )
    document = SelectField(
        _("مدرکی که دیدید"), choices=list(starmap(SelectChoice, DOCUMENTS.items())), default="national-card"
    )
    document_ends = StringField(
        _("پایان شماره مدرک"),
        description=_("تنها سه یا چهار نویسه پایانی."),
        validators=[Length(3, 4, _("سه یا چهار نویسه پایانی را بنویسید."))],
        render_kw={"dir": "ltr", "autocomplete": "off", "maxlength": "4"},
    )
    note = TextAreaField(
        _("یادداشت (اختیاری)"),
        description=_("برای کارشناس دوم؛ حداکثر ۵۰۰ نویسه. رمزشده نگه داشته می‌شود."),
        validators=[Length(max=500, message=_("یادداشت حداکثر ۵۰۰ نویسه است. آن را کوتاه‌تر کنید."))],
        render_kw={"rows": 3, "dir": "auto"},
    )


class Rejection(Form):
    reason = TextAreaField(
        _("علت رد"),
        description=_("حداکثر ۵۰۰ نویسه."),
        validators=[
            DataRequired(_("علت رد را بنویسید.")),
            Length(max=500, message=_("علت رد حداکثر ۵۰۰ نویسه است. آن را کوتاه‌تر کنید.")),
        ],
        render_kw={"rows": 3, "dir": "auto"},
    )


class Confirmation(Form):
    """The button of the second officer."""


@blueprint.get("")
def list_identifications() -> str:
    status = request.args.get("status", "proposed")
    status = status if status in STATUSES and status != "expired" else "proposed"
    page = sessions.get_client().auth.list_identifications(status=status, **api.read_page_query())
    return render_template(
        "counter/identifications.html",
        items=page["items"],
        next_cursor=page["next_cursor"],
        status=status,
        statuses=STATUSES,
        documents=DOCUMENTS,
        me=sessions.get_subject(),
    )


@blueprint.route("/new", methods=["GET", "POST"])
def propose_identification() -> ResponseReturnValue:
    form = open_form(Finding)
    if form.validate_on_submit():
        by = str(form.identifies_by.data)
        fields: dict[str, Any] = {
            by: form[by].data,
            "birth_date_jalali": str(form.birth_date_jalali.data),
            "mobile": str(form.mobile.data),
            "document": str(form.document.data),
            "document_ends": str(form.document_ends.data),
            "note": form.note.data or "",
        }
        try:
            proposal = sessions.get_client().auth.propose_identification(**fields)
        except ApiError as problem:
            form.refuse(problem, 409, 422)
        else:
            session["note"] = "identification-proposed"
            return redirect(url_for(".show_identification", identification_id=proposal["id"]), 303)
    return render_template("counter/propose.html", form=form)


@blueprint.route("/<uuid:identification_id>", methods=["GET", "POST"])
def show_identification(identification_id: uuid.UUID) -> ResponseReturnValue:
    """Return an identification; a POST confirms it."""
    auth, form = sessions.get_client().auth, Confirmation()
    if form.validate_on_submit():
        try:
            auth.confirm_identification(str(identification_id))
        except ApiError as problem:
            form.refuse(problem, 409, "own-proposal")
        else:
            session["note"] = "identification-confirmed"
            return redirect(url_for(".show_identification", identification_id=identification_id), 303)
    item = auth.get_identification(str(identification_id))
    return render_template(
        "counter/identification.html",
        form=form,
        item=item,
        statuses=STATUSES,
        documents=DOCUMENTS,
        is_own=item["proposed_by"] == sessions.get_subject(),
    )


@blueprint.route("/<uuid:identification_id>/rejection", methods=["GET", "POST"])
def reject_identification(identification_id: uuid.UUID) -> ResponseReturnValue:
    form = open_form(Rejection)
    if form.validate_on_submit():
        try:
            sessions.get_client().auth.reject_identification(str(identification_id), str(form.reason.data))
        except ApiError as problem:
            form.refuse(problem, 409, 422)
        else:
            session["note"] = "identification-rejected"
            return redirect(url_for(".show_identification", identification_id=identification_id), 303)
    return render_template("counter/reject.html", form=form, identification_id=identification_id)
