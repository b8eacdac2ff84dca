"""Which passwords are taken, and how they are hashed. Called by every action that sees a password.

`create_app` builds the `Hasher`.

A password is kept as people mean it: NFC, digits and the letters ی and ک of one kind, since keyboards differ.
"""

import base64
import hmac
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from itertools import pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import hash_secret_raw

from services.auth.errors import PasswordTooWeak
from services.kit.metrics import ARGON2_RUNS, ARGON2_WAITING
from services.kit.problems import Busy, Text
from services.kit.text import normalise_digits

MIN_LENGTH, MAX_LENGTH = 10, 128
# RFC 9106's Argon2id with OWASP's smaller parameters: 19 MiB, two passes, about 30 ms.
MEMORY_KIB, PASSES = 19 * 1024, 2
# Each run holds the memory, so at most this many at once in a process; the others wait a few seconds.
_AT_ONCE, _WAIT_SECONDS = 4, 5
_LETTERS = str.maketrans("يىك", "ییک")
_SALT_BYTES, _TAG_BYTES = 16, 32
# The salt of all who do not exist: what is typed for them has the same fingerprint in every process.
_NOBODYS_SALT = b"of nobody at all"


def _canonical(password: str) -> str:
    return normalise_digits(unicodedata.normalize("NFC", password)).translate(_LETTERS)


@cache
def _common() -> frozenset[str]:
    listed = resources.files("services.auth").joinpath("common_passwords.txt")
    return frozenset(listed.read_text(encoding="utf-8").split())


def check_password(password: str, *personal: str | None) -> None:
    """Raise PasswordTooWeak with every rule that a new password breaks.

    `personal` are texts that must not be in it: the national code, the mobile, the user name.
    """
    canonical = _canonical(password)
    folded = canonical.casefold()
    broken = []
    if not MIN_LENGTH <= len(canonical) <= MAX_LENGTH:
        broken.append(Text("از ۱۰ تا ۱۲۸ نویسه باشد.", "Must have 10 to 128 characters."))
    if len(set(folded)) < 4 or _is_run(folded) or _is_repeated(folded) or folded in _common():
        broken.append(Text("گذرواژه رایج است؛ دیگران هم آن را حدس می‌زنند.", "Too common: easily guessed."))
    if any(own and own.casefold().lstrip("0") in folded for own in personal):
        broken.append(
            Text(
                "کد ملی، شماره همراه یا نام کاربری در گذرواژه نباشد.",
                "Must not hold the national code, the mobile or the user name.",
            )
        )
    if broken:
        raise PasswordTooWeak(*(("password", text) for text in broken))


def _is_run(text: str) -> bool:
    """1234567890, 9876543210, abcdefghij: every step is the same; among digits, 0 follows 9."""
    size = 10 if text.isdecimal() else sys.maxunicode + 1
    steps = {(ord(after) - ord(before)) % size for before, after in pairwise(text)}
    return steps in ({1}, {size - 1})


def _is_repeated(text: str) -> bool:
    """ali110ali110: a shorter text, again and again."""
    return text in f"{text}{text}"[1:-1]


@dataclass(frozen=True)
class Compared:
    """Whether a password was right, and what the slow hash made of it.

    The fingerprint tells two passwords of one account apart, right or wrong, and costs a run of the slow hash
    for every guess at what it was made of.
    """

    matches: bool
    fingerprint: str = field(repr=False)


class Hasher:
    """Make and compare hashes of passwords; a bounded number of runs of the slow hash at the same time."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._places = BoundedSemaphore(_AT_ONCE)

    def hash_password(self, password: str) -> str:
        """Return the Argon2id hash in PHC form. Raises Busy when too many are being made."""
        with self._take_place():
            return self._argon2.hash(_canonical(password))

    def compare_password(self, password_hash: str | None, password: str) -> Compared:
        """Return whether a password has that hash, with its fingerprint.

        One run of the slow hash in any case, also for None, where nobody has the hash. Raises Busy when too
        many are running.
        """
        stored = password_hash or self._nobodys_hash
        parameters = extract_parameters(stored)
        salt, tag = map(_from_base64, stored.rsplit("$", 2)[1:])
        with self._take_place():
            made = hash_secret_raw(
                _canonical(password).encode(),
                salt,
                time_cost=parameters.time_cost,
                memory_cost=parameters.memory_cost,
                parallelism=parameters.parallelism,
                hash_len=len(tag),
                type=parameters.type,
                version=parameters.version,
            )
        return Compared(hmac.compare_digest(made, tag) and password_hash is not None, made.hex())

    def password_matches(self, password_hash: str | None, password: str) -> bool:
        """Return whether a password has that hash; takes the same time for None, where nobody has one."""
        return self.compare_password(password_hash, password).matches

    def new_unmatched_hash(self, salt: bytes | None = None) -> str:
        """Return a hash in PHC form that no password has; comparing with it takes as long as any other."""
        parts = (_to_base64(salt or os.urandom(_SALT_BYTES)), _to_base64(os.urandom(_TAG_BYTES)))
        costs = f"m={self._argon2.memory_cost},t={self._argon2.time_cost},p={self._argon2.parallelism}"
        return f"$argon2id$v=19${costs}${parts[0]}${parts[1]}"

    @cached_property
    def _nobodys_hash(self) -> str:
        return self.new_unmatched_hash(_NOBODYS_SALT)

    @contextmanager
    def _take_place(self) -> Iterator[None]:
        """Hold one of the few places where Argon2 runs."""
        with ARGON2_WAITING.track_inprogress():
            if not self._places.acquire(timeout=_WAIT_SECONDS):
                raise Busy
        try:
            ARGON2_RUNS.inc()
            yield
        finally:
            self._places.release()


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
