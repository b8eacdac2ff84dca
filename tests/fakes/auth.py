"""The ports of auth without a network: invented people, their mobiles, and messages that stay in memory."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from services.auth.actions.passwords import Hasher
from services.auth.clients import Message, MessageSender, MobileOwnership, PersonIdentity, PersonMatcher
from services.kit.problems import Unavailable


class QuickHasher(Hasher):
    """A hasher with the least work of Argon2; tests/unit/auth/test_passwords.py pins the real parameters.

    `meanwhile` runs while a new password is being hashed.
    """

    def __init__(self, memory_kib: int = 8, passes: int = 1) -> None:
        super().__init__(memory_kib, passes)
        self.meanwhile: Callable[[], object] = lambda: None

    def hash_password(self, password: str) -> str:
        self.meanwhile()
        return super().hash_password(password)


@dataclass
class FakePersonMatcher(PersonMatcher):
    """Matches the people that a test has added; unavailable while `away`.

    `insured` have an insurance number but no national code.
    `identities` are who people are after a correction or a merger; None is an unknown person.
    """

    people: dict[tuple[str, date], uuid.UUID] = field(default_factory=dict)
    identities: dict[uuid.UUID, PersonIdentity | None] = field(default_factory=dict)
    away: bool = False
    insured: dict[tuple[str, date], uuid.UUID] = field(default_factory=dict)

    def match_person(
        self,
        national_code: str | None,
        birth_date: date,
        *,
        insurance_number: str | None = None,
        allows_no_birth_date: bool = False,
    ) -> uuid.UUID | None:
        if self.away:
            raise Unavailable
        if national_code:
            return self.people.get((national_code, birth_date))
        return self.insured.get((insurance_number or "", birth_date))

    def identify_person(self, person_id: uuid.UUID) -> PersonIdentity | None:
        if self.away:
            raise Unavailable
        if person_id in self.identities:
            return self.identities[person_id]
        numbers = [number for (number, _), insured_id in self.insured.items() if insured_id == person_id]
        if numbers:
            return PersonIdentity(person_id, None, numbers[0])
        codes = (code for (code, _), matched_id in self.people.items() if matched_id == person_id)
        return PersonIdentity(person_id, next(codes, None))


@dataclass
class FakeOwnership(MobileOwnership):
    """Everybody owns every mobile except those in `refused`."""

    refused: set[str] = field(default_factory=set)

    def is_owner(self, national_code: str, mobile: str) -> bool:
        return mobile not in self.refused


@dataclass
class FakeMessageSender(MessageSender):
    """Stores the messages that were sent; fails as often as a test sets."""

    sent: list[Message] = field(default_factory=list)
    failures: int = 0
    unreachable: set[str] = field(default_factory=set)

    def send(self, message: Message) -> None:
        if message.to in self.unreachable:
            raise Unavailable
        if self.failures:
            self.failures -= 1
            raise Unavailable
        self.sent.append(message)
