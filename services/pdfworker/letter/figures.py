"""How numbers, dates and codes stand on paper, in Persian digits that neither break nor reverse.

Used by page and tables.
"""

from datetime import date, datetime

from markupsafe import Markup

from services.kit.jalali import TEHRAN, JalaliMonth, format_long_date, to_tehran_date
from services.kit.text import group_thousands, to_persian_digits
from services.pdfworker.letter.statement import Duration

NO_BREAK_SPACE = "\u00a0"
NO_LIST = "—"
GROUP = 4


def counted(number: int, unit: str) -> str:
    """Return a figure that stays with its unit on one line: «۴٬۵۶۲ روز»."""
    return f"{group_thousands(number)}{NO_BREAK_SPACE}{unit}"


def duration_words(duration: Duration) -> str:
    """Return «۱۲ سال و ۸ ماه و ۲ روز», without the parts that are zero; «۰ روز» when all are."""
    parts = ((duration.years, "سال"), (duration.months, "ماه"), (duration.days, "روز"))
    return " و ".join(counted(number, unit) for number, unit in parts if number) or counted(0, "روز")


def grouped(number: str) -> str:
    """Return a number's digits in groups of four joined by no-break spaces; no last group is a lone digit.

    Between digits that space keeps their order in right-to-left text too (class CS of the bidi algorithm).
    """
    digits = to_persian_digits(number)
    if not number.isdecimal():
        return digits
    groups = [digits[start : start + GROUP] for start in range(0, len(digits), GROUP)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = ["".join(groups[-2:])]
    return NO_BREAK_SPACE.join(groups)


def isolated(text: str) -> Markup:
    """Return the text as a left-to-right island: a code, an address."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def day_words(day: date) -> str:
    """Return «۱۵ مهر ۱۴۰۳», unbroken."""
    return format_long_date(day).replace(" ", NO_BREAK_SPACE)


def moment_day(moment: datetime) -> str:
    """Return the day of a moment in Iran: «۱۵ مهر ۱۴۰۳»."""
    return day_words(to_tehran_date(moment))


def moment_words(moment: datetime) -> str:
    """Return a moment in Iran's time: «۱۵ مهر ۱۴۰۳ ساعت ۱۲:۰۵»."""
    clock = to_persian_digits(f"{moment.astimezone(TEHRAN):%H:%M}")
    return f"{moment_day(moment)} ساعت{NO_BREAK_SPACE}{clock}"


def month_words(month: JalaliMonth) -> str:
    """Return «مهر ۱۴۰۳», unbroken."""
    return month.words.replace(" ", NO_BREAK_SPACE)
