"""Only certificates for letters sign letters, also among those of a trusted authority."""

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
    Profile,
    create_authority,
    create_letter,
    issue_certificate,
    write_trust,
)

ADOBE = x509.ObjectIdentifier("1.2.840.113583.1.1.5")
MICROSOFT = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12")
UNKNOWN_PURPOSE = x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")
FOR_OTHERS = (
    Eku.SERVER_AUTH,
    Eku.CLIENT_AUTH,
    Eku.EMAIL_PROTECTION,
    Eku.TIME_STAMPING,
    Eku.CODE_SIGNING,
)


@pytest.fixture(scope="module")
def authority() -> Holder:
    return create_authority()


@pytest.mark.parametrize(
    "profile",
    [
        Profile(),
        Profile(usages={"digital_signature"}),
        Profile(usages={"content_commitment"}),
        *(Profile(purposes=[purpose]) for purpose in (DOCUMENT_SIGNING, ADOBE, MICROSOFT)),
        Profile(purposes=[Eku.EMAIL_PROTECTION, DOCUMENT_SIGNING]),
    ],
)
def test_certificates_for_letters_sign_them(profile: Profile, authority: Holder, tmp_path: Path) -> None:
    examined = examine_file(
        create_letter(issue_certificate(profile, authority)), write_trust(tmp_path, authority.pem)
    )
    assert (examined.result, examined.cause) == (Result.GENUINE, Cause.HOLDS)


@pytest.mark.parametrize(
    "profile",
    [
        *(Profile(purposes=[purpose]) for purpose in FOR_OTHERS),
        Profile(purposes=[Eku.ANY_EXTENDED_KEY_USAGE]),
        Profile(purposes=[UNKNOWN_PURPOSE]),
        Profile(purposes=[Eku.OCSP_SIGNING, Eku.SERVER_AUTH]),
        *(
            Profile(usages={usage})
            for usage in ("key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
        ),
        Profile(usages=set()),
        Profile(usages=None),
        Profile(is_authority=True, usages=ISSUE),
    ],
)
def test_certificates_for_other_purposes_sign_no_letter(
    profile: Profile, authority: Holder, tmp_path: Path
) -> None:
    examined = examine_file(
        create_letter(issue_certificate(profile, authority)), write_trust(tmp_path, authority.pem)
    )
    assert (examined.result, examined.cause) == (Result.ALTERED, Cause.NOT_TRUSTED)


def issue_below(authority: Holder, **fields: object) -> Holder:
    """Return a signer with an intermediate authority below an authority."""
    profile: dict[str, object] = {"is_authority": True, "usages": ISSUE, **fields}
    between = issue_certificate(Profile("authority in between", **profile), authority)  # type: ignore[arg-type]
    return issue_certificate(Profile(), between)


@pytest.mark.parametrize(
    ("make", "is_trusted"),
    [
        (issue_below, True),
        (lambda authority: issue_below(authority, path_length=0), True),
        (lambda authority: issue_below(authority, purposes=[DOCUMENT_SIGNING]), True),
        (lambda authority: issue_below(authority, usages=None), True),
        (lambda authority: issue_below(authority, usages=SIGN), False),
        (lambda authority: issue_below(authority, usages={"crl_sign"}), False),
        (lambda authority: issue_below(authority, is_authority=False), False),
        (lambda authority: issue_below(authority, purposes=[Eku.SERVER_AUTH]), False),
        (lambda authority: issue_below(authority, ends=timedelta(hours=-1)), False),
        (lambda authority: issue_below(authority, begins=timedelta(hours=1)), False),
        (lambda authority: issue_certificate(Profile(), issue_below(authority)), False),
    ],
    ids=[
        *("plain", "path length 0", "for documents", "any key usage"),
        *("no keyCertSign", "only cRLSign", "not an authority", "for servers"),
        *("ended", "not begun", "issued by a signer"),
    ],
)
def test_intermediate_certificates_must_be_authorities_for_letters(
    make: Callable[[Holder], Holder], is_trusted: bool, authority: Holder, tmp_path: Path
) -> None:
    examined = examine_file(create_letter(make(authority)), write_trust(tmp_path, authority.pem))
    assert (examined.result == Result.GENUINE) is is_trusted, examined


def test_the_path_length_of_a_trusted_authority_counts(tmp_path: Path) -> None:
    narrow = create_authority(path_length=0)
    trust = write_trust(tmp_path, narrow.pem)
    assert examine_file(create_letter(issue_certificate(Profile(), narrow)), trust).result == Result.GENUINE
    assert examine_file(create_letter(issue_below(narrow)), trust).cause == Cause.NOT_TRUSTED


def test_a_signer_in_the_trust_file_needs_no_authority(authority: Holder, tmp_path: Path) -> None:
    # Many authorities issue certificates for signatures with such purposes only.
    signer = issue_certificate(Profile(purposes=[Eku.EMAIL_PROTECTION, Eku.CLIENT_AUTH]), authority)
    for label in (b"", b"Purpose: letters\n"):
        assert (
            examine_file(create_letter(signer), write_trust(tmp_path, label, signer.pem)).result
            == Result.GENUINE
        )
    other = issue_certificate(Profile(), authority)
    examined = examine_file(create_letter(other), write_trust(tmp_path, signer.pem))
    # The QR code is genuine, so the trust file may be too old to name a new signer.
    assert (examined.result, examined.cause) == (Result.CANNOT_TELL, Cause.SIGNER_UNKNOWN)


def test_a_signer_in_the_trust_file_cannot_issue_certificates(authority: Holder, tmp_path: Path) -> None:
    signer = issue_certificate(Profile(), authority)
    forged = issue_certificate(Profile("forged"), signer)
    assert examine_file(create_letter(forged), write_trust(tmp_path, signer.pem)).result != Result.GENUINE


def test_a_certificate_for_time_stamps_signs_no_letter(authority: Holder, tmp_path: Path) -> None:
    signer = issue_certificate(Profile(), authority)
    for pem in (signer.pem, authority.pem):
        trust = write_trust(tmp_path, b"Purpose: time-stamps\n", pem)
        assert examine_file(create_letter(signer), trust).result != Result.GENUINE
        trust = write_trust(tmp_path, b"Purpose: time-stamps, letters\n", pem)
        assert examine_file(create_letter(signer), trust).result == Result.GENUINE


@pytest.mark.parametrize(("begins", "ends"), [(-100, -1), (1, 100)])
def test_the_signing_time_must_be_within_a_signers_validity(
    begins: int, ends: int, authority: Holder, tmp_path: Path
) -> None:
    now = issue_certificate(Profile(), authority)
    old = issue_certificate(
        Profile(begins=timedelta(days=begins), ends=timedelta(days=ends), key=now.key), authority
    )
    letter = create_letter(now)
    assert examine_file(letter, write_trust(tmp_path, now.pem)).result == Result.GENUINE
    # The file may name both of one key, in any order.
    for pems in ((now.pem, old.pem), (old.pem, now.pem)):
        assert examine_file(letter, write_trust(tmp_path, *pems)).result == Result.GENUINE
    assert examine_file(letter, write_trust(tmp_path, old.pem)).result != Result.GENUINE


def test_another_authority_of_the_same_name_is_not_trusted(authority: Holder, tmp_path: Path) -> None:
    twin = create_authority()
    assert twin.certificate.subject == authority.certificate.subject
    assert (
        examine_file(
            create_letter(issue_certificate(Profile(), twin)), write_trust(tmp_path, authority.pem)
        ).result
        != Result.GENUINE
    )
