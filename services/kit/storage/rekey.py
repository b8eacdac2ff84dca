"""Which key seals which objects, and sealing all under the newest key. Called by operators' commands."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from services.kit.storage.objects import ObjectMissing, list_pages
from services.kit.storage.sealed import KeyUnknown, ObjectDamaged, SealedObjects


@dataclass
class Usage:
    """How many objects each key seals, by its id, and how many are not sealed by any."""

    by_key: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0


def count_keys(sealed: SealedObjects) -> Usage:
    """Return how many objects each key seals now, by the first bytes of every object."""
    usage = Usage()
    for page in list_pages(sealed.store):
        for item in page:
            key = item["path"]
            try:
                usage.by_key[sealed.read_key_id(key)] += 1
            except ObjectMissing:
                continue
            except ObjectDamaged:
                usage.unreadable += 1
    return usage


def rekey_all(
    sealed: SealedObjects, say: Callable[[str], None], is_known: Callable[[str, bytes], bool]
) -> int:
    """Return how many objects do not unseal, which are left unchanged; seal all others under the newest key.

    `is_known(key, data)` returns whether plaintext bytes belong under that key; then they are sealed, too.
    Each object is replaced atomically, so this can be stopped, restarted and run by two processes at a time.
    """
    done = looked_at = failed = 0
    for page in list_pages(sealed.store):
        for item in page:
            key = item["path"]
            try:
                done += _rekey(sealed, key, is_known)
            except ObjectMissing:
                # Removed by the housekeeping meanwhile.
                continue
            except ObjectDamaged:
                failed += 1
                say(f"{key}: does not unseal")
            except KeyUnknown as error:
                failed += 1
                say(f"{key}: needs key {error.key_id}, which the file does not have")
        looked_at += len(page)
        say(f"{looked_at} objects looked at, {done} sealed again")
    return failed


def _rekey(sealed: SealedObjects, key: str, is_known: Callable[[str, bytes], bool]) -> bool:
    try:
        return sealed.rekey(key)
    except ObjectDamaged:
        if sealed.seal_plain(key, is_known):
            return True
        raise
