"""A time stamp counts if it belongs to the signature and its authority is in the trust file."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku

from govah_verify.cms import MAX_CERTIFICATES
from govah_verify.der import OCTETS, SEQUENCE, encode_der
from govah_verify.examination import Examination, Result, examine_file, examine_time_stamp
from govah_verify.trust import Trust
from tests.unit.verify.forging import (
    Holder,
    Profile,
    create_authority,
    create_letter,
    create_stamp_authority,
    create_stamper,
    issue_certificate,
    read_message,
    sign_again,
    write_trust,
)

FOR_STAMPS = b"Purpose: time-stamps\n"


@pytest.fixture(scope="module")
def signer() -> Holder:
    return issue_certificate(Profile())


@pytest.fixture(scope="module")
def authority() -> Holder:
    return create_stamp_authority()


@pytest.fixture(scope="module")
def trust(signer: Holder, authority: Holder, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return write_trust(tmp_path_factory.mktemp("trust"), signer.pem, FOR_STAMPS, authority.pem)


@pytest.fixture(scope="module")
def letter(signer: Holder, authority: Holder) -> bytes:
    return create_letter(signer, create_stamper(authority))


def describe(examination: Examination) -> tuple[str, str, str]:
    return examination.result, examination.cause, examination.time_stamp.status


def test_a_letter_without_a_time_stamp_has_status_none(signer: Holder, trust: Trust) -> None:
    assert describe(examine_file(create_letter(signer), trust)) == ("genuine", "holds", "none")


def test_a_time_stamp_by_a_trusted_authority_is_valid(letter: bytes, trust: Trust) -> None:
    examined = examine_file(letter, trust)
    assert describe(examined) == ("genuine", "holds", "valid")
    assert examined.time_stamp.by == "CN=time stamps of tests"
    assert examined.time_stamp.at
    assert abs(examined.time_stamp.at - datetime.now(UTC)) < timedelta(hours=1)
    assert examine_time_stamp(letter, trust) == examined.time_stamp


def test_a_time_stamp_issued_below_a_trusted_authority_is_valid(signer: Holder, tmp_path: Path) -> None:
    above = create_authority("authority of time stamps")
    stamper = create_stamper(create_stamp_authority(issuer=above))
    trust = write_trust(tmp_path, signer.pem, FOR_STAMPS, above.pem)
    assert describe(examine_file(create_letter(signer, stamper), trust)) == ("genuine", "holds", "valid")
    assert (
        examine_file(create_letter(issue_certificate(Profile(), above), stamper), trust).result
        != Result.GENUINE
    )


@pytest.mark.parametrize(
    "purposes", [None, [Eku.SERVER_AUTH], [Eku.ANY_EXTENDED_KEY_USAGE], [Eku.CODE_SIGNING]]
)
def test_a_time_stamp_by_a_certificate_for_another_purpose_is_not_valid(
    signer: Holder, purposes: list[x509.ObjectIdentifier] | None, tmp_path: Path
) -> None:
    above = create_authority("authority of all")
    other = create_stamp_authority(purposes=purposes, issuer=above)
    letter = create_letter(signer, create_stamper(other))
    for named in (above, other):
        trust = write_trust(tmp_path, signer.pem, FOR_STAMPS, named.pem)
        assert describe(examine_file(letter, trust)) == ("cannot-tell", "stamp-not-trusted", "not-valid")


def test_a_time_stamp_by_an_unknown_authority_is_not_valid(
    signer: Holder, authority: Holder, trust: Trust, tmp_path: Path
) -> None:
    letter = create_letter(signer, create_stamper(create_stamp_authority("stranger")))
    assert describe(examine_file(letter, trust)) == ("cannot-tell", "stamp-not-trusted", "not-valid")
    # One of the same name too. A trust file without a time stamp authority makes no statement.
    twin = create_letter(signer, create_stamper(create_stamp_authority()))
    assert describe(examine_file(twin, trust)) == ("cannot-tell", "stamp-not-trusted", "not-valid")
    assert describe(examine_file(twin, write_trust(tmp_path, signer.pem))) == (
        "genuine",
        "holds",
        "not-valid",
    )
    assert describe(examine_file(letter, write_trust(tmp_path, signer.pem, authority.pem))) == (
        *("genuine", "holds"),
        "not-valid",
    )


def test_a_time_stamp_by_an_expired_authority_is_not_valid(signer: Holder, tmp_path: Path) -> None:
    ended = create_stamp_authority(begins=timedelta(days=-9), ends=timedelta(days=-1))
    trust = write_trust(tmp_path, signer.pem, FOR_STAMPS, ended.pem)
    assert examine_file(create_letter(signer, create_stamper(ended)), trust).time_stamp.status == "not-valid"


JUNK: dict[str, Callable[[bytes], bytes]] = {
    "octets": lambda _: encode_der(OCTETS, b"forged time stamp by anybody"),
    "nothing": lambda _: b"",
    "an empty sequence": lambda _: encode_der(SEQUENCE),
    "cut": lambda token: token[:-1],
    "cut to its head": lambda token: token[:30],
    "two": lambda token: token + token,
    "more behind it": lambda token: token + b"\x05\x00",
    "text": lambda _: b"no time stamp at all",
    "nested": lambda _: b"\x30\x80" * 2000,
}


@pytest.mark.parametrize("make", JUNK.values(), ids=JUNK.keys())
def test_arbitrary_bytes_are_not_a_time_stamp(
    letter: bytes, signer: Holder, trust: Trust, make: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    forged = sign_again(letter, signer, stamp=make(extract_token(letter)))
    for each_trust in (trust, write_trust(tmp_path, signer.pem)):
        examined = examine_file(forged, each_trust)
        assert (examined.result, examined.time_stamp.status) == ("altered", "not-valid")
        assert examine_time_stamp(forged, each_trust).status != "valid"


def extract_token(letter: bytes) -> bytes:
    [signer_info] = asn1.ContentInfo.load(read_message(letter))["content"]["signer_infos"]
    [attribute] = signer_info["unsigned_attrs"]
    contents: bytes = attribute["values"].contents
    return contents


def test_the_time_stamp_of_another_signature_is_wrong(letter: bytes, signer: Holder, trust: Trust) -> None:
    # By the same authority and of the same letter, but of another value.
    again = sign_again(letter, signer, stamp=extract_token(letter))
    assert describe(examine_file(again, trust)) == ("altered", "stamp-wrong", "not-valid")


def test_changed_bytes_of_a_time_stamp_are_detected(letter: bytes, trust: Trust) -> None:
    signed_data = asn1.ContentInfo.load(extract_token(letter))["content"]
    [signer_info] = signed_data["signer_infos"]
    parts = (signed_data["encap_content_info"]["content"].parsed.dump(), signer_info["signature"].native)
    wrong = []
    for part in parts:
        start = letter.index(part.hex().encode())
        for place in range(start, start + 2 * len(part), 5):
            changed = bytearray(letter)
            changed[place] = b"1032547698badcfe"[int(chr(letter[place]), 16)]
            if describe(examine_file(bytes(changed), trust)) != ("altered", "stamp-wrong", "not-valid"):
                wrong.append(place - start)
    assert wrong == []


def test_a_time_stamp_can_be_neither_removed_nor_added(letter: bytes, signer: Holder, trust: Trust) -> None:
    assert describe(examine_file(sign_again(letter, signer), trust)) == ("altered", "changed", "not-valid")
    plain = create_letter(signer)
    assert examine_file(sign_again(plain, signer, stamp=b"\x30\x00"), trust).result == Result.ALTERED


def test_a_letter_stamped_after_its_certificate_expired_is_not_genuine(
    tmp_path: Path, authority: Holder
) -> None:
    signer = issue_certificate(Profile(ends=timedelta(hours=1)))
    late = create_stamper(authority, at=datetime.now(UTC) + timedelta(hours=2))
    trust = write_trust(tmp_path, signer.pem, FOR_STAMPS, authority.pem)
    assert describe(examine_file(create_letter(signer, late), trust)) == (
        "cannot-tell",
        "signed-late",
        "valid",
    )


def test_a_time_stamp_with_too_many_certificates_is_wrong(
    signer: Holder, authority: Holder, trust: Trust
) -> None:
    def create_crowded_stamp(value: bytes) -> bytes:
        token = asn1.ContentInfo.load(create_stamper(authority)(value))
        for _ in range(MAX_CERTIFICATES):
            more = asn1.Certificate.load(create_authority("a").certificate.public_bytes(Encoding.DER))
            token["content"]["certificates"].append(asn1.CertificateChoices("certificate", more))
        crowded: bytes = token.dump(force=True)
        return crowded

    assert describe(examine_file(create_letter(signer, create_crowded_stamp), trust)) == (
        "altered",
        "stamp-wrong",
        "not-valid",
    )
