"""Objects that cannot be read without the key file: AES-256-GCM under one of its keys.

    "GVH1"  length of the key id (1 byte)  key id  nonce (12 bytes)  ciphertext and tag

The part before the nonce and the object's own key are associated data, so an object that is moved to the
place of another, or gets the id of another key, does not unseal.
"""

from collections.abc import Callable

from obstore.store import ObjectStore

from services.kit import box
from services.kit.storage import objects
from services.kit.storage.keys import KeyFile, StorageKeys

MAGIC = b"GVH1"
LONGEST_HEADER = len(MAGIC) + 1 + 255


class ObjectDamaged(Exception):
    """The bytes under that key are not those that were sealed for it."""


class KeyUnknown(Exception):
    """The object is sealed under a key that the key file does not have; `key_id` names it."""

    def __init__(self, key: str, key_id: str) -> None:
        super().__init__(key, key_id)
        self.key_id = key_id


class SealedObjects:
    """Objects in a store, sealed under the keys of a file; each is written once and never overwritten."""

    def __init__(self, store: ObjectStore, keys: KeyFile) -> None:
        self.store = store
        self._keys = keys

    def put_new(self, key: str, data: bytes) -> None:
        """Seal and write a new object. Raises ObjectExists when the key is taken."""
        objects.put_new(self.store, key, self._seal(key, data))

    def read(self, key: str) -> bytes:
        """Return what was sealed. Raises ObjectMissing, ObjectDamaged, KeyUnknown."""
        return self._open(key, objects.read(self.store, key))

    def remove(self, key: str) -> None:
        """Remove an object, if it exists."""
        objects.remove(self.store, key)

    def check_store(self) -> None:
        """Raise what the store raises when it is unavailable."""
        objects.check_store(self.store)

    @property
    def keys(self) -> StorageKeys:
        """The keys as the key file has them now."""
        return self._keys.read_current()

    def read_key_id(self, key: str) -> str:
        """Return the id of the key in an object's header. Raises ObjectMissing, ObjectDamaged."""
        return _split_header(key, objects.read_start(self.store, key, LONGEST_HEADER))[0]

    def rekey(self, key: str) -> bool:
        """Seal an object again, in place, under the newest key; return False if it already is.

        Raises what `read` raises, and then leaves the object unchanged.
        """
        if self.read_key_id(key) == self.keys.newest:
            return False
        objects.overwrite(self.store, key, self._seal(key, self.read(key)))
        return True

    def seal_plain(self, key: str, is_known: Callable[[str, bytes], bool]) -> bool:
        """Encrypt a plaintext object in place. Return False, and leave it, unless `is_known(key, data)`.

        Raises ObjectMissing.
        """
        data = objects.read(self.store, key)
        if not is_known(key, data):
            return False
        objects.overwrite(self.store, key, self._seal(key, data))
        return True

    def _seal(self, key: str, data: bytes) -> bytes:
        keys = self.keys
        header = MAGIC + bytes([len(keys.newest)]) + keys.newest.encode("ascii")
        return header + box.seal(keys.by_id[keys.newest], data, _build_associated_data(header, key))

    def _open(self, key: str, sealed: bytes) -> bytes:
        key_id, header, body = _split_header(key, sealed)
        secret = self.keys.by_id.get(key_id)
        if secret is None:
            raise KeyUnknown(key, key_id)
        try:
            return box.unseal(secret, body, _build_associated_data(header, key))
        except box.SealBroken:
            raise ObjectDamaged(key) from None


def _build_associated_data(header: bytes, key: str) -> bytes:
    return header + b"\0" + key.encode()


def _split_header(key: str, sealed: bytes) -> tuple[str, bytes, bytes]:
    """Return the key's id, the whole header, and what follows. Raises ObjectDamaged."""
    start = len(MAGIC) + 1
    if len(sealed) < start or not sealed.startswith(MAGIC):
        raise ObjectDamaged(key)
    end = start + sealed[len(MAGIC)]
    try:
        return sealed[start:end].decode("ascii"), sealed[:end], sealed[end:]
    except UnicodeDecodeError:
        raise ObjectDamaged(key) from None
