"""The checks of a list that was read: sums, period, days, people and wages. The parser calls most of them.

`check_identities` and `describe_changed_list` need data from the database of the caller. The caller calls
them and adds their findings to those of the files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kit.jalali import JalaliMonth, format_list_date
from services.records.lists.fields import HEADER_BY_ATTRIBUTE, SUMMED, WORKER_BY_ATTRIBUTE
from services.records.lists.findings import Finding, ListFile, RawFinding, make_finding
from services.records.lists.rows import ListHeader, WorkerRow
from services.records.lists.sheets import Sheet

_SAME_AS_HEADER = ("workshop_code", "year", "month", "list_number")
_SUMMED_IF_IN_BOTH = ("seniority", "spouse_allowance")


@dataclass(frozen=True, slots=True)
class KnownIdentity:
    """The data that the records already hold for a national code; None where they hold nothing."""

    insurance_number: str | None
    birth_date: date | None


def check_sums(header: Sheet, workers: Sheet) -> Iterator[RawFinding]:
    """Yield an error for the count and for each sum of the header that the rows do not add up to."""
    in_both = [name for name in _SUMMED_IF_IN_BOTH if name in header.numeric & workers.numeric]
    added = {"workers": len(workers.table.numbers)}
    added |= {name: sum(workers.values[name]) for name in (*SUMMED, *in_both)}
    for name, total in added.items():
        for row, stated in header.find_differences(name, total):
            yield make_finding(
                "sums-differ", header.file, HEADER_BY_ATTRIBUTE[name], row, stated, added=total
            )


def check_period(header: Sheet, workers: Sheet) -> Iterator[RawFinding]:
    """Yield an error for each row of another workshop, year, month or list number than the header's."""
    for name in _SAME_AS_HEADER:
        field, of_header = WORKER_BY_ATTRIBUTE[name], HEADER_BY_ATTRIBUTE[name]
        for row, value in workers.find_differences(name, header.values[name][0]):
            yield make_finding("period-differs", workers.file, field, row, value, of_header=of_header)


def check_month(month: JalaliMonth, this_month: JalaliMonth) -> Iterator[RawFinding]:
    """Yield an error for a month that has not come yet."""
    if month > this_month:
        yield make_finding(
            "month-to-come", ListFile.HEADER, "DSK_MM", 1, month.month,
            month=month.words, month_en=month.words_en,
        )  # fmt: skip


def check_days(month: JalaliMonth, rows: Iterable[WorkerRow]) -> Iterator[RawFinding]:
    """Yield an error for each row with more days than the month has."""
    longest = month.days
    for row in rows:
        if row.days > longest:
            yield _make_row_finding(
                "days-out-of-range", row, "days",
                month=month.words, month_en=month.words_en, longest=longest,
            )  # fmt: skip


class PeopleChecker:
    """The checks of the people of one list: invalid codes and birth dates, and people who come twice."""

    def __init__(self) -> None:
        # The first row of each person, by national code or insurance number.
        self._first_rows: dict[str, dict[str, int]] = {"national_code": {}, "insurance_number": {}}

    def check_rows(
        self, rows: Sequence[WorkerRow], codes_as_listed: Sequence[str], births_as_listed: Sequence[bytes]
    ) -> Iterator[RawFinding]:
        """Yield the findings of the next rows."""
        for row, code, birth in zip(rows, codes_as_listed, births_as_listed, strict=True):
            if row.national_code is None:
                yield make_finding(_pick_code_wording(row), ListFile.WORKERS, "PER_NATCOD", row.row, code)
            if row.birth_date is None and birth.strip(b" \x000"):
                value = birth.decode("ascii", "replace")
                yield make_finding("birth-date-unreadable", ListFile.WORKERS, "DSW_BDATE", row.row, value)
            name = "national_code" if row.national_code else "insurance_number"
            person = getattr(row, name)
            if person and (first := self._first_rows[name].setdefault(person, row.row)) != row.row:
                yield _make_row_finding("person-twice", row, name, first=first)


def check_names(rows: Iterable[WorkerRow], insurance_as_listed: Sequence[str]) -> Iterator[RawFinding]:
    """Yield an error for each blank surname and a warning for each invalid insurance number.

    A letter could not print a blank surname. A number of zeros only is a blank.
    """
    for row, number in zip(rows, insurance_as_listed, strict=True):
        if not row.last_name:
            yield _make_row_finding("last-name", row, "last_name")
        if row.insurance_number is None and number.strip("0"):
            yield make_finding("insurance-number-unreadable", ListFile.WORKERS, "DSW_ID1", row.row, number)


def _pick_code_wording(row: WorkerRow) -> str:
    if not row.foreigner:
        return "national-code-invalid"
    return "foreigner-without-code" if row.insurance_number else "foreigner-unknown"


def check_wages(rows: Iterable[WorkerRow]) -> Iterator[RawFinding]:
    """Yield a warning for each row whose wage, insurable total, gross or premium contradicts the others.

    The premium is 7 % of the insurable total, give or take a rial.
    """
    for row in rows:
        if abs(100 * row.premium - 7 * row.insurable) > 100:
            yield _make_row_finding("premium-differs", row, "premium")
        if row.gross < row.insurable:
            yield _make_row_finding("total-below-insurable", row, "gross")
        if row.insurable - row.monthly_wage - row.benefits not in _list_allowances(row):
            yield _make_row_finding("insurable-differs", row, "insurable")
        if row.monthly_wage != row.daily_wage * row.days:
            yield _make_row_finding("monthly-wage-differs", row, "monthly_wage")


def _list_allowances(row: WorkerRow) -> tuple[int, ...]:
    """Return what the insurable total may contain in addition to wage and benefits: programs differ."""
    return 0, row.seniority + row.spouse_allowance, row.seniority, row.spouse_allowance


def check_identities(
    rows: Iterable[WorkerRow], identities: Mapping[str, KnownIdentity]
) -> Iterator[RawFinding]:
    """Yield a warning where a row differs from the identity stored for its national code, which stays."""
    for row in rows:
        if identity := identities.get(row.national_code or ""):
            for name in ("insurance_number", "birth_date"):
                new, stored = getattr(row, name), getattr(identity, name)
                if new and stored and new != stored:
                    yield _make_row_finding("identity-differs", row, name)


def describe_changed_list(header: ListHeader) -> Finding:
    """Return the error for a list that was imported before with other content."""
    return make_finding(
        "list-changed", ListFile.HEADER, "DSK_LISTNO", 1, header.list_number,
        month=header.month.words, month_en=header.month.words_en,
    ).describe()  # fmt: skip


def _make_row_finding(wording: str, row: WorkerRow, attribute: str, **details: str | int) -> RawFinding:
    field = WORKER_BY_ATTRIBUTE[attribute]
    value = getattr(row, attribute)
    if isinstance(value, date):
        value = format_list_date(value)
    return make_finding(wording, ListFile.WORKERS, field, row.row, value, **details)
