"""A signature counts only in the form in which it was made, although ECDSA accepts two."""

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
    Profile,
    create_authority,
    create_letter,
    hash_signed_bytes,
    issue_certificate,
    read_message,
    remove_form,
    replace_message,
    sign_again,
    write_trust,
)


@pytest.fixture(scope="module")
def signer() -> Holder:
    return issue_certificate(Profile())


@pytest.fixture
def trust(signer: Holder, tmp_path: Path) -> Trust:
    return write_trust(tmp_path, signer.pem)


def flip_s(value: bytes) -> bytes:
    """Return the other form of a signature value."""
    r, s = decode_dss_signature(value)
    return encode_dss_signature(r, cms.ORDER - s)


def flip_signature(letter: bytes) -> bytes:
    """Return a letter with the other form of its signature value, which needs no key."""
    signature = cms.read_signature(read_message(letter), hash_signed_bytes(letter))
    other = cms.Signature(signature.certificates, flip_s(signature.value), signature.time_stamp)
    return replace_message(letter, cms.encode_message(other, hash_signed_bytes(letter)))


def test_letters_are_signed_with_a_low_s(signer: Holder) -> None:
    values = [read_signed_file(create_letter(signer)).signature.value for _ in range(20)]
    assert all(cms.has_low_s(value) for value in values)
    assert not any(cms.has_low_s(flip_s(value)) for value in values)


def test_the_other_form_is_a_change(signer: Holder, trust: Trust) -> None:
    letter = create_letter(signer)
    assert flip_signature(flip_signature(letter)) == letter
    assert examine_file(letter, trust).result == Result.GENUINE
    assert examine_file(flip_signature(letter), trust).result == Result.ALTERED


def test_both_forms_count_for_letters_without_a_form(signer: Holder, trust: Trust) -> None:
    # These letters do not name their form.
    old = sign_again(remove_form(create_letter(signer)), signer, lambda value: value)
    assert examine_file(old, trust).result == Result.GENUINE
    assert examine_file(flip_signature(old), trust).result == Result.GENUINE


def test_the_form_cannot_be_removed_or_changed(signer: Holder, trust: Trust) -> None:
    letter = create_letter(signer)
    for changed in (remove_form(letter), letter.replace(b"(low-s ", b"(low_s ")):
        assert changed != letter
        assert examine_file(changed, trust).result == Result.ALTERED


def flip_certificate(certificate: x509.Certificate) -> x509.Certificate:
    """Return a certificate with the other form of its own signature, which is also valid."""
    other = flip_s(certificate.signature)
    outer = certificate.public_bytes(Encoding.DER)
    # Both forms have the same length or differ by one byte, which changes the lengths before them.
    assert outer.endswith(certificate.signature)
    size = len(other) - len(certificate.signature)
    head = outer[: -len(certificate.signature)]
    whole = bytearray(head + other)
    whole[2:4] = (int.from_bytes(whole[2:4], "big") + size).to_bytes(2, "big")
    whole[len(head) - 2] += size
    return x509.load_der_x509_certificate(bytes(whole))


def test_intermediate_certificates_count_in_one_form_too(tmp_path: Path) -> None:
    root = create_authority()
    between = issue_certificate(Profile("in between", is_authority=True, usages=ISSUE), root)
    signer = issue_certificate(Profile(), between)
    trust, letter = write_trust(tmp_path, root.pem), create_letter(signer)
    assert examine_file(letter, trust).result == Result.GENUINE
    signature = cms.read_signature(read_message(letter), hash_signed_bytes(letter))
    other = flip_certificate(between.certificate)
    other.verify_directly_issued_by(root.certificate)
    swapped = cms.Signature([signer.certificate, other], signature.value)
    assert (
        examine_file(
            replace_message(letter, cms.encode_message(swapped, hash_signed_bytes(letter))), trust
        ).result
        == Result.ALTERED
    )
    fewer = cms.Signature([signer.certificate], signature.value)
    assert (
        examine_file(
            replace_message(letter, cms.encode_message(fewer, hash_signed_bytes(letter))), trust
        ).result
        == Result.ALTERED
    )


def test_an_unrelated_certificate_is_a_change(tmp_path: Path) -> None:
    root = create_authority()
    signer, stranger = issue_certificate(Profile(), root), create_authority("stranger")
    old = remove_form(create_letter(signer))
    more = sign_again(old, signer, certificates=[signer.certificate, stranger.certificate])
    assert examine_file(sign_again(old, signer), write_trust(tmp_path, root.pem)).result == Result.GENUINE
    assert examine_file(more, write_trust(tmp_path, root.pem)).result == Result.ALTERED
