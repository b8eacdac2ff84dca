"""Invented people, workshops and the lists of their months. Nothing of Govah is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.e2e.other_lists import Dialect, Month, Worker, build_national_code
from tests.service.records.other_ledger import Entry, ListKey, YearMonth, count_month_days, list_months

FIRST_MONTH = (1402, 8)
MEN = ["علی", "غلامرضا", "اکبر", "آرش", "محمدحسین", "کامران", "لطف‌الله", "ضیاء", "ثابت", "ملک", "پژمان"]
WOMEN = ["زهرا", "شکوفه", "آلاله", "مؤمنه", "ژاله", "نرگس", "کبری", "هاجر", "طلا", "گلناز"]
SURNAMES = [
    "مؤمنی", "رئیسی", "اکبری", "ملکی", "کلانتری", "جعفری راد", "آقایی", "ثنایی", "قاسم زاده", "چگینی",
    "ظریف", "ضیایی", "خلیلی", "پوراسلامی", "شکیبا", "فراهانی", "غفوری", "دلاوری", "مقدم", "هاشمی",
]  # fmt: skip
# Surnames that none of the town has: rows with them name a stranger.
STRANGE = [
    ("بهمن", "تنکابنی", "شعبان"), ("مینا", "نجفی", "بهرام"), ("سینا", "صبوری", "جمشید"),
    ("تینا", "بابایی", "نادر"),
]  # fmt: skip
TRADES = ["نجاری بهار", "کاشی سازی اردکان", "بافندگی لاله", "رستوران آفتاب", "تولیدی ملایر", "چاپ و نشر کلک"]
JOBS = ["کارگر", "حسابدار", "مسئول انبار", "جوشکار", "آشپز", "طراح"]
FIELDS = ("first_name", "last_name", "father_name", "sex", "insurance_number", "birth_date")
_FOLDED = str.maketrans(
    {"ؤ": "و", "ئ": "ی", "أ": "ا", "إ": "ا", "ة": "ه", "ي": "ی", "ك": "ک", "‌": None, "ء": None}
)


def fold(text: str | None) -> str:
    """Return a name without what encodings lose."""
    return (text or "").translate(_FOLDED).replace(" ", "")


def format_day(text: str) -> str:
    """Return a date of eight digits as the API writes it."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


@dataclass(frozen=True)
class Citizen:
    """A person as lists state one. Without a national code, the insurance number says who it is."""

    national_code: str
    insurance_number: str
    first_name: str
    last_name: str
    father_name: str
    sex: str
    birth_date: str
    nationality: str = "ایران"

    @property
    def key(self) -> str:
        return self.national_code or self.insurance_number

    def build_worker(self, days: int, daily_wage: int, benefits: int, job_title: str) -> Worker:
        """Return the row of this person in a list."""
        return Worker(
            self.national_code, self.first_name, self.last_name, self.insurance_number, days, daily_wage,
            benefits, self.sex, self.birth_date, self.father_name, self.nationality, job_title,
        )  # fmt: skip


@dataclass
class Sheet:
    """A list before it is written: its rows by person."""

    key: ListKey
    rows: dict[str, Worker] = field(default_factory=dict)

    def list_entries(self) -> dict[str, Entry]:
        """Return what the list says of each person."""
        return {
            person: Entry(worker.days, worker.insurable, worker.job_title)
            for person, worker in self.rows.items()
        }

    def write(self, name: str, dialect: Dialect) -> tuple[bytes, bytes]:
        """Return the two files of the list."""
        files = Month(
            self.key.workshop,
            *self.key.month,
            list(self.rows.values()),
            name=name,
            number=str(self.key.number),
            dialect=dialect,
        ).build_files()
        return files["header"], files["workers"]


@dataclass(frozen=True)
class Town:
    """The people, the workshops' names by code, the months, and the lists in the order of months.

    `doubles` are people who are one: a foreigner who later has a national code and another number.
    """

    people: Mapping[str, Citizen]
    workshops: Mapping[str, str]
    months: Sequence[YearMonth]
    sheets: Sequence[Sheet]
    doubles: Sequence[tuple[Citizen, Citizen]]


