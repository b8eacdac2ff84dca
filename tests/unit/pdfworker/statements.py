"""Statements of invented people for tests of letters, with consistent sums."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.kit.jalali import JalaliMonth, compute_duration

Json = dict[str, Any]

TYPES = ("all", "wages", "consolidated")
# Like a real one: an address, a serial number, and a token of 180 characters.
QR_TEXT = "https://govah.example/l/4071829365018#" + "Gk3-w_9xQz0aLr7TfN2c" * 9
LONG_WORD = "شرکتتولیدیوبازرگانیوخدماتیوصادراتیگسترشصنایعنمونهپارسیان"
WORKSHOPS = (
    ("0012345678", "کارگاه تولیدی نمونه"),
    ("0023456789", "شرکت مهندسی آفتاب شرق"),
    ("0034567890", "فروشگاه زنجیره‌ای پگاه"),
    ("0045678901", "شرکت تعاونی تولید و توزیع لوازم خانگی و صنعتی گلستان نو"),
    ("0056789012", "دفتر فنی چشمه"),
    ("0067890123", "کارخانه نساجی ژاله"),
    ("0078901234", "مرکز آموزش نیکان"),
    ("0089012345", "رستوران گلبرگ"),
    ("0090123456", "چاپخانه دانش"),
    ("0101234567", "پخش سراسری صدف"),
    (
        "0112345678",
        "شرکت سهامی خاص بازرگانی و خدمات پس از فروش ماشین‌آلات کشاورزی و صنعتی دشت سبز خراسان، شعبه مرکزی",
    ),
    ("0123456780", ""),
)
JOB_TITLES = ("کارگر ساده", "حسابدار", "مهندس ناظر ساختمان و تاسیسات", "", "برنامه‌نویس (Senior)")


@dataclass(frozen=True)
class Contribution:
    """The days and the wage of one month in one workshop, from one list."""

    month: JalaliMonth
    workshop: tuple[str, str]
    days: int
    wage: int
    list_number: str = "01"
    job_title: str = ""


def build_career(first: str, months: int, workshops: int = 1, seed: int = 1) -> list[Contribution]:
    """Return contributions of consecutive months, each in several workshops, with realistic gaps of days."""
    chance = random.Random(seed)
    begin = JalaliMonth.parse(first)
    contributions = []
    for month in begin.iterate_until(begin.add_months(months - 1)):
        for workshop in WORKSHOPS[:workshops]:
            days = chance.choice((month.days, month.days, month.days, 15, 7, 0))
            contributions.append(
                Contribution(month, workshop, days, days * chance.randint(900_000, 9_000_000))
            )
    return contributions


# The workshop, the first month and the number of months: 1 to 30 years in twelve workshops, many concurrent.
SPANS = tuple((place, f"{1375 + place}-0{1 + place % 9}", 12 + place * 31) for place in range(12))


def build_workshops(
    spans: Iterable[tuple[int, str, int]] = SPANS, *, jobs: bool = False
) -> list[Contribution]:
    """Return contributions of a workshop for each span, with a job title for each if wanted."""
    return [
        replace(row, workshop=WORKSHOPS[place], job_title=JOB_TITLES[place % len(JOB_TITLES)] if jobs else "")
        for place, first, months in spans
        for row in build_career(first, months, seed=place)
    ]


def build_person(**changes: Any) -> Json:
    """Return an invented person with some fields changed."""
    return {
        "national_code": "0012345679",
        "first_name": "زهرا",
        "last_name": "احمدی‌نژاد",
        "father_name": "غلامرضا",
        "birth_date_jalali": "1360-02-11",
        "insurance_number": "12345678",
        "sex": "female",
        **changes,
    }


def build_statement(
    contributions: Sequence[Contribution],
    types: Iterable[str] = TYPES,
    person: Json | None = None,
    disputed: Sequence[str] = (),
    corrections: Sequence[Json] = (),
    version: int = 2,
) -> Json:
    """Return the statement of a person with some contributions, in a version of the schema."""
    years = _build_years(contributions)
    total = sum(year["total_days"] for year in years)
    months = sorted({contribution.month for contribution in contributions})
    tables = {
        "all": {"years": years, "total_days": total}
        if version == 1
        else {"workshops": _build_workshops(contributions), "total_days": total},
        "wages": _build_wages(contributions, years, version),
        "consolidated": {
            "years": _add_running_sums(years),
            "total_days": total,
            "duration": _build_duration(total),
        },
    }
    return {
        "schema_version": version,
        "as_of": "2026-11-22T08:30:00Z",
        "as_of_jalali": "1405-09-01",
        "types": list(types),
        "person": person or build_person(),
        "summary": {
            "total_days": total,
            "duration": _build_duration(total),
            "first_month_jalali": str(months[0]) if months else None,
            "last_month_jalali": str(months[-1]) if months else None,
            "workshop_count": len({contribution.workshop for contribution in contributions}),
        },
        "tables": {name: tables[name] for name in types},
        "disputed_months": list(disputed),
        "corrections": list(corrections),
    }


def build_letter(types: Iterable[str] = TYPES, **changes: Any) -> Json:
    """Return the numbers and times of a letter with some types."""
    return {
        "serial": "4071829365018",
        "tracking_number": "140509010001234",
        "issued_at": "2026-11-22T20:45:10Z",
        "types": list(types),
        "agreement": {"version": 1, "sha256": "0" * 64, "agreed_at": "2026-11-22T08:29:31Z"},
        **changes,
    }


def _build_years(contributions: Sequence[Contribution]) -> list[Json]:
    if not contributions:
        return []
    days_by_month: dict[JalaliMonth, int] = {}
    for contribution in contributions:
        days_by_month[contribution.month] = days_by_month.get(contribution.month, 0) + contribution.days
    years = []
    for year in range(min(days_by_month).year, max(days_by_month).year + 1):
        months = [JalaliMonth(year, month) for month in range(1, 13)]
        days = [min(days_by_month[month], month.days) if month in days_by_month else None for month in months]
        years.append({"year": year, "months": days, "total_days": sum(filter(None, days))})
    return years


def _build_workshops(contributions: Sequence[Contribution]) -> list[Json]:
    tables = []
    for workshop in dict.fromkeys(row.workshop for row in sorted(contributions, key=_get_order)):
        years = _build_years([row for row in contributions if row.workshop == workshop])
        total = sum(year["total_days"] for year in years)
        tables.append(
            {
                "workshop_code": workshop[0],
                "workshop_name": workshop[1],
                "years": years,
                "total_days": total,
            }
        )
    return tables


def _get_order(row: Contribution) -> tuple[JalaliMonth, tuple[str, str], str]:
    return row.month, row.workshop, row.list_number


def _build_wages(contributions: Sequence[Contribution], years: Sequence[Json], version: int) -> Json:
    rows = sorted(contributions, key=_get_order)
    sums = []
    for year in (year["year"] for year in years):
        of_year = [row for row in rows if row.month.year == year]
        sums.append(
            {"year": year, "days": sum(row.days for row in of_year), "wage": sum(row.wage for row in of_year)}
        )
    return {
        "rows": [
            {
                "month_jalali": str(row.month),
                "workshop_code": row.workshop[0],
                "workshop_name": row.workshop[1],
                "list_number": row.list_number,
                **({} if version == 1 else {"job_title": row.job_title}),
                "days": row.days,
                "wage": row.wage,
            }
            for row in rows
        ],
        "years": sums,
        "total_days": sum(row.days for row in rows),
        "total_wage": sum(row.wage for row in rows),
    }


def _add_running_sums(years: Sequence[Json]) -> list[Json]:
    running, result = 0, []
    for year in years:
        running += year["total_days"]
        result.append(
            {
                **year,
                "duration": _build_duration(year["total_days"]),
                "running_days": running,
                "running_duration": _build_duration(running),
            }
        )
    return result


def _build_duration(days: int) -> Json:
    duration = compute_duration(days)
    return {"years": duration.years, "months": duration.months, "days": duration.days}
