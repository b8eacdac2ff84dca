"""Unusable keys are reported at the start, in both languages, and never shown."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from govah_verify.trust import load_trust
from services.pdfworker.signing import authority
from services.pdfworker.signing.credentials import load_credentials, load_letter_key
from services.pdfworker.signing.errors import SigningUnusable
from tests.unit.pdfworker.provable import PASSWORD, create_keys, write_signing_file


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def write_valid(path: Path) -> None:
    write_signing_file(path, days_ago=1, lifetime=2)


def write_expired(path: Path) -> None:
    write_signing_file(path, days_ago=3, lifetime=2)


def write_not_yet_valid(path: Path) -> None:
    write_signing_file(path, days_ago=-1, lifetime=2)


def remove_file(path: Path) -> None:
    path.unlink(missing_ok=True)


def write_garbage(path: Path) -> None:
    path.write_bytes(b"\x30\x82garbage")


def write_without_certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"", key, None, None, _encrypt_with_password()))


def write_with_another_key(path: Path) -> None:
    write_with_key(path, ec.generate_private_key(ec.SECP256R1()))


def write_with_rsa_key(path: Path) -> None:
    write_with_key(path, rsa.generate_private_key(65537, 2048))


def write_with_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    data = authority.create_signing_file(PASSWORD, lifetime=timedelta(days=2))
    _, certificate, _ = pkcs12.load_key_and_certificates(data, PASSWORD.encode())
    assert certificate
    encryption = _encrypt_with_password()
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"", key, None, [certificate], encryption))


def _encrypt_with_password() -> KeySerializationEncryption:
    return BestAvailableEncryption(PASSWORD.encode())


def test_a_good_file_is_read(tmp_path: Path, password_file: Path) -> None:
    write_valid(tmp_path / "signing.p12")
    credentials = load_credentials(tmp_path / "signing.p12", password_file)
    assert authority.SIGNER_NAME in credentials.certificate.subject.rfc4514_string()
    assert credentials.intermediates == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (write_expired, "expired at"),
        (write_not_yet_valid, "is not valid before"),
        (remove_file, "cannot be read"),
        (write_garbage, "not a PKCS#12 file or the password"),
        (write_without_certificate, "no certificate of that key"),
        (write_with_another_key, "no certificate of that key"),
        (write_with_rsa_key, "no certificate of that key"),
    ],
)
def test_an_unusable_signing_file_is_rejected_with_a_reason(
    make: Callable[[Path], None], message: str, tmp_path: Path, password_file: Path
) -> None:
    make(tmp_path / "signing.p12")
    with pytest.raises(SigningUnusable) as caught:
        load_credentials(tmp_path / "signing.p12", password_file)
    persian, english = str(caught.value).split(" / ")
    assert message in english
    assert "گواهی" in persian or "کلید" in persian


def test_a_wrong_password_is_rejected_and_not_shown(tmp_path: Path, password_file: Path) -> None:
    write_valid(tmp_path / "signing.p12")
    password_file.write_text("not the password of it")
    with pytest.raises(SigningUnusable, match="the password in password is wrong") as caught:
        load_credentials(tmp_path / "signing.p12", password_file)
    assert "not the password" not in str(caught.value)


def test_a_letter_key_of_another_type_is_rejected(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "letter.key"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SigningUnusable, match="Ed25519"):
        load_letter_key(file)


def test_the_test_authority_is_created_once_and_marked_as_test(tmp_path: Path) -> None:
    keys = create_keys(tmp_path / "keys")
    before = {file.name: file.read_bytes() for file in keys.iterdir()}
    assert {file.name: file.read_bytes() for file in create_keys(keys).iterdir()} == before
    assert set(before) == {
        *(authority.SIGNING, authority.PASSWORD, authority.LETTER_KEY, authority.TRUST),
        *(authority.CREDENTIAL_KEY, authority.KEY_SET),
    }
    public = {authority.TRUST, authority.KEY_SET}
    assert all((keys / name).stat().st_mode & 0o007 == 0 for name in set(before) - public)
    trust = load_trust(keys / authority.TRUST)
    assert all("TEST" in certificate.subject.rfc4514_string() for certificate in trust.certificates)
    assert len(trust.letter_keys) == 1
