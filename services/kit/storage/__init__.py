"""Objects (letters, sealed copies) in a directory, an S3-compatible store or memory, as one URL says.

`objects` stores bytes unchanged, `sealed` encrypts them under the keys that `keys` reads from a file, and
`local` is what a directory needs beyond that.
"""

from services.kit.storage.keys import KeyFile, new_key_line, rotate_keys
from services.kit.storage.local import list_leftovers, remove_leftover
from services.kit.storage.objects import (
    ObjectExists,
    ObjectMissing,
    S3Config,
    check_store,
    list_pages,
    open_store,
    put_new,
    read,
    remove,
)
from services.kit.storage.rekey import count_keys, rekey_all
from services.kit.storage.sealed import KeyUnknown, ObjectDamaged, SealedObjects
from services.kit.storage.settings import StorageSettings

__all__ = [
    "KeyFile",
    "KeyUnknown",
    "ObjectDamaged",
    "ObjectExists",
    "ObjectMissing",
    "S3Config",
    "SealedObjects",
    "StorageSettings",
    "check_store",
    "count_keys",
    "list_leftovers",
    "list_pages",
    "new_key_line",
    "open_store",
    "put_new",
    "read",
    "rekey_all",
    "remove",
    "remove_leftover",
    "rotate_keys",
]
