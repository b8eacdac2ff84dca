"""The checks of a list that was read, from its blanks to its wages. The parser calls most of them.

`describe_changed_list` needs data from the database of the caller, which calls it. The caller also compares
what rows state about their people.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from services.kit.jalali import JalaliMonth, format_list_date
from services.records.lists.canonical import (
    find_padded_code,
    is_usual_spelling,
)
from services.records.lists.fields import HEADER_BY_ATTRIBUTE, SUMMED, WORKER_BY_ATTRIBUTE
from services.records.lists.findings import Finding, ListFile, RawFinding, make_finding
from services.records.lists.rows import ListHeader, WorkerRow
from services.records.lists.sheets import BLANK, Sheet

_SAME_AS_HEADER = ("workshop_code", "year", "month", "list_number")
_SUMMED_IF_IN_BOTH = ("seniority", "spouse_allowance")


def check_blanks(header: Sheet, workers: Sheet) -> Iterator[RawFinding]:
    """Yield an error for each blank year, month, count, sum, number of days and amount.

    A year or month that is blank in every row has one cause and one finding.
    """
    added = _add_up(header, workers)
    for sheet, by_attribute in ((header, HEADER_BY_ATTRIBUTE), (workers, WORKER_BY_ATTRIBUTE)):
        for name, marks in sheet.unread.items():
            blank = [row for row, mark in zip(sheet.table.numbers, marks, strict=True) if mark == BLANK]
            if name in _SAME_AS_HEADER and len(blank) == len(marks):
                blank = blank[:1]
            expected = added.get(name) if sheet is header else _get_period(header, name)
            for row in blank:
                yield make_finding(
                    "value-missing", sheet.file, by_attribute[name], row, "", expected=expected
                )


def _get_period(header: Sheet, name: str) -> object:
    """Return the header's year or month, which its rows must repeat; None for anything else."""
    is_known = name in _SAME_AS_HEADER and name not in header.unread
    return header.values[name][0] if is_known else None


def _add_up(header: Sheet, workers: Sheet) -> dict[str, int]:
    """Return the count of rows and the sums of their columns, without a column that has no value in a row."""
    in_both = [name for name in _SUMMED_IF_IN_BOTH if name in header.numeric & workers.numeric]
    sums = (name for name in (*SUMMED, *in_both) if name not in workers.unread)
    return {"workers": len(workers.table.numbers)} | {name: sum(workers.values[name]) for name in sums}


def check_sums(header: Sheet, workers: Sheet) -> Iterator[RawFinding]:
    """Yield an error for the count and for each sum of the header that the rows do not add up to.

    Sums of a file without rows differ for one cause, so only the count is named. A sum that cannot be added
    up, because a row has no value, is not compared.
    """
    added = _add_up(header, workers)
    for name in added if len(workers.table.numbers) else ("workers",):
        for row, stated in header.find_differences(name, added[name]):
            yield make_finding(
                "sums-differ", header.file, HEADER_BY_ATTRIBUTE[name], row, stated,
                expected=added[name], added=added[name],
            )  # fmt: skip


def check_workers(workers: Sheet) -> Iterator[RawFinding]:
    """Yield a warning for a file without rows."""
    if not len(workers.table.numbers):
        yield make_finding("list-empty", workers.file)


def check_period(header: Sheet, workers: Sheet) -> Iterator[RawFinding]:
    """Yield an error for each row of another workshop, year, month or list number than the header's.

    A year or month that the header does not have is a finding of the header only. Rows that all agree with
    each other have one cause and one finding.
    """
    for name in _SAME_AS_HEADER:
        field, of_header = WORKER_BY_ATTRIBUTE[name], header.values[name][0]
        if name in header.unread or (name == "month" and not 1 <= of_header <= 12):
            continue
        column = workers.values[name]
        agree = len(column) > 0 and column.count(column[0]) == len(column)
        for row, value in islice(workers.find_differences(name, of_header), 1 if agree else None):
            yield make_finding(
                "period-differs", workers.file, field, row, value, expected=of_header, of_header=of_header
            )


def check_spellings(header: Sheet, workers: Sheet) -> Iterator[RawFinding]:
    """Yield a warning for a workshop code or list number that is stored otherwise than it is listed.

    The rows repeat the header's numbers, so each has one finding: in the header, or else in the first row.
    """
    for name in ("workshop_code", "list_number"):
        of_header, of_workers = _find_respelled(header, name), _find_respelled(workers, name)
        for sheet, by_attribute, match in (
            (header, HEADER_BY_ATTRIBUTE, of_header),
            (workers, WORKER_BY_ATTRIBUTE, None if of_header else of_workers),
        ):
            if match:
                yield _make_spelling_finding(sheet.file, by_attribute[name], *match)


def _find_respelled(sheet: Sheet, name: str) -> tuple[int, str, str] | None:
    """Return record number, listed and stored form of the first code in an unusual spelling, or None."""
    spellings, canonical = sheet.get_listed(name), sheet.values[name]
    for row, spelled, stored in zip(sheet.table.numbers, spellings, canonical, strict=True):
        if stored and not is_usual_spelling(name, spelled, stored):
            return row, spelled, stored
    return None


def _make_spelling_finding(file: ListFile, field: str, row: int, spelling: str, stored: str) -> RawFinding:
    wording = "code-padded" if spelling else "list-number-blank"
    return make_finding(wording, file, field, row, spelling, expected=stored, canonical=stored)


def check_month(month: JalaliMonth, this_month: JalaliMonth) -> Iterator[RawFinding]:
    """Yield an error for a month that has not come yet."""
    if month > this_month:
        yield make_finding(
            "month-to-come", ListFile.HEADER, "DSK_MM", 1, month.month,
            month=month.words, month_en=month.words_en,
        )  # fmt: skip


