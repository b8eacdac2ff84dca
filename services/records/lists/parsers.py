"""The parser: from the bytes of DSKKAR00.DBF and DSKWOR00.DBF to a list with its findings."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from itertools import compress
from typing import Any

from services.kit.jalali import JalaliInvalid, JalaliMonth, expand_year, to_tehran_date
from services.kit.national_code import NationalCodeInvalid, is_national_code, parse_national_code
from services.kit.text import fold_name
from services.records.lists import checks
from services.records.lists.canonical import MAX_LIST_NUMBER_LENGTH, find_padded_code, read_digits
from services.records.lists.dbf import Table
from services.records.lists.encodings import Encoding
from services.records.lists.fields import HEADER_FIELDS, SUMMED, WORKER_FIELDS
from services.records.lists.finding_logs import FindingLog
from services.records.lists.findings import Finding, ListFile, make_finding
from services.records.lists.pairs import open_pair
from services.records.lists.rows import ListHeader, Sex, WorkerRows
from services.records.lists.sheets import Sheet, read_sheet
from services.records.lists.texts import FileEncodings, choose_encodings

# Rows that are checked together.
BATCH = 1_000

# Also as they are cut to the column, which has three bytes.
_SEXES: dict[str, Sex] = {
    **dict.fromkeys(("مرد", "م", "مذکر", "مذک", "آقا", "ذکور", "m", "male"), "male"),
    **dict.fromkeys(
        ("زن", "ز", "مونث", "مون", "خانم", "خان", "بانو", "اناث", "f", "female", "fem"), "female"
    ),
}
_FOLDED_SEXES = {fold_name(word): sex for word, sex in _SEXES.items()}
_IRANIAN = ("ایران", "iran")
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class ReadFiles:
    """What was read of both files, also of those of a list with errors: for the list doctor and the check.

    unread has a mark other than 0 for each row of a column of numbers whose cell has no value; there the
    value is 0. month is None without a valid one.
    """

    header: Mapping[str, Sequence[Any]]
    month: JalaliMonth | None
    rows: WorkerRows
    unread: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class ParsedList:
    """A list that was read. With an error among its findings it has no header and no row to import.

    content_sha256 identifies the content: a list saved again, with other widths or columns or other zeros
    before its numbers, has the same. former_sha256 is the one that earlier versions gave these files: they
    hashed codes as listed. short_codes are national codes of 8 or 9 digits, by row, that an import may pad.
    findings has errors first and ends at 1,000; findings_total is their full number. swapped says that each
    file came in the other's place. encoding is that of the workers' texts, and as_read what was read, if both
    files could be opened.
    """

    header: ListHeader | None
    rows: WorkerRows
    findings: Sequence[Finding]
    findings_total: int
    content_sha256: str | None
    former_sha256: str | None = None
    swapped: bool = False
    short_codes: Mapping[int, str] = field(default_factory=dict)
    encoding: Encoding | None = None
    as_read: ReadFiles | None = None

    @property
    def is_importable(self) -> bool:
        """Return whether the list has no error."""
        return self.header is not None


def read_list(
    header_bytes: bytes,
    workers_bytes: bytes,
    *,
    this_month: JalaliMonth | None = None,
    leaves_short_codes: bool = False,
) -> ParsedList:
    """Return the list in two files. Errors are findings; nothing is raised.

    A list of a month after `this_month` has an error. The default is the current month in Tehran. A national
    code that may have lost zeros is an error too, unless the caller knows people and decides on it.
    """
    this_month = this_month or JalaliMonth.from_date(to_tehran_date(datetime.now(UTC)))
    log = FindingLog()
    pair = open_pair(header_bytes, workers_bytes, log)
    encoding = as_read = None
    if pair.header and pair.workers and not log.total:
        of_header, of_workers = _choose_encodings(pair.header, pair.workers)
        header = read_sheet(pair.header, HEADER_FIELDS, ListFile.HEADER, of_header, log)
        workers = read_sheet(pair.workers, WORKER_FIELDS, ListFile.WORKERS, of_workers, log)
        encoding = of_workers.of_file
        month = _parse_month(header, log)
        rows = _build_rows(workers, _find_late_births(workers, month))
        as_read = ReadFiles(header.values, month, rows, workers.unread)
        short_codes = _list_short_codes(workers, rows) if leaves_short_codes else {}
        _check_list(header, workers, rows, month, this_month, short_codes, log)
        if month and not log.has_errors:
            return ParsedList(
                _build_header(header, month), rows, log.list_first(), log.total,
                *_hash_content(header, workers), pair.swapped, short_codes, encoding, as_read,
            )  # fmt: skip
    return ParsedList(
        None, WorkerRows(()), log.list_first(), log.total, None,
        swapped=pair.swapped, encoding=encoding, as_read=as_read,
    )  # fmt: skip


def _choose_encodings(header: Table, workers: Table) -> tuple[FileEncodings, FileEncodings]:
    of_workers = choose_encodings(workers, WORKER_FIELDS)
    of_header = choose_encodings(header, HEADER_FIELDS, of_workers)
    if not of_workers.has_evidence:
        of_workers = choose_encodings(workers, WORKER_FIELDS, of_header)
    return of_header, of_workers


def _parse_month(header: Sheet, log: FindingLog) -> JalaliMonth | None:
    year, month = header.values["year"][0], header.values["month"][0]
    if not header.unread.keys().isdisjoint({"year", "month"}):
        return None
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
    short_codes: Mapping[int, str],
    log: FindingLog,
) -> None:
    code = header.values["workshop_code"][0]
    if not 1 <= len(code) <= 10:
        spelling = header.get_listed("workshop_code")[0]
        log.add(make_finding("workshop-code", header.file, "DSK_ID", 1, spelling))
    number = header.values["list_number"][0]
    if len(number) > MAX_LIST_NUMBER_LENGTH:
        log.add(make_finding("list-number", header.file, "DSK_LISTNO", 1, number))
    log.extend(checks.check_spellings(header, workers))
    log.extend(checks.check_workers(workers))
    log.extend(checks.check_blanks(header, workers))
    log.extend(checks.check_sums(header, workers))
    log.extend(checks.check_period(header, workers))
    if workers.has_readable_names:
        log.extend(checks.check_sexes(workers, _find_unknown_sexes(workers)))
    if month:
        log.extend(checks.check_month(month, this_month))
        log.extend(checks.check_births(workers, _find_late_births(workers, month)))
    people = checks.PeopleChecker(short_codes)
    codes_as_listed = workers.get_listed("national_code")
    numbers_as_listed = workers.get_listed("insurance_number")
    is_paid = _list_rows_with_amounts(workers)
    for start in range(0, len(rows), BATCH):
        places = slice(start, start + BATCH)
        batch = rows[places]
        if month:
            log.extend(checks.check_days(month, batch))
        log.extend(people.check_rows(batch, codes_as_listed[places]))
        log.extend(checks.check_names(batch, numbers_as_listed[places]))
        log.extend(checks.check_wages(compress(batch, is_paid[places]) if is_paid else batch))


def _list_rows_with_amounts(workers: Sheet) -> bytes:
    """Return a 1 for each row whose days and amounts all have a value; nothing if all rows are so.

    What a row without one of them adds up to is not known before it is mended.
    """
    marks = [workers.unread[name] for name in SUMMED if name in workers.unread]
    return bytes(not any(of_row) for of_row in zip(*marks, strict=True))


def _find_late_births(workers: Sheet, month: JalaliMonth | None) -> frozenset[date]:
    """Return the birth dates after the list's month."""
    births = set(workers.values["birth_date"]) if month else ()
    return frozenset(birth for birth in births if month and birth and birth > month.last_day)


