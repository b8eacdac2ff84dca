"""The checks of a list that was read: sums, period, days, people and wages. The parser calls most of them.

Two need what only the caller's database knows: identity_findings and list_changed. The caller calls them with
what it knows and adds their findings to those of the files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kit.jalali import JalaliMonth, format_list_date
from services.records.lists.fields import HEADER_BY_ATTRIBUTE, SUMMED, WORKER_BY_ATTRIBUTE
from services.records.lists.findings import Finding, Found, ListFile, found
from services.records.lists.rows import ListHeader, WorkerRow
from services.records.lists.sheets import Sheet

_SAME_AS_HEADER = ("workshop_code", "year", "month", "list_number")
_SUMMED_IF_IN_BOTH = ("seniority", "spouse_allowance")


@dataclass(frozen=True, slots=True)
class KnownIdentity:
    """What the records already hold of a national code; None where they hold nothing."""

    insurance_number: str | None
    birth_date: date | None


def check_sums(header: Sheet, workers: Sheet) -> Iterator[Found]:
    """Yield an error for the count and for each sum of the header that the rows do not add up to."""
    in_both = [name for name in _SUMMED_IF_IN_BOTH if name in header.numeric & workers.numeric]
    added = {"workers": len(workers.table.numbers)}
    added |= {name: sum(workers.values[name]) for name in (*SUMMED, *in_both)}
    for name, total in added.items():
        for row, stated in header.differing(name, total):
            yield found("sums-differ", header.file, HEADER_BY_ATTRIBUTE[name], row, stated, added=total)


def check_period(header: Sheet, workers: Sheet) -> Iterator[Found]:
    """Yield an error for each row of another workshop, year, month or list number than the header's."""
    for name in _SAME_AS_HEADER:
        field, of_header = WORKER_BY_ATTRIBUTE[name], HEADER_BY_ATTRIBUTE[name]
        for row, value in workers.differing(name, header.values[name][0]):
            yield found("period-differs", workers.file, field, row, value, of_header=of_header)


def check_month(month: JalaliMonth, this_month: JalaliMonth) -> Iterator[Found]:
    """Yield an error for a month that has not come yet."""
    if month > this_month:
        yield found(
            "month-to-come", ListFile.HEADER, "DSK_MM", 1, month.month,
            month=month.words, month_en=month.words_en,
        )  # fmt: skip


def check_days(month: JalaliMonth, rows: Iterable[WorkerRow]) -> Iterator[Found]:
    """Yield an error for each row with more days than the month has."""
    longest = month.days
    for row in rows:
        if row.days > longest:
            yield _in_row(
                "days-out-of-range", row, "days",
                month=month.words, month_en=month.words_en, longest=longest,
            )  # fmt: skip


class PeopleCheck:
    """What is wrong with the people of one list: codes and birth dates that are none, and who comes twice."""

    def __init__(self) -> None:
        # The row in which each person came first, by what identifies them.
        self._first_rows: dict[str, dict[str, int]] = {"national_code": {}, "insurance_number": {}}

    def check(
        self, rows: Sequence[WorkerRow], codes_as_listed: Sequence[str], births_as_listed: Sequence[bytes]
    ) -> Iterator[Found]:
        """Yield the findings of the next rows."""
        for row, code, birth in zip(rows, codes_as_listed, births_as_listed, strict=True):
            if row.national_code is None:
                yield found(_lack_of_code(row), ListFile.WORKERS, "PER_NATCOD", row.row, code)
            if row.birth_date is None and birth.strip(b" \x000"):
                shown = birth.decode("ascii", "replace")
                yield found("birth-date-unreadable", ListFile.WORKERS, "DSW_BDATE", row.row, shown)
            name = "national_code" if row.national_code else "insurance_number"
            person = getattr(row, name)
            if person and (first := self._first_rows[name].setdefault(person, row.row)) != row.row:
                yield _in_row("person-twice", row, name, first=first)


def check_names(rows: Iterable[WorkerRow], insurance_as_listed: Sequence[str]) -> Iterator[Found]:
    """Yield an error for each blank surname and a warning for each invalid insurance number.

    A letter could not print a blank surname. A number of zeros only is a blank.
    """
    for row, listed in zip(rows, insurance_as_listed, strict=True):
        if not row.last_name:
            yield _in_row("last-name", row, "last_name")
        if row.insurance_number is None and listed.strip("0"):
            yield found("insurance-number-unreadable", ListFile.WORKERS, "DSW_ID1", row.row, listed)


def _lack_of_code(row: WorkerRow) -> str:
    if not row.foreigner:
        return "national-code-invalid"
    return "foreigner-without-code" if row.insurance_number else "foreigner-unknown"


def check_wages(rows: Iterable[WorkerRow]) -> Iterator[Found]:
    """Yield a warning for each row whose wage, insurable total, gross or premium contradicts the others.

    The premium is 7 % of the insurable total, give or take a rial.
    """
    for row in rows:
        if abs(100 * row.premium - 7 * row.insurable) > 100:
            yield _in_row("premium-differs", row, "premium")
        if row.gross < row.insurable:
            yield _in_row("total-below-insurable", row, "gross")
        if row.insurable - row.monthly_wage - row.benefits not in _allowances(row):
            yield _in_row("insurable-differs", row, "insurable")
        if row.monthly_wage != row.daily_wage * row.days:
            yield _in_row("monthly-wage-differs", row, "monthly_wage")


def _allowances(row: WorkerRow) -> tuple[int, ...]:
    """Return what may be in the insurable total besides wage and benefits: programs differ."""
    return 0, row.seniority + row.spouse_allowance, row.seniority, row.spouse_allowance


def identity_findings(rows: Iterable[WorkerRow], known: Mapping[str, KnownIdentity]) -> Iterator[Found]:
    """Yield a warning where a row differs from what is known of its national code, which stays."""
    for row in rows:
        if identity := known.get(row.national_code or ""):
            for name in ("insurance_number", "birth_date"):
                listed, kept = getattr(row, name), getattr(identity, name)
                if listed and kept and listed != kept:
                    yield _in_row("identity-differs", row, name)


def list_changed(header: ListHeader) -> Finding:
    """Return the error for a list that was imported before with other content."""
    return found(
        "list-changed", ListFile.HEADER, "DSK_LISTNO", 1, header.list_number,
        month=header.month.words, month_en=header.month.words_en,
    ).describe()  # fmt: skip


def _in_row(what: str, row: WorkerRow, attribute: str, **details: str | int) -> Found:
    field = WORKER_BY_ATTRIBUTE[attribute]
    value = getattr(row, attribute)
    shown = format_list_date(value) if isinstance(value, date) else value
    return found(what, ListFile.WORKERS, field, row.row, shown, **details)
