"""Snapshots of ready letters: moved from the database into sealed objects and back, without a loss."""

import json
import uuid
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
from tests.service.disclosure.desk import AHMADI, NO_GRACE, Desk, authorise, open_desk
from tests.service.kit.calls import read_problem


def open_objects(desk: Desk) -> SealedObjects:
    return SealedObjects(desk.objects, KeyFile(desk.settings.storage_keys_file))


def seal_batch(desk: Desk) -> int:
    return seal_snapshots(desk.sessions, open_objects(desk))


def load_request(desk: Desk) -> DisclosureRequest:
    with desk.sessions() as session:
        query = sa.select(DisclosureRequest).options(sa.orm.undefer(DisclosureRequest.statement))
        return session.scalars(query).one()


def find_letter_key(desk: Desk, person: uuid.UUID = AHMADI) -> str:
    return next(letter.object_key for letter in desk.list_letters() if letter.person_id == person)


def fetch_for_permit(desk: Desk, letter_id: str) -> Any:
    """Return the response from which a permit is made."""
    return desk.client.get(f"/internal/letters/{letter_id}", headers=authorise())


def test_snapshot_of_a_ready_letter_leaves_the_database(disk_desk: Desk, tmp_path: Path) -> None:
    letter_id = disk_desk.deliver_letter()
    before = fetch_for_permit(disk_desk, letter_id).get_json()
    assert seal_batch(disk_desk) == 1
    row = load_request(disk_desk)
    assert (row.statement, row.statement_key) == (
        {},
        find_letter_key(disk_desk).replace(".pdf", ".json"),
    )
    assert fetch_for_permit(disk_desk, letter_id).get_json() == before
    national_code = before["statement"]["person"]["national_code"]
    for path in (tmp_path / "objects").rglob("*.json"):
        assert national_code.encode() not in path.read_bytes()
    assert seal_batch(disk_desk) == 0


def test_sealed_snapshot_is_in_no_file_of_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    with open_desk(sqlite_url, tmp_path, LocalStore(tmp_path / "objects")) as desk:
        letter_id = desk.deliver_letter()
        person = fetch_for_permit(desk, letter_id).get_json()["statement"]["person"]
        path = Path(str(desk.engine.url.database))

        def list_files_with_code(path: Path = path, code: str = person["national_code"]) -> list[str]:
            files = path.parent.glob(f"{path.name}*")
            return [file.name for file in files if code.encode() in file.read_bytes()]

        assert list_files_with_code() != []
        assert seal_batch(desk) == 1
        assert list_files_with_code() == []


def test_only_ready_letters_are_sealed(disk_desk: Desk) -> None:
    queued, failed = disk_desk.create_request(), disk_desk.create_request()
    disk_desk.report_failure(failed, disk_desk.start_attempt(failed), retriable=False)
    assert seal_batch(disk_desk) == 0
    retried = disk_desk.client.post(f"/api/v1/disclosure/requests/{failed}/retry", headers=authorise())
    assert retried.status_code == 202
    assert all(
        disk_desk.claim_request(disclosure_id).get_json()["statement"]["person"]
        for disclosure_id in (queued, failed)
    )


