"""The monthly lists of invented workshops, written as employers write theirs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

from govah.samples.careers import generate_work, set_pay
from govah.samples.people import (
    SampleContribution,
    SamplePerson,
    SampleWorkshop,
    invent_people,
    invent_workshops,
)
from services.kit.jalali import JalaliMonth
from services.records.lists.canonical import canonicalise_list_number
from services.records.lists.encodings import Encoding
from services.records.lists.findings import ListFile
from services.records.lists.rows import WorkerRow
from services.records.lists.writers import build_header, write_list

SampleEncoding = Literal["cp1256", "iransystem", "mixed"]

FIRST_LIST, SUPPLEMENT = "01", "90"

_ROWS_IN_A_LIST = 1500  # keeps the sums of the dearest month inside N12


@dataclass(frozen=True, slots=True)
class SampleTree:
    """What was written: the lists' directories in order of months, the people, the workshops by code."""

    lists: Sequence[Path]
    people: Sequence[SamplePerson]
    workshops: Mapping[str, SampleWorkshop]


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
    """Write lists of this many months up to last_month under directory and return what they say.

    A list is directory/<workshop>/<yyyy-mm>/ with its two files; further lists of that month (supplementary
    ones, the rest of a very large one) are beside it as <yyyy-mm>-<list number>. With "mixed", workshops take
    turns in the encodings. Raises ValueError when people, months or workshops are not positive.
    """
    if min(people, months, workshops) < 1:
        raise ValueError("people, months and workshops must be positive")
    dice = Random(f"govah {seed}")  # noqa: S311 (invented people need no secrecy)
    places = list(invent_workshops(dice, workshops))
    everybody = list(invent_people(dice, people, last_month))
    span = list(last_month.add_months(1 - months).iterate_until(last_month))
    entries_by_list: dict[tuple[JalaliMonth, str], list[tuple[SamplePerson, WorkerRow]]] = {}
    for person in everybody:
        for month, place, row in generate_work(dice, person, span, places):
            entries_by_list.setdefault((month, place.code), []).append((person, row))
    by_code = {place.code: place for place in places}
    encodings = dict(zip(by_code, _choose_encodings(encoding, workshops), strict=True))
    paths = []
    for month, code in sorted(entries_by_list):
        for number, entries in _split_lists(dice, month, entries_by_list[month, code]):
            name = str(month) if number == FIRST_LIST else f"{month}-{number}"
            path = directory / code / name
            _write(path, by_code[code], month, number, entries, encodings[code])
            paths.append(path)
    return SampleTree(paths, everybody, by_code)


def _choose_encodings(encoding: SampleEncoding, workshops: int) -> list[Encoding]:
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
    header = build_header(
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
    stored_number = canonicalise_list_number(number)
    for person, row in entries:
        person.contributions.append(
            SampleContribution(month, place.code, stored_number, row.days, row.insurable, row.premium)
        )


def _split_lists(
    dice: Random, month: JalaliMonth, entries: list[tuple[SamplePerson, WorkerRow]]
) -> Iterator[tuple[str, list[tuple[SamplePerson, WorkerRow]]]]:
    """Yield a workshop's lists of a month by number: the usual ones and, at times, a supplementary one."""
    for i in range(0, len(entries), _ROWS_IN_A_LIST):
        yield f"{1 + i // _ROWS_IN_A_LIST:02}", entries[i : i + _ROWS_IN_A_LIST]
    if dice.random() < 0.04:
        person, row = dice.choice(entries)
        yield SUPPLEMENT, [(person, _invent_arrears(dice, row, month))]


def _invent_arrears(dice: Random, row: WorkerRow, month: JalaliMonth) -> WorkerRow:
    """Return a row that adds forgotten days where the month has room, and a late benefit."""
    days = min(month.days - row.days, dice.randint(0, 5))
    return set_pay(row, days, row.daily_wage, dice.randrange(500_000, 5_000_000, 1000))
