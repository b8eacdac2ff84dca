"""«گواهی دیجیتال»: the statement of a letter for programs, with only the parts that the person chooses."""

import uuid
from collections.abc import Sequence

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectChoice, SelectMultipleField
from wtforms.validators import ValidationError

from gateway.portal import sessions
from gateway.portal.forms import Form, open_form, require_input
from gateway.portal.show import format_types

blueprint = Blueprint("credentials", __name__, url_prefix="/inbox")
blueprint.before_request(sessions.require_role(sessions.CITIZEN))

PERSON = (
    ("person.first_name", _("نام")),
    ("person.last_name", _("نام خانوادگی")),
    ("person.father_name", _("نام پدر")),
    ("person.national_code", _("کد ملی")),
    ("person.insurance_number", _("شماره بیمه")),
    ("person.birth_date_jalali", _("تاریخ تولد")),
    ("person.sex", _("جنسیت")),
)
SUMS = (
    ("summary.total_days", _("جمع روزها")),
    ("summary.duration", _("جمع به سال، ماه و روز")),
    ("summary.first_month_jalali", _("اولین ماه")),
    ("summary.last_month_jalali", _("آخرین ماه")),
    ("summary.workshop_count", _("تعداد کارگاه‌ها")),
)
TOTAL_WAGE = ("tables.wages.total_wage", _("جمع دستمزد، بدون ریز آن"))


def _check_parts(_form: Form, field: SelectMultipleField) -> None:
    if not set(field.data) <= {choice.value for choice in field.choices}:
        raise ValidationError(gettext("از بخش‌های زیر انتخاب کنید."))


class Parts(Form):
    parts = SelectMultipleField(
        _("چه چیزی نشان داده شود؟"),
        description=_("آنچه انتخاب نکنید در فایل نیست و از آن به دست نمی‌آید."),
        validators=[*require_input(_("دست‌کم یک بخش را انتخاب کنید.")), _check_parts],
        validate_choice=False,
    )


def _build_choices(types: Sequence[str]) -> list[SelectChoice]:
    tables = [(f"tables.{kind}", gettext("جدول «%(type)s»", type=format_types([kind]))) for kind in types]
    totals = [TOTAL_WAGE] if "wages" in types else []
    return [SelectChoice(part, label) for part, label in (*PERSON, *SUMS, *totals, *tables)]


@blueprint.route("/<uuid:letter_id>/credential", methods=["GET", "POST"])
def create_credential(letter_id: uuid.UUID) -> ResponseReturnValue:
    client = sessions.get_client()
    letter = client.disclosure.get_letter(str(letter_id))
    form = open_form(Parts)
    form.parts.choices = _build_choices(letter["types"])
    if letter["state"] == "revoked" or not form.validate_on_submit():
        return render_template("inbox/credential.html", form=form, letter=letter)
    credential = client.disclosure.get_credential(str(letter_id), form.parts.data)
    response = Response(credential, mimetype="application/dc+sd-jwt")
    response.headers["Content-Disposition"] = f'attachment; filename="govah-{letter["serial"]}.sd-jwt"'
    response.headers["Cache-Control"] = "no-store"
    return response
