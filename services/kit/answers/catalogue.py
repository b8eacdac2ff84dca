"""The questions that an institution may ask of a record, with their parameters: the only table of them.

The catalogue call, schemas, pages and documentation are made from `QUESTIONS`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.kit.problems import Text

MAX_QUESTIONS = 5
MONTHS_MOST = 480
WAGE_STEP = 50_000_000


class Answer(StrEnum):
    """The answer to a question; its value is its name in the API."""

    YES = "yes"
    NO = "no"
    DISPUTED = "disputed"
    NOT_KNOWN_YET = "not-known-yet"

    @property
    def label(self) -> Text:
        return _ANSWER_WORDS[self]


_ANSWER_WORDS: Mapping[Answer, Text] = {
    Answer.YES: Text("بله", "yes"),
    Answer.NO: Text("خیر", "no"),
    Answer.DISPUTED: Text("مورد اعتراض", "disputed"),
    Answer.NOT_KNOWN_YET: Text("هنوز معلوم نیست", "not known yet"),
}


class ParameterKind(StrEnum):
    """What the value of a parameter is."""

    MONTH = "month"
    WORKSHOP_CODE = "workshop-code"
    JOB_CODE = "job-code"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question. A number has its bounds and its step, or its only `choices`."""

    name: str
    kind: ParameterKind
    label: Text
    is_required: bool = True
    minimum: int = 1
    maximum: int = MONTHS_MOST
    step: int = 1
    choices: Sequence[int] = ()

    def describe(self) -> dict[str, Any]:
        """Return the parameter as the catalogue call has it."""
        described: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind.value,
            "required": self.is_required,
            "label": {"fa": self.label.fa, "en": self.label.en},
        }
        if self.choices:
            described["choices"] = list(self.choices)
        elif self.kind is ParameterKind.NUMBER:
            described |= {"minimum": self.minimum, "maximum": self.maximum, "step": self.step}
        return described


@dataclass(frozen=True, slots=True)
class QuestionKind:
    """A question of the catalogue. `is_about_wage` counts among the few wage questions of an institution."""

    name: str
    label: Text
    parameters: Sequence[Parameter] = ()
    is_about_wage: bool = False

    def describe(self) -> dict[str, Any]:
        """Return the question as the catalogue call has it."""
        return {
            "question": self.name,
            "label": {"fa": self.label.fa, "en": self.label.en},
            "parameters": [parameter.describe() for parameter in self.parameters],
        }


def _define_month(name: str, label: Text, *, is_required: bool = True) -> Parameter:
    return Parameter(name, ParameterKind.MONTH, label, is_required)


_FIRST_MONTH = Text("از ماه", "from month")
_LAST_MONTH = Text("تا ماه", "to month")
_MONTHS = Parameter("months", ParameterKind.NUMBER, Text("تعداد ماه", "months"))

QUESTIONS: Mapping[str, QuestionKind] = {
    kind.name: kind
    for kind in (
        QuestionKind(
            "insured_in_month",
            Text("بیمه بودن در یک ماه", "Insured in a month"),
            [_define_month("month_jalali", Text("ماه", "month"))],
        ),
        QuestionKind("insured_recently", Text("بیمه بودن در ماه‌های اخیر", "Insured recently")),
        QuestionKind(
            "employed_recently_at",
            Text("کار در یک کارگاه در ماه‌های اخیر", "Employed recently at a workshop"),
            [Parameter("workshop_code", ParameterKind.WORKSHOP_CODE, Text("کد کارگاه", "workshop code"))],
        ),
        QuestionKind(
            "days_at_least",
            Text("دست‌کم تعدادی روز بیمه", "A number of insured days"),
            [
                Parameter(
                    "days",
                    ParameterKind.NUMBER,
                    Text("تعداد روز", "days"),
                    minimum=30,
                    maximum=21_600,
                    step=30,
                ),
                _define_month("from_jalali", _FIRST_MONTH, is_required=False),
                _define_month("to_jalali", _LAST_MONTH, is_required=False),
            ],
        ),
        QuestionKind(
            "no_days_between",
            Text("نداشتن بیمه در یک دوره", "Not insured in a period"),
            [_define_month("from_jalali", _FIRST_MONTH), _define_month("to_jalali", _LAST_MONTH)],
        ),
        QuestionKind(
            "continuous_months_at_least",
            Text("بیمه بودن در ماه‌های پیاپی", "Insured in consecutive months"),
            [_MONTHS],
        ),
        QuestionKind(
            "in_job_at_least",
            Text("دست‌کم تعدادی ماه در یک شغل", "A number of months in a job"),
            [Parameter("job_code", ParameterKind.JOB_CODE, Text("کد شغل", "job code")), _MONTHS],
        ),
        QuestionKind(
            "average_wage_at_least",
            Text("میانگین دستمزد ماهانه", "Average monthly wage"),
            [
                Parameter(
                    "rials",
                    ParameterKind.NUMBER,
                    Text("مبلغ (ریال)", "amount (rials)"),
                    minimum=WAGE_STEP,
                    maximum=1_000 * WAGE_STEP,
                    step=WAGE_STEP,
                ),
                Parameter("months", ParameterKind.NUMBER, Text("تعداد ماه", "months"), choices=(3, 6, 12)),
            ],
            is_about_wage=True,
        ),
    )
}


def describe_catalogue() -> list[dict[str, Any]]:
    """Return all questions with their parameters, steps and words, as the catalogue call has them."""
    return [kind.describe() for kind in QUESTIONS.values()]
