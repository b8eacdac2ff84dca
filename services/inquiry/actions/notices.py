"""Notices about a letter that go with its figures. Called by `inquiries` for every answer."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from services.inquiry.models import Letter
from services.kit.jalali import JalaliMonth, format_long_date, to_tehran_date
from services.kit.problems import Text


class NoticeCode(StrEnum):
    SUPERSEDED = "letter-superseded"
    REVOKED = "letter-revoked"
    DISPUTED = "months-disputed"


class Notice(NamedTuple):
    """One notice: its text for people, since when it is true, and which months it concerns."""

    code: NoticeCode
    message: Text
    since: datetime | None = None
    months: tuple[str, ...] = ()


_OVER: Mapping[NoticeCode, Text] = {
    NoticeCode.SUPERSEDED: Text(
        "این نامه دیگر به‌روز نیست؛ از {date} نامه تازه‌ای جایگزین آن شده است یا سوابق تغییر کرده است. "
        "از متقاضی نامه تازه بخواهید.",
        "This letter is no longer current: since {date} a newer one has taken its place, or the record has "
        "changed. Ask the applicant for a new letter.",
    ),
    NoticeCode.REVOKED: Text(
        "این نامه از {date} باطل شده است. آن را نپذیرید و از متقاضی نامه تازه بخواهید.",
        "This letter was revoked on {date}. Do not accept it; ask the applicant for a new one.",
    ),
}
_DISPUTED = Text(
    "روزهای این ماه‌ها مورد اعتراض بیمه‌شده و در دست بررسی است: {months}.",
    "The person objects to the days of these months, and no decision is made yet: {months}.",
)


def list_notices(letter: Letter, statement: Mapping[str, Any]) -> list[Notice]:
    """Return the notices about a letter's present state and about disputed months of its statement."""
    notices = []
    if letter.revoked_at:
        notices.append(_describe_end(NoticeCode.REVOKED, letter.revoked_at))
    elif letter.superseded_at:
        notices.append(_describe_end(NoticeCode.SUPERSEDED, letter.superseded_at))
    if disputed := tuple(statement.get("disputed_months", ())):
        notices.append(_describe_disputed(disputed))
    return notices


def _describe_end(code: NoticeCode, since: datetime) -> Notice:
    day, text = to_tehran_date(since), _OVER[code]
    return Notice(code, Text(text.fa.format(date=format_long_date(day)), text.en.format(date=day)), since)


def _describe_disputed(disputed: tuple[str, ...]) -> Notice:
    months = [JalaliMonth.parse(month) for month in disputed]
    fa, en = "، ".join(month.words for month in months), ", ".join(month.words_en for month in months)
    text = Text(_DISPUTED.fa.format(months=fa), _DISPUTED.en.format(months=en))
    return Notice(NoticeCode.DISPUTED, text, months=disputed)
