"""What invented people did: their jobs, and the row of each month that a list has of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from govah.samples.people import SamplePerson, SampleWorkshop
from govah.samples.words import JOBS
from services.kit.jalali import JalaliMonth
from services.records.lists.rows import WorkerRow

_DEAREST_DAY = 12_000_000


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


def generate_work(
    dice: Random, person: SamplePerson, span: Sequence[JalaliMonth], places: Sequence[SampleWorkshop]
) -> Iterator[tuple[JalaliMonth, SampleWorkshop, WorkerRow]]:
    """Yield month, workshop and row of everything a person did; never the same workshop twice in a month."""
    done: set[tuple[JalaliMonth, str]] = set()
    of_age = JalaliMonth.from_date(person.birth_date).add_months(18 * 12)
    for stint in _generate_stints(dice, [month for month in span if month >= of_age], places):
        for month in stint.first.iterate_until(stint.last):
            if (month, stint.workshop.code) not in done:
                done.add((month, stint.workshop.code))
                yield month, stint.workshop, _invent_row(dice, person, stint, month)


def _generate_stints(
    dice: Random, span: Sequence[JalaliMonth], places: Sequence[SampleWorkshop]
) -> Iterator[_Stint]:
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


def _invent_row(dice: Random, person: SamplePerson, stint: _Stint, month: JalaliMonth) -> WorkerRow:
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
    daily = min(int(_compute_least_daily_wage(month.year) * stint.pay), _DEAREST_DAY)
    return set_pay(blank, days, daily, daily * days * dice.choice((0, 5, 10, 20)) // 100)


def _compute_least_daily_wage(year: int) -> int:
    """Return a year's least daily wage in rials: about the one decreed for 1403, a quarter more a year."""
    return max(1000, int(2_388_000 * 1.25 ** (year - 1403)))


def set_pay(row: WorkerRow, days: int, daily: int, benefits: int) -> WorkerRow:
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