def _list_short_codes(workers: Sheet, rows: WorkerRows) -> dict[int, str]:
    """Return the national codes that may have lost zeros, as listed, by row."""
    spellings = workers.get_listed("national_code")
    return {
        rows[at].row: code for at, code in enumerate(spellings) if len(code) != 10 and find_padded_code(code)
    }


def _build_header(sheet: Sheet, month: JalaliMonth) -> ListHeader:
    record = {attribute: column[0] for attribute, column in sheet.values.items() if attribute != "year"}
    return ListHeader(**{**record, "month": month})


_AS_LISTED = (
    "first_name", "last_name", "father_name", "id_number", "id_place", "id_date", "birth_date", "sex",
    "foreigner", "job_title", "job_code", "start_date", "leave_date", "days", "daily_wage", "monthly_wage",
    "benefits", "insurable", "gross", "premium", "commission_rate", "seniority", "spouse_allowance",
)  # fmt: skip


def _build_rows(workers: Sheet, late_births: frozenset[date]) -> WorkerRows:
    values = workers.values
    births = values["birth_date"]
    derived = values | {
        "birth_date": [None if day in late_births else day for day in births] if late_births else births,
        "sex": list(map(cache(_find_sex), values["sex"])),
        "foreigner": list(map(cache(_is_foreign), values["nationality"])),
    }
    return WorkerRows(
        workers.table.numbers,
        list(map(_parse_listed_code, workers.get_listed("national_code"))),
        list(map(_parse_insurance_number, values["insurance_number"])),
        *(derived[name] for name in _AS_LISTED),
    )


def _find_sex(word: str) -> Sex | None:
    return _SEXES.get(word) or _FOLDED_SEXES.get(fold_name(word))


def _find_unknown_sexes(workers: Sheet) -> frozenset[str]:
    """Return the words for the sex that mean neither; a dash or a dot is a blank."""
    words = set(workers.values["sex"])
    return frozenset(word for word in words if word.strip("-._ ") and _find_sex(word) is None)


def _is_foreign(nationality: str) -> bool:
    """Return whether a nationality is another than Iran's; programs write «اتباع» or a country's name."""
    folded = fold_name(nationality)
    return bool(_LETTER.search(folded)) and not folded.startswith(_IRANIAN)


def _parse_listed_code(text: str) -> str | None:
    if is_national_code(text):
        return text
    try:
        return parse_national_code(read_digits(text) or "")
    except NationalCodeInvalid:
        return None


def _parse_insurance_number(text: str) -> str | None:
    return text if text and len(text) <= 10 and read_digits(text) == text else None


def _hash_content(header: Sheet, workers: Sheet) -> tuple[str, str]:
    """Return two SHA-256 of `repr((attribute, list(values)))` of all columns without building the texts.

    The first is of the canonical values, the second of those that earlier versions read.
    """
    digest, former = hashlib.sha256(), hashlib.sha256()
    for sheet in (header, workers):
        for attribute, column in sheet.values.items():
            if attribute in sheet.former:
                _hash_column(attribute, column, digest)
                _hash_column(attribute, sheet.former[attribute], former)
            else:
                _hash_column(attribute, column, digest, former)
    return digest.hexdigest(), former.hexdigest()


def _hash_column(attribute: str, column: Sequence[object], *digests: "hashlib._Hash") -> None:
    for part in (f"({attribute!r}, [", *_format_values(column), "])"):
        for digest in digests:
            digest.update(part.encode())


def _format_values(column: Sequence[object]) -> Iterator[str]:
    for start in range(0, len(column), BATCH):
        yield (", " if start else "") + ", ".join(map(repr, column[start : start + BATCH]))
