"""A trusted authority vouches for certificates that are for letters, and for no other that it has issued."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku

from govah_verify.examination import Cause, Result, examine_file
from tests.unit.verify.forging import (
    DOCUMENT_SIGNING,
    ISSUE,
    SIGN,
    Holder,
    Wish,
    issue,
    letter_by,
    new_authority,
    trust_of,
)

ADOBE = x509.ObjectIdentifier("1.2.840.113583.1.1.5")
MICROSOFT = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12")
UNHEARD_OF = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
FOR_OTHERS = (
    Eku.SERVER_AUTH,
    Eku.CLIENT_AUTH,
    Eku.EMAIL_PROTECTION,
    Eku.TIME_STAMPING,
    Eku.CODE_SIGNING,
)


@pytest.fixture(scope="module")
def authority() -> Holder:
    return new_authority()


@pytest.mark.parametrize(
    "wish",
    [
        Wish(),
        Wish(usages={"digital_signature"}),
        Wish(usages={"content_commitment"}),
        *(Wish(purposes=[one]) for one in (DOCUMENT_SIGNING, ADOBE, MICROSOFT)),
        Wish(purposes=[Eku.EMAIL_PROTECTION, DOCUMENT_SIGNING]),
    ],
)
def test_certificates_for_letters_sign_them(wish: Wish, authority: Holder, tmp_path: Path) -> None:
    examined = examine_file(letter_by(issue(wish, authority)), trust_of(tmp_path, authority.pem))
    assert (examined.result, examined.cause) == (Result.GENUINE, Cause.HOLDS)


@pytest.mark.parametrize(
    "wish",
    [
        *(Wish(purposes=[one]) for one in FOR_OTHERS),
        Wish(purposes=[Eku.ANY_EXTENDED_KEY_USAGE]),
        Wish(purposes=[UNHEARD_OF]),
        Wish(purposes=[Eku.OCSP_SIGNING, Eku.SERVER_AUTH]),
        *(
            Wish(usages={one})
            for one in ("key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
        ),
        Wish(usages=set()),
        Wish(usages=None),
        Wish(is_authority=True, usages=ISSUE),
    ],
)
def test_what_else_an_authority_has_issued_signs_none(wish: Wish, authority: Holder, tmp_path: Path) -> None:
    examined = examine_file(letter_by(issue(wish, authority)), trust_of(tmp_path, authority.pem))
    assert (examined.result, examined.cause) == (Result.ALTERED, Cause.NOT_TRUSTED)


def below(authority: Holder, **more: object) -> Holder:
    """A signer below an authority of an authority's."""
    wish: dict[str, object] = {"is_authority": True, "usages": ISSUE, **more}
    between = issue(Wish("authority in between", **wish), authority)  # type: ignore[arg-type]
    return issue(Wish(), between)


@pytest.mark.parametrize(
    ("make", "is_trusted"),
    [
        (below, True),
        (lambda authority: below(authority, path_length=0), True),
        (lambda authority: below(authority, purposes=[DOCUMENT_SIGNING]), True),
        (lambda authority: below(authority, usages=None), True),
        (lambda authority: below(authority, usages=SIGN), False),
        (lambda authority: below(authority, usages={"crl_sign"}), False),
        (lambda authority: below(authority, is_authority=False), False),
        (lambda authority: below(authority, purposes=[Eku.SERVER_AUTH]), False),
        (lambda authority: below(authority, ends=timedelta(hours=-1)), False),
        (lambda authority: below(authority, begins=timedelta(hours=1)), False),
        (lambda authority: issue(Wish(), below(authority)), False),
    ],
    ids=[
        *("plain", "path length 0", "for documents", "any key usage"),
        *("no keyCertSign", "only cRLSign", "no authority", "for servers"),
        *("ended", "not begun", "issued by a signer"),
    ],
)
def test_those_in_between_must_be_authorities_for_letters(
    make: Callable[[Holder], Holder], is_trusted: bool, authority: Holder, tmp_path: Path
) -> None:
    examined = examine_file(letter_by(make(authority)), trust_of(tmp_path, authority.pem))
    assert (examined.result == Result.GENUINE) is is_trusted, examined


def test_the_path_length_of_a_trusted_authority_counts(tmp_path: Path) -> None:
    narrow = new_authority(path_length=0)
    trust = trust_of(tmp_path, narrow.pem)
    assert examine_file(letter_by(issue(Wish(), narrow)), trust).result == Result.GENUINE
    assert examine_file(letter_by(below(narrow)), trust).cause == Cause.NOT_TRUSTED


def test_a_signer_that_the_file_names_needs_no_authority(authority: Holder, tmp_path: Path) -> None:
    # Many authorities issue certificates for signatures with such purposes only.
    signer = issue(Wish(purposes=[Eku.EMAIL_PROTECTION, Eku.CLIENT_AUTH]), authority)
    for label in (b"", b"Purpose: letters\n"):
        assert examine_file(letter_by(signer), trust_of(tmp_path, label, signer.pem)).result == Result.GENUINE
    other = issue(Wish(), authority)
    examined = examine_file(letter_by(other), trust_of(tmp_path, signer.pem))
    # The QR code is ours, so an old trust file may just not know of a new signer.
    assert (examined.result, examined.cause) == (Result.CANNOT_TELL, Cause.SIGNER_UNKNOWN)


def test_a_signer_that_the_file_names_issues_nothing(authority: Holder, tmp_path: Path) -> None:
    signer = issue(Wish(), authority)
    forged = issue(Wish("forged"), signer)
    assert examine_file(letter_by(forged), trust_of(tmp_path, signer.pem)).result != Result.GENUINE


def test_a_certificate_for_time_stamps_signs_no_letter(authority: Holder, tmp_path: Path) -> None:
    signer = issue(Wish(), authority)
    for pem in (signer.pem, authority.pem):
        trust = trust_of(tmp_path, b"Purpose: time-stamps\n", pem)
        assert examine_file(letter_by(signer), trust).result != Result.GENUINE
        trust = trust_of(tmp_path, b"Purpose: time-stamps, letters\n", pem)
        assert examine_file(letter_by(signer), trust).result == Result.GENUINE


@pytest.mark.parametrize(("begins", "ends"), [(-100, -1), (1, 100)])
def test_the_signing_time_must_be_within_a_signers_validity(
    begins: int, ends: int, authority: Holder, tmp_path: Path
) -> None:
    now = issue(Wish(), authority)
    old = issue(Wish(begins=timedelta(days=begins), ends=timedelta(days=ends), key=now.key), authority)
    letter = letter_by(now)
    assert examine_file(letter, trust_of(tmp_path, now.pem)).result == Result.GENUINE
    # The file may name both of one key, in any order.
    for pems in ((now.pem, old.pem), (old.pem, now.pem)):
        assert examine_file(letter, trust_of(tmp_path, *pems)).result == Result.GENUINE
    assert examine_file(letter, trust_of(tmp_path, old.pem)).result != Result.GENUINE


def test_another_authority_of_the_same_name_is_another(authority: Holder, tmp_path: Path) -> None:
    twin = new_authority()
    assert twin.certificate.subject == authority.certificate.subject
    assert (
        examine_file(letter_by(issue(Wish(), twin)), trust_of(tmp_path, authority.pem)).result
        != Result.GENUINE
    )
