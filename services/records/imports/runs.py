"""One run of a worker over an import: claim it, import lists for a while, and give it back or end it.

The row of the import is the truth. What came of a list and the number of finished lists are one commit, which
only the newest claim may make. So a worker that is killed loses nothing and doubles nothing: the next run
goes on with the list after the last commit.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import BinaryIO, cast

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from obstore.exceptions import BaseError as StorageError
from prometheus_client import Counter as Metric
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from services.kit.db import Sessions, sql_now
from services.kit.list_pairs import FilePair
from services.kit.problems import Unavailable
from services.kit.storage import KeyUnknown, ObjectDamaged, ObjectMissing, SealedObjects
from services.records.actions.file_names import cut_path
from services.records.actions.import_archives import SealedArchive
from services.records.actions.imports import end_import, get_import
from services.records.actions.weeks import record_refused_lists
from services.records.archives.failures import ArchiveUnusable, ImportFailure
from services.records.archives.indexes import ArchiveIndex
from services.records.archives.members import Member
from services.records.imports import batches
from services.records.imports.batches import ListResult, ReadList
from services.records.imports.indexes import RecentIndexes
from services.records.lists.findings import ListFile, make_finding
from services.records.models import BulkImport, ImportStatus, ListOutcome
from services.records.store import imports
from services.records.store.identities import load_held

# Seconds after which a run gives the import back, so that others have their turn and no task takes too long.
RUN_SECONDS = 20.0
# Seconds until the next run after one that could not go on.
RETRY_AFTER = 15
# Claims without a finished list: first the list at hand goes alone, and then it is refused.
ALONE_AFTER, MAX_TRIES = 2, 5

LISTS = Metric("govah_import_lists", "Lists of bulk imports that were finished", ["outcome"])
ROWS = Metric("govah_import_rows", "Rows of lists that bulk imports have accepted")
LEASES_EXPIRED = Metric(
    "govah_import_leases_expired", "Claims of imports whose worker did not report in time"
)
for _outcome in ListOutcome:
    LISTS.labels(_outcome)

_OBJECT_AWAY = (ObjectMissing, ObjectDamaged, KeyUnknown)
# A disk, a bucket or a database that is away; the import waits for it.
_AWAY = (Unavailable, OperationalError, PoolExhausted, StorageError, OSError, *_OBJECT_AWAY)
log = structlog.get_logger()


class ClaimStale(Exception):
    """The import was cancelled, or another worker has it."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What a run needs: the database, the object store, and for how many seconds a claim holds."""

    sessions: Sessions
    objects: SealedObjects
    lease: int
    clock: Callable[[], float] = time.monotonic
    indexes: RecentIndexes = field(default_factory=RecentIndexes)


def run_import(worker: Worker, import_id: uuid.UUID) -> BulkImport | None:
    """Return the import as it was claimed, after importing lists for a while; None if it is not free."""
    with worker.sessions.begin() as session:
        claimed = imports.claim_import(session, import_id, worker.lease)
    if claimed is None:
        log.info("import.not-free", import_id=str(import_id))
        return None
    log.info("import.claimed", import_id=str(import_id), attempt=claimed.attempt, tries=claimed.tries)
    if claimed.tries > 1:
        LEASES_EXPIRED.inc()
    try:
        _go_on(worker, claimed)
    except ClaimStale:
        worker.indexes.forget(import_id)
        log.info("import.stale", import_id=str(import_id), attempt=claimed.attempt)
    except SoftTimeLimitExceeded:
        log.warning("import.too-slow", import_id=str(import_id), attempt=claimed.attempt)
        _give_back(worker, claimed, 0, tries=claimed.tries)
    except _AWAY as error:
        log.warning("import.waits", import_id=str(import_id), reason=type(error).__name__)
        _give_back(worker, claimed, RETRY_AFTER, tries=claimed.tries - 1)
    return claimed


def _go_on(worker: Worker, claimed: BulkImport) -> None:
    until = worker.clock() + RUN_SECONDS
    if claimed.tries > MAX_TRIES and claimed.lists is None:
        # Workers end while they read its directory.
        _fail(worker, claimed, ImportFailure.ARCHIVE_DAMAGED)
        return
    archive = cast("BinaryIO", SealedArchive(worker.objects, claimed.id, claimed.size, claimed.part_size))
    try:
        index = worker.indexes.read(claimed.id, archive)
    except ArchiveUnusable as error:
        _fail(worker, claimed, error.failure)
        return
    if claimed.lists is None:
        claimed = _store_index(worker, claimed, index)
    if claimed.tries > MAX_TRIES and claimed.lists_done < len(index.pairs):
        number = claimed.lists_done
        log.error("import.list-not-processed", import_id=str(claimed.id), number=number)
        claimed = _commit(
            worker, claimed, lambda _: [batches.refuse_unprocessed(number, index.pairs[number])]
        )
    while claimed.lists_done < len(index.pairs):
        if worker.clock() > until:
            _give_back(worker, claimed, 0, tries=0)
            return
        claimed = _import_next(worker, claimed, archive, index.pairs)
    _finish(worker, claimed)


