"""The forms in which people say what of their record is wrong, and what of them goes to the API."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, StopValidation

from gateway.portal.forms import Form, JalaliDateField, WholeNumberField, require_input
from gateway.portal.show import format_digits, format_month
from govah_client.errors import ApiError
from govah_client.objections import ClaimedMonth, NewObjection
from services.kit.jalali import JalaliMonth

LONGEST_TEXT, LONGEST_NAME, LONGEST_CODE = 2_000, 100, 10
# What the API takes at most; no period is longer.
MOST_DAYS = 480 * 31


def _text(label: str, description: str) -> TextAreaField:
    too_long = _("توضیح حداکثر ۲۰۰۰ نویسه است. آن را کوتاه‌تر کنید.")
    return TextAreaField(
        label,
        description=description,
        validators=[DataRequired(_("توضیح را بنویسید.")), Length(max=LONGEST_TEXT, message=too_long)],
        render_kw={"rows": 4},
    )


def _name(label: str, missing: str, **options: Any) -> StringField:
    too_long = _("حداکثر ۱۰۰ نویسه بنویسید.")
    return StringField(
        label, validators=[DataRequired(missing), Length(max=LONGEST_NAME, message=too_long)], **options
    )


class MonthDaysField(WholeNumberField):
    """The days of a month in a workshop, never above the month's length; `recorded` is what lists say."""

    def __init__(self, label: str = "", *, month: JalaliMonth, recorded: int, **options: Any) -> None:
        self.month, self.recorded = month, recorded
        # A recorded sum of several lists may be above it; whoever leaves that alone is not blamed.
        super().__init__(label, least=0, most=max(month.days, recorded), **options)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else format_digits(self.data)

    def pre_validate(self, form: object) -> None:
        super().pre_validate(form)
        if self.data is None:
            raise StopValidation(self._describe_range())

    def _describe_range(self) -> str:
        named = {"month": format_month(str(self.month)), "days": self.month.days}
        if isinstance(self.data, int) and self.data > self.most:
            told = gettext("روزهای %(month)s نمی‌تواند بیش از %(days)s باشد.", **named)
        else:
            told = gettext("روزهای %(month)s را بنویسید؛ از 0 تا %(days)s.", **named)
        return str(told)


class MissingPeriod(Form):
    FIELDS = ("workshop_name", "workshop_code", "city", "start_jalali", "end_jalali", "days", "text")

    workshop_name = _name(
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
    city = _name(_("شهر"), _("شهر کارگاه را بنویسید."), render_kw={"autocomplete": "off"})
    start_jalali = JalaliDateField(_("نخستین روز کار"))
    end_jalali = JalaliDateField(_("واپسین روز کار"))
    days = WholeNumberField(
        _("شمار روزهای کار در این دوره"),
        least=1,
        most=MOST_DAYS,
        description=_("از نخستین تا واپسین روز، با روزهای تعطیل."),
        validators=require_input(_("شمار روزهای کار را بنویسید.")),
    )
    text = _text(
        _("توضیح"), _("چه کاری می‌کردید و چه مدرکی دارید؟ برای نمونه: قرارداد، فیش حقوق، گردش حساب بانکی.")
    )

    @property
    def claim(self) -> NewObjection:
        """The body of the API's call."""
        fields = {name: self[name].data for name in self.FIELDS}
        fields["workshop_code"] = fields["workshop_code"] or None
        return cast("NewObjection", {"kind": "missing-period", **fields})


def days_form(months: Mapping[JalaliMonth, int]) -> type[Form]:
    """The form of one workshop's months in one year, with the days that are recorded of each."""
    fields = {
        f"days_{month.month}": MonthDaysField(format_month(str(month)), month=month, recorded=recorded)
        for month, recorded in months.items()
    }
    text = _text(_("توضیح"), _("چرا این روزها درست نیست؟ برای نمونه: همه ماه را کار کرده‌ام و فیش حقوق دارم."))
    return type("DaysOfAYear", (Form,), {**fields, "text": text})


def list_changes(form: Form) -> list[MonthDaysField]:
    """The months whose days differ from what is recorded."""
    return [field for field in form if isinstance(field, MonthDaysField) and field.data != field.recorded]


def days_claim(form: Form, workshop_code: str, year: int, earlier: Iterable[ClaimedMonth]) -> NewObjection:
    """The body of the API's call: this form's months, and those that the draft has of others."""
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


def point_out(problem: ApiError, form: Form) -> ApiError:
    """The refusal with `months.<n>.…` named after the form's fields, as `days_claim` has numbered them."""
    named = [field.name for field in list_changes(form)]

    def name(path: str) -> str:
        found = re.match(r"months\.([0-9]+)", path)
        return named[int(found[1])] if found and int(found[1]) < len(named) else path

    problem.errors = [{**error, "field": name(error.get("field", ""))} for error in problem.errors]
    return problem
