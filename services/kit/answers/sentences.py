"""Questions as sentences for people, in Persian and English."""

from collections.abc import Callable, Mapping

from services.kit.answers.parsing import Question
from services.kit.jalali import JalaliMonth
from services.kit.problems import Text
from services.kit.text import group_thousands, to_persian_digits

_NEWEST_CLOSED = Text("آخرین ماهی که لیست‌هایش کامل شده است", "the newest month whose lists are complete")


def describe_question(question: Question, language: str, closed_until: JalaliMonth | None = None) -> str:
    """Return a parsed question as a sentence.

    `closed_until` is named in it if it is known, as in answers; else it is paraphrased.
    """
    closed = _name_month(closed_until) if closed_until else _NEWEST_CLOSED
    return _SENTENCES[question["question"]](question, closed).pick(language)


def _name_month(month: JalaliMonth) -> Text:
    return Text(month.words, month.words_en)


def _read_month(question: Question, name: str) -> Text:
    return _name_month(JalaliMonth.parse(question[name]))


def _describe_month(question: Question, _closed: Text) -> Text:
    month = _read_month(question, "month_jalali")
    return Text(f"آیا در {month.fa} بیمه بوده است؟", f"Insured in {month.en}?")


def _describe_recently(_question: Question, closed: Text) -> Text:
    return Text(f"آیا در {closed.fa} یا پس از آن بیمه بوده است؟", f"Insured in {closed.en} or later?")


def _describe_employment(question: Question, closed: Text) -> Text:
    code = question["workshop_code"]
    return Text(
        f"آیا در {closed.fa} یا پس از آن در کارگاه {to_persian_digits(code)} بیمه بوده است؟",
        f"Insured at the workshop {code} in {closed.en} or later?",
    )


def _describe_days(question: Question, closed: Text) -> Text:
    days = question["days"]
    last = _read_month(question, "to_jalali") if "to_jalali" in question else closed
    span = Text(f"تا {last.fa}", f"until {last.en}")
    if "from_jalali" in question:
        first = _read_month(question, "from_jalali")
        span = Text(f"از {first.fa} تا {last.fa}", f"from {first.en} to {last.en}")
    return Text(
        f"آیا {span.fa} دست‌کم {group_thousands(days)} روز بیمه بوده است؟",
        f"Insured for at least {days:,} days {span.en}?",
    )


def _describe_absence(question: Question, _closed: Text) -> Text:
    first, last = _read_month(question, "from_jalali"), _read_month(question, "to_jalali")
    return Text(
        f"آیا از {first.fa} تا {last.fa} هیچ روز بیمه‌ای نداشته است؟",
        f"Without any insured day from {first.en} to {last.en}?",
    )


def _describe_continuity(question: Question, closed: Text) -> Text:
    months = question["months"]
    return Text(
        f"آیا در هر یک از {to_persian_digits(months)} ماه پیاپی تا {closed.fa} بیمه بوده است؟",
        f"Insured in each of the {months} consecutive months until {closed.en}?",
    )


def _describe_job(question: Question, closed: Text) -> Text:
    months, code = question["months"], question["job_code"]
    return Text(
        f"آیا تا {closed.fa} دست‌کم {to_persian_digits(months)} ماه با کد شغل {to_persian_digits(code)}"
        " بیمه بوده است؟",
        f"Insured in the job {code} in at least {months} months until {closed.en}?",
    )


def _describe_wage(question: Question, closed: Text) -> Text:
    rials, months = question["rials"], question["months"]
    return Text(
        f"آیا میانگین دستمزد ماهانه‌اش در {to_persian_digits(months)} ماه تا {closed.fa} دست‌کم"
        f" {group_thousands(rials)} ریال بوده است؟",
        f"Average monthly wage of at least {rials:,} rials in the {months} months until {closed.en}?",
    )


_SENTENCES: Mapping[str, Callable[[Question, Text], Text]] = {
    "insured_in_month": _describe_month,
    "insured_recently": _describe_recently,
    "employed_recently_at": _describe_employment,
    "days_at_least": _describe_days,
    "no_days_between": _describe_absence,
    "continuous_months_at_least": _describe_continuity,
    "in_job_at_least": _describe_job,
    "average_wage_at_least": _describe_wage,
}
