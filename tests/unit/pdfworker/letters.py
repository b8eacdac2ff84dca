"""The letters that are looked at: checked by veraPDF, compared with golden pictures, shown in docs/."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import RenderedLetter, render_letter
from tests.unit.pdfworker.statements import (
    QR_TEXT,
    TYPES,
    WORKSHOPS,
    Contribution,
    career,
    letter_of,
    person_of,
    statement_of,
)

Json = dict[str, Any]

LOOK = Look("سازمان بیمه‌های اجتماعی نمونه", "اداره کل امور بیمه‌شدگان", "https://govah.example")
TEST_LOOK = replace(LOOK, test_mode=True)
SIXTY = "سیدمحمدابراهیم‌عبدالحمید حسینی‌کاشانی‌زاده اصل‌نیاکوشکی‌پور"
HOSTILE_PERSON = person_of(
    first_name="<b>زهرا</b>\x00\u202e\u2066",
    last_name="نمونه‌پور 😀 &amp; 漢字",
    father_name=None,
    sex=None,
)
HOSTILE_WORKSHOPS = (
    ("0012345678", "کارگاه " * 1429),
    ("12-AB-7", "شرکت (سهامی) ABC و شرکا، واحد ۳/۲"),
    ("-", "<script>alert(1)</script>\u202e کارگاه 🏭"),
    ("0023456789", "بدون‌فاصله" * 40),
)


@dataclass(frozen=True)
class Sample:
    """What one letter is made from."""

    statement: Json
    look: Look = LOOK

    def render(self) -> RenderedLetter:
        return render_letter(letter_of(self.statement["types"]), self.statement, self.look, QR_TEXT)


def with_objections() -> Json:
    contributions = career("1391-05", 150, 2)
    claimed = [
        Contribution(JalaliMonth(1404, month), ("-", "کارگاه آشنا"), 20, 0, list_number="")
        for month in (1, 2)
    ]
    corrected = [("1391-07", WORKSHOPS[0][0]), ("1404-01", "-"), ("1404-02", "-")]
    return statement_of(
        contributions + claimed,
        disputed=["1391-06", "1391-07", "1402-11"],
        corrections=[
            {"month_jalali": month, "workshop_code": code, "tracking_number": "140501010000456"}
            for month, code in corrected
        ],
    )


def hostile(types: Sequence[str] = TYPES) -> Json:
    contributions = [
        Contribution(JalaliMonth(1402, month), HOSTILE_WORKSHOPS[month % 4], 29, 10**12 - 1, "S-01/2")
        for month in range(1, 13)
    ]
    return statement_of(contributions, types, person=HOSTILE_PERSON)


def long_names() -> Json:
    person = person_of(first_name=SIXTY, last_name=SIXTY, father_name=SIXTY)
    return statement_of(career("1399-01", 14, 10), person=person)


def of_type(kind: str, months: int = 240, first: str = "1384-01") -> Json:
    return statement_of(career(first, months), [kind])


SAMPLES: dict[str, Callable[[], Sample]] = {
    "all": lambda: Sample(of_type("all")),
    "wages": lambda: Sample(of_type("wages")),
    "consolidated": lambda: Sample(of_type("consolidated")),
    "forty-years": lambda: Sample(statement_of(career("1364-01", 480), ["all", "consolidated"])),
    "one-month": lambda: Sample(statement_of(career("1402-07", 1))),
    "ten-workshops": lambda: Sample(statement_of(career("1400-01", 24, 10), ["wages", "all"])),
    "long-names": lambda: Sample(long_names()),
    "objections": lambda: Sample(with_objections()),
    "hostile": lambda: Sample(hostile()),
    "nothing": lambda: Sample(statement_of([])),
    "test-mode": lambda: Sample(of_type("all", 14), TEST_LOOK),
}


@cache
def render_sample(name: str) -> RenderedLetter:
    """Return a sample letter, rendered once in a process."""
    return SAMPLES[name]().render()


# The pages that are kept as pictures: golden ones, and those that docs/ shows.
GOLDEN = (
    ("all", 1),
    ("all", 2),
    ("wages", 5),
    ("consolidated", 2),
    ("forty-years", 2),
    ("long-names", 1),
    ("objections", 2),
    ("hostile", 3),
    ("nothing", 1),
    ("test-mode", 2),
)
SHOWN = (("all", 1), ("all", 2), ("wages", 1), ("wages", 5), ("consolidated", 1), ("consolidated", 2))