def check_births(workers: Sheet, late_births: frozenset[date]) -> Iterator[RawFinding]:
    """Yield a warning for each birth date after the list's month, as a wrong century makes one."""
    if late_births:
        for row, birth in zip(workers.table.numbers, workers.values["birth_date"], strict=True):
            if birth in late_births:
                value = format_list_date(birth)
                yield make_finding("birth-date-late", workers.file, "DSW_BDATE", row, value)


def check_sexes(workers: Sheet, unknown: frozenset[str]) -> Iterator[RawFinding]:
    """Yield a warning for each word for the sex that is not known."""
    if unknown:
        for row, word in zip(workers.table.numbers, workers.values["sex"], strict=True):
            if word in unknown:
                yield make_finding("sex-unknown", workers.file, "DSW_SEX", row, word)


def check_days(month: JalaliMonth, rows: Iterable[WorkerRow]) -> Iterator[RawFinding]:
    """Yield an error for each row with more days than the month has."""
    longest = month.days
    for row in rows:
        if row.days > longest:
            yield _make_row_finding(
                "days-out-of-range", row, "days",
                expected=longest, month=month.words, month_en=month.words_en, longest=longest,
            )  # fmt: skip


class PeopleChecker:
    """The checks of the people of one list: invalid codes, and people who come twice.

    short_codes are the codes that an import may pad, by row.
    """

    def __init__(self, short_codes: Mapping[int, str]) -> None:
        self._short_codes = short_codes
        # The first row of each person, by national code or insurance number.
        self._first_rows: dict[str, dict[str, int]] = {"national_code": {}, "insurance_number": {}}

    def check_rows(self, rows: Sequence[WorkerRow], codes_as_listed: Sequence[str]) -> Iterator[RawFinding]:
        """Yield the findings of the next rows."""
        for row, code in zip(rows, codes_as_listed, strict=True):
            padded = find_padded_code(self._short_codes.get(row.row, ""))
            if row.national_code is None and not padded:
                yield make_finding(_pick_code_wording(row), ListFile.WORKERS, "PER_NATCOD", row.row, code)
            # Whether a foreigner's short code will be padded is open; the insurance number is not.
            national_code = row.national_code or (None if row.foreigner and row.insurance_number else padded)
            name = "national_code" if national_code else "insurance_number"
            person = national_code or row.insurance_number
            if person and (first := self._first_rows[name].setdefault(person, row.row)) != row.row:
                yield _make_row_finding("person-twice", row, name, first=first)


def check_names(rows: Iterable[WorkerRow], insurance_as_listed: Sequence[str]) -> Iterator[RawFinding]:
    """Yield an error for each blank surname, and a warning for each insurance number to be looked at.

    A letter could not print a blank surname. An insurance number that is invalid is not stored, and one with
    lost or added zeros is stored without them.
    """
    for row, number in zip(rows, insurance_as_listed, strict=True):
        if not row.last_name:
            yield _make_row_finding("last-name", row, "last_name")
        if row.insurance_number is None:
            if number.strip("0"):
                yield make_finding(
                    "insurance-number-unreadable", ListFile.WORKERS, "DSW_ID1", row.row, number
                )
        elif not is_usual_spelling("insurance_number", number, row.insurance_number):
            yield _make_spelling_finding(ListFile.WORKERS, "DSW_ID1", row.row, number, row.insurance_number)


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
            expected = (7 * row.insurable + 50) // 100
            yield _make_row_finding("premium-differs", row, "premium", expected=expected)
        if row.gross < row.insurable:
            yield _make_row_finding("total-below-insurable", row, "gross", expected=row.insurable)
        if row.insurable - row.monthly_wage - row.benefits not in _list_allowances(row):
            expected = row.monthly_wage + row.benefits
            yield _make_row_finding("insurable-differs", row, "insurable", expected=expected)
        if row.monthly_wage != row.daily_wage * row.days:
            expected = row.daily_wage * row.days
            yield _make_row_finding("monthly-wage-differs", row, "monthly_wage", expected=expected)


def _list_allowances(row: WorkerRow) -> tuple[int, ...]:
    """Return what the insurable total may contain in addition to wage and benefits: programs differ."""
    return 0, row.seniority + row.spouse_allowance, row.seniority, row.spouse_allowance


def describe_short_code(row: WorkerRow, spelling: str, padded: str, *, is_taken: bool) -> RawFinding:
    """Return the finding of a national code of 8 or 9 digits, which was padded or is not a code.

    It is an error only if nothing else says who the person is.
    """
    if is_taken:
        return _make_spelling_finding(ListFile.WORKERS, "PER_NATCOD", row.row, spelling, padded)
    return make_finding(_pick_code_wording(row), ListFile.WORKERS, "PER_NATCOD", row.row, spelling)


def describe_changed_list(header: ListHeader) -> Finding:
    """Return the error for a list that was imported before with other content."""
    return make_finding(
        "list-changed", ListFile.HEADER, "DSK_LISTNO", 1, header.list_number,
        month=header.month.words, month_en=header.month.words_en,
    ).describe()  # fmt: skip


def _make_row_finding(
    wording: str, row: WorkerRow, attribute: str, *, expected: object = None, **details: str | int
) -> RawFinding:
    field = WORKER_BY_ATTRIBUTE[attribute]
    value = getattr(row, attribute)
    if isinstance(value, date):
        value = format_list_date(value)
    return make_finding(wording, ListFile.WORKERS, field, row.row, value, expected=expected, **details)
