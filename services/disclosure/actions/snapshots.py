"""Snapshots of ready letters: sealed in the object store beside the letter, and read from there.

The loop `seal-snapshots` seals them, and permits read them. The command `snapshots unseal` puts them back
into their rows for older code.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from services.disclosure.models import DisclosureRequest
from services.disclosure.store import snapshots
from services.disclosure.store.snapshots import Snapshot
from services.kit.db import Sessions, is_any
from services.kit.problems import Unavailable
from services.kit.sqlite import truncate_log
from services.kit.storage import KeyUnknown, ObjectDamaged, ObjectExists, ObjectMissing, SealedObjects

BATCH = 50
# Unsealed snapshots stay in their rows for this long, in which older code takes over.
UNSEALED_SECONDS = 24 * 3600

log = structlog.get_logger()


def seal_snapshots(sessions: Sessions, objects: SealedObjects) -> int:
    """Return how many snapshots of ready letters moved from their rows into sealed objects, at most `BATCH`.

    Each object is stored before its row changes, in a transaction of its own. A process that dies between the
    two loses nothing: the next step finds the object and uses it. SQLite's write-ahead log is emptied of the
    rows. Raises what the object store raises.
    """
    count = _seal_batch(sessions, objects)
    truncate_log(sessions.kw["bind"])
    return count


def _seal_batch(sessions: Sessions, objects: SealedObjects) -> int:
    if not is_any(sessions, snapshots.is_unsealed(), by=DisclosureRequest.seal_from):
        return 0
    with sessions() as session:
        unsealed = snapshots.find_unsealed_snapshots(session, BATCH)
    for row in unsealed:
        key = build_snapshot_key(row.object_key)
        _put_snapshot(objects, key, json.dumps(row.statement, ensure_ascii=False).encode())
        with sessions.begin() as session:
            snapshots.mark_sealed(session, row.id, key)
    if unsealed:
        log.info("snapshots.sealed", count=len(unsealed))
    return len(unsealed)


def build_snapshot_key(object_key: str) -> str:
    """Return the key of the snapshot beside a letter's object."""
    return f"{object_key.removesuffix('.pdf')}.json"


def _put_snapshot(objects: SealedObjects, key: str, content: bytes) -> None:
    try:
        objects.put_new(key, content)
    except ObjectExists:
        # A process died before it changed the row. The object is sealed for this key only, so it is this
        # snapshot, unless it cannot be decrypted.
        try:
            if objects.read(key) == content:
                return
        except (ObjectDamaged, KeyUnknown):
            pass
        log.warning("snapshot.replaced", object=key)
        objects.remove(key)
        objects.put_new(key, content)


def read_snapshot(objects: SealedObjects, snapshot: Snapshot) -> Mapping[str, Any]:
    """Return the statement of a snapshot, from its sealed object or, before sealing, from its row.

    Raises Unavailable if the object cannot be read.
    """
    if snapshot.key is None:
        return snapshot.statement
    try:
        statement: Mapping[str, Any] = json.loads(objects.read(snapshot.key))
    except (ObjectMissing, ObjectDamaged, KeyUnknown) as error:
        log.exception("snapshot.unreadable", object=snapshot.key, reason=type(error).__name__)
        raise Unavailable from error
    return statement


def unseal_snapshots(sessions: Sessions, objects: SealedObjects) -> int:
    """Return how many sealed snapshots were put back into their rows, for code that reads only rows.

    Each row is a transaction of its own, after its object was read. The housekeeping removes the objects
    later. Raises Unavailable at the first object that cannot be read.
    """
    count = after = 0
    while True:
        with sessions() as session:
            sealed = snapshots.list_sealed_requests(session, after, BATCH)
        if not sealed:
            return count
        for position, disclosure_id in sealed:
            with sessions() as session:
                snapshot = snapshots.find_snapshot(session, disclosure_id)
            statement = dict(read_snapshot(objects, snapshot))
            with sessions.begin() as session:
                snapshots.restore_snapshot(session, disclosure_id, statement, UNSEALED_SECONDS)
            after, count = position, count + 1
