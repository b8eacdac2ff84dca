"""Workers that are killed, late or doubled: an import goes on where it stopped, and nothing comes twice."""

import io
import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import pytest
import sqlalchemy as sa

from services.kit.problems import Unavailable
from services.records.actions.import_sweeps import IMPORT_TASK, sweep_imports
from services.records.archives.indexes import ArchiveIndex, read_index
from services.records.archives.members import Member
from services.records.imports import batches, indexes, runs
from services.records.models import BulkImport
from services.records.store import imports
from tests.service.records.desk import Desk
from tests.service.records.importing import (
    IMPORTS,
    get,
    lay_out,
    new_worker,
    run,
    upload,
    write_lists,
    write_tar,
    write_zip,
)

LISTS = 6


class Killed(BaseException):
    """A process that ends at this moment."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_ROWS", 4)


@pytest.fixture
def import_id(desk: Desk) -> str:
    return upload(desk, write_zip(lay_out(write_lists(LISTS))))


def expire_lease(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        session.execute(
            sa.update(BulkImport).values(
                claimable_at=sa.func.datetime("2000-01-01")
                if desk.engine.dialect.name == "sqlite"
                else sa.text("now() - interval '1 hour'")
            )
        )


@contextmanager
def killed_at_commit(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """Kill the worker in the middle of the transaction of a batch, after its lists were written."""
    count = itertools.count(1)
    add_findings = imports.add_findings

    def add_or_die(*given: object) -> None:
        if next(count) > number:
            raise Killed
        add_findings(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(imports, "add_findings", add_or_die)
        with pytest.raises(Killed):
            yield


def test_killed_worker_loses_nothing_and_doubles_nothing(
    desk: Desk, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first call is of the index, so this is in the middle of the second batch.
    with killed_at_commit(monkeypatch, 2):
        run(desk, import_id)
    assert get(desk, import_id)["lists_done"] == 2
    assert not run(desk, import_id), "its lease has not expired"
    expire_lease(desk)
    assert run(desk, import_id)
    document = get(desk, import_id)
    assert (document["status"], document["accepted"], document["already_there"]) == ("done", LISTS, 0)
    assert desk.count_rows() == [2, LISTS, LISTS, 2 * LISTS, LISTS]


def test_worker_that_lost_its_lease_changes_nothing(desk: Desk, import_id: str) -> None:
    late = new_worker(desk)
    with desk.sessions.begin() as session:
        claimed = imports.claim_import(session, uuid.UUID(import_id), 60)
    assert claimed is not None
    expire_lease(desk)
    assert run(desk, import_id)
    before = desk.count_rows()
    with pytest.raises(runs.ClaimStale):
        runs._go_on(late, claimed)
    assert desk.count_rows() == before
    assert get(desk, import_id)["lists_done"] == LISTS


def test_long_import_is_given_back_and_goes_on(desk: Desk, import_id: str) -> None:
    ticks = itertools.count(0.0, runs.RUN_SECONDS / 1.5)
    assert run(desk, import_id, clock=lambda: next(ticks))
    document = get(desk, import_id)
    assert (document["status"], document["lists_done"]) == ("queued", 2)
    assert document["progress"] == 33
    assert run(desk, import_id)
    assert get(desk, import_id)["accepted"] == LISTS


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_runs_of_one_worker_read_the_directory_of_an_archive_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, write: Callable[[dict[str, bytes]], bytes]
) -> None:
    archive = write(lay_out(write_lists(LISTS)))
    import_id = upload(desk, archive)
    reads: list[BinaryIO] = []

    def read_and_note(archive: BinaryIO) -> ArchiveIndex:
        reads.append(archive)
        return read_index(archive)

    monkeypatch.setattr(indexes, "read_index", read_and_note)
    worker = new_worker(desk, clock=itertools.count(0.0, runs.RUN_SECONDS / 2).__next__)
    for _ in range(LISTS):
        runs.run_import(worker, uuid.UUID(import_id))
    assert get(desk, import_id)["accepted"] == LISTS
    assert len(reads) == 1
    # It is free again.
    worker.indexes.read(uuid.UUID(import_id), io.BytesIO(archive))
    assert len(reads) == 2


def test_indexes_of_several_archives_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    index, reads = ArchiveIndex([], [Member("DSKKAR00.DBF", 0, 1, 1)] * 2, []), itertools.count()

    def read_and_count(_archive: BinaryIO) -> ArchiveIndex:
        next(reads)
        return index

    monkeypatch.setattr(indexes, "read_index", read_and_count)
    recent, ids = indexes.RecentIndexes(most_files=4), [uuid.uuid4() for _ in range(3)]
    for one in (*ids[:2], *ids[:2], ids[2], ids[1], ids[0]):
        recent.read(one, io.BytesIO())
    assert next(reads) == 4


def test_cancelling_stops_a_running_import(
    desk: Desk, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_batch = batches.read_batch

    def read_and_cancel(*given: object) -> object:
        assert desk.call_as_officer("DELETE", f"{IMPORTS}/{import_id}", "lists").status_code == 204
        return read_batch(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "read_batch", read_and_cancel)
    assert run(desk, import_id)
    assert get(desk, import_id)["status"] == "cancelled"
    assert desk.count_rows() == [0, 0, 0, 0, 0]


def test_store_that_is_away_delays_an_import_and_counts_no_try(
    desk: Desk, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(batches, "read_batch", _raise_unavailable)
        patch.setattr(runs, "RETRY_AFTER", 0)
        for _ in range(runs.MAX_TRIES + 2):
            assert run(desk, import_id)
    document = get(desk, import_id)
    assert (document["status"], document["lists_done"], document["refused"]) == ("queued", 0, 0)
    assert run(desk, import_id)
    assert get(desk, import_id)["accepted"] == LISTS


def _raise_unavailable(*_: object) -> object:
    raise OSError("the disk is away")


def test_list_that_ends_every_worker_is_refused_alone(
    desk: Desk, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_list = batches._read_list

    def fail_hard_at_third(archive: Any, bulk_import: Any, number: int, pair: Any) -> object:
        if number == 2:
            raise Killed
        return read_list(archive, bulk_import, number, pair)

    monkeypatch.setattr(batches, "_read_list", fail_hard_at_third)
    for _ in range(2 * runs.MAX_TRIES):
        expire_lease(desk)
        try:
            run(desk, import_id)
        except Killed:
            continue
        break
    document = get(desk, import_id)
    assert (document["status"], document["accepted"], document["refused"]) == ("done", LISTS - 1, 1)
    (item,) = get(desk, import_id, "/findings?outcome=refused")["items"]
    assert (item["path"], item["findings"][0]["code"]) == ("0003", "not-processed")


def test_archive_that_ends_every_worker_fails(
    desk: Desk, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_hard(_: object) -> object:
        raise Killed

    monkeypatch.setattr(indexes, "read_index", fail_hard)
    for _ in range(runs.MAX_TRIES):
        with pytest.raises(Killed):
            run(desk, import_id)
        expire_lease(desk)
    assert run(desk, import_id)
    document = get(desk, import_id)
    assert (document["status"], document["failure"]["code"]) == ("failed", "archive-damaged")


def test_list_with_an_unexpected_error_is_refused_and_the_others_are_imported(
    desk: Desk, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_one = batches._import_one

    def fail_at_third(batch: Any, read: Any) -> object:
        if read.valid_list.header.workshop_code == "0000000003":
            raise KeyError("a bug")
        return import_one(batch, read)

    monkeypatch.setattr(batches, "_import_one", fail_at_third)
    assert run(desk, import_id)
    document = get(desk, import_id)
    assert (document["status"], document["accepted"], document["refused"]) == ("done", LISTS - 1, 1)


def test_batch_that_conflicts_is_done_one_by_one(
    desk: Desk, import_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_batch, sizes = batches.import_batch, []

    def raise_conflict(session: object, batch: list[object], bulk_import: object) -> object:
        sizes.append(len(batch))
        if len(batch) > 1:
            raise Unavailable
        return import_batch(session, batch, bulk_import)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "import_batch", raise_conflict)
    assert run(desk, import_id)
    assert sizes == [2, 1, 1] * 3
    assert get(desk, import_id)["accepted"] == LISTS


def test_sweeper_sends_a_message_until_the_import_is_claimed(desk: Desk, import_id: str) -> None:
    sent: list[tuple[str, dict[str, str]]] = []

    def publish(name: str, data: object, request_id: str) -> None:
        assert request_id
        sent.append((name, dict(data)))  # type: ignore[call-overload]

    assert [sweep_imports(desk.sessions, publish) for _ in range(2)] == [1, 0]
    assert sent == [(IMPORT_TASK, {"import_id": import_id})]
    with desk.sessions.begin() as session:
        session.execute(sa.update(BulkImport).values(nudge_at=BulkImport.created_at))
    assert sweep_imports(desk.sessions, publish) == 1
    assert run(desk, import_id)
    with desk.sessions.begin() as session:
        session.execute(sa.update(BulkImport).values(nudge_at=BulkImport.created_at))
    assert sweep_imports(desk.sessions, publish) == 0
