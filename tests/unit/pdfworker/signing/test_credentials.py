"""Keys that cannot be used are told at the start, in both languages, and never shown."""

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
from tests.unit.pdfworker.provable import PASSWORD, keys_in, signing_file


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def good(path: Path) -> None:
    signing_file(path, days_ago=1, lasts=2)


def expired(path: Path) -> None:
    signing_file(path, days_ago=3, lasts=2)


def not_yet_valid(path: Path) -> None:
    signing_file(path, days_ago=-1, lasts=2)


def nothing(path: Path) -> None:
    path.unlink(missing_ok=True)


def garbage(path: Path) -> None:
    path.write_bytes(b"\x30\x82garbage")


def without_certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"", key, None, None, _encryption()))


def with_anothers_key(path: Path) -> None:
    data = authority.new_signing_file(PASSWORD, lasts=timedelta(days=2))
    _, certificate, _ = pkcs12.load_key_and_certificates(data, PASSWORD.encode())
    key = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"", key, None, [certificate], _encryption()))  # type: ignore[list-item]


def with_rsa(path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    data = authority.new_signing_file(PASSWORD, lasts=timedelta(days=2))
    _, certificate, _ = pkcs12.load_key_and_certificates(data, PASSWORD.encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"", key, None, [certificate], _encryption()))  # type: ignore[list-item]


def _encryption() -> KeySerializationEncryption:
    return BestAvailableEncryption(PASSWORD.encode())


def test_a_good_file_is_read(tmp_path: Path, password_file: Path) -> None:
    good(tmp_path / "signing.p12")
    credentials = load_credentials(tmp_path / "signing.p12", password_file)
    assert authority.SIGNER_NAME in credentials.certificate.subject.rfc4514_string()
    assert credentials.between == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (expired, "expired at"),
        (not_yet_valid, "is not valid before"),
        (nothing, "cannot be read"),
        (garbage, "no PKCS#12 file or the password"),
        (without_certificate, "no certificate that belongs to it"),
        (with_anothers_key, "no certificate that belongs to it"),
        (with_rsa, "no certificate that belongs to it"),
    ],
)
def test_what_cannot_sign_is_refused_in_words(
    make: Callable[[Path], None], words: str, tmp_path: Path, password_file: Path
) -> None:
    make(tmp_path / "signing.p12")
    with pytest.raises(SigningUnusable) as refused:
        load_credentials(tmp_path / "signing.p12", password_file)
    persian, english = str(refused.value).split(" / ")
    assert words in english
    assert "گواهی" in persian or "کلید" in persian


def test_a_wrong_password_is_refused_and_not_told(tmp_path: Path, password_file: Path) -> None:
    good(tmp_path / "signing.p12")
    password_file.write_text("not the password of it")
    with pytest.raises(SigningUnusable, match="the password in password is wrong") as refused:
        load_credentials(tmp_path / "signing.p12", password_file)
    assert "not the password" not in str(refused.value)


def test_a_letter_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "letter.key"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(SigningUnusable, match="Ed25519"):
        load_letter_key(file)


def test_the_test_authority_is_made_once_and_says_what_it_is(tmp_path: Path) -> None:
    keys = keys_in(tmp_path / "keys")
    before = {file.name: file.read_bytes() for file in keys.iterdir()}
    assert {file.name: file.read_bytes() for file in keys_in(keys).iterdir()} == before
    assert set(before) == {authority.SIGNING, authority.PASSWORD, authority.LETTER_KEY, authority.TRUST}
    assert all((keys / name).stat().st_mode & 0o007 == 0 for name in before if name != authority.TRUST)
    trust = load_trust(keys / authority.TRUST)
    assert all("TEST" in one.subject.rfc4514_string() for one in trust.certificates)
    assert len(trust.letter_keys) == 1
