"""The forms of objections, and the drafts that they become in the API."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, StopValidation

from gateway.portal.forms import (
    Form,
    JalaliDateField,
    OptionalDateField,
    WholeNumberField,
    require_input,
)
from gateway.portal.show import format_digits, format_month
from govah_client.errors import ApiError
from govah_client.objections import ClaimedIdentity, ClaimedMonth, NewObjection
from services.kit.jalali import JalaliMonth

LONGEST_TEXT, LONGEST_NAME, LONGEST_CODE = 2_000, 100, 10
# With spaces and hyphens between the digits.
LONGEST_NUMBER = 20
# The API's limit; no period is longer.
MOST_DAYS = 480 * 31


def _build_text_field(label: str, description: str) -> TextAreaField:
    too_long = _("توضیح حداکثر ۲۰۰۰ نویسه است. آن را کوتاه‌تر کنید.")
    return TextAreaField(
        label,
        description=description,
        validators=[DataRequired(_("توضیح را بنویسید.")), Length(max=LONGEST_TEXT, message=too_long)],
        render_kw={"rows": 4},
    )


def _build_name_field(label: str, missing: str, **options: Any) -> StringField:
    too_long = _("حداکثر ۱۰۰ نویسه بنویسید.")
    return StringField(
        label, validators=[DataRequired(missing), Length(max=LONGEST_NAME, message=too_long)], **options
    )


class MonthDaysField(WholeNumberField):
    """The days of a month in a workshop, at most the month's length; `recorded` are the days in the lists."""

    def __init__(self, label: str = "", *, month: JalaliMonth, recorded: int, **options: Any) -> None:
        self.month, self.recorded = month, recorded
        # The recorded sum of several lists may be above it; leaving it unchanged is not an error.
        super().__init__(label, least=0, most=max(month.days, recorded), **options)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else format_digits(self.data)

    def pre_validate(self, form: object) -> None:
        super().pre_validate(form)
        if self.data is None:
            raise StopValidation(self._describe_range())

    def _describe_range(self) -> str:
        month = {"month": format_month(str(self.month)), "days": self.month.days}
        if isinstance(self.data, int) and self.data > self.most:
            message = gettext("روزهای %(month)s نمی‌تواند بیش از %(days)s باشد.", **month)
        else:
            message = gettext("روزهای %(month)s را بنویسید؛ از 0 تا %(days)s.", **month)
        return str(message)


class MissingPeriod(Form):
    FIELDS = ("workshop_name", "workshop_code", "city", "start_jalali", "end_jalali", "days", "text")

    workshop_name = _build_name_field(
        _("نام کارگاه یا کارفرما"),
        _("نام کارگاه یا کارفرما را بنویسید."),
        render_kw={"autocomplete": "organization"},
    )
    workshop_code = StringField(
        _("کد کارگاه (اگر می‌دانید)"),
        description=_("تا ۱۰ نویسه؛ در قرارداد یا فیش حقوق نوشته می‌شود. اگر نمی‌دانید خالی بگذارید."),
        filters=[lambda typed: typed.strip() if typed else typed],
        validators=[Length(max=LONGEST_CODE, message=_("کد کارگاه تا ۱۰ نویسه است."))],
        render_kw={"dir": "ltr", "autocomplete": "off", "class": "short"},
    )
    city = _build_name_field(_("شهر"), _("شهر کارگاه را بنویسید."), render_kw={"autocomplete": "off"})
    start_jalali = JalaliDateField(_("اولین روز کار"))
    end_jalali = JalaliDateField(_("آخرین روز کار"))
    days = WholeNumberField(
        _("تعداد روزهای کار در این دوره"),
        least=1,
        most=MOST_DAYS,
        description=_("از اولین تا آخرین روز، با روزهای تعطیل."),
        validators=require_input(_("تعداد روزهای کار را بنویسید.")),
    )
    text = _build_text_field(
        _("توضیح"), _("چه کاری می‌کردید و چه مدرکی دارید؟ برای نمونه: قرارداد، فیش حقوق، گردش حساب بانکی.")
    )

    @property
    def claim(self) -> NewObjection:
        """The draft for the API."""
        fields = {name: self[name].data for name in self.FIELDS}
        fields["workshop_code"] = fields["workshop_code"] or None
        return cast("NewObjection", {"kind": "missing-period", **fields})


