"""Invents people and their employers' monthly lists. The terminal command, the demo and tests call generate.

The same arguments give the same people and the same bytes. Nobody in it lives: names come from word lists,
codes and numbers from dice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Literal

from gateway.sample_words import CITIES, FEMALE_NAMES, JOBS, LAST_NAMES, MALE_NAMES, STREETS, TRADES
from services.kit.jalali import JalaliMonth, to_date
from services.kit.national_code import national_check_digit
from services.records.lists.encoding import Encoding
from services.records.lists.findings import ListFile
from services.records.lists.model import Sex, WorkerRow
from services.records.lists.writer import summed_header, write_list

SampleEncoding = Literal["cp1256", "iransystem", "mixed"]

FIRST_LIST, SUPPLEMENT = "01", "90"

_EVERY_FOREIGNER = 50
_ROWS_IN_A_LIST = 1500  # keeps the sums of the dearest month inside N12
_DEAREST_DAY = 12_000_000


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


@dataclass(frozen=True, slots=True)
class SampleTree:
    """What was written: the lists' directories in order of months, the people, the workshops by code."""

    lists: Sequence[Path]
    people: Sequence[SamplePerson]
    workshops: Mapping[str, SampleWorkshop]


@dataclass(frozen=True, slots=True)
class _Stint:
    """A person's time in one workshop: from the first to the last month, with the days lost at either end."""

    workshop: SampleWorkshop
    first: JalaliMonth
    last: JalaliMonth
    late_start: int
    early_leave: int
    job: int
    pay: float


def generate(
    people: int,
    months: int,
    workshops: int,
    encoding: SampleEncoding,
    seed: int,
    directory: Path,
    *,
    last_month: JalaliMonth,
) -> SampleTree:
    """Write lists of so many months up to last_month under directory and return what they say.

    A list is directory/<workshop>/<yyyy-mm>/ with its two files; further lists of that month (supplementary
    ones, the rest of a very large one) are beside it as <yyyy-mm>-<list number>. With "mixed", workshops take
    turns in the encodings. Raises ValueError when people, months or workshops are not positive.
    """
    if min(people, months, workshops) < 1:
        raise ValueError("people, months and workshops must be positive")
    dice = Random(f"govah {seed}")  # noqa: S311 (invented people need no secrecy)
    places = list(_invent_workshops(dice, workshops))
    everybody = list(_invent_people(dice, people, last_month))
    span = list(last_month.plus(1 - months).until(last_month))
    listed: dict[tuple[JalaliMonth, str], list[tuple[SamplePerson, WorkerRow]]] = {}
    for person in everybody:
        for month, place, row in _work_of(dice, person, span, places):
            listed.setdefault((month, place.code), []).append((person, row))
    by_code = {place.code: place for place in places}
    encodings = dict(zip(by_code, _encodings(encoding, workshops), strict=True))
    paths = []
    for month, code in sorted(listed):
        for number, entries in _lists_of(dice, month, listed[month, code]):
            name = str(month) if number == FIRST_LIST else f"{month}-{number}"
            path = directory / code / name
            _write(path, by_code[code], month, number, entries, encodings[code])
            paths.append(path)
    return SampleTree(paths, everybody, by_code)


def _encodings(encoding: SampleEncoding, workshops: int) -> list[Encoding]:
    if encoding == "mixed":
        return [list(Encoding)[i % 2] for i in range(workshops)]
    return [Encoding(encoding)] * workshops


def _write(
    path: Path,
    place: SampleWorkshop,
    month: JalaliMonth,
    number: str,
    entries: Sequence[tuple[SamplePerson, WorkerRow]],
    encoding: Encoding,
) -> None:
    rows = [replace(row, row=i) for i, (_, row) in enumerate(entries, 1)]
    header = summed_header(
        workshop_code=place.code,
        workshop_name=place.name,
        employer=place.employer,
        address=place.address,
        month=month,
        list_number=number,
        rows=rows,
    )
    path.mkdir(parents=True, exist_ok=True)
    for file, data in zip(ListFile, write_list(header, rows, encoding), strict=True):
        (path / file).write_bytes(data)
    for person, row in entries:
        person.contributions.append(
            SampleContribution(month, place.code, number, row.days, row.insurable, row.premium)
        )


def _lists_of(
    dice: Random, month: JalaliMonth, entries: list[tuple[SamplePerson, WorkerRow]]
) -> Iterator[tuple[str, list[tuple[SamplePerson, WorkerRow]]]]:
    """Yield a workshop's lists of a month by number: the usual ones and, at times, a supplementary one."""
    for i in range(0, len(entries), _ROWS_IN_A_LIST):
        yield f"{1 + i // _ROWS_IN_A_LIST:02}", entries[i : i + _ROWS_IN_A_LIST]
    if dice.random() < 0.04:
        person, row = dice.choice(entries)
        yield SUPPLEMENT, [(person, _arrears(dice, row, month))]


