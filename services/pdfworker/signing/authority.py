"""A test authority: keys and certificates of a trial, for letters and credentials, which must not be trusted.

The embedded mode calls `ensure_keys`. The demo with containers runs `python -m
services.pdfworker.signing.authority DIRECTORY`. Production needs its own keys (docs/operations/letters.md).
"""

import os
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from govah_verify.key_set import build_key, dump_key_set

SIGNING, PASSWORD, LETTER_KEY, TRUST = "signing.p12", "signing.password", "letter.key", "letter-trust.pem"
CREDENTIAL_KEY, KEY_SET = "credential.key", "govah-keys.json"
AUTHORITY_NAME = "Govah TEST authority – not valid"
SIGNER_NAME = "Govah TEST letters – not valid"
VALIDITY = timedelta(days=3650)


def ensure_keys(directory: Path) -> None:
    """Create the missing ones of the six files; a public file is created again with each new key."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    signing, letter_key, trust = (directory / name for name in (SIGNING, LETTER_KEY, TRUST))
    if not signing.exists():
        password = secrets.token_urlsafe(24)
        _write_atomically(directory / PASSWORD, password.encode() + b"\n")
        # After its password, so that it never exists without it.
        _write_atomically(signing, create_signing_file(password))
        trust.unlink(missing_ok=True)
    if not letter_key.exists():
        _write_new_key(letter_key)
        trust.unlink(missing_ok=True)
    if not trust.exists():
        password = (directory / PASSWORD).read_text("ascii").strip()
        _write_atomically(
            trust, export_public_keys(signing.read_bytes(), password, letter_key.read_bytes()), 0o644
        )
    _ensure_credential_keys(directory)


def _ensure_credential_keys(directory: Path) -> None:
    credential_key, key_set = directory / CREDENTIAL_KEY, directory / KEY_SET
    if not credential_key.exists():
        _write_new_key(credential_key)
        key_set.unlink(missing_ok=True)
    if not key_set.exists():
        key = load_pem_private_key(credential_key.read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{credential_key.name} is not an Ed25519 key")
        public = build_key(key.public_key().public_bytes_raw(), int(datetime.now(UTC).timestamp()))
        _write_atomically(key_set, dump_key_set([public]).encode(), 0o644)


def _write_new_key(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    _write_atomically(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def create_signing_file(
    password: str,
    *,
    begins: datetime | None = None,
    lifetime: timedelta = VALIDITY,
    names: tuple[str, str] | None = None,
) -> bytes:
    """Return a PKCS#12 file: a new key with a certificate by a new authority, whose key is discarded."""
    # Two days ago, so that a trial works on a machine whose clock is slow.
    begins = begins or datetime.now(UTC) - timedelta(days=2)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name, name = (_build_name(text) for text in names or (AUTHORITY_NAME, SIGNER_NAME))

    def build_certificate(
        subject: x509.Name, public_key: ec.EllipticCurvePublicKey, *, is_authority: bool
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + lifetime)
            .add_extension(
                x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), True
            )
            .add_extension(_build_key_usage(is_authority), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False
            )
            .sign(authority_key, hashes.SHA256())
        )

    return pkcs12.serialize_key_and_certificates(
        b"govah letters",
        key,
        build_certificate(name, key.public_key(), is_authority=False),
        [build_certificate(authority_name, authority_key.public_key(), is_authority=True)],
        BestAvailableEncryption(password.encode()),
    )


def export_public_keys(signing: bytes, password: str, letter_key: bytes) -> bytes:
    """Return the file of public keys in PEM: the signer's certificate, then the public key of QR codes.

    The authority's certificate is left out, since it would make all certificates that it has issued trusted.
    """
    _, certificate, _ = pkcs12.load_key_and_certificates(signing, password.encode())
    signer = b"Purpose: letters\n" + certificate.public_bytes(Encoding.PEM) if certificate else b""
    key = load_pem_private_key(letter_key, None).public_key()
    return signer + key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _build_name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _build_key_usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_atomically(path: Path, content: bytes, mode: int = 0o640) -> None:
    """Write a file completely or not at all."""
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    part.replace(path)


if __name__ == "__main__":
    ensure_keys(Path(sys.argv[1]))
