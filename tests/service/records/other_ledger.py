"""What a record must say, computed from lists and decisions by the domain's rules, with nothing of Govah.

`Ledger` has the lists as they are in force and the decided objections. `build_statement` returns the tables
and the summary of one person as contracts/statement.schema.json describes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

# A year and a month of the Jalali calendar.
YearMonth = tuple[int, int]
UNNAMED = "-"
LEAP_YEARS = {1395, 1399, 1403, 1408}


def count_month_days(month: YearMonth) -> int:
    """Return the length of a month of the years 1395 to 1411."""
    if month[1] <= 6:
        return 31
    return 30 if month[1] <= 11 or month[0] in LEAP_YEARS else 29


def list_months(first: YearMonth, last: YearMonth) -> list[YearMonth]:
    """Return the months from first to last."""
    places = range(first[0] * 12 + first[1] - 1, last[0] * 12 + last[1])
    return [(place // 12, place % 12 + 1) for place in places]


def format_month(month: YearMonth) -> str:
    return f"{month[0]}-{month[1]:02}"


class ListKey(NamedTuple):
    """What makes a list the same: canonical forms of workshop code and number."""

    workshop: str
    month: YearMonth
    number: int


class Entry(NamedTuple):
    """What a list says of one person."""

    days: int
    wage: int
    job_title: str


@dataclass
class Decision:
    """The days of a month in a workshop by an accepted objection. Without a code, its workshop is its own.

    `assigned` is the code that officers have found later: then the workshop's lists take precedence.
    """

    person: str
    month: YearMonth
    workshop: str
    days: int
    tracking_number: str
    workshop_name: str = ""
    assigned: str | None = None


class Line(NamedTuple):
    """A row of the record."""

    month: YearMonth
    workshop: str
    number: int | None
    name: str
    job_title: str
    days: int
    wage: int
    tracking_number: str | None = None


@dataclass
class Ledger:
    """The lists in force, by person, and the decisions in the order in which they were confirmed."""

    names: dict[str, str] = field(default_factory=dict)
    lists: dict[ListKey, dict[str, Entry]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    disputed: dict[str, set[YearMonth]] = field(default_factory=dict)

    def list_entries(self, person: str) -> Iterator[tuple[ListKey, Entry]]:
        """Yield what the lists in force say of a person."""
        for key, entries in self.lists.items():
            if person in entries:
                yield key, entries[person]

    def move(self, person: str, other: str) -> None:
        """Give all that is a person's to another one."""
        for entries in self.lists.values():
            if person in entries:
                entries[other] = entries.pop(person)
        for decision in self.decisions:
            if decision.person == person:
                decision.person = other

    def list_lines(self, person: str) -> Sequence[Line]:
        """Return the rows of a person's record in their order."""
        groups: dict[tuple[YearMonth, str], list[Line]] = {}
        for key, entry in self.list_entries(person):
            line = Line(
                key.month, key.workshop, key.number, self.names[key.workshop], entry.job_title, *entry[:2]
            )
            groups.setdefault((key.month, key.workshop), []).append(line)
        for lines in groups.values():
            lines.sort(key=lambda line: line.number or 0)
        with_lists = set(groups)
        loose: list[Line] = []
        for decision in self._list_standing(person):
            workshop = decision.assigned or decision.workshop
            place = decision.month, workshop
            if decision.assigned and place in with_lists:
                continue
            if place in groups and workshop != UNNAMED:
                groups[place] = list(_share_days(groups[place], decision))
            else:
                loose.append(
                    Line(
                        decision.month, workshop, None, decision.workshop_name, "", decision.days, 0,
                        decision.tracking_number,
                    )
                )  # fmt: skip
        lines = [line for group in groups.values() for line in group] + loose
        return sorted(lines, key=lambda line: (line.month, line.workshop, line.number or 0, line.name))

    def _list_standing(self, person: str) -> Sequence[Decision]:
        """Return the last decision about each month and workshop."""
        standing: dict[object, Decision] = {}
        for decision in self.decisions:
            if decision.person == person:
                workshop = decision.assigned or decision.workshop
                own = decision.tracking_number if workshop == UNNAMED else None
                standing[decision.month, workshop, own] = decision
        return list(standing.values())

    def build_statement(self, person: str) -> dict[str, Any]:
        """Return summary, tables, disputed months and corrections of a statement of all three types."""
        lines = self.list_lines(person)
        counted = _count(lines)
        total = sum(counted.values())
        corrected = [
            (line.month, line.workshop, line.tracking_number) for line in lines if line.tracking_number
        ]
        return {
            "summary": {
                "total_days": total,
                "duration": _split(total),
                "first_month_jalali": format_month(min(counted)) if counted else None,
                "last_month_jalali": format_month(max(counted)) if counted else None,
                "workshop_count": len({_identify(line) for line in lines}),
            },
            "tables": {
                "all": _build_full(lines, total),
                "wages": _build_wages(lines, counted),
                "consolidated": _build_consolidated(counted),
            },
            "disputed_months": [format_month(month) for month in sorted(self.disputed.get(person, ()))],
            "corrections": [
                {
                    "month_jalali": format_month(month),
                    "workshop_code": workshop,
                    "tracking_number": tracking_number,
                }
                for month, workshop, tracking_number in dict.fromkeys(corrected)
            ],
        }


