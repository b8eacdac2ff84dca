"""Snapshots of ready letters: out of the database into sealed objects and back, with nothing lost."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import obstore
import pytest
import sqlalchemy as sa
from obstore.store import LocalStore

from services.disclosure.actions import snapshots
from services.disclosure.actions.orphans import OrphanCollector
from services.disclosure.actions.snapshots import seal_snapshots
from services.disclosure.models import DisclosureRequest
from services.kit import storage
from services.kit.db import sql_now
from services.kit.schema import migrate
from services.kit.storage import KeyFile, SealedObjects
from tests.service.disclosure.conftest import lend_world
from tests.service.disclosure.world import AHMADI, AT_ONCE, World, citizen
from tests.service.kit.calls import problem


@pytest.fixture
def kept(database_url: str, tmp_path: Path) -> Iterator[World]:
    """Disclosure whose objects are on a disk."""
    (tmp_path / "objects").mkdir()
    yield from lend_world(database_url, tmp_path, LocalStore(tmp_path / "objects"))


def sealed_of(world: World) -> SealedObjects:
    return SealedObjects(world.objects, KeyFile(world.settings.storage_keys_file))


def seal(world: World) -> int:
    return seal_snapshots(world.sessions, sealed_of(world))


def row_of(world: World) -> DisclosureRequest:
    with world.sessions() as session:
        query = sa.select(DisclosureRequest).options(sa.orm.undefer(DisclosureRequest.statement))
        return session.scalars(query).one()


def key_of_letter(world: World, person: uuid.UUID = AHMADI) -> str:
    return next(letter.object_key for letter in world.letters() if letter.person_id == person)


def read_for_permit(world: World, letter_id: str) -> Any:
    """Return the answer that a permit is made from."""
    return world.client.get(f"/internal/letters/{letter_id}", headers=citizen())


def test_a_ready_letters_snapshot_leaves_the_database(kept: World, tmp_path: Path) -> None:
    letter_id = kept.delivered()
    before = read_for_permit(kept, letter_id).get_json()
    assert seal(kept) == 1
    row = row_of(kept)
    assert (row.statement, row.statement_key) == (
        {},
        key_of_letter(kept).replace(".pdf", ".json"),
    )
    assert read_for_permit(kept, letter_id).get_json() == before
    national_code = before["statement"]["person"]["national_code"]
    for path in (tmp_path / "objects").rglob("*.json"):
        assert national_code.encode() not in path.read_bytes()
    assert seal(kept) == 0


def test_a_sealed_snapshot_is_in_no_file_of_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    for world in lend_world(sqlite_url, tmp_path, LocalStore(tmp_path / "objects")):
        letter_id = world.delivered()
        person = read_for_permit(world, letter_id).get_json()["statement"]["person"]
        path = Path(str(world.engine.url.database))

        def holds(path: Path = path, code: str = person["national_code"]) -> list[str]:
            files = path.parent.glob(f"{path.name}*")
            return [file.name for file in files if code.encode() in file.read_bytes()]

        assert holds() != []
        assert seal(world) == 1
        assert holds() == []


def test_only_ready_letters_are_sealed(kept: World) -> None:
    queued, failed = kept.asked(), kept.asked()
    kept.fail(failed, kept.claimed(failed), retriable=False)
    assert seal(kept) == 0
    retried = kept.client.post(f"/api/v1/disclosure/requests/{failed}/retry", headers=citizen())
    assert retried.status_code == 202
    assert all(
        kept.claim(disclosure_id).get_json()["statement"]["person"] for disclosure_id in (queued, failed)
    )


def test_more_than_a_batch_is_sealed_step_by_step(kept: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "BATCH", 2)
    for person in range(1, 6):
        kept.delivered(uuid.UUID(int=person))
    assert [seal(kept) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("left", ["the same", "of another", "damaged"])
def test_an_object_without_its_row_is_taken_or_replaced(kept: World, left: str) -> None:
    letter_id = kept.delivered()
    before = read_for_permit(kept, letter_id).get_json()["statement"]
    key = key_of_letter(kept).replace(".pdf", ".json")
    if left == "damaged":
        obstore.put(kept.objects, key, b"not sealed")
    else:
        content = before if left == "the same" else {"person": "another"}
        sealed_of(kept).put_new(key, json.dumps(content, ensure_ascii=False).encode())
    assert seal(kept) == 1
    assert read_for_permit(kept, letter_id).get_json()["statement"] == before


def test_the_collector_leaves_snapshots_that_a_row_names_or_will_name(kept: World) -> None:
    sealed, unsealed = kept.delivered(), kept.delivered(uuid.UUID(int=2))
    with kept.sessions.begin() as session:
        session.execute(
            sa.update(DisclosureRequest)
            .where(DisclosureRequest.person_id == uuid.UUID(int=2))
            .values(seal_from=sql_now(3600))
        )
    assert seal(kept) == 1
    second = key_of_letter(kept, uuid.UUID(int=2))
    objects = sealed_of(kept)
    objects.put_new(second.replace(".pdf", ".json"), b"{}")
    # Of an attempt that was never delivered.
    objects.put_new(second.replace("/1.pdf", "/0.json"), b"{}")
    collector = OrphanCollector(kept.sessions, kept.objects, AT_ONCE)
    while collector.collect_batch():
        pass
    left = [found["path"] for page in storage.list_pages(kept.objects) for found in page]
    assert len(left) == 4
    assert not any(path.endswith("/0.json") for path in left)
    assert read_for_permit(kept, sealed).status_code == 200
    assert unsealed


@pytest.mark.parametrize("fault", ["missing", "damaged", "another's", "key"])
def test_a_snapshot_that_cannot_be_read_is_unavailable(kept: World, fault: str) -> None:
    letter_id = kept.delivered()
    kept.delivered(uuid.UUID(int=2))
    seal(kept)
    key = key_of_letter(kept).replace(".pdf", ".json")
    if fault == "missing":
        storage.remove(kept.objects, key)
    elif fault == "damaged":
        obstore.put(kept.objects, key, storage.read(kept.objects, key)[:-1])
    elif fault == "another's":
        other = key_of_letter(kept, uuid.UUID(int=2)).replace(".pdf", ".json")
        obstore.put(kept.objects, key, storage.read(kept.objects, other))
    else:
        kept.settings.storage_keys_file.write_text(storage.new_key_line())
    problem(read_for_permit(kept, letter_id), 503, "unavailable")


def test_snapshots_go_back_into_the_database_for_an_older_version(kept: World) -> None:
    letter_id = kept.delivered()
    before = read_for_permit(kept, letter_id).get_json()
    seal(kept)
    unsealed = kept.command("snapshots", "unseal")
    assert (unsealed.exit_code, unsealed.output) == (0, "1\n")
    assert row_of(kept).statement == before["statement"]
    assert read_for_permit(kept, letter_id).get_json() == before
    # It stays there while the older version takes over.
    assert seal(kept) == 0
    assert kept.command("snapshots", "unseal").output == "0\n"


def test_rekeying_seals_snapshots_too(kept: World) -> None:
    letter_id = kept.delivered()
    seal(kept)
    assert kept.command("storage-keys", "rotate").exit_code == 0
    assert kept.command("storage-keys", "rekey").exit_code == 0
    lines = kept.settings.storage_keys_file.read_text("ascii").splitlines()
    kept.settings.storage_keys_file.write_text(lines[0])
    assert read_for_permit(kept, letter_id).status_code == 200


def test_migrating_back_is_refused_while_snapshots_are_sealed(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    for world in lend_world(database_url, tmp_path, LocalStore(tmp_path / "objects")):
        world.delivered()
        seal(world)
        migrate(world.engine, "services.disclosure", "0006_serves_0003")
        refused = world.command("migrate", "--down")
        assert refused.exit_code == 1
        assert "snapshots unseal" in refused.output
        world.command("snapshots", "unseal")
        assert world.command("migrate", "--down").exit_code == 0


def test_an_upgrade_waits_an_hour_and_a_new_database_does_not(database_url: str, tmp_path: Path) -> None:
    for world in lend_world(database_url, tmp_path):
        world.delivered()
        waits = "SELECT count(*) FROM requests WHERE seal_from > {}"
        now = "now()" if world.engine.dialect.name == "postgresql" else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        migrate(world.engine, "services.disclosure", "0005_serves_0003")
        migrate(world.engine, "services.disclosure")
        with world.engine.connect() as connection:
            assert connection.exec_driver_sql(waits.format(now)).scalar() == 1
        assert seal(world) == 0
