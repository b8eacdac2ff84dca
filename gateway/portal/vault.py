"""Where the portal keeps what must not stand in a cookie: sealed entries in Redis. Called by `sessions`.

An entry is found and opened only with the id in the reader's cookie: its key in Redis and the key that seals
it are derived from that id, so that a dump of Redis opens nothing.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, cast

import redis
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.portal.api import Unavailable

NONCE = 12
# Seconds: longer than a call to auth may take, so that nobody else begins before it has ended.
LOCKED_FOR, WAIT_FOR_LOCK = 40, 25
# Seconds for which the names of an id's entries are remembered: longer than any entry lives.
NAMES_FOR = 13 * 60 * 60

log = structlog.get_logger()


@contextmanager
def _or_unavailable() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        log.warning("sessions.away", reason=type(error).__name__)
        raise Unavailable("sessions") from error


class Vault:
    """Named, sealed entries of one cookie id. Every method raises Unavailable when Redis does not answer."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)

    def put(self, owner: str, name: str, entry: Any, seconds: int | None) -> None:
        """Seal an entry for so many seconds, or for as long as the one that it replaces had yet (None)."""
        place, names = _place(owner, name), _place_of_names(owner)
        nonce = os.urandom(NONCE)
        sealed = AESGCM(_key(owner)).encrypt(nonce, json.dumps(entry).encode(), place.encode())
        with _or_unavailable(), self._redis.pipeline() as steps:
            # What has ended meanwhile does not come back, least of all for ever.
            steps.set(place, nonce + sealed, ex=seconds, keepttl=seconds is None, xx=seconds is None)
            steps.sadd(names, name)
            steps.expire(names, NAMES_FOR)
            steps.execute()

    def get(self, owner: str, name: str, *, seconds: int | None = None) -> Any:
        """The entry, or None; `seconds` lets it live that long from now on."""
        place = _place(owner, name)
        with _or_unavailable():
            kept = self._redis.getex(place, ex=seconds) if seconds else self._redis.get(place)
        if not isinstance(kept, bytes):
            return None
        try:
            return json.loads(AESGCM(_key(owner)).decrypt(kept[:NONCE], kept[NONCE:], place.encode()))
        except InvalidTag:
            log.warning("sessions.seal-broken")
            return None

    def drop(self, owner: str, name: str) -> None:
        with _or_unavailable():
            self._redis.delete(_place(owner, name))

    def drop_all(self, owner: str, *, but: Collection[str] = ()) -> None:
        """Delete every entry of an id but those with one of these names."""
        with _or_unavailable():
            known = cast("set[bytes]", self._redis.smembers(_place_of_names(owner)))
            gone = {name.decode() for name in known} - set(but)
            if gone:
                self._redis.delete(*(_place(owner, name) for name in gone))
                self._redis.srem(_place_of_names(owner), *gone)

    @contextmanager
    def alone(self, owner: str, name: str) -> Iterator[None]:
        """Hold a lock: of all requests with this id, on any machine, one at a time is inside."""
        lock = self._redis.lock(
            _place(owner, f"{name}.lock"), timeout=LOCKED_FOR, blocking_timeout=WAIT_FOR_LOCK
        )
        with _or_unavailable():
            if not lock.acquire():
                raise Unavailable("sessions")
        try:
            yield
        finally:
            with _or_unavailable():
                lock.release()


def _place(owner: str, name: str) -> str:
    return f"govah:portal:{_hash(owner)}:{name}"


def _place_of_names(owner: str) -> str:
    return f"govah:portal-names:{_hash(owner)}"


def _hash(owner: str) -> str:
    return hashlib.sha256(owner.encode()).hexdigest()


def _key(owner: str) -> bytes:
    return hmac.digest(owner.encode(), b"govah portal seal", "sha256")
