"""A batch of an import's lists: read and checked outside of any transaction, then written in one.

Each list is still accepted or refused separately.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import structlog
from sqlalchemy.orm import Session

from services.kit.list_pairs import FilePair
from services.records.actions.file_names import cut_path
from services.records.actions.import_archives import ArchivedFiles, build_file_key
from services.records.actions.list_batches import ListBatch, NewList, open_batch
from services.records.actions.list_files import ValidList, read_files
from services.records.archives.members import Member, MemberUnreadable, read_member
from services.records.errors import ListRefused
from services.records.lists.findings import ListFile, make_finding
from services.records.models import BulkImport, ImportedList, ListOutcome
from services.records.proposals.system_corrections import propose_corrections_after

# Lists and rows of one transaction.
MAX_LISTS, MAX_ROWS = 100, 2_000

Findings = Sequence[Mapping[str, Any]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ReadList:
    """A list of an archive that was read: its content, or why it is refused."""

    number: int
    path: str
    valid_list: ValidList | None
    files: ArchivedFiles | None = None
    findings: Findings = ()
    findings_total: int = 0

    @property
    def rows(self) -> int:
        return len(self.valid_list.rows) if self.valid_list else 0


@dataclass(frozen=True, slots=True)
class ListResult:
    """What came of one list."""

    read: ReadList
    outcome: ListOutcome
    imported: ImportedList | None = None
    findings: Findings | None = None
    findings_total: int = 0


def read_batch(
    archive: BinaryIO, bulk_import: BulkImport, pairs: Sequence[FilePair[Member]], most_lists: int = MAX_LISTS
) -> Sequence[ReadList]:
    """Return the next lists of an import, at least one. Raises what reading the archive raises."""
    batch: list[ReadList] = []
    rows = 0
    for number in range(bulk_import.lists_done, len(pairs)):
        if len(batch) >= most_lists or rows >= MAX_ROWS:
            break
        read = _read_list(archive, bulk_import, number, pairs[number])
        rows += read.rows
        batch.append(read)
    return batch


def _read_list(archive: BinaryIO, bulk_import: BulkImport, number: int, pair: FilePair[Member]) -> ReadList:
    path = describe_path(pair)
    contents, keys, findings = [], [], []
    for file, member in ((ListFile.HEADER, pair.header), (ListFile.WORKERS, pair.workers)):
        try:
            place, content = read_member(archive, member)
        except MemberUnreadable:
            findings.append(asdict(make_finding("packed-unreadable", file).describe()))
        else:
            contents.append(content)
            keys.append(build_file_key(bulk_import.id, bulk_import.part_size, place))
    if findings:
        return ReadList(number, path, None, findings=findings, findings_total=len(findings))
    try:
        valid_list = read_files(*contents)
    except ListRefused as refusal:
        return ReadList(number, path, None, findings=refusal.findings, findings_total=refusal.findings_total)
    if valid_list.is_swapped:
        keys.reverse()
    header_key, workers_key = keys
    return ReadList(number, path, valid_list, ArchivedFiles(header_key, workers_key, path))


def describe_path(pair: FilePair[Member]) -> str:
    """Return the path of a list in its archive: its folder, or its header's file if there is no folder."""
    path = pair.header.path if pair.folder == "." or pair.number not in {"", "00"} else pair.folder
    return cut_path(path)


def import_batch(
    session: Session, batch: Sequence[ReadList], bulk_import: BulkImport
) -> Sequence[ListResult]:
    """Return what came of each list, in order, after importing it; an error of one changes no other.

    Raises what the database raises, and Unavailable; then nothing of the transaction may be committed.
    """
    valid_lists = [read.valid_list for read in batch if read.valid_list is not None]
    open_lists = open_batch(session, valid_lists, bulk_import.imported_by)
    outcomes = [_import_one(open_lists, read) for read in batch]
    open_lists.finish()
    results = [_build_result(read, outcome) for read, outcome in zip(batch, outcomes, strict=True)]
    for result, outcome in zip(results, outcomes, strict=True):
        is_doubtful = not isinstance(outcome, NewList) or outcome.has_differences
        if result.imported and result.outcome is ListOutcome.ACCEPTED and is_doubtful:
            propose_corrections_after(session, result.imported.position)
    return results


Outcome = NewList | tuple[ImportedList, bool] | ListRefused


def _import_one(batch: ListBatch, read: ReadList) -> Outcome:
    """Return what a batch has made of a list, or its refusal."""
    if read.valid_list is None or read.files is None:
        return ListRefused(read.findings, read.findings_total)
    try:
        return batch.add(read.valid_list, read.files)
    except ListRefused as refusal:
        # Raised before anything of the list is written.
        return refusal


def _build_result(read: ReadList, outcome: Outcome) -> ListResult:
    if isinstance(outcome, ListRefused):
        return ListResult(read, ListOutcome.REFUSED, None, outcome.findings, outcome.findings_total)
    imported, is_new = (outcome.imported, True) if isinstance(outcome, NewList) else outcome
    if not is_new or imported is None:
        return ListResult(read, ListOutcome.ALREADY_THERE, imported)
    return ListResult(read, ListOutcome.ACCEPTED, imported, None, imported.findings_total)


def refuse_unprocessed(number: int, pair: FilePair[Member]) -> ListResult:
    """Return the refusal of a list at which workers have ended again and again."""
    findings = [asdict(make_finding("not-processed", ListFile.WORKERS).describe())]
    read = ReadList(number, describe_path(pair), None, findings=findings, findings_total=1)
    return ListResult(read, ListOutcome.REFUSED, None, findings, 1)