def _import_next(
    worker: Worker, claimed: BulkImport, archive: BinaryIO, pairs: Sequence[FilePair[Member]]
) -> BulkImport:
    """Return the import after its next lists: a batch, or one by one where a batch does not succeed."""
    if claimed.tries <= ALONE_AFTER:
        batch: Sequence[ReadList] = ()
        try:
            batch = batches.read_batch(archive, claimed, pairs)
            return _commit(worker, claimed, lambda session: batches.import_batch(session, batch, claimed))
        except (ClaimStale, SoftTimeLimitExceeded, StorageError, OSError, *_OBJECT_AWAY):
            raise
        # Also two batches that wait for each other, and a list that nothing here is fit for.
        except Exception as error:  # noqa: BLE001 -- the list at fault shows itself, alone
            log.info("import.one-by-one", import_id=str(claimed.id), reason=type(error).__name__)
        number_of_lists = max(len(batch), 1)
    else:
        number_of_lists = 1
    for number in range(claimed.lists_done, claimed.lists_done + number_of_lists):
        claimed = _import_alone(worker, claimed, archive, pairs, number)
    return claimed


def _import_alone(
    worker: Worker, claimed: BulkImport, archive: BinaryIO, pairs: Sequence[FilePair[Member]], number: int
) -> BulkImport:
    """Return the import after one list in a transaction of its own; refuse one that cannot be processed."""
    try:
        batch = batches.read_batch(archive, claimed, pairs, 1)
        return _commit(worker, claimed, lambda session: batches.import_batch(session, batch, claimed))
    except (ClaimStale, SoftTimeLimitExceeded, *_AWAY):
        raise
    except Exception:
        log.exception("import.list-not-processed", import_id=str(claimed.id), number=number)
    return _commit(worker, claimed, lambda _: [batches.refuse_unprocessed(number, pairs[number])])


def _commit(
    worker: Worker, claimed: BulkImport, write: Callable[[Session], Sequence[ListResult]]
) -> BulkImport:
    """Return the import after committing what came of its next lists, and a longer lease."""
    with worker.sessions.begin() as session:
        current = _lock_claim(session, claimed)
        results = write(session)
        counts = Counter(result.outcome for result in results)
        accepted = [r.imported for r in results if r.imported and r.outcome is ListOutcome.ACCEPTED]
        load_held(session, accepted)
        rows = sum(imported.workers for imported in accepted)
        imports.add_findings(
            session, [_describe(current, result) for result in results if is_notable(result)]
        )
        if counts[ListOutcome.REFUSED]:
            record_refused_lists(session, counts[ListOutcome.REFUSED])
        current.lists_done += len(results)
        current.rows += rows
        current.accepted += len(accepted)
        current.already_there += counts[ListOutcome.ALREADY_THERE]
        current.refused += counts[ListOutcome.REFUSED]
        current.held += sum(imported.held for imported in accepted)
        current.tries = 0
        current.claimable_at = current.nudge_at = sql_now(worker.lease)
    for outcome, count in counts.items():
        LISTS.labels(outcome).inc(count)
    ROWS.inc(rows)
    return current


def is_notable(result: ListResult) -> bool:
    """Return whether officers should look at a list: it was refused, or has findings."""
    return result.outcome is ListOutcome.REFUSED or result.findings_total > 0


def _describe(bulk_import: BulkImport, result: ListResult) -> dict[str, object]:
    return {
        "import_position": bulk_import.position,
        "number": result.read.number,
        "path": result.read.path,
        "outcome": result.outcome,
        "list_id": result.imported and result.imported.id,
        "findings": None if result.findings is None else list(result.findings),
        "findings_total": result.findings_total,
    }


def _lock_claim(session: Session, claimed: BulkImport) -> BulkImport:
    """Return the import of the newest claim, locked until the transaction ends. Raises ClaimStale."""
    current = get_import(session, claimed.id, lock=True)
    if current.status is not ImportStatus.RUNNING or current.attempt != claimed.attempt:
        raise ClaimStale
    return current


def _store_index(worker: Worker, claimed: BulkImport, index: ArchiveIndex) -> BulkImport:
    """Return the import after storing how many lists it has, and which files belong to none."""
    strays = [("file-alone", member) for member in index.alone]
    strays += [("file-repeated", member) for member in index.repeated]
    with worker.sessions.begin() as session:
        current = _lock_claim(session, claimed)
        current.lists = len(index.pairs)
        imports.add_findings(
            session,
            [
                {
                    "import_position": current.position,
                    "number": number,
                    "path": cut_path(member.path),
                    "outcome": ListOutcome.REFUSED,
                    "list_id": None,
                    "findings": [asdict(make_finding(wording, _guess_file(member)).describe())],
                    "findings_total": 1,
                }
                for number, (wording, member) in enumerate(strays, len(index.pairs))
            ],
        )
    return current


def _guess_file(member: Member) -> ListFile:
    name = member.path.rpartition("/")[2].upper()
    return ListFile.HEADER if name.startswith("DSKKAR") else ListFile.WORKERS


def _give_back(worker: Worker, claimed: BulkImport, seconds: int, *, tries: int) -> None:
    """Let any worker claim the import after some seconds."""
    with worker.sessions.begin() as session:
        try:
            current = _lock_claim(session, claimed)
        except ClaimStale:
            return
        current.move(ImportStatus.QUEUED)
        current.tries = tries
        current.claimable_at = current.nudge_at = sql_now(seconds)


def _fail(worker: Worker, claimed: BulkImport, failure: ImportFailure) -> None:
    with worker.sessions.begin() as session:
        current = _lock_claim(session, claimed)
        current.failure_code = failure
        end_import(session, current, ImportStatus.FAILED)
    worker.indexes.forget(claimed.id)
    log.warning("import.failed", import_id=str(claimed.id), code=failure)


def _finish(worker: Worker, claimed: BulkImport) -> None:
    with worker.sessions.begin() as session:
        end_import(session, _lock_claim(session, claimed), ImportStatus.DONE)
    worker.indexes.forget(claimed.id)
