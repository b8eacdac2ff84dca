"""The treatment of one list: its two files in, the mended files and every change out."""

from collections.abc import Sequence
from dataclasses import dataclass

from govah.doctor import repairs
from govah.doctor.changes import Change, Repair
from govah.doctor.tables import EditableTable, open_table
from govah.doctor.texts import read_encodings, rewrite_texts
from services.kit.dbf_head import DbfError
from services.records.lists import ParsedList, read_list
from services.records.lists.encodings import Encoding
from services.records.lists.fields import HEADER_FIELDS, WORKER_FIELDS
from services.records.lists.findings import ListFile


@dataclass(frozen=True, slots=True)
class TreatedList:
    """The files after the treatment, what was changed in them, and the list as it is read now."""

    header: bytes
    workers: bytes
    changes: Sequence[Change]
    parsed: ParsedList


def repair_list(header: bytes, workers: bytes, encoding: Encoding | None = None) -> TreatedList:
    """Return the list with all that can be mended without a decision; bytes that need no mending stay.

    A file that cannot be read as a table stays as it is; the parsed list has the reason.
    """
    parsed = read_list(header, workers)
    changes: list[Change] = []
    if parsed.swapped:
        header, workers = workers, header
        changes.append(Change(ListFile.HEADER, Repair.SWAPPED))
    try:
        header_table, is_header_new = open_table(header, 1)
        workers_table, are_workers_new = open_table(workers, _read_number_of_workers(header_table))
    except DbfError:
        return TreatedList(header, workers, changes, parsed)
    for file, is_new in ((ListFile.HEADER, is_header_new), (ListFile.WORKERS, are_workers_new)):
        if is_new:
            changes.append(Change(file, Repair.TABLE))
    changes += repairs.remove_blank_rows(header_table, ListFile.HEADER)
    changes += repairs.remove_blank_rows(workers_table, ListFile.WORKERS)
    of_workers = read_encodings(workers_table, WORKER_FIELDS, None)
    of_header = read_encodings(header_table, HEADER_FIELDS, of_workers)
    changes += rewrite_texts(header_table, HEADER_FIELDS, ListFile.HEADER, of_header, encoding)
    changes += rewrite_texts(workers_table, WORKER_FIELDS, ListFile.WORKERS, of_workers, encoding)
    changes += repairs.fill_period(header_table, workers_table)
    changes += repairs.write_canonical_numbers(header_table, ListFile.HEADER)
    changes += repairs.write_canonical_numbers(workers_table, ListFile.WORKERS)
    changes += repairs.write_out_dates(workers_table)
    # A sum that is right shows which number of a refused row is wrong: it stays until the row is mended.
    if not _has_refused_rows(read_list(header_table.to_bytes(), workers_table.to_bytes())):
        changes += repairs.correct_sums(header_table, workers_table)
    mended = header_table.to_bytes(), workers_table.to_bytes()
    return TreatedList(*mended, changes, read_list(*mended))


def _has_refused_rows(parsed: ParsedList) -> bool:
    """Return whether an error is about a row of the workers' file."""
    return any(
        finding.severity == "error" and finding.file is ListFile.WORKERS and finding.row is not None
        for finding in parsed.findings
    )


def _read_number_of_workers(header: EditableTable) -> int | None:
    """Return the number of workers that the header states, or None if it states none."""
    if "DSK_NUM" not in header.places:
        return None
    cells = [header.read_cell(record, "DSK_NUM") for _, record in header.list_live()]
    return int(cells[0]) if len(cells) == 1 and cells[0].isdigit() else None
