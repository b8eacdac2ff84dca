"""Questions as callers send them: checked against the catalogue, in the form that is stored and signed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.kit.answers.catalogue import MAX_QUESTIONS, QUESTIONS, Parameter, ParameterKind
from services.kit.jalali import JalaliInvalid, JalaliMonth
from services.kit.problems import Text
from services.kit.text import NotDigits, group_thousands, normalise_code, normalise_text, to_persian_digits

# `question` and its parameters, as JSON has them.
Question = Mapping[str, Any]

WORKSHOP_CODE_LENGTH = 10
JOB_CODE_LENGTH = 6
# Records have it for a workshop that only an objection names.
UNNAMED = "-"

NOT_AN_OBJECT = Text(
    "هر پرسش یک شیء JSON با فیلد question است.", "A question is a JSON object with the field question."
)
UNKNOWN_QUESTION = Text(
    f"این پرسش در فهرست پرسش‌ها نیست. یکی از این‌ها را بفرستید: {'، '.join(QUESTIONS)}.",
    f"Not a question of the catalogue. Send one of: {', '.join(QUESTIONS)}.",
)
MISSING = Text("این فیلد لازم است.", "Missing data for required field.")
NOT_OF_QUESTION = Text("این فیلد از این پرسش نیست. آن را نفرستید.", "Not of this question. Leave it out.")
MONTH_INVALID = Text("ماه را مانند ۱۴۰۳-۰۷ بنویسید.", "Write the month like 1403-07.")
SPAN_WRONG = Text("ماه پایان پیش از ماه آغاز است.", "The last month is before the first.")
WORKSHOP_INVALID = Text("کد کارگاه از ۱ تا ۱۰ نویسه است.", "A workshop code has 1 to 10 characters.")
JOB_INVALID = Text("کد شغل از ۱ تا ۶ نویسه است.", "A job code has 1 to 6 characters.")
NOT_A_NUMBER = Text("این فیلد یک عدد صحیح است.", "Not a whole number.")
COUNT_WRONG = Text(
    f"از ۱ تا {to_persian_digits(MAX_QUESTIONS)} پرسش بفرستید.", f"Send 1 to {MAX_QUESTIONS} questions."
)
ONE_WAGE_QUESTION = Text(
    "در یک درخواست تنها یک پرسش درباره دستمزد می‌توان فرستاد.",
    "A request can have only one question about wages.",
)


class QuestionInvalid(ValueError):
    """A question cannot be asked; `field` is the name of the wrong field, and `message` says why."""

    def __init__(self, field: str, message: Text) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def parse_question(sent: Any) -> dict[str, Any]:
    """Return a question with its parameters in the order and the form of the catalogue.

    Raises QuestionInvalid.
    """
    if not isinstance(sent, Mapping):
        raise QuestionInvalid("question", NOT_AN_OBJECT)
    name = sent.get("question")
    kind = QUESTIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise QuestionInvalid("question", MISSING if name is None else UNKNOWN_QUESTION)
    question: dict[str, Any] = {"question": kind.name}
    for parameter in kind.parameters:
        value = sent.get(parameter.name)
        if value is not None:
            question[parameter.name] = _PARSERS[parameter.kind](parameter, value)
        elif parameter.is_required:
            raise QuestionInvalid(parameter.name, MISSING)
    names = {"question", *(parameter.name for parameter in kind.parameters)}
    for unknown in sorted(map(str, sent.keys() - names)):
        raise QuestionInvalid(unknown, NOT_OF_QUESTION)
    if question.get("to_jalali", "9") < question.get("from_jalali", ""):
        raise QuestionInvalid("to_jalali", SPAN_WRONG)
    return question


def check_questions(questions: Sequence[Question]) -> None:
    """Raise QuestionInvalid unless the questions may be asked together."""
    if not 1 <= len(questions) <= MAX_QUESTIONS:
        raise QuestionInvalid("questions", COUNT_WRONG)
    if sum(is_about_wage(question) for question in questions) > 1:
        raise QuestionInvalid("questions", ONE_WAGE_QUESTION)


def is_about_wage(question: Question) -> bool:
    """Return whether a parsed question is about wages."""
    return QUESTIONS[question["question"]].is_about_wage


def _parse_month(parameter: Parameter, value: Any) -> str:
    try:
        return str(JalaliMonth.parse(_check_text(value)))
    except (JalaliInvalid, TypeError):
        raise QuestionInvalid(parameter.name, MONTH_INVALID) from None


def _parse_workshop_code(parameter: Parameter, value: Any) -> str:
    try:
        return normalise_padded_code(_check_text(value), WORKSHOP_CODE_LENGTH)
    except (ValueError, TypeError):
        raise QuestionInvalid(parameter.name, WORKSHOP_INVALID) from None


def _parse_job_code(parameter: Parameter, value: Any) -> str:
    try:
        return normalise_padded_code(_check_text(value), JOB_CODE_LENGTH)
    except (ValueError, TypeError):
        raise QuestionInvalid(parameter.name, JOB_INVALID) from None


def _check_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def normalise_padded_code(text: str, length: int) -> str:
    """Return a code in the one form of its spellings: digits are padded with zeros to the length.

    Raises ValueError for a code without a character, and for a longer one.
    """
    try:
        code = normalise_code(text).lstrip("0").zfill(length)
    except NotDigits:
        code = normalise_text(text)
    if not 1 <= len(code) <= length or code == UNNAMED or code == "0" * length:
        raise ValueError(f"a code has 1 to {length} characters")
    return code


def _parse_number(parameter: Parameter, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise QuestionInvalid(parameter.name, NOT_A_NUMBER)
    if parameter.choices and value not in parameter.choices:
        choices = ", ".join(map(str, parameter.choices))
        raise QuestionInvalid(
            parameter.name,
            Text(f"یکی از این‌ها را بفرستید: {to_persian_digits(choices)}.", f"Send one of: {choices}."),
        )
    if not parameter.choices and not _is_step(parameter, value):
        raise QuestionInvalid(
            parameter.name,
            Text(
                f"از {group_thousands(parameter.minimum)} تا {group_thousands(parameter.maximum)}، در گام‌های"
                f" {group_thousands(parameter.step)}.",
                f"From {parameter.minimum:,} to {parameter.maximum:,} in steps of {parameter.step:,}.",
            ),
        )
    return value


def _is_step(parameter: Parameter, value: int) -> bool:
    return parameter.minimum <= value <= parameter.maximum and value % parameter.step == 0


_PARSERS: Mapping[ParameterKind, Callable[[Parameter, Any], Any]] = {
    ParameterKind.MONTH: _parse_month,
    ParameterKind.WORKSHOP_CODE: _parse_workshop_code,
    ParameterKind.JOB_CODE: _parse_job_code,
    ParameterKind.NUMBER: _parse_number,
}
