"""The two files of a list as tables, whichever place each file is in. The parser calls it.

Both files have the same layout, and people send one in the place of the other. Their columns show which is
which, so a pair in each other's place is read like any other.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from services.kit.dbf_head import read_head
from services.records.lists.dbf import DbfError, Table, read_table
from services.records.lists.fields import HEADER_FIELDS, WORKER_FIELDS, Field
from services.records.lists.finding_logs import FindingLog
from services.records.lists.findings import ListFile, make_finding
from services.records.lists.sheets import find_missing_fields

_PREFIXES = {"DSK": ListFile.HEADER, "DSW": ListFile.WORKERS}
_OTHER = {ListFile.HEADER: ListFile.WORKERS, ListFile.WORKERS: ListFile.HEADER}
_FIELDS: dict[ListFile, Sequence[Field]] = {
    ListFile.HEADER: HEADER_FIELDS,
    ListFile.WORKERS: WORKER_FIELDS,
}
# A table with fewer columns of one prefix is not a file of a list.
_MIN_COLUMNS = 4
_RECORDS_OF_HEADER = 1


class Pair(NamedTuple):
    """The tables of a list, None where a file is not one; and whether the files were swapped."""

    header: Table | None
    workers: Table | None
    swapped: bool


def open_pair(header: bytes, workers: bytes, log: FindingLog) -> Pair:
    """Return both tables; the log gets an error for each reason why a file cannot be read."""
    swapped = (_detect_file(header), _detect_file(workers)) == (ListFile.WORKERS, ListFile.HEADER)
    if swapped:
        header, workers = workers, header
    header_table = _open_table(header, ListFile.HEADER, _RECORDS_OF_HEADER, log)
    workers_table = _open_table(workers, ListFile.WORKERS, _read_number_of_workers(header_table), log)
    return Pair(header_table, workers_table, swapped)


def _detect_file(data: bytes) -> ListFile | None:
    """Return which file of a list this is by the names of its columns, or None if it is neither."""
    try:
        names = read_head(data).columns
    except DbfError:
        return None
    counts = Counter(_PREFIXES[name[:3]] for name in names if name[:3] in _PREFIXES)
    if not counts:
        return None
    file, count = counts.most_common(1)[0]
    return file if count >= _MIN_COLUMNS else None


def _open_table(data: bytes, file: ListFile, expected: int | None, log: FindingLog) -> Table | None:
    is_other = _detect_file(data) is _OTHER[file]
    try:
        table = read_table(data, None if is_other else expected)
    except DbfError as error:
        log.add(make_finding(error.reason, file, kind=error.kind))
        return None
    if is_other:
        log.add(make_finding("files-swapped", file, right=file, wrong=_OTHER[file]))
        return None
    log.extend(find_missing_fields(table, _FIELDS[file], file))
    if file is ListFile.HEADER and len(table.numbers) != _RECORDS_OF_HEADER:
        log.add(make_finding("header-count", file, value=len(table.numbers)))
    return table


def _read_number_of_workers(header: Table | None) -> int | None:
    """Return the number of workers that the header states, or None if it states none."""
    if header is None or "DSK_NUM" not in header.columns:
        return None
    stated = next(header.read_cells("DSK_NUM"), b"").strip(b" \0")
    return int(stated) if stated.isdigit() else None
