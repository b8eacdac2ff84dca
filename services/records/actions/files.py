"""Files as they were received, sealed in the object store: lists, and what comes with objections.

A file is written before the transaction that names it. So a list that is accepted always has its files, and a
process that dies in between leaves an object that the housekeeping removes.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from services.kit import storage
from services.kit.db import Sessions
from services.kit.problems import Unavailable
from services.kit.storage import KeyUnknown, ObjectDamaged, ObjectMissing, SealedObjects
from services.records.actions.import_archives import is_archived, read_archived
from services.records.store import files

# An object that nothing names is removed after this time.
GRACE = timedelta(hours=24)
BATCH = 500

log = structlog.get_logger()


def store_files(sessions: Sessions, objects: SealedObjects, contents: Mapping[str, bytes]) -> None:
    """Seal and write files, by key, before any row names them.

    Raises what the object store raises. Then nothing names the files, and the housekeeping removes them.
    """
    with sessions.begin() as session:
        files.add_objects(
            session, {key: (_compute_sha256(content), len(content)) for key, content in contents.items()}
        )
    for key, content in contents.items():
        objects.put_new(key, content)


def keep_files(session: Session, keys: Collection[str]) -> None:
    """Mark files as named by a row of this transaction. Raises Unavailable if one was removed meanwhile."""
    if keys and files.set_kept(session, keys, is_kept=True) != len(keys):
        raise Unavailable


def release_files(session: Session, keys: Collection[str]) -> None:
    """Mark files that no row names any longer, so that the housekeeping removes them."""
    files.set_kept(session, keys, is_kept=False)


def read_file(objects: SealedObjects, key: str, sha256: str) -> bytes:
    """Return a file as it was received, bit for bit.

    Raises Unavailable if the object store does not have it whole, and what the object store raises.
    """
    try:
        content = read_archived(objects, key) if is_archived(key) else objects.read(key)
    except (ObjectMissing, ObjectDamaged) as error:
        log.exception("file.damaged", object=key)
        raise Unavailable from error
    except KeyUnknown as error:
        log.exception("file.key-unknown", object=key, key_id=error.key_id)
        raise Unavailable from error
    if _compute_sha256(content) != sha256:
        log.error("file.not-as-received", object=key)
        raise Unavailable
    return content


def remove_unkept_files(sessions: Sessions, objects: SealedObjects, grace: timedelta = GRACE) -> int:
    """Return how many files were removed that no row names and that are older than `grace`."""
    with sessions() as session:
        keys = files.list_unkept(session, grace, BATCH)
    for key in keys:
        objects.remove(key)
    if keys:
        # After the objects: a row without an object is only removed again.
        with sessions.begin() as session:
            files.delete_unkept(session, keys)
        log.info("files.removed", files=len(keys))
    return len(keys)


def remove_unfinished_files(objects: SealedObjects, grace: timedelta = GRACE) -> None:
    """Remove what processes that died while they wrote have left in the directory of objects."""
    for paths in storage.list_leftovers(objects.store):
        for path in paths:
            storage.remove_leftover(path, grace)


def _compute_sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
