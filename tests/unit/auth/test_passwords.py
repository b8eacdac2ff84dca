"""The rules for passwords, and their hashes."""

import unicodedata

import pytest
from argon2 import PasswordHasher
from hypothesis import assume, given
from hypothesis import strategies as st

from services.auth.actions.passwords import Hasher, check_password
from services.auth.errors import PasswordTooWeak
from tests.fakes.auth import QuickHasher


@pytest.mark.parametrize(
    "password",
    ["quiet-river-stone-41", "یک گذرواژه بلند", "رودخانه‌ی آرام ۴۱", "x7!y9?y9?x7!", " leading and trailing "],
)
def test_good_passwords_are_accepted(password: str) -> None:
    check_password(password, "9900000013", "09120000001")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "nine-char",
        "x" * 129,
        "1111111111",
        "ababababab",
        "1234567890",
        "۱۲۳۴۵۶۷۸۹۰",
        "0987654321",
        "90123456789",
        "abcdefghijkl",
        "password123",
        "PASSWORD123",
        "qwertyuiop",
        "salam123456",
        "ali110ali110",
        "my9900000013!",
        "my۹۹۰۰۰۰۰۰۱۳!",
        "tel09120000001",
        "tel 9120000001",
        "the.Officer.one",
    ],
)
def test_weak_passwords_are_rejected(password: str) -> None:
    with pytest.raises(PasswordTooWeak) as refused:
        check_password(password, "9900000013", "09120000001", "officer.one", None)
    assert all(field == "password" and text.fa and text.en for field, text in refused.value.fields)


@given(st.text(max_size=9))
def test_short_passwords_are_rejected(password: str) -> None:
    assume(len(unicodedata.normalize("NFC", password)) < 10)
    with pytest.raises(PasswordTooWeak):
        check_password(password)


def test_a_hash_is_argon2id_and_a_missing_hash_matches_nothing() -> None:
    hasher = Hasher()
    hashed = hasher.hash_password("quiet-river-stone-41")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.is_match(hashed, "quiet-river-stone-41")
    assert not hasher.is_match(hashed, "quiet-river-stone-42")
    assert not hasher.is_match(None, "nobody's password")


def test_passwords_of_one_account_have_different_fingerprints() -> None:
    hasher = QuickHasher()
    first, second = (hasher.hash_password("quiet-river-stone-41") for _ in range(2))
    typed = ["quiet-river-stone-41", "quiet-river-stone-42"]
    prints = [
        hasher.compare_password(hashed, password).fingerprint
        for hashed in (first, second)
        for password in typed
    ]
    assert len(set(prints)) == 4
    assert hasher.compare_password(first, typed[0]).fingerprint == prints[0]
    assert prints[0] not in repr(hasher.compare_password(first, typed[0]))
    assert (
        hasher.compare_password(None, typed[0]).fingerprint
        == hasher.compare_password(None, typed[0]).fingerprint
    )


def test_no_password_has_an_unmatched_hash() -> None:
    hasher = Hasher()
    hashed = hasher.make_unmatched_hash()
    assert (
        hashed.rpartition("$")[0].rpartition("$")[0]
        == hasher.hash_password("x").rpartition("$")[0].rpartition("$")[0]
    )
    assert hashed != hasher.make_unmatched_hash()
    assert not hasher.is_match(hashed, "")


@pytest.mark.parametrize(
    "typed",
    [
        "سه\u00a0اسب\u00a0زرد",
        "سه\u202fاسب\u2009زرد",
        "\u202bسه اسب زرد\u202c",
        "سه اسب\u200b زرد\ufeff",
        "سه اسب زر\u00adد",
    ],
)
def test_a_passphrase_is_one_however_it_is_pasted(typed: str) -> None:
    hasher = QuickHasher()
    assert hasher.is_match(hasher.hash_password("سه اسب زرد"), typed)
    assert hasher.is_match(hasher.hash_password(typed), "سه اسب زرد")
    assert not hasher.is_match(hasher.hash_password(typed), "سه اسب سرخ")
    assert not hasher.is_match(hasher.hash_password(typed), "سه‌اسب زرد")


@pytest.mark.parametrize("typed", ["سه\u00a0اسب\u00a0زرد", "سه اسب زرد\u200f", "quiet-river-stone-41"])
def test_a_hash_of_what_was_typed_before_stays_valid(typed: str) -> None:
    # What earlier versions hashed: NFC, digits and letters only.
    before = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(typed)
    assert QuickHasher().is_match(before, typed)
    assert not QuickHasher().is_match(before, f"{typed}!")
    assert not QuickHasher().is_match(None, typed)


@pytest.mark.parametrize(
    "typed", ["سه اسب زرد", "سه\u00a0اسب\u00a0زرد", "سه\u202fاسب زرد", "سه اسب\u200f زرد"]
)
def test_a_hash_with_no_break_spaces_is_valid_for_any_spaces(typed: str) -> None:
    before = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("سه\u00a0اسب\u00a0زرد")
    assert QuickHasher().is_match(before, typed)
    assert not QuickHasher().is_match(before, typed.replace("زرد", "سرخ"))
    assert not QuickHasher().is_match(before, "سه‌اسب‌زرد")


def test_what_is_not_seen_makes_no_password_longer() -> None:
    with pytest.raises(PasswordTooWeak):
        check_password("short" + "\u200b\u200e" * 10)
