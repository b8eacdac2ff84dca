"""Waits as people say them, in both languages."""

from datetime import UTC, datetime

import pytest

from services.kit.problems import TooManyAttempts
from services.kit.waits import describe_wait

# 9 Azar 1405, 09:05:30 in Tehran.
NOW = datetime(2026, 11, 30, 5, 35, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "persian", "english"),
    [
        (0, "۱ دقیقه دیگر", "in 1 minute"),
        (60, "۱ دقیقه دیگر", "in 1 minute"),
        (61, "۲ دقیقه دیگر", "in 2 minutes"),
        (3600, "۶۰ دقیقه دیگر", "in 60 minutes"),
        (3601, "امروز ساعت ۱۰:۰۶", "today at 10:06 (Tehran time)"),
        (14 * 3600, "امروز ساعت ۲۳:۰۶", "today at 23:06 (Tehran time)"),
        (86_400, "فردا ساعت ۰۹:۰۶", "tomorrow at 09:06 (Tehran time)"),
        (2 * 86_400, "۱۱ آذر ۱۴۰۵ ساعت ۰۹:۰۶", "on 2 December 2026 at 09:06 (Tehran time)"),
    ],
)
def test_wait_is_said_in_minutes_or_as_a_time(seconds: int, persian: str, english: str) -> None:
    assert describe_wait(seconds, "fa", NOW) == persian
    assert describe_wait(seconds, "en", NOW) == english


def test_problem_says_when_to_try_again() -> None:
    document = TooManyAttempts(61).build_document("en", "id")
    assert document["detail"] == "Too many attempts. Try again in 2 minutes."
    persian = TooManyAttempts(300).build_document("fa", "id")["detail"]
    assert persian.endswith(" ۵ دقیقه دیگر دوباره تلاش کنید.")
