"""The real importer is killed again and again in the middle of an import: every list comes exactly once."""

import random
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.chaos.rig import Rig, heavy
from tests.service.records.importing import IMPORTS, lay_out, write_town, write_zip
from tests.waiting import wait_until

pytestmark = [pytest.mark.xdist_group("faults"), heavy]

# Twenty batches; by turns the whole program dies, and only the process that imports.
LISTS, KILLS = 2_000, 6
# The rig has them stopped; the relay has the loop that sends the messages.
PROGRAMS = ("records-relay", "records-importer")
TABLES = ("lists", "contributions", "people", "workshops")


@pytest.fixture
def running_importer(rig: Rig) -> Iterator[Rig]:
    for name in PROGRAMS:
        rig.start(name)
    yield rig
    for name in PROGRAMS:
        rig.stack.kill(name)


def test_killed_importer_loses_nothing_and_doubles_nothing(running_importer: Rig) -> None:
    rig, order = running_importer, random.Random(1)
    before = count_rows(rig)
    officer = {"Authorization": f"Bearer {rig.mint_token('officer', str(uuid.uuid4()), 'lists')}"}
    kills: list[Mapping[str, Any]] = []
    with httpx.Client(base_url=rig.stack.find_url("records"), headers=officer, timeout=60) as records:
        import_id = upload(records, write_zip(lay_out(write_town(LISTS))))
        for number in range(KILLS):
            await_progress(rig, import_id)
            time.sleep(order.random() / 5)
            if is_whole := number % 2 == 0:
                rig.stack.kill("records-importer")
            else:
                rig.stack.kill_child("records-importer")
            kills.append(read_import(rig, import_id))
            expire_lease(rig, import_id)
            if is_whole:
                rig.start("records-importer")
        wait_until(lambda: records.get(f"{IMPORTS}/{import_id}").json()["status"] == "done", pause=0.2)
        ended = records.get(f"{IMPORTS}/{import_id}").json()
    assert (ended["accepted"], ended["refused"], ended["already_there"]) == (LISTS, 0, 0), kills
    assert (ended["lists_done"], ended["progress"], ended["rows"]) == (LISTS, 100, LISTS)
    added = {name: after - before[name] for name, after in count_rows(rig).items()}
    assert added == dict.fromkeys((*TABLES, "events"), LISTS), kills
    assert sum(one["status"] == "running" for one in kills) >= KILLS // 2, kills


def await_progress(rig: Rig, import_id: str) -> None:
    """Wait until a worker has claimed the import once more and finished a batch, or all of it."""
    before = read_import(rig, import_id)

    def has_progressed() -> bool:
        now = read_import(rig, import_id)
        is_further = all(now[name] > before[name] for name in ("attempt", "lists_done"))
        return is_further or bool(now["status"] == "done")

    wait_until(has_progressed, pause=0.01)


def expire_lease(rig: Rig, import_id: str) -> None:
    """Let the claim of the dead worker be over, as after its lease."""
    rig.stack.fetch_rows(
        "records",
        "UPDATE imports SET claimable_at = least(claimable_at, now()), nudge_at = least(nudge_at, now())"
        " WHERE id = %s RETURNING id",
        import_id,
    )


def read_import(rig: Rig, import_id: str) -> Mapping[str, Any]:
    columns = "status", "lists_done", "attempt"
    [row] = rig.stack.fetch_rows(
        "records", "SELECT status, lists_done, attempt FROM imports WHERE id = %s", import_id
    )
    return dict(zip(columns, row, strict=True))


def upload(records: httpx.Client, archive: bytes) -> str:
    """Return the id of an import whose archive is complete."""
    begun = records.post(IMPORTS, json={"name": "town.zip", "size": len(archive)}).raise_for_status().json()
    for number in range(begun["parts"]):
        start = number * begun["part_size"]
        part = archive[start : start + begun["part_size"]]
        kind = {"Content-Type": "application/octet-stream"}
        records.put(f"{IMPORTS}/{begun['id']}/parts/{number}", content=part, headers=kind).raise_for_status()
    records.post(f"{IMPORTS}/{begun['id']}/completion").raise_for_status()
    return str(begun["id"])


def count_rows(rig: Rig) -> dict[str, int]:
    """Return how many lists, rows, people, workshops and events of lists there are."""
    [counts] = rig.stack.fetch_rows(
        "records",
        "SELECT (SELECT count(*) FROM lists), (SELECT count(*) FROM contributions),"
        " (SELECT count(*) FROM people), (SELECT count(*) FROM workshops),"
        " (SELECT count(*) FROM outbox WHERE name = 'record.changed')",
    )
    return dict(zip((*TABLES, "events"), counts, strict=True))
