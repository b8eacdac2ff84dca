"""The parser: from the bytes of DSKKAR00.DBF and DSKWOR00.DBF to a list with its findings."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice, repeat

from services.kit.jalali import JalaliInvalid, JalaliMonth, expand_year, to_tehran_date
from services.kit.national_code import NationalCodeInvalid, is_national_code, parse_national_code
from services.kit.text import NotDigits, fold_name, normalise_code
from services.records.lists import checks
from services.records.lists.dbf import Table
from services.records.lists.fields import HEADER_FIELDS, WORKER_FIELDS
from services.records.lists.finding_logs import FindingLog
from services.records.lists.findings import Finding, ListFile, make_finding
from services.records.lists.pairs import open_pair
from services.records.lists.rows import ListHeader, Sex, WorkerRow, WorkerRows
from services.records.lists.sheets import Sheet, read_sheet
from services.records.lists.texts import choose_encodings

# Rows that are checked together.
BATCH = 1_000
MAX_LIST_NUMBER_LENGTH = 12  # C12; a column may be wider

_SEXES: dict[str, Sex] = {"مرد": "male", "زن": "female", "م": "male", "ز": "female"}
_FOREIGN = tuple(fold_name(word) for word in ("غیر", "اتباع", "خارجی"))


@dataclass(frozen=True, slots=True)
class ParsedList:
    """A list that was read. With an error among its findings it has no header and no row to import.

    content_sha256 identifies the content: a list saved again, with other widths or columns, has the same.
    findings has errors first and ends at 1,000; findings_total is their full number. swapped says that each
    file came in the other's place.
    """

    header: ListHeader | None
    rows: Sequence[WorkerRow]
    findings: Sequence[Finding]
    findings_total: int
    content_sha256: str | None
    swapped: bool = False

    @property
    def is_importable(self) -> bool:
        """Return whether the list has no error."""
        return self.header is not None


def read_list(
    header_bytes: bytes, workers_bytes: bytes, *, this_month: JalaliMonth | None = None
) -> ParsedList:
    """Return the list in two files. Errors are findings; nothing is raised.

    A list of a month after `this_month` has an error. The default is the current month in Tehran.
    """
    this_month = this_month or JalaliMonth.from_date(to_tehran_date(datetime.now(UTC)))
    log = FindingLog()
    pair = open_pair(header_bytes, workers_bytes, log)
    if pair.header and pair.workers and not log.total:
        header, workers = _read_sheets(pair.header, pair.workers, log)
        month = _parse_month(header, log)
        rows = _build_rows(workers)
        _check_list(header, workers, rows, month, this_month, log)
        if month and not log.has_errors:
            digest = _hash_content(header, workers)
            findings = log.list_first()
            return ParsedList(_build_header(header, month), rows, findings, log.total, digest, pair.swapped)
    return ParsedList(None, (), log.list_first(), log.total, None, pair.swapped)


def _read_sheets(header: Table, workers: Table, log: FindingLog) -> tuple[Sheet, Sheet]:
    of_workers = choose_encodings(workers, WORKER_FIELDS)
    of_header = choose_encodings(header, HEADER_FIELDS, of_workers)
    if not of_workers.has_evidence:
        of_workers = choose_encodings(workers, WORKER_FIELDS, of_header)
    return (
        read_sheet(header, HEADER_FIELDS, ListFile.HEADER, of_header, log),
        read_sheet(workers, WORKER_FIELDS, ListFile.WORKERS, of_workers, log),
    )


def _parse_month(header: Sheet, log: FindingLog) -> JalaliMonth | None:
    year, month = header.values["year"][0], header.values["month"][0]
    try:
        return JalaliMonth(expand_year(year), month)
    except JalaliInvalid:
        log.add(make_finding("month", header.file, "DSK_MM", 1, month))
        return None


def _check_list(
    header: Sheet,
    workers: Sheet,
    rows: WorkerRows,
    month: JalaliMonth | None,
    this_month: JalaliMonth,
    log: FindingLog,
) -> None:
    code = header.values["workshop_code"][0]
    if not 1 <= len(code) <= 10:
        log.add(make_finding("workshop-code", header.file, "DSK_ID", 1, code))
    number = header.values["list_number"][0]
    if len(number) > MAX_LIST_NUMBER_LENGTH:
        log.add(make_finding("list-number", header.file, "DSK_LISTNO", 1, number))
    log.extend(checks.check_sums(header, workers))
    log.extend(checks.check_period(header, workers))
    if month:
        log.extend(checks.check_month(month, this_month))
    people = checks.PeopleChecker()
    births = (
        workers.table.read_cells("DSW_BDATE")
        if "DSW_BDATE" in workers.table.columns
        else repeat(b"", len(rows))
    )
    for start in range(0, len(rows), BATCH):
        places = slice(start, start + BATCH)
        batch = rows[places]
        if month:
            log.extend(checks.check_days(month, batch))
        codes, numbers = workers.values["national_code"][places], workers.values["insurance_number"][places]
        log.extend(people.check_rows(batch, codes, list(islice(births, BATCH))))
        log.extend(checks.check_names(batch, numbers))
        log.extend(checks.check_wages(batch))


def _build_header(sheet: Sheet, month: JalaliMonth) -> ListHeader:
    record = {attribute: column[0] for attribute, column in sheet.values.items() if attribute != "year"}
    return ListHeader(**{**record, "month": month})


_AS_LISTED = (
    "first_name", "last_name", "father_name", "id_number", "id_place", "id_date", "birth_date", "sex",
    "foreigner", "job_title", "job_code", "start_date", "leave_date", "days", "daily_wage", "monthly_wage",
    "benefits", "insurable", "gross", "premium", "commission_rate", "seniority", "spouse_allowance",
)  # fmt: skip


def _build_rows(workers: Sheet) -> WorkerRows:
    values = workers.values
    derived = values | {
        "sex": list(map(_SEXES.get, values["sex"])),
        "foreigner": list(map(cache(_is_foreign), values["nationality"])),
    }
    return WorkerRows(
        workers.table.numbers,
        list(map(_parse_listed_code, values["national_code"])),
        list(map(_parse_insurance_number, values["insurance_number"])),
        *(derived[name] for name in _AS_LISTED),
    )


def _is_foreign(nationality: str) -> bool:
    return fold_name(nationality).startswith(_FOREIGN)


def _parse_listed_code(text: str) -> str | None:
    if is_national_code(text):
        return text
    try:
        return parse_national_code(text)
    except NationalCodeInvalid:
        return None


def _parse_insurance_number(text: str) -> str | None:
    try:
        number = normalise_code(text)
    except NotDigits:
        return None
    return number if len(number) <= 10 and number.strip("0") else None


def _hash_content(header: Sheet, workers: Sheet) -> str:
    """Return the SHA-256 of `repr((attribute, list(values)))` of all columns without building the texts."""
    digest = hashlib.sha256()
    for sheet in (header, workers):
        for attribute, column in sheet.values.items():
            digest.update(f"({attribute!r}, [".encode())
            for part in _format_values(column):
                digest.update(part.encode())
            digest.update(b"])")
    return digest.hexdigest()


def _format_values(column: Sequence[object]) -> Iterator[str]:
    for start in range(0, len(column), BATCH):
        yield (", " if start else "") + ", ".join(map(repr, column[start : start + BATCH]))
