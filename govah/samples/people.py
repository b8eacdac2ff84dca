"""Invented people and their workshops, as dice and word lists make them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from random import Random

from govah.samples.words import CITIES, FEMALE_NAMES, LAST_NAMES, MALE_NAMES, STREETS, TRADES
from services.kit.jalali import JalaliMonth, to_date
from services.kit.national_code import compute_check_digit
from services.records.lists.rows import Sex

_EVERY_FOREIGNER = 50


@dataclass(frozen=True, slots=True)
class SampleWorkshop:
    """An invented workshop."""

    code: str
    name: str
    employer: str
    address: str


@dataclass(frozen=True, slots=True)
class SampleContribution:
    """What one list says of one person: days, and wage (DSW_MASH) and premium in whole rials."""

    month: JalaliMonth
    workshop_code: str
    list_number: str
    days: int
    wage: int
    premium: int


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """An invented person; contributions, by month, workshop and list number, are the truth to compare with.

    A foreigner has no national code and is known by the insurance number.
    """

    national_code: str | None
    insurance_number: str
    first_name: str
    last_name: str
    father_name: str
    sex: Sex
    birth_date: date
    id_number: str
    id_place: str
    mobile: str
    contributions: list[SampleContribution] = field(default_factory=list)


def invent_workshops(dice: Random, count: int) -> Iterator[SampleWorkshop]:
    """Yield workshops of different codes."""
    for code in dice.sample(range(10**8, 10**9), count):
        owner = dice.choice(LAST_NAMES)
        city = dice.choice(CITIES)
        yield SampleWorkshop(
            code=f"{code:010}",
            name=f"{dice.choice(TRADES)} {owner}",
            employer=f"{dice.choice(MALE_NAMES + FEMALE_NAMES)} {owner}",
            address=f"{city}، خیابان {dice.choice(STREETS)}، پلاک {dice.randint(1, 400)}",
        )


def invent_people(dice: Random, count: int, last_month: JalaliMonth) -> Iterator[SamplePerson]:
    """Yield people who have come of age by the end, every fiftieth of them a foreigner."""
    nines = dice.sample(range(10**6, 10**9), count)
    numbers = dice.sample(range(10**7, 10**8), count)
    mobiles = dice.sample(range(10**7), count)
    for i, (nine, number, mobile) in enumerate(zip(nines, numbers, mobiles, strict=True), 1):
        sex: Sex = "female" if dice.random() < 0.4 else "male"
        born = JalaliMonth(last_month.year - dice.randint(19, 65), dice.randint(1, 12))
        city = dice.choice(CITIES)
        code = f"{nine:09}"
        yield SamplePerson(
            national_code=None if i % _EVERY_FOREIGNER == 0 else code + compute_check_digit(code),
            insurance_number=f"{number:08}",
            first_name=dice.choice(FEMALE_NAMES if sex == "female" else MALE_NAMES),
            last_name=dice.choice(LAST_NAMES),
            father_name=dice.choice(MALE_NAMES),
            sex=sex,
            birth_date=to_date(born.year, born.month, dice.randint(1, born.days)),
            id_number=str(dice.randint(1, 9999)),
            id_place=city,
            mobile=f"0912{mobile:07}",
        )
