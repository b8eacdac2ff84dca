"""The sample letters: checked by veraPDF, compared with golden pictures, shown in docs/."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from services.kit.jalali import JalaliMonth
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.render import LetterPath, RenderedLetter, render_letter
from services.pdfworker.signing.place import SignaturePlace
from tests.unit.pdfworker.statements import (
    JOB_TITLES,
    QR_TEXT,
    SPANS,
    TYPES,
    WORKSHOPS,
    Contribution,
    build_career,
    build_letter,
    build_person,
    build_statement,
    build_workshops,
)

Json = dict[str, Any]

LETTERHEAD = Letterhead("سازمان بیمه‌های اجتماعی نمونه", "اداره کل امور بیمه‌شدگان", "https://govah.example")
TEST_LETTERHEAD = replace(LETTERHEAD, test_mode=True)
BILINGUAL_LETTERHEAD = replace(
    LETTERHEAD,
    organisation_en="Sample Social Insurance Organisation",
    unit_en="Department of Insured Persons",
)
LONG_NAME = "سیدمحمدابراهیم‌عبدالحمید حسینی‌کاشانی‌زاده اصل‌نیاکوشکی‌پور"
HOSTILE_PERSON = build_person(
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

HOSTILE_JOB_TITLES = ("", "<i>کارگر</i>\u202e (ABC) 🏭", "بدون‌فاصله" * 20, "کمک‌حسابدار " * 40)


@dataclass(frozen=True)
class Sample:
    """The input of one letter."""

    statement: Json
    letterhead: Letterhead = LETTERHEAD
    wishes: Json = field(default_factory=dict)

    def render(
        self, place: SignaturePlace | None = None, path: LetterPath = LetterPath.PLATES
    ) -> RenderedLetter:
        letter = build_letter(self.statement["types"], **self.wishes)
        return render_letter(letter, self.statement, self.letterhead, QR_TEXT, place, path)


def build_objections_statement() -> Json:
    contributions = build_career("1391-05", 150, 2)
    claimed = [
        Contribution(JalaliMonth(1404, month), ("-", "کارگاه آشنا"), 20, 0, list_number="")
        for month in (1, 2)
    ]
    corrected = [
        ("1391-07", WORKSHOPS[0][0], "140501010000456"),
        ("1391-07", WORKSHOPS[1][0], "140501010000777"),
        ("1404-01", "-", "140502020000123"),
        ("1404-02", "-", "140502020000123"),
    ]
    return build_statement(
        contributions + claimed,
        disputed=["1391-06", "1391-07", "1402-11"],
        corrections=[
            {"month_jalali": month, "workshop_code": code, "tracking_number": number}
            for month, code, number in corrected
        ],
    )


def build_bilingual_statement() -> Json:
    contributions = [
        replace(row, job_title=JOB_TITLES[row.month.month % len(JOB_TITLES)])
        for row in build_career("1401-06", 17, 2)
    ]
    corrected = {
        "month_jalali": "1402-02",
        "workshop_code": WORKSHOPS[0][0],
        "tracking_number": "140501010000456",
    }
    return build_statement(contributions, disputed=["1402-03"], corrections=[corrected])


def build_hostile_statement(types: Sequence[str] = TYPES) -> Json:
    contributions = [
        Contribution(
            JalaliMonth(1402, month),
            HOSTILE_WORKSHOPS[month % 4],
            29,
            10**12 - 1,
            "S-01/2",
            HOSTILE_JOB_TITLES[month % 4],
        )
        for month in range(1, 13)
    ]
    return build_statement(contributions, types, person=HOSTILE_PERSON)


def build_long_names_statement() -> Json:
    person = build_person(first_name=LONG_NAME, last_name=LONG_NAME, father_name=LONG_NAME)
    return build_statement(build_career("1399-01", 14, 10), person=person)


def build_statement_of_type(kind: str, months: int = 240, first: str = "1384-01") -> Json:
    return build_statement(build_career(first, months), [kind])


SAMPLES: dict[str, Callable[[], Sample]] = {
    "all": lambda: Sample(build_statement_of_type("all")),
    "wages": lambda: Sample(build_statement_of_type("wages")),
    "consolidated": lambda: Sample(build_statement_of_type("consolidated")),
    "forty-years": lambda: Sample(build_statement(build_career("1364-01", 480), ["all", "consolidated"])),
    "one-month": lambda: Sample(build_statement(build_career("1402-07", 1))),
    "ten-workshops": lambda: Sample(build_statement(build_career("1400-01", 24, 10), ["wages", "all"])),
    "long-names": lambda: Sample(build_long_names_statement()),
    "objections": lambda: Sample(build_objections_statement()),
    "hostile": lambda: Sample(build_hostile_statement()),
    "workshops": lambda: Sample(build_statement(build_workshops(), ["all"])),
    "jobs": lambda: Sample(build_statement(build_workshops(SPANS[:5], jobs=True), ["wages"])),
    "first-version": lambda: Sample(build_statement(build_career("1399-01", 24, 2), version=1)),
    "bilingual": lambda: Sample(
        build_bilingual_statement(),
        BILINGUAL_LETTERHEAD,
        {"language": "fa-en", "latin_name": "Zahra Ahmadinejad"},
    ),
    "bilingual-hostile": lambda: Sample(build_hostile_statement(), wishes={"language": "fa-en"}),
    "bilingual-workshops": lambda: Sample(
        build_statement(build_workshops(), ["all", "consolidated"]), wishes={"language": "fa-en"}
    ),
    "nothing": lambda: Sample(build_statement([])),
    "test-mode": lambda: Sample(build_statement_of_type("all", 14), TEST_LETTERHEAD),
}


@cache
def render_sample(name: str) -> RenderedLetter:
    """Return a sample letter, rendered once in a process."""
    return SAMPLES[name]().render()


# The pages that are stored as pictures: the golden ones, and those in docs/.
GOLDEN = (
    ("all", 1),
    ("all", 2),
    ("wages", 5),
    ("consolidated", 2),
    ("forty-years", 2),
    ("long-names", 1),
    ("objections", 2),
    ("hostile", 3),
    ("workshops", 2),
    ("workshops", 6),
    ("jobs", 3),
    ("first-version", 2),
    ("nothing", 1),
    ("test-mode", 2),
    ("bilingual", 1),
    ("bilingual", 3),
    ("bilingual", 4),
    ("bilingual", 7),
)
DOCUMENTED = (
    ("all", 1),
    ("all", 2),
    ("workshops", 2),
    ("wages", 1),
    ("wages", 5),
    ("consolidated", 1),
    ("consolidated", 2),
    ("bilingual", 1),
    ("bilingual", 3),
    ("bilingual", 4),
)
