"""Snapshots of ready letters: sealed in the object store beside the letter, and read from there.

The loop `seal-snapshots` seals them; permits read them; the command `snapshots unseal` puts them back into
their rows for older code.
"""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from services.disclosure import store
from services.disclosure.models import DisclosureRequest
from services.kit.db import Sessions, is_any
from services.kit.problems import Unavailable
from services.kit.sqlite import empty_log
from services.kit.storage import KeyUnknown, ObjectDamaged, ObjectExists, ObjectMissing, SealedObjects

BATCH = 50
# What was unsealed stays so for this long, in which older code takes over.
UNSEALED_SECONDS = 24 * 3600

log = structlog.get_logger()


def seal_snapshots(sessions: Sessions, objects: SealedObjects) -> int:
    """Return how many snapshots of ready letters moved from their rows into sealed objects, at most `BATCH`.

    The object comes first and the row follows, so a process that dies between them loses nothing: the next
    look finds the object and takes it. SQLite's log of the rows is emptied. Raises what the store raises.
    """
    count = _seal_batch(sessions, objects)
    empty_log(sessions.kw["bind"])
    return count


def _seal_batch(sessions: Sessions, objects: SealedObjects) -> int:
    if not is_any(sessions, store.is_unsealed(), by=DisclosureRequest.seal_from):
        return 0
    with sessions() as session:
        unsealed = store.unsealed_snapshots(session, BATCH)
    for row in unsealed:
        key = key_of_snapshot(row.object_key)
        _put(objects, key, json.dumps(row.statement, ensure_ascii=False).encode())
        with sessions.begin() as session:
            store.mark_sealed(session, row.id, key)
    if unsealed:
        log.info("snapshots.sealed", count=len(unsealed))
    return len(unsealed)


def key_of_snapshot(object_key: str) -> str:
    """Return the key of the snapshot beside a letter's object."""
    return f"{object_key.removesuffix('.pdf')}.json"


def _put(objects: SealedObjects, key: str, snapshot: bytes) -> None:
    try:
        objects.put_new(key, snapshot)
    except ObjectExists:
        # Left by a process that died before its row. It is sealed for this key only, so it is this snapshot,
        # unless it does not open.
        try:
            if objects.read(key) == snapshot:
                return
        except (ObjectDamaged, KeyUnknown):
            pass
        log.warning("snapshot.replaced", object=key)
        objects.remove(key)
        objects.put_new(key, snapshot)


def read_snapshot(
    objects: SealedObjects, statement_key: str | None, statement: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the snapshot of a request, from its sealed object or, where there is none yet, from its row.

    Raises Unavailable where the object cannot be read.
    """
    if statement_key is None:
        return statement
    try:
        snapshot: Mapping[str, Any] = json.loads(objects.read(statement_key))
    except (ObjectMissing, ObjectDamaged, KeyUnknown) as error:
        log.exception("snapshot.unreadable", object=statement_key, reason=type(error).__name__)
        raise Unavailable from error
    return snapshot


def unseal_snapshots(sessions: Sessions, objects: SealedObjects) -> int:
    """Return how many sealed snapshots were put back into their rows, for code that reads only rows.

    The objects are collected later. Raises Unavailable at the first that cannot be read.
    """
    count = after = 0
    while True:
        with sessions() as session:
            sealed = store.sealed_requests(session, after, BATCH)
        if not sealed:
            return count
        for position, disclosure_id in sealed:
            with sessions() as session:
                found = store.find_snapshot(session, disclosure_id)
            snapshot = dict(read_snapshot(objects, *found))
            with sessions.begin() as session:
                store.return_snapshot(session, disclosure_id, snapshot, UNSEALED_SECONDS)
            after, count = position, count + 1
