"""The token of a letter: both versions, and no changed one."""

import base64
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from govah_verify.check_values import is_same_name, is_same_number
from govah_verify.letter_token import (
    EPOCH,
    MAX_LENGTH,
    MIN_LENGTH,
    KeyUnknown,
    LetterClaims,
    PersonClaims,
    TokenMalformed,
    build_claims,
    mint_token,
    verify_token,
)
from tests.unit.pdfworker.statements import build_career, build_statement

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = (KEY.public_key(),)
SERIAL = "4071829365018"
STATEMENT = build_statement(build_career("1402-01", 14, 2))
# Minted by the first release with tokens; letters with such a token are in people's hands.
OLD_TOKEN = (
    "AVZHWqdUY0dMA7QL8WEaAFEtAAKBAAECAwQFBgcICQoLDA0OD9S6ijwXo15qncgdhvMtkEbFdvFehdYWFJe6G6pcEfrL2lpIYoG4"
    "UJEPut2CQhDBeuPICxP_gWBHYYlkZA4Y3Ak"
)
OLD_CLAIMS = LetterClaims(SERIAL, date(2026, 11, 24), 641, bytes(range(16)))
PERSON = PersonClaims("سا", 1349, 0xBEEF, 0xCAFE, "1380-01", "1403-12")

_months = st.none() | st.builds("{:04}-{:02}".format, st.integers(1200, 1499), st.integers(1, 12))
_people = st.builds(
    PersonClaims,
    initials=st.text(st.characters(categories=["L"]), max_size=2),
    birth_year=st.none() | st.integers(1200, 1499),
    name_value=st.integers(0, 65535),
    number_value=st.integers(0, 65535),
    first_month=_months,
    last_month=_months,
)
_claims = st.builds(
    LetterClaims,
    serial=st.integers(0, 10**13 - 1).map("{:013}".format),
    issued_on=st.dates(EPOCH, EPOCH + timedelta(days=2**16)),
    total_days=st.integers(0, 2**24 - 1),
    statement_hash=st.binary(min_size=16, max_size=16),
    person=st.none() | _people,
)


def decode(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(body: bytes) -> str:
    """Return a token that only the organisation can make, whatever its body."""
    return encode(body + KEY.sign(b"govah letter token\x00" + body))


def test_a_token_of_an_old_letter_stays_valid() -> None:
    assert mint_token(KEY, OLD_CLAIMS) == OLD_TOKEN
    assert verify_token(OLD_TOKEN, KEYS) == OLD_CLAIMS


@given(_claims)
def test_a_token_gives_its_claims_back(claims: LetterClaims) -> None:
    token = mint_token(KEY, claims)
    assert verify_token(token, KEYS) == claims
    assert MIN_LENGTH <= len(token) <= MAX_LENGTH


@pytest.mark.parametrize("claims", [OLD_CLAIMS, replace(OLD_CLAIMS, person=PERSON)], ids=["1", "2"])
def test_every_changed_byte_is_noticed(claims: LetterClaims) -> None:
    raw = decode(mint_token(KEY, claims))
    for place in range(len(raw)):
        for bit in range(8):
            changed = raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]
            with pytest.raises((TokenMalformed, KeyUnknown, InvalidSignature)):
                verify_token(encode(changed), KEYS)


@pytest.mark.parametrize("claims", [OLD_CLAIMS, replace(OLD_CLAIMS, person=PERSON)], ids=["1", "2"])
def test_a_cut_or_lengthened_token_is_noticed(claims: LetterClaims) -> None:
    token = mint_token(KEY, claims)
    for other in (*(token[:end] for end in range(len(token))), f"{token}A", f"{token}AAAA", f" {token}"):
        with pytest.raises((TokenMalformed, InvalidSignature)):
            verify_token(other, KEYS)


def test_other_unused_bits_are_malformed() -> None:
    token = mint_token(KEY, OLD_CLAIMS)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert decode(twin) == decode(token)
    with pytest.raises(TokenMalformed):
        verify_token(twin, KEYS)


@pytest.mark.parametrize("change", [b"\x00", b"\x03", b"\x05", b"\x09", b"\xff"])
def test_a_wrong_length_of_the_initials_is_malformed_even_if_signed(change: bytes) -> None:
    body = decode(mint_token(KEY, replace(OLD_CLAIMS, person=PERSON)))[:-64]
    with pytest.raises(TokenMalformed):
        verify_token(sign(body[:47] + change + body[48:]), KEYS)


def test_a_token_of_another_version_or_key_is_not_taken() -> None:
    body = decode(OLD_TOKEN)[:-64]
    with pytest.raises(TokenMalformed):
        verify_token(sign(b"\x03" + body[1:]), KEYS)
    with pytest.raises(KeyUnknown):
        verify_token(OLD_TOKEN, (Ed25519PrivateKey.generate().public_key(),))


def test_a_signature_for_another_purpose_is_not_taken() -> None:
    body = decode(OLD_TOKEN)[:-64]
    with pytest.raises(InvalidSignature):
        verify_token(encode(body + KEY.sign(body)), KEYS)


def test_a_statement_becomes_claims_that_fit_its_person() -> None:
    person = {**STATEMENT["person"], "first_name": "سارا", "last_name": "احمدی\u200cنژاد"}
    person |= {"national_code": "0012345679", "birth_date_jalali": "1349-03-02"}
    claims = build_claims(SERIAL, date(2026, 11, 24), {**STATEMENT, "person": person})
    got = verify_token(mint_token(KEY, claims), KEYS)
    assert got == claims
    assert got.person is not None
    assert (got.person.initials, got.person.birth_year) == ("سا", 1349)
    summary = STATEMENT["summary"]
    assert got.person.first_month == summary["first_month_jalali"]
    assert got.person.last_month == summary["last_month_jalali"]
    assert is_same_name(got.person.name_value, SERIAL, "سارا احمدي نژاد")
    assert is_same_number(got.person.number_value, SERIAL, "۰۰۱۲۳۴۵۶۷۹")
    assert len(mint_token(KEY, claims)) == 155


def test_a_statement_about_whom_little_is_known_has_a_token_too() -> None:
    person: dict[str, str | None] = dict.fromkeys(("national_code", "insurance_number", "birth_date_jalali"))
    person |= {"first_name": "", "last_name": "", "father_name": None, "sex": None}
    summary = {**STATEMENT["summary"], "first_month_jalali": None, "last_month_jalali": None}
    claims = build_claims(SERIAL, date(2026, 11, 24), {**STATEMENT, "person": person, "summary": summary})
    assert claims.person == PersonClaims("", None, 0, 0, None, None)
    assert verify_token(mint_token(KEY, claims), KEYS) == claims


def test_the_hash_is_of_the_whole_statement() -> None:
    one = build_claims(SERIAL, date(2026, 11, 24), STATEMENT)
    other = json.loads(json.dumps(STATEMENT))
    other["summary"]["workshop_count"] += 1
    assert build_claims(SERIAL, date(2026, 11, 24), other).statement_hash != one.statement_hash