def spread(days: int, lengths: Sequence[int]) -> list[int]:
    """Return days in proportion to lengths; running sums are rounded down."""
    sums = [days * sum(lengths[:count]) // sum(lengths) for count in range(len(lengths) + 1)]
    return [after - before for before, after in pairwise(sums)]


def _share_days(lines: Sequence[Line], decision: Decision) -> Iterator[Line]:
    """Yield the lists of a month with the decided days: each its own while they last, the first the rest."""
    left = decision.days
    days = []
    for line in lines:
        days.append(min(line.days, left))
        left -= days[-1]
    days[0] += left
    for line, share in zip(lines, days, strict=True):
        yield line._replace(days=share, tracking_number=decision.tracking_number)


def _identify(line: Line) -> object:
    return (line.workshop, line.name) if line.workshop == UNNAMED else line.workshop


def _count(lines: Sequence[Line]) -> dict[YearMonth, int]:
    """Return the days of each month, at most its length."""
    days: dict[YearMonth, int] = {}
    for line in lines:
        days[line.month] = days.get(line.month, 0) + line.days
    return {month: min(total, count_month_days(month)) for month, total in days.items()}


def _split(days: int) -> dict[str, int]:
    return {"years": days // 360, "months": days % 360 // 30, "days": days % 30}


def _build_years(counted: dict[YearMonth, int]) -> list[dict[str, Any]]:
    years = range(min(counted)[0], max(counted)[0] + 1) if counted else range(0)
    return [
        {
            "year": year,
            "months": [counted.get((year, month)) for month in range(1, 13)],
            "total_days": sum(days for (own, _), days in counted.items() if own == year),
        }
        for year in years
    ]


def _build_full(lines: Sequence[Line], total: int) -> dict[str, Any]:
    groups: dict[object, list[Line]] = {}
    for line in lines:
        groups.setdefault(_identify(line), []).append(line)
    return {
        "workshops": [
            {
                "workshop_code": group[0].workshop,
                "workshop_name": next(
                    (line.name for line in group if line.number is not None), group[-1].name
                ),
                "years": _build_years(_count(group)),
                "total_days": sum(_count(group).values()),
            }
            for group in groups.values()
        ],
        "total_days": total,
    }


def _build_wages(lines: Sequence[Line], counted: dict[YearMonth, int]) -> dict[str, Any]:
    years = [year["year"] for year in _build_years(counted)]
    return {
        "rows": [
            {
                "month_jalali": format_month(line.month),
                "workshop_code": line.workshop,
                "workshop_name": line.name,
                "list_number": "" if line.number is None else str(line.number),
                "job_title": line.job_title,
                "days": line.days,
                "wage": line.wage,
            }
            for line in lines
        ],
        "years": [
            {
                "year": year,
                "days": sum(line.days for line in lines if line.month[0] == year),
                "wage": sum(line.wage for line in lines if line.month[0] == year),
            }
            for year in years
        ],
        "total_days": sum(line.days for line in lines),
        "total_wage": sum(line.wage for line in lines),
    }


def _build_consolidated(counted: dict[YearMonth, int]) -> dict[str, Any]:
    years, running = _build_years(counted), 0
    for year in years:
        running += year["total_days"]
        year |= {
            "duration": _split(year["total_days"]),
            "running_days": running,
            "running_duration": _split(running),
        }
    return {"years": years, "total_days": running, "duration": _split(running)}
