"""A time to wait as people say it: «۵ دقیقه دیگر», «فردا ساعت ۰۹:۰۶». Problems and the portal call it."""

from datetime import UTC, datetime, timedelta

from services.kit.jalali import TEHRAN, format_long_date
from services.kit.text import to_persian_digits

_MINUTE, _HOUR = 60, 3600


def describe_wait(seconds: int, language: str, now: datetime | None = None) -> str:
    """Return when a wait of these seconds is over: in minutes, or as a time in Tehran.

    It is rounded up to the minute, so that trying again then is not too early.
    """
    if seconds <= _HOUR:
        minutes = max(1, -(-seconds // _MINUTE))
        if language == "en":
            return f"in {minutes} minute{'' if minutes == 1 else 's'}"
        return f"{to_persian_digits(minutes)} دقیقه دیگر"
    present = (now or datetime.now(UTC)).astimezone(TEHRAN)
    return describe_moment(present + timedelta(seconds=seconds + _MINUTE - 1), present, language)


def describe_moment(at: datetime, present: datetime, language: str) -> str:
    """Return a coming moment as a time in Tehran: of today, of tomorrow, or of a day with its date."""
    end = at.astimezone(TEHRAN)
    days = (end.date() - present.astimezone(TEHRAN).date()).days
    clock = f"{end:%H:%M}"
    if language == "en":
        day = {0: "today", 1: "tomorrow"}.get(days) or f"on {end.day} {end:%B %Y}"
        return f"{day} at {clock} (Tehran time)"
    day = {0: "امروز", 1: "فردا"}.get(days) or format_long_date(end.date())
    return f"{day} ساعت {to_persian_digits(clock)}"
