"""Fakes of inquiry's ports: disclosure's letters in memory, and a fast hash that is counted."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from govah_verify.check_digit import append_check_digit
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.clients import LetterCopy, LetterReader, SignedAnswers
from services.inquiry.errors import LetterRevoked
from services.kit.answers import Question
from services.kit.problems import NotFound, Unavailable

SLOTS = 8


class FakeLetterReader(LetterReader):
    """Letters in memory. The token's subject decides whose they are, as in disclosure."""

    def __init__(self) -> None:
        self.is_down = False
        self.fetches = 0
        self.issued: list[dict[str, Any]] = []
        self._letters: dict[uuid.UUID, tuple[str, LetterCopy]] = {}
        self._revoked: set[uuid.UUID] = set()

    def add_letter(self, person_id: uuid.UUID, letter: LetterCopy) -> None:
        self._letters[letter.id] = str(person_id), letter

    def revoke_letter(self, letter_id: uuid.UUID) -> None:
        self._revoked.add(letter_id)

    def fetch_letter(self, letter_id: uuid.UUID, token: str) -> LetterCopy:
        self.fetches += 1
        if self.is_down:
            raise Unavailable
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        owner, letter = self._letters.get(letter_id, (None, None))
        if letter is None or owner != claims["sub"]:
            raise NotFound
        if letter_id in self._revoked:
            raise LetterRevoked
        return letter

    def issue_answers(
        self, questions: Sequence[Question], institution_id: uuid.UUID | None, days: int, token: str
    ) -> SignedAnswers:
        if self.is_down:
            raise Unavailable
        serial = append_check_digit(f"{250_000_000_000 + len(self.issued)}")
        issued_at = datetime.now(UTC).replace(microsecond=0)
        claims = {
            "iss": "https://govah.example",
            **({"aud": str(institution_id)} if institution_id else {}),
            "jti": serial,
            "iat": int(issued_at.timestamp()),
            "exp": int(issued_at.timestamp()) + days * 86_400,
            "national_code": "0012345679",
            "name": "نرگس نمونه‌زاده",
            "purpose": None,
            "reference": None,
            "as_of_jalali": "1405-09-10",
            "closed_until_jalali": "1405-06",
            "answers": [{**question, "answer": "yes"} for question in questions],
        }
        signed = jwt.encode(
            claims, "a key of these tests only, long enough", headers={"typ": "govah-answers+jwt"}
        )
        self.issued.append(claims)
        return SignedAnswers(serial, issued_at, issued_at + timedelta(days=days), signed)


class CountingStretcher(Stretcher):
    """A fast hash instead of the slow one. `runs` counts it; `fill_slots` takes all slots."""

    def __init__(self) -> None:
        super().__init__(SLOTS, kdf=self._hash, wait=0.05)
        self.runs = 0

    @contextmanager
    def fill_slots(self) -> Iterator[None]:
        for _ in range(SLOTS):
            self._slots.acquire()
        yield
        for _ in range(SLOTS):
            self._slots.release()

    def _hash(self, secret: bytes, salt: bytes) -> bytes:
        self.runs += 1
        return hashlib.sha256(salt + secret).digest()
