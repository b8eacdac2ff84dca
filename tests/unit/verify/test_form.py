"""A signature counts in the one form in which it was made, although the mathematics know two."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from govah_verify import cms
from govah_verify.examination import Result, examine_file
from govah_verify.signed_file import read_signed_file
from govah_verify.trust import Trust
from tests.unit.verify.forging import (
    ISSUE,
    Holder,
    Wish,
    issue,
    letter_by,
    message_of,
    name_no_form,
    new_authority,
    put,
    sha256_around_room,
    sign_again,
    trust_of,
)


@pytest.fixture(scope="module")
def signer() -> Holder:
    return issue(Wish())


@pytest.fixture
def trust(signer: Holder, tmp_path: Path) -> Trust:
    return trust_of(tmp_path, signer.pem)


def turn(value: bytes) -> bytes:
    """Return the other form of a signature's value."""
    r, s = decode_dss_signature(value)
    return encode_dss_signature(r, cms.ORDER - s)


def turned(letter: bytes) -> bytes:
    """Return a letter whose signature's value has its other form; that needs no key."""
    signature = cms.read_signature(message_of(letter), sha256_around_room(letter))
    other = cms.Signature(signature.certificates, turn(signature.value), signature.time_stamp)
    return put(letter, cms.encode_message(other, sha256_around_room(letter)))


def test_letters_are_signed_with_a_low_s(signer: Holder) -> None:
    values = [read_signed_file(letter_by(signer)).signature.value for _ in range(20)]
    assert all(cms.has_low_s(value) for value in values)
    assert not any(cms.has_low_s(turn(value)) for value in values)


def test_the_other_form_is_a_change(signer: Holder, trust: Trust) -> None:
    letter = letter_by(signer)
    assert turned(turned(letter)) == letter
    assert examine_file(letter, trust).result == Result.GENUINE
    assert examine_file(turned(letter), trust).result == Result.ALTERED


def test_of_letters_from_before_both_forms_count(signer: Holder, trust: Trust) -> None:
    # They do not say which they were made in.
    old = sign_again(name_no_form(letter_by(signer)), signer, lambda value: value)
    assert examine_file(old, trust).result == Result.GENUINE
    assert examine_file(turned(old), trust).result == Result.GENUINE


def test_the_form_cannot_be_taken_off_or_changed(signer: Holder, trust: Trust) -> None:
    letter = letter_by(signer)
    for changed in (name_no_form(letter), letter.replace(b"(low-s ", b"(low_s ")):
        assert changed != letter
        assert examine_file(changed, trust).result == Result.ALTERED


def again(certificate: x509.Certificate) -> x509.Certificate:
    """Return a certificate whose own signature has its other form: other bytes, and just as valid."""
    other = turn(certificate.signature)
    outer = certificate.public_bytes(Encoding.DER)
    # Both are of one length or differ by one byte, which moves the lengths before them.
    assert outer.endswith(certificate.signature)
    size = len(other) - len(certificate.signature)
    head = outer[: -len(certificate.signature)]
    whole = bytearray(head + other)
    whole[2:4] = (int.from_bytes(whole[2:4], "big") + size).to_bytes(2, "big")
    whole[len(head) - 2] += size
    return x509.load_der_x509_certificate(bytes(whole))


def test_certificates_in_between_count_in_one_form_too(tmp_path: Path) -> None:
    root = new_authority()
    between = issue(Wish("in between", is_authority=True, usages=ISSUE), root)
    signer = issue(Wish(), between)
    trust, letter = trust_of(tmp_path, root.pem), letter_by(signer)
    assert examine_file(letter, trust).result == Result.GENUINE
    signature = cms.read_signature(message_of(letter), sha256_around_room(letter))
    other = again(between.certificate)
    other.verify_directly_issued_by(root.certificate)
    swapped = cms.Signature([signer.certificate, other], signature.value)
    assert (
        examine_file(put(letter, cms.encode_message(swapped, sha256_around_room(letter))), trust).result
        == Result.ALTERED
    )
    fewer = cms.Signature([signer.certificate], signature.value)
    assert (
        examine_file(put(letter, cms.encode_message(fewer, sha256_around_room(letter))), trust).result
        == Result.ALTERED
    )


def test_a_certificate_that_is_no_part_of_the_chain_is_a_change(tmp_path: Path) -> None:
    root = new_authority()
    signer, stranger = issue(Wish(), root), new_authority("stranger")
    old = name_no_form(letter_by(signer))
    more = sign_again(old, signer, certificates=[signer.certificate, stranger.certificate])
    assert examine_file(sign_again(old, signer), trust_of(tmp_path, root.pem)).result == Result.GENUINE
    assert examine_file(more, trust_of(tmp_path, root.pem)).result == Result.ALTERED
