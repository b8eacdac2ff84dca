"""Objects without a row: removed only when no row can follow, whatever happens simultaneously."""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import hypothesis
import obstore
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from services.disclosure.actions import documents
from services.disclosure.actions.orphans import GRACE, OrphanCollector
from services.disclosure.models import Letter
from services.kit.storage import SealedObjects, objects
from tests.databases import SqliteTemplates
from tests.service.disclosure.desk import API, NO_GRACE, PDF, Desk, authorise, open_desk

DAY = 24 * 3600
NEVER_USED = uuid.UUID(int=99)


def list_files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "objects").rglob("*") if path.is_file())


def make_older(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def collect_round(desk: Desk, grace: timedelta = GRACE) -> None:
    """Go through all objects once."""
    collector = OrphanCollector(desk.sessions, desk.objects, grace)
    while collector.collect_batch():
        pass


def read_counts(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """Return the counts that the last round has logged."""
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    last = [line for line in lines if line["event"] == "objects.collected"][-1]
    return {name: last[name] for name in ("objects", "removed", "foreign", "unfinished")}


def crash_before_the_row(desk: Desk) -> str:
    """Return the id of a request whose document has an object and no row."""
    disclosure_id = desk.create_request()
    token = desk.start_attempt(disclosure_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_add_letter", _crash)
        assert desk.put_document(disclosure_id, token).status_code == 500
    return disclosure_id


def _crash(*_: object) -> None:
    raise RuntimeError("the process died here")


def test_object_is_removed_a_day_after_its_attempt_ended_without_a_row(
    disk_desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disclosure_id = crash_before_the_row(disk_desk)
    (orphan,) = list_files(tmp_path)
    make_older(orphan, 30 * DAY)
    # The worker may still post it again, however late.
    collect_round(disk_desk)
    assert list_files(tmp_path) == [orphan]
    disk_desk.expire_lease(disclosure_id)
    assert disk_desk.put_document(disclosure_id, disk_desk.start_attempt(disclosure_id)).status_code == 201
    make_older(orphan, DAY - 60)
    collect_round(disk_desk)
    assert len(list_files(tmp_path)) == 2
    make_older(orphan, DAY + 60)
    collect_round(disk_desk)
    assert read_counts(caplog) == {"objects": 2, "removed": 1, "foreign": 0, "unfinished": 0}
    assert len(list_files(tmp_path)) == 1
    assert orphan not in list_files(tmp_path)


def test_letter_is_never_removed(disk_desk: Desk, tmp_path: Path) -> None:
    letter_id = disk_desk.deliver_letter()
    make_older(list_files(tmp_path)[0], 4000 * DAY)
    collect_round(disk_desk, NO_GRACE)
    assert disk_desk.get_document(letter_id).status_code == 200


def test_worker_completes_its_attempt_after_a_round(disk_desk: Desk) -> None:
    disclosure_id = crash_before_the_row(disk_desk)
    collect_round(disk_desk, NO_GRACE)
    assert disk_desk.put_document(disclosure_id, 1).status_code == 201


@pytest.mark.parametrize(
    "key",
    [
        f"letters/2026/{NEVER_USED}/1.pdf",
        "letters/2026/not-an-id/1.pdf",
        "somebody/else/put/this/here",
        f"letters/2026/{NEVER_USED}/1.pdf.txt",
    ],
)
def test_foreign_objects_stay_and_are_counted(
    sqlite_desk: Desk, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    obstore.put(sqlite_desk.objects, key, b"x")
    collect_round(sqlite_desk, NO_GRACE)
    assert read_counts(caplog) == {"objects": 1, "removed": 0, "foreign": 1, "unfinished": 0}
    assert obstore.head(sqlite_desk.objects, key)["size"] == 1


def test_attempt_of_a_later_database_stays(sqlite_desk: Desk) -> None:
    # As after a restore: the object of attempt 3, and a database with attempt 1.
    disclosure_id = sqlite_desk.create_request()
    sqlite_desk.start_attempt(disclosure_id)
    key = f"letters/2026/{disclosure_id}/3.pdf"
    obstore.put(sqlite_desk.objects, key, b"x")
    collect_round(sqlite_desk, NO_GRACE)
    assert obstore.head(sqlite_desk.objects, key)["size"] == 1


def test_half_written_files_are_removed_after_a_day(disk_desk: Desk, tmp_path: Path) -> None:
    disk_desk.deliver_letter()
    (letter,) = list_files(tmp_path)
    old, young = (letter.with_name(f"{letter.name}#{number}") for number in (1, 2))
    for part in (old, young):
        part.write_bytes(b"half a let")
    make_older(old, DAY + 60)
    collect_round(disk_desk)
    assert list_files(tmp_path) == [letter, young]


def test_many_objects_are_collected_page_by_page(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "PAGE", 4)
    for number in range(10):
        obstore.put(sqlite_desk.objects, f"stray/{number}", b"x")
    collector = OrphanCollector(sqlite_desk.sessions, sqlite_desk.objects)
    steps = []
    while size := collector.collect_batch():
        steps.append(size)
    assert steps[:3] == [4, 4, 2]
    # The next call begins a new round.
    assert collector.collect_batch() == 4


def test_failed_round_starts_again(disk_desk: Desk, tmp_path: Path) -> None:
    disk_desk.deliver_letter()
    collector = OrphanCollector(disk_desk.sessions, disk_desk.objects)
    (tmp_path / "objects").rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            collector.collect_batch()
    (tmp_path / "away").rename(tmp_path / "objects")
    assert collector.collect_batch() == 1


STEPS = st.lists(
    st.sampled_from(
        ["ask", "claim", "put", "put-stale", "crash", "collect-in-between", "pass", "fail", "collect"]
    ),
    max_size=15,
)


@pytest.fixture(scope="module")
def shared_desk(
    sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Provide one desk for all examples, each with a citizen of its own."""
    directory = tmp_path_factory.mktemp("collector")
    url = sqlite_templates.copy("services.disclosure", directory / "test.db")
    with open_desk(url, directory) as opened:
        yield opened


@hypothesis.given(steps=STEPS, which=st.lists(st.integers(0, 2), min_size=15, max_size=15))
@hypothesis.settings(max_examples=20)
def test_no_letter_loses_its_object_in_any_order_of_steps(
    shared_desk: Desk, steps: list[str], which: list[int]
) -> None:
    person = uuid.uuid4()
    requests = [shared_desk.create_request(person) for _ in range(3)]
    tokens: dict[str, int] = {}
    put_new = SealedObjects.put_new

    def put_and_collect(letters: SealedObjects, key: str, data: bytes) -> None:
        put_new(letters, key, data)
        collect_round(shared_desk, NO_GRACE)

    for step, number in zip(steps, which, strict=False):
        disclosure_id = requests[number]
        token = tokens.get(disclosure_id, 1)
        with pytest.MonkeyPatch.context() as patch:
            if step == "claim" and (response := shared_desk.claim_request(disclosure_id)).status_code == 200:
                tokens[disclosure_id] = response.get_json()["attempt_token"]
            elif step == "put":
                shared_desk.put_document(disclosure_id, token, PDF + disclosure_id.encode())
            elif step == "put-stale":
                shared_desk.put_document(disclosure_id, max(1, token - 1), PDF + disclosure_id.encode())
            elif step == "crash":
                patch.setattr(documents, "_add_letter", _crash)
                shared_desk.put_document(disclosure_id, token, PDF + disclosure_id.encode())
            elif step == "collect-in-between":
                patch.setattr(SealedObjects, "put_new", put_and_collect)
                shared_desk.put_document(disclosure_id, token, PDF + disclosure_id.encode())
            elif step == "pass":
                shared_desk.expire_lease(disclosure_id)
            elif step == "fail":
                shared_desk.report_failure(disclosure_id, token, retriable=True)
            elif step == "collect":
                collect_round(shared_desk, NO_GRACE)
    # The remaining requests get their letters.
    for disclosure_id in requests:
        shared_desk.expire_lease(disclosure_id)
        if (response := shared_desk.claim_request(disclosure_id)).status_code == 200:
            assert (
                shared_desk.put_document(disclosure_id, response.get_json()["attempt_token"]).status_code
                == 201
            )
    collect_round(shared_desk, NO_GRACE)
    with shared_desk.sessions() as session:
        named = set(session.scalars(sa.select(Letter.object_key)))
        letters = session.scalars(sa.select(Letter).where(Letter.person_id == person)).all()
    headers = authorise(person)
    for letter in letters:
        response = shared_desk.client.get(f"{API}/inbox/{letter.id}/document", headers=headers)
        assert response.status_code == 200, letter.object_key
    # Objects that no letter names are removed.
    assert {item["path"] for page in obstore.list(shared_desk.objects) for item in page} == named


def test_collector_runs_beside_workers(desk: Desk) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def collect_until_stopped() -> None:
        try:
            while not stop.is_set():
                collect_round(desk, NO_GRACE)
        except BaseException as error:  # noqa: BLE001 -- asserted at the end of the test
            failures.append(error)

    thread = threading.Thread(target=collect_until_stopped)
    thread.start()
    try:
        people = [uuid.uuid4() for _ in range(12)]
        letters = {person: desk.deliver_letter(person) for person in people}
    finally:
        stop.set()
        thread.join()
    assert failures == []
    for person, letter_id in letters.items():
        path = f"{API}/inbox/{letter_id}/document"
        assert desk.client.get(path, headers=authorise(person)).status_code == 200
