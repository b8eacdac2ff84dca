"""Ports of inquiry, faked: disclosure's letters, and a slow hash that is quick and counted."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt

from services.inquiry.actions.stretching import Stretcher
from services.inquiry.clients import Disclosure, LetterCopy
from services.inquiry.errors import LetterRevoked
from services.kit.problems import NotFound, Unavailable


class FakeDisclosure(Disclosure):
    """Letters in memory; knows whose they are by the subject of the token, like the real one."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0
        self._letters: dict[uuid.UUID, tuple[str, LetterCopy]] = {}
        self._revoked: set[uuid.UUID] = set()

    def add(self, person_id: uuid.UUID, letter: LetterCopy) -> None:
        self._letters[letter.id] = str(person_id), letter

    def revoke(self, letter_id: uuid.UUID) -> None:
        self._revoked.add(letter_id)

    def fetch_letter(self, letter_id: uuid.UUID, token: str) -> LetterCopy:
        self.asked += 1
        if self.away:
            raise Unavailable
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        owner, letter = self._letters.get(letter_id, (None, None))
        if letter is None or owner != claims["sub"]:
            raise NotFound
        if letter_id in self._revoked:
            raise LetterRevoked
        return letter


class CountingStretcher(Stretcher):
    """A short hash instead of a slow one; `runs` counts it. `full` takes all places."""

    def __init__(self) -> None:
        super().__init__(at_once=8, kdf=self._count, wait=0.05)
        self.runs = 0

    @contextmanager
    def full(self) -> Iterator[None]:
        for _ in range(8):
            self._places.acquire()
        yield
        for _ in range(8):
            self._places.release()

    def _count(self, secret: bytes, salt: bytes) -> bytes:
        self.runs += 1
        return hashlib.sha256(salt + secret).digest()
