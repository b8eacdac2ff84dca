"""A list without its file format: the header's one record, and a row for each worker.

The parser builds them, imports and samples read them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import itemgetter
from typing import Any, Literal, overload

from services.kit.jalali import JalaliMonth

Sex = Literal["female", "male"]


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker in one list. Money is whole rials; insurable is DSW_MASH, gross DSW_TOTL, premium DSW_BIME.

    row is the record's number in the file, from 1. Unknown texts are empty. A foreigner may have no national
    code, but then has an insurance number.
    """

    row: int
    national_code: str | None
    insurance_number: str | None
    first_name: str
    last_name: str
    father_name: str
    id_number: str
    id_place: str
    id_date: date | None
    birth_date: date | None
    sex: Sex | None
    foreigner: bool
    job_title: str
    job_code: str
    start_date: date | None
    leave_date: date | None
    days: int
    daily_wage: int
    monthly_wage: int
    benefits: int
    insurable: int
    gross: int
    premium: int
    commission_rate: int = 0
    seniority: int = 0
    spouse_allowance: int = 0


@dataclass(frozen=True, slots=True)
class ListHeader:
    """The header of a list: its workshop and month, and the sums of its rows in days and whole rials."""

    workshop_code: str
    workshop_name: str
    employer: str
    address: str
    month: JalaliMonth
    list_number: str
    description: str
    workers: int
    days: int
    daily_wage: int
    monthly_wage: int
    benefits: int
    insurable: int
    gross: int
    premium: int
    employer_share: int = 0
    unemployment_share: int = 0
    premium_rate: int = 0
    commission_rate: int = 0
    hard_jobs: int = 0
    kind: int = 0
    contract_row: str = ""
    seniority: int = 0
    spouse_allowance: int = 0


_PLACES = {field.name: place for place, field in enumerate(fields(WorkerRow))}


class WorkerRows(Sequence[WorkerRow]):
    """The rows of a list as a sequence; a row is made when it is read, and not stored.

    100,000 row objects would take more memory than the columns that they are made of.
    """

    def __init__(self, *columns: Sequence[Any]) -> None:
        """Store the columns, which are in the order of WorkerRow's fields and of one length."""
        self._columns = columns

    def replace_codes(self, by_row: Mapping[int, str]) -> "WorkerRows":
        """Return the rows with these national codes, by the number of their row."""
        numbers, codes, *others = self._columns
        return WorkerRows(numbers, list(map(by_row.get, numbers, codes)), *others)

    def get_column(self, attribute: str) -> Sequence[Any]:
        """Return the values of one attribute, without making a row of each."""
        return self._columns[_PLACES[attribute]]

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[WorkerRow]:
        return map(WorkerRow, *self._columns)

    def pick(self, places: Sequence[int]) -> Sequence[WorkerRow]:
        """Return the rows at these places: faster than one by one."""
        if len(places) < 2:
            return [self[place] for place in places]
        pick = itemgetter(*places)
        return list(map(WorkerRow, *map(pick, self._columns)))

    @overload
    def __getitem__(self, place: int) -> WorkerRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[WorkerRow]: ...
    def __getitem__(self, place: int | slice) -> WorkerRow | Sequence[WorkerRow]:
        if isinstance(place, slice):
            return list(map(WorkerRow, *(column[place] for column in self._columns)))
        return WorkerRow(*(column[place] for column in self._columns))