def _build_optional_name_field(label: str) -> StringField:
    too_long = _("حداکثر ۱۰۰ نویسه بنویسید.")
    return StringField(
        label,
        filters=[lambda typed: typed.strip() if typed else typed],
        validators=[Length(max=LONGEST_NAME, message=too_long)],
        render_kw={"autocomplete": "off"},
    )


class Identity(Form):
    """The fields of the identity; only those that are recorded wrongly are filled in."""

    FIELDS = ("first_name", "last_name", "father_name", "birth_date_jalali", "sex", "insurance_number")

    first_name = _build_optional_name_field(_("نام"))
    last_name = _build_optional_name_field(_("نام خانوادگی"))
    father_name = _build_optional_name_field(_("نام پدر"))
    birth_date_jalali = OptionalDateField(_("تاریخ تولد"))
    sex = SelectField(
        _("جنسیت"),
        choices=[
            SelectChoice("", _("درست است")),
            SelectChoice("female", _("زن")),
            SelectChoice("male", _("مرد")),
        ],
    )
    insurance_number = StringField(
        _("شماره بیمه"),
        description=_("۸ تا ۱۰ رقم، با صفرهای آغاز آن"),
        filters=[lambda typed: typed.strip() if typed else typed],
        validators=[Length(max=LONGEST_NUMBER, message=_("شماره بیمه با صفرهای آغاز آن ۸ تا ۱۰ رقم است."))],
        render_kw={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "class": "short"},
    )
    text = _build_text_field(
        _("توضیح"), _("چه چیزی نادرست ثبت شده است و چه مدرکی دارید؟ برای نمونه: شناسنامه، کارت ملی.")
    )

    @property
    def fields(self) -> ClaimedIdentity:
        """The fields that were filled in."""
        return cast("ClaimedIdentity", {name: self[name].data for name in self.FIELDS if self[name].data})

    @property
    def claim(self) -> NewObjection:
        """The draft for the API."""
        return {"kind": "identity", "fields": self.fields, "text": self.text.data}


def name_identity_fields(problem: ApiError) -> ApiError:
    """Return the refusal with the form's fields instead of `fields.…`."""
    problem.errors = [
        {**error, "field": error.get("field", "").removeprefix("fields.")} for error in problem.errors
    ]
    return problem


def build_days_form(months: Mapping[JalaliMonth, int]) -> type[Form]:
    """Return the form of one workshop's months in one year, with the recorded days of each."""
    fields = {
        f"days_{month.month}": MonthDaysField(format_month(str(month)), month=month, recorded=recorded)
        for month, recorded in months.items()
    }
    text = _build_text_field(
        _("توضیح"), _("چرا این روزها درست نیست؟ برای نمونه: همه ماه را کار کرده‌ام و فیش حقوق دارم.")
    )
    return type("DaysOfAYear", (Form,), {**fields, "text": text})


def list_changes(form: Form) -> list[MonthDaysField]:
    """Return the months whose days differ from the recorded ones."""
    return [field for field in form if isinstance(field, MonthDaysField) and field.data != field.recorded]


def build_days_claim(
    form: Form, workshop_code: str, year: int, earlier: Iterable[ClaimedMonth]
) -> NewObjection:
    """Return the draft for the API: this form's months, and the other months of the earlier draft."""
    claimed: list[ClaimedMonth] = [
        {"month_jalali": str(field.month), "workshop_code": workshop_code, "days": cast("int", field.data)}
        for field in list_changes(form)
    ]
    others: list[ClaimedMonth] = [
        {
            "month_jalali": month["month_jalali"],
            "workshop_code": month["workshop_code"],
            "days": month["days"],
        }
        for month in earlier
        if (month["workshop_code"], month["month_jalali"][:4]) != (workshop_code, str(year))
    ]
    return {"kind": "days", "months": claimed + others, "text": form["text"].data}


def name_fields(problem: ApiError, form: Form) -> ApiError:
    """Return the refusal with the form's fields instead of `months.<n>.…` of `build_days_claim`."""
    fields = [field.name for field in list_changes(form)]

    def find_field(path: str) -> str:
        match = re.match(r"months\.([0-9]+)", path)
        return fields[int(match[1])] if match and int(match[1]) < len(fields) else path

    problem.errors = [{**error, "field": find_field(error.get("field", ""))} for error in problem.errors]
    return problem
