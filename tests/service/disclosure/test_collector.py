"""Objects without a row: removed when none can come any more, and never before, whatever happens at once."""

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
from obstore.store import LocalStore

from services.disclosure.actions import documents
from services.disclosure.actions.orphans import GRACE, OrphanCollector
from services.disclosure.models import Letter
from services.kit.storage import SealedObjects, objects
from tests.databases import SqliteTemplates
from tests.service.disclosure.conftest import lend_world
from tests.service.disclosure.world import AT_ONCE, PDF, PUBLIC, World, citizen

DAY = 24 * 3600
NEVER_USED = uuid.UUID(int=99)


@pytest.fixture
def on_disk(database_url: str, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "objects").mkdir()
    yield from lend_world(database_url, tmp_path, LocalStore(tmp_path / "objects"))


def files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "objects").rglob("*") if path.is_file())


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def collect(world: World, grace: timedelta = GRACE) -> None:
    """Go through all objects once."""
    collector = OrphanCollector(world.sessions, world.objects, grace)
    while collector.collect_batch():
        pass


def counted(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """What the last round told of."""
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    told = [line for line in lines if line["event"] == "objects.collected"][-1]
    return {name: told[name] for name in ("objects", "removed", "foreign", "unfinished")}


def die_before_the_row(world: World) -> str:
    """The id of a request whose worker's PUT ended between object and row."""
    disclosure_id = world.asked()
    token = world.claimed(disclosure_id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "_add_letter", _die)
        assert world.put(disclosure_id, token).status_code == 500
    return disclosure_id


def _die(*_: object) -> None:
    raise RuntimeError("the process died here")


def test_an_object_goes_a_day_after_its_attempt_ended_without_a_row(
    on_disk: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disclosure_id = die_before_the_row(on_disk)
    (orphan,) = files(tmp_path)
    age(orphan, 30 * DAY)
    # The worker may still come back with it, however late.
    collect(on_disk)
    assert files(tmp_path) == [orphan]
    on_disk.let_pass(disclosure_id)
    assert on_disk.put(disclosure_id, on_disk.claimed(disclosure_id)).status_code == 201
    age(orphan, DAY - 60)
    collect(on_disk)
    assert len(files(tmp_path)) == 2
    age(orphan, DAY + 60)
    collect(on_disk)
    assert counted(caplog) == {"objects": 2, "removed": 1, "foreign": 0, "unfinished": 0}
    assert len(files(tmp_path)) == 1
    assert orphan not in files(tmp_path)


def test_a_letter_stays_however_old(on_disk: World, tmp_path: Path) -> None:
    letter_id = on_disk.delivered()
    age(files(tmp_path)[0], 4000 * DAY)
    collect(on_disk, AT_ONCE)
    assert on_disk.client.get(f"{PUBLIC}/inbox/{letter_id}/document", headers=citizen()).status_code == 200


def test_the_worker_that_lived_finishes_what_the_collector_left(on_disk: World) -> None:
    disclosure_id = die_before_the_row(on_disk)
    collect(on_disk, AT_ONCE)
    assert on_disk.put(disclosure_id, 1).status_code == 201


@pytest.mark.parametrize(
    "key",
    [
        f"letters/2026/{NEVER_USED}/1.pdf",
        "letters/2026/not-an-id/1.pdf",
        "somebody/else/put/this/here",
        f"letters/2026/{NEVER_USED}/1.pdf.txt",
    ],
)
def test_what_this_database_does_not_know_is_kept_and_counted(
    sqlite_world: World, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    obstore.put(sqlite_world.objects, key, b"x")
    collect(sqlite_world, AT_ONCE)
    assert counted(caplog) == {"objects": 1, "removed": 0, "foreign": 1, "unfinished": 0}
    assert obstore.head(sqlite_world.objects, key)["size"] == 1


def test_an_attempt_of_a_later_database_is_kept(sqlite_world: World) -> None:
    # As after a restore: the object of attempt 3, and a database that has come to 1.
    disclosure_id = sqlite_world.asked()
    sqlite_world.claimed(disclosure_id)
    key = f"letters/2026/{disclosure_id}/3.pdf"
    obstore.put(sqlite_world.objects, key, b"x")
    collect(sqlite_world, AT_ONCE)
    assert obstore.head(sqlite_world.objects, key)["size"] == 1


def test_half_written_files_go_after_a_day(on_disk: World, tmp_path: Path) -> None:
    on_disk.delivered()
    (letter,) = files(tmp_path)
    old, young = (letter.with_name(f"{letter.name}#{number}") for number in (1, 2))
    for part in (old, young):
        part.write_bytes(b"half a let")
    age(old, DAY + 60)
    collect(on_disk)
    assert files(tmp_path) == [letter, young]


def test_many_objects_are_looked_through_page_by_page(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PAGE", 4)
    for number in range(10):
        obstore.put(sqlite_world.objects, f"stray/{number}", b"x")
    collector = OrphanCollector(sqlite_world.sessions, sqlite_world.objects)
    steps = []
    while looked_at := collector.collect_batch():
        steps.append(looked_at)
    assert steps[:3] == [4, 4, 2]
    # The next call begins anew.
    assert collector.collect_batch() == 4


def test_a_round_that_fails_is_begun_again(on_disk: World, tmp_path: Path) -> None:
    on_disk.delivered()
    collector = OrphanCollector(on_disk.sessions, on_disk.objects)
    (tmp_path / "objects").rename(tmp_path / "away")
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            collector.collect_batch()
    (tmp_path / "away").rename(tmp_path / "objects")
    assert collector.collect_batch() == 1


STEPS = st.lists(
    st.sampled_from(
        ["ask", "claim", "put", "put-stale", "die", "collect-in-between", "pass", "fail", "collect"]
    ),
    max_size=15,
)


@pytest.fixture(scope="module")
def shared(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all examples, each with a citizen of its own."""
    directory = tmp_path_factory.mktemp("collector")
    url = sqlite_templates.copy("services.disclosure", directory / "test.db")
    yield from lend_world(url, directory)


@hypothesis.given(steps=STEPS, which=st.lists(st.integers(0, 2), min_size=15, max_size=15))
@hypothesis.settings(max_examples=20)
def test_whatever_happens_in_whatever_order_no_letter_loses_its_object(
    shared: World, steps: list[str], which: list[int]
) -> None:
    person = uuid.uuid4()
    requests = [shared.asked(person) for _ in range(3)]
    tokens: dict[str, int] = {}
    put_new = SealedObjects.put_new

    def put_and_collect(letters: SealedObjects, key: str, data: bytes) -> None:
        put_new(letters, key, data)
        collect(shared, AT_ONCE)

    for step, number in zip(steps, which, strict=False):
        disclosure_id = requests[number]
        token = tokens.get(disclosure_id, 1)
        with pytest.MonkeyPatch.context() as patch:
            if step == "claim" and (answer := shared.claim(disclosure_id)).status_code == 200:
                tokens[disclosure_id] = answer.get_json()["attempt_token"]
            elif step == "put":
                shared.put(disclosure_id, token, PDF + disclosure_id.encode())
            elif step == "put-stale":
                shared.put(disclosure_id, max(1, token - 1), PDF + disclosure_id.encode())
            elif step == "die":
                patch.setattr(documents, "_add_letter", _die)
                shared.put(disclosure_id, token, PDF + disclosure_id.encode())
            elif step == "collect-in-between":
                patch.setattr(SealedObjects, "put_new", put_and_collect)
                shared.put(disclosure_id, token, PDF + disclosure_id.encode())
            elif step == "pass":
                shared.let_pass(disclosure_id)
            elif step == "fail":
                shared.fail(disclosure_id, token, retriable=True)
            elif step == "collect":
                collect(shared, AT_ONCE)
    # Whatever stands in the way of the last ones ends.
    for disclosure_id in requests:
        shared.let_pass(disclosure_id)
        if (answer := shared.claim(disclosure_id)).status_code == 200:
            assert shared.put(disclosure_id, answer.get_json()["attempt_token"]).status_code == 201
    collect(shared, AT_ONCE)
    with shared.sessions() as session:
        named = set(session.scalars(sa.select(Letter.object_key)))
        letters = session.scalars(sa.select(Letter).where(Letter.person_id == person)).all()
    headers = citizen(person)
    for letter in letters:
        answer = shared.client.get(f"{PUBLIC}/inbox/{letter.id}/document", headers=headers)
        assert answer.status_code == 200, letter.object_key
    # And what no letter names is gone.
    assert {found["path"] for page in obstore.list(shared.objects) for found in page} == named


def test_the_collector_beside_workers(world: World) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def keep_collecting() -> None:
        try:
            while not stop.is_set():
                collect(world, AT_ONCE)
        except BaseException as error:  # noqa: BLE001 -- told of at the end of the test
            failures.append(error)

    thread = threading.Thread(target=keep_collecting)
    thread.start()
    try:
        people = [uuid.uuid4() for _ in range(12)]
        letters = {person: world.delivered(person) for person in people}
    finally:
        stop.set()
        thread.join()
    assert failures == []
    for person, letter_id in letters.items():
        path = f"{PUBLIC}/inbox/{letter_id}/document"
        assert world.client.get(path, headers=citizen(person)).status_code == 200
