"""A time stamp counts if it is of this very signature and by an authority that the trust file names."""

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
    Wish,
    issue,
    letter_by,
    message_of,
    new_authority,
    new_stamp_authority,
    sign_again,
    stamper_of,
    trust_of,
)

FOR_STAMPS = b"Purpose: time-stamps\n"


@pytest.fixture(scope="module")
def signer() -> Holder:
    return issue(Wish())


@pytest.fixture(scope="module")
def authority() -> Holder:
    return new_stamp_authority()


@pytest.fixture(scope="module")
def trust(signer: Holder, authority: Holder, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return trust_of(tmp_path_factory.mktemp("trust"), signer.pem, FOR_STAMPS, authority.pem)


@pytest.fixture(scope="module")
def letter(signer: Holder, authority: Holder) -> bytes:
    return letter_by(signer, stamper_of(authority))


def said(examined: Examination) -> tuple[str, str, str]:
    return examined.result, examined.cause, examined.time_stamp.status


def test_a_letter_without_one_says_so(signer: Holder, trust: Trust) -> None:
    assert said(examine_file(letter_by(signer), trust)) == ("genuine", "holds", "none")


def test_one_by_a_named_authority_is_valid(letter: bytes, trust: Trust) -> None:
    examined = examine_file(letter, trust)
    assert said(examined) == ("genuine", "holds", "valid")
    assert examined.time_stamp.by == "CN=time stamps of tests"
    assert examined.time_stamp.at
    assert abs(examined.time_stamp.at - datetime.now(UTC)) < timedelta(hours=1)
    assert examine_time_stamp(letter, trust) == examined.time_stamp


def test_one_below_a_named_authority_is_valid(signer: Holder, tmp_path: Path) -> None:
    above = new_authority("authority of time stamps")
    stamper = stamper_of(new_stamp_authority(issuer=above))
    trust = trust_of(tmp_path, signer.pem, FOR_STAMPS, above.pem)
    assert said(examine_file(letter_by(signer, stamper), trust)) == ("genuine", "holds", "valid")
    assert examine_file(letter_by(issue(Wish(), above), stamper), trust).result != Result.GENUINE


@pytest.mark.parametrize(
    "purposes", [None, [Eku.SERVER_AUTH], [Eku.ANY_EXTENDED_KEY_USAGE], [Eku.CODE_SIGNING]]
)
def test_one_by_what_is_for_something_else_is_not_valid(
    signer: Holder, purposes: list[x509.ObjectIdentifier] | None, tmp_path: Path
) -> None:
    above = new_authority("authority of all")
    other = new_stamp_authority(purposes=purposes, issuer=above)
    letter = letter_by(signer, stamper_of(other))
    for named in (above, other):
        trust = trust_of(tmp_path, signer.pem, FOR_STAMPS, named.pem)
        assert said(examine_file(letter, trust)) == ("cannot-tell", "stamp-not-trusted", "not-valid")


def test_one_by_a_stranger_is_not_valid(
    signer: Holder, authority: Holder, trust: Trust, tmp_path: Path
) -> None:
    letter = letter_by(signer, stamper_of(new_stamp_authority("stranger")))
    assert said(examine_file(letter, trust)) == ("cannot-tell", "stamp-not-trusted", "not-valid")
    # One of the same name, too; and a file of before they were named says nothing of time stamps.
    twin = letter_by(signer, stamper_of(new_stamp_authority()))
    assert said(examine_file(twin, trust)) == ("cannot-tell", "stamp-not-trusted", "not-valid")
    assert said(examine_file(twin, trust_of(tmp_path, signer.pem))) == ("genuine", "holds", "not-valid")
    assert said(examine_file(letter, trust_of(tmp_path, signer.pem, authority.pem))) == (
        *("genuine", "holds"),
        "not-valid",
    )


def test_one_that_ended_before_the_letter_was_signed_is_not_valid(signer: Holder, tmp_path: Path) -> None:
    ended = new_stamp_authority(begins=timedelta(days=-9), ends=timedelta(days=-1))
    trust = trust_of(tmp_path, signer.pem, FOR_STAMPS, ended.pem)
    assert examine_file(letter_by(signer, stamper_of(ended)), trust).time_stamp.status == "not-valid"


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
def test_junk_is_no_time_stamp(
    letter: bytes, signer: Holder, trust: Trust, make: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    forged = sign_again(letter, signer, stamp=make(token_of(letter)))
    for one in (trust, trust_of(tmp_path, signer.pem)):
        examined = examine_file(forged, one)
        assert (examined.result, examined.time_stamp.status) == ("altered", "not-valid")
        assert examine_time_stamp(forged, one).status != "valid"


def token_of(letter: bytes) -> bytes:
    [signer_info] = asn1.ContentInfo.load(message_of(letter))["content"]["signer_infos"]
    [attribute] = signer_info["unsigned_attrs"]
    contents: bytes = attribute["values"].contents
    return contents


def test_one_of_another_signature_is_none_of_this(letter: bytes, signer: Holder, trust: Trust) -> None:
    # The same authority's, the same letter's, but of another value.
    again = sign_again(letter, signer, stamp=token_of(letter))
    assert said(examine_file(again, trust)) == ("altered", "stamp-wrong", "not-valid")


def test_what_it_says_and_its_signature_cannot_be_changed(letter: bytes, trust: Trust) -> None:
    signed_data = asn1.ContentInfo.load(token_of(letter))["content"]
    [signer_info] = signed_data["signer_infos"]
    parts = (signed_data["encap_content_info"]["content"].parsed.dump(), signer_info["signature"].native)
    wrong = []
    for part in parts:
        start = letter.index(part.hex().encode())
        for place in range(start, start + 2 * len(part), 5):
            changed = bytearray(letter)
            changed[place] = b"1032547698badcfe"[int(chr(letter[place]), 16)]
            if said(examine_file(bytes(changed), trust)) != ("altered", "stamp-wrong", "not-valid"):
                wrong.append(place - start)
    assert wrong == []


def test_one_can_neither_be_taken_off_nor_added(letter: bytes, signer: Holder, trust: Trust) -> None:
    assert said(examine_file(sign_again(letter, signer), trust)) == ("altered", "changed", "not-valid")
    plain = letter_by(signer)
    assert examine_file(sign_again(plain, signer, stamp=b"\x30\x00"), trust).result == Result.ALTERED


def test_a_letter_stamped_after_its_certificate_ended_is_not_genuine(
    tmp_path: Path, authority: Holder
) -> None:
    signer = issue(Wish(ends=timedelta(hours=1)))
    late = stamper_of(authority, at=datetime.now(UTC) + timedelta(hours=2))
    trust = trust_of(tmp_path, signer.pem, FOR_STAMPS, authority.pem)
    assert said(examine_file(letter_by(signer, late), trust)) == ("cannot-tell", "signed-late", "valid")


def test_one_with_too_many_certificates_is_not_judged(
    signer: Holder, authority: Holder, trust: Trust
) -> None:
    def stamp(value: bytes) -> bytes:
        token = asn1.ContentInfo.load(stamper_of(authority)(value))
        for _ in range(MAX_CERTIFICATES):
            more = asn1.Certificate.load(new_authority("a").certificate.public_bytes(Encoding.DER))
            token["content"]["certificates"].append(asn1.CertificateChoices("certificate", more))
        crowded: bytes = token.dump(force=True)
        return crowded

    assert said(examine_file(letter_by(signer, stamp), trust)) == ("altered", "stamp-wrong", "not-valid")
