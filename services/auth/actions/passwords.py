"""The rules for new passwords and their hashes. `create_app` builds the `Hasher`.

A password is canonicalised before it is hashed: NFC, with one kind of digits, of spaces and of the letters ی
and ک, and without characters that cannot be seen, since keyboards differ. Hashes made before spaces and
unseen characters were canonicalised stay valid for what was typed then, also if no-break spaces are typed as
spaces now.
"""

import base64
import hmac
import os
import re
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
from services.kit.text import drop_unseen, normalise_digits

MIN_LENGTH, MAX_LENGTH = 10, 128
# RFC 9106's Argon2id with OWASP's smaller parameters: 19 MiB, two passes, about 30 ms.
MEMORY_KIB, PASSES = 19 * 1024, 2
# Each run needs the memory, so a process has few simultaneous runs; the others wait a few seconds.
_MAX_RUNS, _WAIT_SECONDS = 4, 5
_LETTERS = str.maketrans("يىك", "ییک")
# All spaces that Unicode has, one by one: a double space is typed by intent.
_SPACES = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SALT_BYTES, _TAG_BYTES = 16, 32
# The salt for unknown users: what is typed for them has the same fingerprint in every process.
_UNMATCHED_SALT = b"of nobody at all"


def _canonicalise(password: str) -> str:
    return _SPACES.sub(" ", _canonicalise_letters(drop_unseen(password)))


def _canonicalise_letters(password: str) -> str:
    """Return the form that hashes were made of before spaces and unseen characters were canonicalised."""
    return normalise_digits(unicodedata.normalize("NFC", password)).translate(_LETTERS)


def _list_former_forms(password: str) -> set[str]:
    """Return what an older hash may be made of: what is typed, and also with the spaces of some keyboards.

    Who has set a password with the no-break spaces of one keyboard may type it with spaces on another.
    """
    return {_canonicalise_letters(password), _canonicalise(password).replace(" ", "\xa0")}


@cache
def _load_common_passwords() -> frozenset[str]:
    file = resources.files("services.auth").joinpath("common_passwords.txt")
    return frozenset(file.read_text(encoding="utf-8").split())


def check_password(password: str, *personal: str | None, field: str = "password") -> None:
    """Raise PasswordTooWeak with every rule that a new password breaks.

    `personal` are texts that must not be in it: the national code, the mobile, the user name. `field` is the
    field of the request that the errors name.
    """
    canonical = _canonicalise(password)
    folded = canonical.casefold()
    broken = []
    if not MIN_LENGTH <= len(canonical) <= MAX_LENGTH:
        broken.append(
            Text("گذرواژه باید از ۱۰ تا ۱۲۸ نویسه باشد.", "The password must have 10 to 128 characters.")
        )
    if len(set(folded)) < 4 or _is_run(folded) or _is_repeated(folded) or folded in _load_common_passwords():
        broken.append(
            Text(
                "گذرواژه رایج است؛ دیگران هم آن را حدس می‌زنند.", "The password is too common: easily guessed."
            )
        )
    if any(own and own.casefold().lstrip("+0") in folded for own in personal):
        broken.append(
            Text(
                "کد ملی، شماره همراه یا نام کاربری در گذرواژه نباشد.",
                "The password must not contain the national code, the mobile or the user name.",
            )
        )
    if broken:
        raise PasswordTooWeak(*((field, text) for text in broken))


def _is_run(text: str) -> bool:
    """Return whether every step is the same, as in 9876543210 and abcdefghij; among digits, 0 follows 9."""
    size = 10 if text.isdecimal() else sys.maxunicode + 1
    steps = {(ord(after) - ord(before)) % size for before, after in pairwise(text)}
    return steps in ({1}, {size - 1})


def _is_repeated(text: str) -> bool:
    """Return whether a shorter text repeats, as in ali110ali110."""
    return text in f"{text}{text}"[1:-1]


@dataclass(frozen=True)
class Comparison:
    """Whether a password was right, and its fingerprint, which is the slow hash of what was typed.

    Two passwords of one account have different fingerprints, right or wrong. Every guess at the password of a
    fingerprint costs a run of the slow hash.
    """

    is_match: bool
    fingerprint: str = field(repr=False)


class Hasher:
    """Make and compare hashes of passwords, with a bounded number of simultaneous runs of Argon2."""

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES) -> None:
        self._argon2 = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._runs = BoundedSemaphore(_MAX_RUNS)

    def hash_password(self, password: str) -> str:
        """Return the Argon2id hash in PHC form. Raises Busy when too many runs are in progress."""
        with self._reserve_run():
            return self._argon2.hash(_canonicalise(password))

    def compare_password(self, password_hash: str | None, password: str) -> Comparison:
        """Return whether a password has that hash, and its fingerprint.

        There is always one run of Argon2, for None (an unknown user) too, and further ones if the password
        has characters that older hashes were made with. Raises Busy when too many runs are in progress.
        """
        stored = password_hash or self._unmatched_hash
        canonical = _canonicalise(password)
        with self._reserve_run():
            computed, tag = _compute_tag(stored, canonical)
            is_match = hmac.compare_digest(computed, tag)
            for former in _list_former_forms(password) - {canonical}:
                is_match |= hmac.compare_digest(*_compute_tag(stored, former))
        return Comparison(is_match and password_hash is not None, computed.hex())

    def is_match(self, password_hash: str | None, password: str) -> bool:
        """Return whether a password has that hash; takes the same time for None, an unknown user."""
        return self.compare_password(password_hash, password).is_match

    def make_unmatched_hash(self, salt: bytes | None = None) -> str:
        """Return a hash in PHC form that no password has; comparing with it takes the usual time."""
        parts = (_to_base64(salt or os.urandom(_SALT_BYTES)), _to_base64(os.urandom(_TAG_BYTES)))
        costs = f"m={self._argon2.memory_cost},t={self._argon2.time_cost},p={self._argon2.parallelism}"
        return f"$argon2id$v=19${costs}${parts[0]}${parts[1]}"

    @cached_property
    def _unmatched_hash(self) -> str:
        return self.make_unmatched_hash(_UNMATCHED_SALT)

    @contextmanager
    def _reserve_run(self) -> Iterator[None]:
        """Wait for a free run of Argon2 and occupy it. Raises Busy after a few seconds."""
        with ARGON2_WAITING.track_inprogress():
            if not self._runs.acquire(timeout=_WAIT_SECONDS):
                raise Busy
        try:
            ARGON2_RUNS.inc()
            yield
        finally:
            self._runs.release()


def _compute_tag(password_hash: str, canonical: str) -> tuple[bytes, bytes]:
    """Return the tag of a password under a hash's salt and parameters, and the tag in the hash."""
    parameters = extract_parameters(password_hash)
    salt, tag = map(_from_base64, password_hash.rsplit("$", 2)[1:])
    computed = hash_secret_raw(
        canonical.encode(errors="replace"),
        salt,
        time_cost=parameters.time_cost,
        memory_cost=parameters.memory_cost,
        parallelism=parameters.parallelism,
        hash_len=len(tag),
        type=parameters.type,
        version=parameters.version,
    )
    return computed, tag


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
