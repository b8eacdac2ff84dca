"""Where the portal keeps what must not stand in a cookie: sealed entries in Redis. Called by `sessions`.

An entry is found and opened only with the id in the reader's cookie: its key in Redis and the key that seals
it are derived from that id, so that a dump of Redis opens nothing.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.portal.api import Unavailable

NONCE = 12
# Seconds: longer than a call to auth may take, so that nobody else begins before it has ended.
LOCKED_FOR, WAIT_FOR_LOCK = 40, 25

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

    def put(self, owner: str, name: str, entry: Any, seconds: int) -> None:
        place = _place(owner, name)
        nonce = os.urandom(NONCE)
        sealed = AESGCM(_key(owner)).encrypt(nonce, json.dumps(entry).encode(), place.encode())
        with _or_unavailable():
            self._redis.set(place, nonce + sealed, ex=seconds)

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
    return f"govah:portal:{hashlib.sha256(owner.encode()).hexdigest()}:{name}"


def _key(owner: str) -> bytes:
    return hmac.digest(owner.encode(), b"govah portal seal", "sha256")
