"""Sealed copies open only with the right keys and terms."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inquiry.actions import sealing
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.sealing import Terms
from services.kit.box import SealBroken

PEPPERS = Peppers(fixed=b"f" * 32, generations={1: b"a" * 32, 2: b"b" * 32})
WRAPPING = b"w" * 32
TERMS = Terms(uuid.UUID(int=1), datetime(2026, 12, 1, tzinfo=UTC), 3, None)
RECORD = {"statement": {"person": {"first_name": "نرگس"}, "days": [31, None, 0]}}
DOCUMENT = b"%PDF-1.7 ..."
SEALED = sealing.seal(WRAPPING, TERMS, RECORD, DOCUMENT)
assert SEALED.document
SEALED_DOCUMENT = SEALED.document
KEY = sealing.unwrap_key(WRAPPING, TERMS, SEALED.wrapped_key)

OTHER_TERMS = {
    "another permit": replace(TERMS, permit_id=uuid.UUID(int=2)),
    "a later end": replace(TERMS, expires_at=TERMS.expires_at + timedelta(microseconds=1)),
    "more views": replace(TERMS, max_views=4),
    "any number of views": replace(TERMS, max_views=None),
    "an institution": replace(TERMS, institution_id=uuid.UUID(int=3)),
}


def _flip_bit(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_sealed_copy_is_opened() -> None:
    assert sealing.open_record(KEY, TERMS, SEALED.record) == RECORD
    assert sealing.open_document(KEY, TERMS, SEALED_DOCUMENT) == DOCUMENT


def test_terms_bind_the_moment_in_any_time_zone() -> None:
    tehran = timedelta(hours=3, minutes=30)
    elsewhere = TERMS.expires_at.astimezone(timezone(tehran))
    assert sealing.unwrap_key(WRAPPING, replace(TERMS, expires_at=elsewhere), SEALED.wrapped_key) == KEY


@given(st.data())
def test_any_flipped_bit_is_rejected(data: st.DataObject) -> None:
    def flip(sealed: bytes) -> bytes:
        return _flip_bit(sealed, data.draw(st.integers(0, len(sealed) * 8 - 1)))

    with pytest.raises(SealBroken):
        sealing.unwrap_key(WRAPPING, TERMS, flip(SEALED.wrapped_key))
    with pytest.raises(SealBroken):
        sealing.open_record(KEY, TERMS, flip(SEALED.record))
    with pytest.raises(SealBroken):
        sealing.open_document(KEY, TERMS, flip(SEALED_DOCUMENT))


@given(st.integers(0, 11))
def test_truncated_key_is_rejected(length: int) -> None:
    with pytest.raises(SealBroken):
        sealing.unwrap_key(WRAPPING, TERMS, SEALED.wrapped_key[:length])


@pytest.mark.parametrize("terms", OTHER_TERMS.values(), ids=OTHER_TERMS.keys())
def test_changed_terms_are_rejected(terms: Terms) -> None:
    ticket = sealing.new_ticket(KEY, TERMS)
    with pytest.raises(SealBroken):
        sealing.unwrap_key(WRAPPING, terms, SEALED.wrapped_key)
    with pytest.raises(SealBroken):
        sealing.open_record(KEY, terms, SEALED.record)
    with pytest.raises(SealBroken):
        sealing.open_document(KEY, terms, SEALED_DOCUMENT)
    with pytest.raises(SealBroken):
        sealing.redeem_ticket(ticket.token, terms, ticket.wrapped_key)


def test_parts_are_not_interchangeable() -> None:
    with pytest.raises(SealBroken):
        sealing.open_document(KEY, TERMS, SEALED.record)
    with pytest.raises(SealBroken):
        sealing.unwrap_key(KEY, TERMS, SEALED_DOCUMENT)


def test_a_ticket_opens_with_its_token_only() -> None:
    ticket, other = sealing.new_ticket(KEY, TERMS), sealing.new_ticket(KEY, TERMS)
    assert ticket.id == sealing.derive_ticket_id(ticket.token)
    assert sealing.redeem_ticket(ticket.token, TERMS, ticket.wrapped_key) == KEY
    with pytest.raises(SealBroken):
        sealing.redeem_ticket(other.token, TERMS, ticket.wrapped_key)
    assert ticket.token not in repr(ticket)


def test_keys_differ_by_generation_and_from_each_other() -> None:
    first, second = (sealing.derive_keys(b"k" * 32, pepper) for pepper in PEPPERS.generations.values())
    keys = {first.index, second.index, first.wrapping.hex(), second.wrapping.hex()}
    assert len(keys) == 4
    assert sealing.derive_keys(b"k" * 32, PEPPERS.generations[1]) == first
    assert sealing.derive_keys(b"l" * 32, PEPPERS.generations[1]).index != first.index


def test_values_derived_from_one_pepper_differ() -> None:
    code = "0000000018"
    derived = {
        sealing.derive_salt(PEPPERS, code).hex(),
        sealing.derive_person_tag(PEPPERS, code),
        sealing.derive_attempt_pepper(PEPPERS).hex(),
        sealing.derive_salt(PEPPERS, "0000000026").hex(),
    }
    assert len(derived) == 4


def test_notes_are_bound_to_their_id() -> None:
    note_id = uuid.uuid4()
    note = sealing.encrypt_note(PEPPERS, note_id, "متن")
    assert sealing.decrypt_note(PEPPERS, note_id, note) == "متن"
    with pytest.raises(SealBroken):
        sealing.decrypt_note(PEPPERS, uuid.uuid4(), note)


def test_repr_shows_no_secret() -> None:
    text = repr(PEPPERS) + repr(sealing.derive_keys(b"k" * 32, b"a" * 32))
    assert "ffff" not in text
    assert "aaaa" not in text
    assert "wrapping" not in text
