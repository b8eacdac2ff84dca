"""The keys that sign letters, read once when the worker starts. Called by `app`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from services.pdfworker.signing.errors import SigningUnavailable, SigningUnusable


class SigningKey(Protocol):
    """A private ECDSA key: one of `cryptography`, read from a file, or one in a security module."""

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Return the signature of data, in DER. Raises SigningUnavailable."""
        ...


@dataclass(frozen=True)
class Credentials:
    """A certificate with its key and the intermediate certificates."""

    key: SigningKey
    certificate: x509.Certificate
    intermediates: Sequence[x509.Certificate] = ()

    def require_valid(self, moment: datetime) -> None:
        """Raise SigningUnavailable if the certificate is not valid at a moment."""
        if moment < self.certificate.not_valid_before_utc:
            begins = f"{self.certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
            raise SigningUnavailable(
                f"اعتبار گواهی امضا هنوز آغاز نشده است؛ ساعت دستگاه را هم بررسی کنید / "
                f"the signing certificate is not valid before {begins}; check the clock too"
            )
        if moment > self.certificate.not_valid_after_utc:
            ended = f"{self.certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            raise SigningUnavailable(
                f"اعتبار گواهی امضا پایان یافته است؛ گواهی تازه‌ای بگذارید و کارگر را دوباره راه بیندازید / "
                f"the signing certificate expired at {ended}; put a new one in place and restart the worker"
            )


def load_credentials(file: Path, password_file: Path) -> Credentials:
    """Return the credentials in a PKCS#12 file. Raises SigningUnusable with the reason in both languages."""
    data = read_key_file(file, "گواهی امضا", "signing file")
    password = read_key_file(password_file, "گذرواژه گواهی امضا", "password file").strip()
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, password)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SigningUnusable(
            f"گواهی امضا با این گذرواژه باز نمی‌شود یا PKCS#12 نیست / "
            f"{file.name} is not a PKCS#12 file or the password in {password_file.name} is wrong"
        ) from None
    if key is None or certificate is None:
        raise SigningUnusable(
            f"کلید یا گواهی در فایل نیست / {file.name} holds no key or no certificate of that key"
        )
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SigningUnusable(
            f"کلید امضا باید ECDSA P-256 باشد / the key in {file.name} must be an ECDSA P-256 key"
        )
    if key.public_key() != certificate.public_key():
        raise SigningUnusable(
            f"کلید و گواهی به هم نمی‌خورند / key and certificate in {file.name} do not match"
        )
    credentials = Credentials(key, certificate, [other for other in others if other.issuer != other.subject])
    try:
        credentials.require_valid(datetime.now(UTC))
    except SigningUnavailable as error:
        raise SigningUnusable(str(error)) from None
    return credentials


def load_letter_key(file: Path) -> Ed25519PrivateKey:
    """Return the key that signs the tokens of QR codes, from PEM. Raises SigningUnusable."""
    data = read_key_file(file, "کلید رمزینه", "letter key file")
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningUnusable(
            f"کلید رمزینه باید Ed25519 در قالب PEM و بدون گذرواژه باشد / "
            f"{file.name} must hold an Ed25519 private key in PEM without a password"
        )
    return key


def read_key_file(file: Path, name_fa: str, name_en: str) -> bytes:
    """Return the bytes of a file. Raises SigningUnusable, which names the file in both languages."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise SigningUnusable(
            f"{name_fa} خوانده نمی‌شود / {name_en} {file.name} cannot be read: {error.strerror}"
        ) from None