def generate_town(dice: Random, people: int, workshops: int, months: int) -> Town:
    """Return a town of this many people, of whom every twentieth has two identities."""
    first = FIRST_MONTH[0] * 12 + FIRST_MONTH[1] - 1
    span = list_months(FIRST_MONTH, find_month(first + months - 1))
    codes = [f"{code:010}" for code in dice.sample(range(10**5, 10**10), workshops)]
    names = {code: f"{dice.choice(TRADES)} {dice.choice(SURNAMES)}" for code in codes}
    citizens = invent_citizens(dice, people)
    doubles = []
    sheets: dict[ListKey, Sheet] = {}
    for at, citizen in enumerate(citizens):
        if at % 20 == 7:
            foreigner = replace(
                citizen, national_code="", insurance_number=f"{70000000 + at}", nationality="افغانستان"
            )
            coded = citizens[at] = replace(citizen, nationality="اتباع")
            doubles.append((foreigner, coded))
            half = len(span) // 2
            invent_work(dice, foreigner, span[:half], codes, sheets)
            invent_work(dice, coded, span[half:], codes, sheets)
        else:
            invent_work(dice, citizen, span, codes, sheets)
    everybody = [*citizens, *(foreigner for foreigner, _ in doubles)]
    ordered = sorted(sheets.values(), key=lambda sheet: (sheet.key.month, sheet.key))
    return Town({one.key: one for one in everybody}, names, span, ordered, doubles)


def find_month(place: int) -> YearMonth:
    """Return the month at a place: months since the year 0."""
    return place // 12, place % 12 + 1


def invent_citizens(dice: Random, count: int) -> list[Citizen]:
    """Return people of different codes and numbers; every fifteenth is a foreigner without a code."""
    # One in three codes begins with a zero, as in many provinces.
    nines = [
        nine if at % 3 else nine % 10**8 for at, nine in enumerate(dice.sample(range(10**7, 10**9), count))
    ]
    codes = [build_national_code(f"{nine:09}") for nine in nines]
    codes[3] = "1111111111"
    assert len(set(codes)) == count
    numbers = dice.sample(range(10**5, 6 * 10**7), count)
    citizens = []
    for at, (code, number) in enumerate(zip(codes, numbers, strict=True)):
        sex = dice.choice(("مرد", "زن"))
        birth = f"{dice.randint(1335, 1380)}{dice.randint(1, 12):02}{dice.randint(1, 29):02}"
        citizen = Citizen(
            code,
            str(number),
            dice.choice(MEN if sex == "مرد" else WOMEN),
            dice.choice(SURNAMES),
            dice.choice(MEN),
            sex,
            birth,
            dice.choice(("ایران", "ایرانی", "")),
        )
        if at % 15 == 5:
            citizen = replace(
                citizen, national_code="", nationality=dice.choice(("غیرایرانی", "افغانستان", "اتباع"))
            )
        citizens.append(citizen)
    return citizens


def invent_work(
    dice: Random,
    citizen: Citizen,
    span: Sequence[YearMonth],
    codes: Sequence[str],
    sheets: dict[ListKey, Sheet],
) -> None:
    """Add a person's rows to the lists: one or two jobs, at times both in a month, and some further lists."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        workshop, job = dice.choice(codes), dice.choice(JOBS)
        start = dice.randrange(max(1, len(span) - 2))
        wage = dice.randrange(1_800_000, 6_000_000)
        for month in span[start : start + dice.randint(3, len(span))]:
            length = count_month_days(month)
            days = dice.choice((length, length, length, dice.randint(0, length)))
            stated = replace_value(dice, citizen) if dice.random() < 0.06 else citizen
            figures = days, wage, dice.randrange(0, 9_000_000), job
            add_row(sheets, ListKey(workshop, month, 1), stated, figures)
            if dice.random() < 0.1:
                further = ListKey(workshop, month, dice.choice((2, 10, 90)))
                add_row(sheets, further, citizen, (dice.randint(0, 4), wage, dice.randrange(0, 900_000), job))


def add_row(
    sheets: dict[ListKey, Sheet], key: ListKey, citizen: Citizen, figures: tuple[int, int, int, str]
) -> None:
    """Add a row to a list, unless the person is in it."""
    sheets.setdefault(key, Sheet(key)).rows.setdefault(citizen.key, citizen.build_worker(*figures))


def replace_value(dice: Random, citizen: Citizen) -> Citizen:
    """Return a person as a careless employer writes one: with one value that is not the person's."""
    changed = dice.choice((("birth_date", "13500101"), ("father_name", "نصرت"), ("first_name", "ثریا")))
    return replace(citizen, **dict([changed]))
