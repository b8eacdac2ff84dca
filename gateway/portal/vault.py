"""The store of what must not be in a cookie: sealed entries in Redis. Called by `sessions` and `entries`.

An entry is found and decrypted only with the id in the reader's cookie. Its key in Redis and the key that
seals it are derived from that id, so a dump of Redis reveals nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import redis
import structlog
from redis.credentials import CredentialProvider

from govah_client.errors import ServiceUnavailable
from services.kit.box import SealBroken, seal, unseal
from services.kit.sentinel import Sentinels, is_sentinel_url

# Seconds: longer than a call to auth may take, so that no other request begins before it has ended.
LOCKED_FOR, WAIT_FOR_LOCK = 40, 25
# Seconds for which the names of an id's entries are stored: longer than any entry.
NAMES_FOR = 13 * 60 * 60

log = structlog.get_logger()


@contextmanager
def _raise_unavailable() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        log.warning("sessions.away", reason=type(error).__name__)
        raise ServiceUnavailable("sessions") from error


class Vault:
    """Named, sealed entries of cookie ids. Methods raise ServiceUnavailable if Redis does not answer."""

    def __init__(self, url: str, password: CredentialProvider | None = None) -> None:
        if password and not is_sentinel_url(url):
            # It says the user too, and redis-py takes only one of the two.
            parts = urlsplit(url)
            url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._redis = _open_client(url, password, socket_timeout=5, socket_connect_timeout=2)

    def put(self, owner: str, name: str, entry: Any, seconds: int | None) -> None:
        """Seal an entry for some seconds, or for the rest of the entry that it replaces (None)."""
        key, names = _build_key(owner, name), _build_names_key(owner)
        sealed = seal(_derive_key(owner), json.dumps(entry).encode(), key.encode())
        with _raise_unavailable(), self._redis.pipeline() as steps:
            # An entry that has expired meanwhile is not restored, above all not without an expiry.
            steps.set(key, sealed, ex=seconds, keepttl=seconds is None, xx=seconds is None)
            steps.sadd(names, name)
            steps.expire(names, NAMES_FOR)
            steps.execute()

    def get(self, owner: str, name: str, *, seconds: int | None = None) -> Any:
        """Return the entry, None without one; `seconds` extends it to that time from now."""
        key = _build_key(owner, name)
        with _raise_unavailable():
            sealed = self._redis.getex(key, ex=seconds) if seconds else self._redis.get(key)
        if not isinstance(sealed, bytes):
            return None
        try:
            return json.loads(unseal(_derive_key(owner), sealed, key.encode()))
        except SealBroken:
            log.warning("sessions.seal-broken")
            return None

    def delete(self, owner: str, name: str) -> None:
        """Delete an entry."""
        with _raise_unavailable():
            self._redis.delete(_build_key(owner, name))

    def delete_all(self, owner: str, *, except_for: Collection[str] = ()) -> None:
        """Delete every entry of an id but those with one of these names."""
        with _raise_unavailable():
            members = cast("set[bytes]", self._redis.smembers(_build_names_key(owner)))
            names = {name.decode() for name in members} - set(except_for)
            if names:
                self._redis.delete(*(_build_key(owner, name) for name in names))
                self._redis.srem(_build_names_key(owner), *names)

    @contextmanager
    def lock(self, owner: str, name: str) -> Iterator[None]:
        """Lock a name of an id, so that its requests on all machines go on one after another."""
        lock = self._redis.lock(
            _build_key(owner, f"{name}.lock"), timeout=LOCKED_FOR, blocking_timeout=WAIT_FOR_LOCK
        )
        with _raise_unavailable():
            if not lock.acquire():
                raise ServiceUnavailable("sessions")
        try:
            yield
        finally:
            with _raise_unavailable():
                lock.release()


def _open_client(url: str, password: CredentialProvider | None, **options: Any) -> redis.Redis:
    if is_sentinel_url(url):
        return Sentinels.from_url(url).open_client(password, **options)
    return redis.Redis.from_url(url, credential_provider=password, **options)


def _build_key(owner: str, name: str) -> str:
    return f"govah:portal:{_hash_owner(owner)}:{name}"


def _build_names_key(owner: str) -> str:
    return f"govah:portal-names:{_hash_owner(owner)}"


def _hash_owner(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()


def _derive_key(owner: str) -> bytes:
    return hmac.digest(owner.encode(), b"govah portal seal", "sha256")
