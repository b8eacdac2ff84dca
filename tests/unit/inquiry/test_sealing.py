"""Sealed copies open with the right keys and terms, and with nothing else."""

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
KEY = sealing.unwrap(WRAPPING, TERMS, SEALED.wrapped_key)

OTHER_TERMS = {
    "another permit": replace(TERMS, permit_id=uuid.UUID(int=2)),
    "a later end": replace(TERMS, expires_at=TERMS.expires_at + timedelta(microseconds=1)),
    "more views": replace(TERMS, max_views=4),
    "any number of views": replace(TERMS, max_views=None),
    "an institution": replace(TERMS, institution_id=uuid.UUID(int=3)),
}


def _flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_what_was_sealed_is_opened() -> None:
    assert sealing.open_record(KEY, TERMS, SEALED.record) == RECORD
    assert sealing.open_document(KEY, TERMS, SEALED.document) == DOCUMENT


def test_terms_mean_the_moment_not_its_spelling() -> None:
    tehran = timedelta(hours=3, minutes=30)
    elsewhere = TERMS.expires_at.astimezone(timezone(tehran))
    assert sealing.unwrap(WRAPPING, replace(TERMS, expires_at=elsewhere), SEALED.wrapped_key) == KEY


@given(st.data())
def test_any_flipped_bit_is_refused(data: st.DataObject) -> None:
    def flip(sealed: bytes) -> bytes:
        return _flipped(sealed, data.draw(st.integers(0, len(sealed) * 8 - 1)))

    with pytest.raises(SealBroken):
        sealing.unwrap(WRAPPING, TERMS, flip(SEALED.wrapped_key))
    with pytest.raises(SealBroken):
        sealing.open_record(KEY, TERMS, flip(SEALED.record))
    with pytest.raises(SealBroken):
        sealing.open_document(KEY, TERMS, flip(SEALED.document))


@given(st.integers(0, 11))
def test_what_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(SealBroken):
        sealing.unwrap(WRAPPING, TERMS, SEALED.wrapped_key[:length])


@pytest.mark.parametrize("terms", OTHER_TERMS.values(), ids=OTHER_TERMS.keys())
def test_changed_terms_are_refused(terms: Terms) -> None:
    ticket = sealing.new_ticket(KEY, TERMS)
    with pytest.raises(SealBroken):
        sealing.unwrap(WRAPPING, terms, SEALED.wrapped_key)
    with pytest.raises(SealBroken):
        sealing.open_record(KEY, terms, SEALED.record)
    with pytest.raises(SealBroken):
        sealing.open_document(KEY, terms, SEALED.document)
    with pytest.raises(SealBroken):
        sealing.redeem(ticket.token, terms, ticket.wrapped_key)


def test_one_part_does_not_pass_for_another() -> None:
    with pytest.raises(SealBroken):
        sealing.open_document(KEY, TERMS, SEALED.record)
    with pytest.raises(SealBroken):
        sealing.unwrap(KEY, TERMS, SEALED.document)


def test_a_ticket_opens_with_its_token_only() -> None:
    ticket, other = sealing.new_ticket(KEY, TERMS), sealing.new_ticket(KEY, TERMS)
    assert ticket.id == sealing.ticket_id(ticket.token)
    assert sealing.redeem(ticket.token, TERMS, ticket.wrapped_key) == KEY
    with pytest.raises(SealBroken):
        sealing.redeem(other.token, TERMS, ticket.wrapped_key)
    assert ticket.token not in repr(ticket)


def test_keys_differ_by_generation_and_from_each_other() -> None:
    first, second = (sealing.derive(b"k" * 32, pepper) for pepper in PEPPERS.generations.values())
    keys = {first.index, second.index, first.wrapping.hex(), second.wrapping.hex()}
    assert len(keys) == 4
    assert sealing.derive(b"k" * 32, PEPPERS.generations[1]) == first
    assert sealing.derive(b"l" * 32, PEPPERS.generations[1]).index != first.index


def test_salt_tag_and_counters_differ_though_they_come_of_one_pepper() -> None:
    code = "0000000018"
    derived = {
        sealing.salt_of(PEPPERS, code).hex(),
        sealing.person_tag(PEPPERS, code),
        sealing.attempt_pepper(PEPPERS).hex(),
        sealing.salt_of(PEPPERS, "0000000026").hex(),
    }
    assert len(derived) == 4


def test_notes_are_bound_to_their_id() -> None:
    note_id = uuid.uuid4()
    note = sealing.encrypt_note(PEPPERS, note_id, "متن")
    assert sealing.decrypt_note(PEPPERS, note_id, note) == "متن"
    with pytest.raises(SealBroken):
        sealing.decrypt_note(PEPPERS, uuid.uuid4(), note)


def test_no_representation_shows_a_secret() -> None:
    shown = repr(PEPPERS) + repr(sealing.derive(b"k" * 32, b"a" * 32))
    assert "ffff" not in shown
    assert "aaaa" not in shown
    assert "wrapping" not in shown
