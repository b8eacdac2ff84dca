"""«گزارش مغایرت»: a clerk reports that a month of a letter differs from the institution's records."""

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired

from gateway.portal import entries, sessions
from gateway.portal.forms import Form, WholeNumberField, open_form, require_input
from gateway.portal.pages.answers import find_last_year
from gateway.portal.show import format_digits, get_month_name
from govah_client.errors import ApiError

blueprint = Blueprint("discrepancies", __name__, url_prefix="/institution/answers")
blueprint.before_request(sessions.require_role(sessions.INSTITUTION))

# Long enough for a double click, and for a page that was left open.
STORED_FOR = 60 * 60


class Report(Form):
    month = SelectField(_("ماه"), validators=require_input(_("ماه را انتخاب کنید.")))
    year = WholeNumberField(_("سال"), least=1300, most=1499, validators=require_input(_("سال را بنویسید.")))
    text = TextAreaField(
        _("چه چیزی مطابقت ندارد؟"),
        description=_("مانند «در مدارک ما ۳۰ روز کار است.» نام و شماره کس دیگری را ننویسید."),
        validators=[InputRequired(_("بنویسید چه چیزی مطابقت ندارد."))],
        render_kw={"rows": 4, "maxlength": 1000},
    )


@blueprint.route("/<uuid:inquiry_id>/discrepancy", methods=["GET", "POST"])
def report_discrepancy(inquiry_id: uuid.UUID) -> ResponseReturnValue:
    form = open_form(Report)
    form.month.choices = [("", "")] + [(str(number), get_month_name(number)) for number in range(1, 13)]
    if form.validate_on_submit():
        fields = {
            "inquiry_id": str(inquiry_id),
            "month_jalali": f"{form.year.data}-{int(form.month.data):02}",
            "text": form.text.data,
        }
        try:
            # To the service every call is a new report.
            entries.run_once(form.key, partial(_create_discrepancy, fields))
        except ApiError as problem:
            if problem.status == 404:
                problem.detail = gettext(
                    "این استعلام به نام موسسه شما نیست. دوباره استعلام کنید و از پاسخ آن گزارش دهید."
                )
            problem.errors = [
                {**error, "field": "year" if error.get("field") == "month_jalali" else error.get("field", "")}
                for error in problem.errors
            ]
            form.refuse(problem, 404, 422, 429)
        else:
            session["note"] = "discrepancy-reported"
            return redirect(url_for("answers.show_answer", inquiry_id=inquiry_id), 303)
    if request.method == "GET" and form.year.data is None:
        # Most reports are about the end of a record.
        last = find_last_year(inquiry_id)
        form.year.data = last and format_digits(last)
    return render_template("institution/report.html", form=form, inquiry_id=inquiry_id)


def _create_discrepancy(fields: dict[str, str]) -> tuple[Any, int]:
    return sessions.get_client().inquiry.create_discrepancy(**fields), STORED_FOR
