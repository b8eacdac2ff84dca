"""The keys that verify tokens: fetched, kept in memory and in the database, and used while auth is away."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.kit.db import Sessions, new_engine, new_sessions
from services.kit.problems import Unavailable
from services.kit.tokens import FRESH_FOR, RETRY_AFTER, KeyRing
from tests.service.kit.tiny import KnownKey
from tests.tokens import build_public_jwk


class Auth:
    """Stands in for auth's key set: it can be away, and counts how often it was asked."""

    def __init__(self, *kids: str) -> None:
        self.keys: Any = [build_public_jwk(Ed25519PrivateKey.generate(), kid) for kid in kids]
        self.away = False
        self.fetches = 0

    def publish(self, kid: str) -> None:
        self.keys.append(build_public_jwk(Ed25519PrivateKey.generate(), kid))

    def fetch(self) -> Mapping[str, Any]:
        self.fetches += 1
        if self.away:
            raise Unavailable
        return {"keys": self.keys}


class Clock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sessions(sqlite_url: str) -> Iterator[Sessions]:
    engine = new_engine(sqlite_url)
    KnownKey.metadata.create_all(engine)
    yield new_sessions(engine)
    engine.dispose()


def list_stored(sessions: Sessions) -> set[str]:
    with sessions() as session:
        return set(session.scalars(sa.select(KnownKey.kid)))


def test_keys_stay_in_memory_while_auth_is_away(sessions: Sessions) -> None:
    auth, clock = Auth("a"), Clock()
    ring = KeyRing(sessions, KnownKey, auth.fetch, clock)
    key = ring.find("a")
    assert isinstance(key, jwt.PyJWK)
    auth.away = True
    clock.now += 10 * FRESH_FOR
    assert ring.find("a") is key
    assert ring.find("b") is None


def test_keys_come_from_the_database_after_a_restart_without_auth(sessions: Sessions) -> None:
    auth = Auth("a", "b")
    KeyRing(sessions, KnownKey, auth.fetch).find("a")
    auth.away = True
    restarted = KeyRing(sessions, KnownKey, auth.fetch)
    assert restarted.find("a") is not None
    assert restarted.find("b") is not None
    assert restarted.find("c") is None


def test_without_any_key_no_token_counts_as_invalid(sessions: Sessions) -> None:
    auth, clock = Auth("a"), Clock()
    auth.away = True
    ring = KeyRing(sessions, KnownKey, auth.fetch, clock)
    for _ in range(2):
        with pytest.raises(Unavailable):
            ring.find("a")
    auth.away = False
    clock.now += RETRY_AFTER
    assert ring.find("a") is not None


def test_a_new_key_is_picked_up_and_an_old_one_dropped(sessions: Sessions) -> None:
    auth, clock = Auth("a"), Clock()
    ring = KeyRing(sessions, KnownKey, auth.fetch, clock)
    assert ring.find("a") is not None
    auth.publish("b")
    clock.now += RETRY_AFTER
    assert ring.find("b") is not None
    assert list_stored(sessions) == {"a", "b"}
    del auth.keys[0]
    clock.now += FRESH_FOR + 1
    assert ring.find("b") is not None
    assert ring.find("a") is None
    assert list_stored(sessions) == {"b"}


def test_an_unknown_key_id_does_not_hammer_auth(sessions: Sessions) -> None:
    auth, clock = Auth("a"), Clock()
    ring = KeyRing(sessions, KnownKey, auth.fetch, clock)
    ring.find("a")
    for _ in range(100):
        clock.now += 0.2
        assert ring.find("made-up") is None
        assert ring.find("a") is not None
    assert auth.fetches <= 1 + 20 / RETRY_AFTER


def test_auth_away_is_not_hammered_either(sessions: Sessions) -> None:
    auth, clock = Auth("a"), Clock()
    ring = KeyRing(sessions, KnownKey, auth.fetch, clock)
    ring.find("a")
    auth.away = True
    clock.now += FRESH_FOR + 1
    for _ in range(100):
        clock.now += 0.2
        ring.find("a")
    assert auth.fetches <= 2 + 20 / RETRY_AFTER


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"keys": []},
        {"keys": None},
        {"keys": ["x"]},
        {"keys": [{"kty": "OKP"}]},
        {"keys": [{"kid": "x"}]},
        [],
    ],
    ids=repr,
)
def test_response_other_than_a_key_set_changes_nothing(sessions: Sessions, answer: Any) -> None:
    auth, clock = Auth("a"), Clock()
    answers: Iterator[Any] = iter([auth.fetch(), answer])
    ring = KeyRing(sessions, KnownKey, lambda: next(answers), clock)
    ring.find("a")
    clock.now += FRESH_FOR + 1
    assert ring.find("a") is not None
    assert list_stored(sessions) == {"a"}


def test_requests_that_come_while_the_first_keys_are_fetched_wait_for_them(sessions: Sessions) -> None:
    auth, is_fetching, answer = Auth("a"), threading.Event(), threading.Event()

    def fetch_slowly() -> Mapping[str, Any]:
        is_fetching.set()
        assert answer.wait(5)
        return auth.fetch()

    ring = KeyRing(sessions, KnownKey, fetch_slowly)
    keys: list[object] = []
    threads = [threading.Thread(target=lambda: keys.append(ring.find("a"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert is_fetching.wait(5)
    answer.set()
    for thread in threads:
        thread.join(5)
    assert len(keys) == 4
    assert None not in keys
    assert auth.fetches == 1


def test_who_has_the_key_does_not_wait_for_auth(sessions: Sessions) -> None:
    auth, clock = Auth("a"), Clock()
    is_fetching, answer, slow = threading.Event(), threading.Event(), threading.Event()

    def fetch() -> Mapping[str, Any]:
        if slow.is_set():
            is_fetching.set()
            assert answer.wait(5)
        return auth.fetch()

    ring = KeyRing(sessions, KnownKey, fetch, clock)
    ring.find("a")
    slow.set()
    clock.now += FRESH_FOR + 1
    waiting = threading.Thread(target=ring.find, args=("a",))
    waiting.start()
    assert is_fetching.wait(5)
    assert ring.find("a") is not None
    assert waiting.is_alive()
    answer.set()
    waiting.join(5)
