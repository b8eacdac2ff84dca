"""Notices about a letter that go with its figures. Called by `inquiries` for every answer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.inquiry.actions.objections import Objections, ShownObjection
from services.inquiry.models import Letter, ObjectionStatus
from services.kit.jalali import JalaliMonth, format_long_date, to_tehran_date
from services.kit.problems import Text


class NoticeCode(StrEnum):
    SUPERSEDED = "letter-superseded"
    DISPUTED = "months-disputed"
    ACCEPTED = "objection-accepted"
    REJECTED = "objection-rejected"
    WITHDRAWN = "objection-withdrawn"
    UNKNOWN = "objections-unknown"
    ANSWERS_SUPERSEDED = "answers-superseded"


class Notice(NamedTuple):
    """One notice: its text for people, since when it is true, and which months it concerns."""

    code: NoticeCode
    message: Text
    since: datetime | None = None
    months: tuple[str, ...] = ()


_SUPERSEDED = Text(
    "این نامه دیگر به‌روز نیست؛ از {date} نامه تازه‌ای جایگزین آن شده است یا سوابق تغییر کرده است. "
    "از متقاضی نامه تازه بخواهید.",
    "This letter is no longer current: since {date} a newer one has taken its place, or the record has "
    "changed. Ask the applicant for a new letter.",
)
_ANSWERS_SUPERSEDED = Text(
    "این پاسخ دیگر به‌روز نیست؛ از {date} دست‌کم یکی از پاسخ‌ها با سوابق امروز یکی نیست. از متقاضی پاسخ تازه "
    "بخواهید.",
    "These answers are no longer current: since {date} at least one of them would be another today. Ask the "
    "applicant for new ones.",
)
_DISPUTED = Text(
    "این ماه‌ها اکنون مورد اعتراض بیمه‌شده و در دست بررسی است: {months}.",
    "The person objects to these months at present, and no decision is made yet: {months}.",
)
_ENDED: Mapping[ObjectionStatus, tuple[NoticeCode, Text]] = {
    ObjectionStatus.ACCEPTED: (
        NoticeCode.ACCEPTED,
        Text(
            "اعتراض بیمه‌شده به این ماه‌ها پس از تهیه نامه پذیرفته شد: {months}. "
            "اگر نامه دیگر به‌روز نیست، از متقاضی نامه تازه بخواهید.",
            "After the letter was made, the person's objection to these months was accepted: {months}. "
            "If the letter is no longer current, ask the applicant for a new one.",
        ),
    ),
    ObjectionStatus.REJECTED: (
        NoticeCode.REJECTED,
        Text(
            "اعتراض بیمه‌شده به این ماه‌ها پس از تهیه نامه رد شد و ارقام نامه تغییری نکرد: {months}.",
            "After the letter was made, the person's objection to these months was rejected. It changed no "
            "figure of the letter: {months}.",
        ),
    ),
    ObjectionStatus.WITHDRAWN: (
        NoticeCode.WITHDRAWN,
        Text(
            "بیمه‌شده پس از تهیه نامه اعتراض خود به این ماه‌ها را پس گرفت: {months}.",
            "After the letter was made, the person withdrew the objection to these months: {months}.",
        ),
    ),
}
_UNKNOWN = Text(
    "اکنون معلوم نیست که آیا اعتراضی به ماه‌های این نامه باز است. چند دقیقه دیگر دوباره استعلام کنید.",
    "It is not known at present whether an objection to months of this letter is open. "
    "Inquire again in a few minutes.",
)
_UNKNOWN_AT_THE_END = Text(
    "اکنون معلوم نیست که آیا اعتراضی به ماه‌های این نامه باز است. این آخرین مشاهده مجوز بود؛ "
    "اگر این را باید بدانید، از متقاضی مجوز تازه بخواهید.",
    "It is not known at present whether an objection to months of this letter is open. This was the permit's "
    "last view: if you need to know, ask the applicant for a new permit.",
)


def list_notices(letter: Letter, objections: Objections, *, is_last_view: bool) -> list[Notice]:
    """Return the notices about a letter's present state, and about objections to months that it shows.

    After the last view that a permit allows, no reader is asked to inquire again.
    """
    notices = []
    if letter.superseded_at:
        notices.append(_describe_end(letter.superseded_at))
    notices += _describe_objections(objections)
    if not objections.is_current:
        unknown = _UNKNOWN_AT_THE_END if is_last_view else _UNKNOWN
        notices.append(Notice(NoticeCode.UNKNOWN, unknown, objections.as_of))
    return notices


def list_answer_notices(answers: Letter) -> list[Notice]:
    """Return the notice that answers would be others today. What is disputed is in the answers themselves."""
    if answers.superseded_at is None:
        return []
    notice = _describe_end(answers.superseded_at, _ANSWERS_SUPERSEDED)
    return [notice._replace(code=NoticeCode.ANSWERS_SUPERSEDED)]


def _describe_objections(objections: Objections) -> Iterator[Notice]:
    """Yield one notice for all open objections, and one for each that has ended."""
    is_open = ObjectionStatus.SUBMITTED
    if disputed := {
        month for objection in objections.items if objection.status is is_open for month in objection.months
    }:
        yield _describe_months(NoticeCode.DISPUTED, _DISPUTED, sorted(disputed))
    for objection in objections.items:
        if objection.status is not is_open:
            yield _describe_ended(objection)


def _describe_ended(objection: ShownObjection) -> Notice:
    code, text = _ENDED[objection.status]
    return _describe_months(code, text, objection.months, objection.decided_at)


def _describe_end(since: datetime, text: Text = _SUPERSEDED) -> Notice:
    day = to_tehran_date(since)
    words = Text(text.fa.format(date=format_long_date(day)), text.en.format(date=day))
    return Notice(NoticeCode.SUPERSEDED, words, since)


def _describe_months(
    code: NoticeCode, text: Text, names: Sequence[str], since: datetime | None = None
) -> Notice:
    months = [JalaliMonth.parse(name) for name in names]
    fa, en = "، ".join(month.words for month in months), ", ".join(month.words_en for month in months)
    return Notice(code, Text(text.fa.format(months=fa), text.en.format(months=en)), since, tuple(names))