def _arrears(dice: Random, row: WorkerRow, month: JalaliMonth) -> WorkerRow:
    """Return a row that adds forgotten days where the month has room, and a late benefit."""
    days = min(month.days - row.days, dice.randint(0, 5))
    return _priced(row, days, row.daily_wage, dice.randrange(500_000, 5_000_000, 1000))


def _invent_workshops(dice: Random, count: int) -> Iterator[SampleWorkshop]:
    for code in dice.sample(range(10**8, 10**9), count):
        owner = dice.choice(LAST_NAMES)
        city = dice.choice(CITIES)
        yield SampleWorkshop(
            code=f"{code:010}",
            name=f"{dice.choice(TRADES)} {owner}",
            employer=f"{dice.choice(MALE_NAMES + FEMALE_NAMES)} {owner}",
            address=f"{city}، خیابان {dice.choice(STREETS)}، پلاک {dice.randint(1, 400)}",
        )


def _invent_people(dice: Random, count: int, last_month: JalaliMonth) -> Iterator[SamplePerson]:
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
            national_code=None if i % _EVERY_FOREIGNER == 0 else code + national_check_digit(code),
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


def _work_of(
    dice: Random, person: SamplePerson, span: Sequence[JalaliMonth], places: Sequence[SampleWorkshop]
) -> Iterator[tuple[JalaliMonth, SampleWorkshop, WorkerRow]]:
    """Yield month, workshop and row of everything a person did; never the same workshop twice in a month."""
    done: set[tuple[JalaliMonth, str]] = set()
    of_age = JalaliMonth.of(person.birth_date).plus(18 * 12)
    for stint in _stints(dice, [month for month in span if month >= of_age], places):
        for month in stint.first.until(stint.last):
            if (month, stint.workshop.code) not in done:
                done.add((month, stint.workshop.code))
                yield month, stint.workshop, _row(dice, person, stint, month)


def _stints(dice: Random, span: Sequence[JalaliMonth], places: Sequence[SampleWorkshop]) -> Iterator[_Stint]:
    """Yield a career inside the span: jobs with gaps between them, and at times a second job beside one."""
    start = dice.randrange(max(1, len(span) // 2))
    pay = dice.choice((1.0, 1.0, 1.1, 1.25, 1.5, 1.9, 2.4, 3.2))
    while start < len(span):
        end = min(start + dice.randint(5, 70), len(span)) - 1
        stint = _Stint(
            workshop=dice.choice(places),
            first=span[start],
            last=span[end],
            late_start=dice.choice((0, 0, dice.randint(1, 20))),
            early_leave=dice.choice((0, 0, dice.randint(1, 8))) if end < len(span) - 1 else 0,
            job=dice.randrange(len(JOBS)),
            pay=pay,
        )
        yield stint
        if dice.random() < 0.2 and len(places) > 1:
            beside = dice.choice([place for place in places if place is not stint.workshop])
            yield replace(
                stint, workshop=beside, first=dice.choice(span[start : end + 1]), pay=1.0, late_start=0
            )
        start = end + 1 + dice.choice((0, 0, 1, 3, dice.randint(1, 14)))
        pay *= 1.05


def _row(dice: Random, person: SamplePerson, stint: _Stint, month: JalaliMonth) -> WorkerRow:
    starts = month == stint.first
    leaves = month == stint.last and stint.early_leave > 0
    absent = dice.randint(1, 6) if dice.random() < 0.03 else 0
    days = month.days - starts * stint.late_start - leaves * stint.early_leave - absent
    blank = WorkerRow(
        row=0,
        national_code=person.national_code,
        insurance_number=person.insurance_number,
        first_name=person.first_name,
        last_name=person.last_name,
        father_name=person.father_name,
        id_number=person.id_number,
        id_place=person.id_place,
        id_date=None,
        birth_date=person.birth_date,
        sex=person.sex,
        foreigner=person.national_code is None,
        job_title=JOBS[stint.job],
        job_code=f"{stint.job + 1:06}",
        start_date=month.first_day + timedelta(days=stint.late_start) if starts else None,
        leave_date=month.last_day - timedelta(days=stint.early_leave) if leaves else None,
        days=0,
        daily_wage=0,
        monthly_wage=0,
        benefits=0,
        insurable=0,
        gross=0,
        premium=0,
    )
    daily = min(int(_least_daily_wage(month.year) * stint.pay), _DEAREST_DAY)
    return _priced(blank, days, daily, daily * days * dice.choice((0, 5, 10, 20)) // 100)


def _least_daily_wage(year: int) -> int:
    """Return a year's least daily wage in rials: about the one decreed for 1403, a quarter more a year."""
    return max(1000, int(2_388_000 * 1.25 ** (year - 1403)))


def _priced(row: WorkerRow, days: int, daily: int, benefits: int) -> WorkerRow:
    """Return the row with these days and their money: the premium is 7 % of the insurable total, rounded."""
    insurable = daily * days + benefits
    return replace(
        row,
        days=days,
        daily_wage=daily,
        monthly_wage=daily * days,
        benefits=benefits,
        insurable=insurable,
        gross=insurable + insurable * 8 // 100,
        premium=(insurable * 7 + 50) // 100,
    )