def test_several_batches_are_sealed_step_by_step(disk_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "BATCH", 2)
    for person in range(1, 6):
        disk_desk.deliver_letter(uuid.UUID(int=person))
    assert [seal_batch(disk_desk) for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.parametrize("left", ["the same", "of another", "damaged"])
def test_object_without_its_row_is_used_or_replaced(disk_desk: Desk, left: str) -> None:
    letter_id = disk_desk.deliver_letter()
    before = fetch_for_permit(disk_desk, letter_id).get_json()["statement"]
    key = find_letter_key(disk_desk).replace(".pdf", ".json")
    if left == "damaged":
        obstore.put(disk_desk.objects, key, b"not sealed")
    else:
        content = before if left == "the same" else {"person": "another"}
        open_objects(disk_desk).put_new(key, json.dumps(content, ensure_ascii=False).encode())
    assert seal_batch(disk_desk) == 1
    assert fetch_for_permit(disk_desk, letter_id).get_json()["statement"] == before


def test_collector_does_not_remove_snapshots_that_a_row_names_or_will_name(disk_desk: Desk) -> None:
    sealed, unsealed = disk_desk.deliver_letter(), disk_desk.deliver_letter(uuid.UUID(int=2))
    with disk_desk.sessions.begin() as session:
        session.execute(
            sa.update(DisclosureRequest)
            .where(DisclosureRequest.person_id == uuid.UUID(int=2))
            .values(seal_from=sql_now(3600))
        )
    assert seal_batch(disk_desk) == 1
    second = find_letter_key(disk_desk, uuid.UUID(int=2))
    objects = open_objects(disk_desk)
    objects.put_new(second.replace(".pdf", ".json"), b"{}")
    # Of an attempt that was never delivered.
    objects.put_new(second.replace("/1.pdf", "/0.json"), b"{}")
    collector = OrphanCollector(disk_desk.sessions, disk_desk.objects, NO_GRACE)
    while collector.collect_batch():
        pass
    paths = [item["path"] for page in storage.list_pages(disk_desk.objects) for item in page]
    assert len(paths) == 4
    assert not any(path.endswith("/0.json") for path in paths)
    assert fetch_for_permit(disk_desk, sealed).status_code == 200
    assert unsealed


@pytest.mark.parametrize("fault", ["missing", "damaged", "another's", "key"])
def test_unreadable_snapshot_is_unavailable(disk_desk: Desk, fault: str) -> None:
    letter_id = disk_desk.deliver_letter()
    disk_desk.deliver_letter(uuid.UUID(int=2))
    seal_batch(disk_desk)
    key = find_letter_key(disk_desk).replace(".pdf", ".json")
    if fault == "missing":
        storage.remove(disk_desk.objects, key)
    elif fault == "damaged":
        obstore.put(disk_desk.objects, key, storage.read(disk_desk.objects, key)[:-1])
    elif fault == "another's":
        other = find_letter_key(disk_desk, uuid.UUID(int=2)).replace(".pdf", ".json")
        obstore.put(disk_desk.objects, key, storage.read(disk_desk.objects, other))
    else:
        disk_desk.settings.storage_keys_file.write_text(storage.new_key_line())
    read_problem(fetch_for_permit(disk_desk, letter_id), 503, "unavailable")


def test_snapshots_return_to_the_database_for_an_older_version(disk_desk: Desk) -> None:
    letter_id = disk_desk.deliver_letter()
    before = fetch_for_permit(disk_desk, letter_id).get_json()
    seal_batch(disk_desk)
    unsealed = disk_desk.run_command("snapshots", "unseal")
    assert (unsealed.exit_code, unsealed.output) == (0, "1\n")
    assert load_request(disk_desk).statement == before["statement"]
    assert fetch_for_permit(disk_desk, letter_id).get_json() == before
    # It stays in the row while the older version takes over.
    assert seal_batch(disk_desk) == 0
    assert disk_desk.run_command("snapshots", "unseal").output == "0\n"


def test_rekeying_seals_snapshots_too(disk_desk: Desk) -> None:
    letter_id = disk_desk.deliver_letter()
    seal_batch(disk_desk)
    assert disk_desk.run_command("storage-keys", "rotate").exit_code == 0
    assert disk_desk.run_command("storage-keys", "rekey").exit_code == 0
    lines = disk_desk.settings.storage_keys_file.read_text("ascii").splitlines()
    disk_desk.settings.storage_keys_file.write_text(lines[0])
    assert fetch_for_permit(disk_desk, letter_id).status_code == 200


def test_downgrade_is_rejected_while_snapshots_are_sealed(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    with open_desk(database_url, tmp_path, LocalStore(tmp_path / "objects")) as desk:
        desk.deliver_letter()
        seal_batch(desk)
        migrate(desk.engine, "services.disclosure", "0006_serves_0003")
        downgrade = desk.run_command("migrate", "--down")
        assert downgrade.exit_code == 1
        assert "snapshots unseal" in downgrade.output
        desk.run_command("snapshots", "unseal")
        assert desk.run_command("migrate", "--down").exit_code == 0


def test_sealing_waits_an_hour_after_an_upgrade_but_not_in_a_new_database(
    database_url: str, tmp_path: Path
) -> None:
    with open_desk(database_url, tmp_path) as desk:
        desk.deliver_letter()
        waits = "SELECT count(*) FROM requests WHERE seal_from > {}"
        now = "now()" if desk.engine.dialect.name == "postgresql" else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        migrate(desk.engine, "services.disclosure", "0005_serves_0003")
        migrate(desk.engine, "services.disclosure")
        with desk.engine.connect() as connection:
            assert connection.exec_driver_sql(waits.format(now)).scalar() == 1
        assert seal_batch(desk) == 0
