"""The organisation's public keys: one PEM file of certificates and Ed25519 keys, and whom a chain leads to.

Whoever checks letters has such a file; `GET /api/v1/inquiry/letters/keys` publishes it.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from services.kit.logging import Sayable
from services.kit.proof.letter_token import key_id

_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
LONGEST_CHAIN = 5


class TrustUnusable(Sayable):
    """The file cannot be read, or has something else in it than certificates and Ed25519 public keys."""


class NotTrusted(ValueError):
    """No chain leads from a certificate to the trusted ones."""


@dataclass(frozen=True)
class Trust:
    """Whose signatures count."""

    certificates: Sequence[x509.Certificate]
    letter_keys: Sequence[Ed25519PublicKey]
    pem: bytes


def load_trust(path: Path) -> Trust:
    """Return what a file of public keys holds. Raises TrustUnusable; a private key in it is refused."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrustUnusable(
            f"پرونده کلیدهای عمومی خوانده نمی‌شود / file of public keys {path.name}: {error.strerror}"
        ) from error
    certificates: list[x509.Certificate] = []
    keys: list[Ed25519PublicKey] = []
    for block in _BLOCK.finditer(data):
        try:
            if block[1] == b"CERTIFICATE":
                certificates.append(x509.load_pem_x509_certificate(block[0]))
                continue
            key = load_pem_public_key(block[0]) if block[1] == b"PUBLIC KEY" else None
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise TrustUnusable(
                "تنها گواهی و کلید عمومی Ed25519 پذیرفته است / "
                f"{path.name} may hold certificates and Ed25519 public keys only"
            )
        keys.append(key)
    if not certificates:
        raise TrustUnusable(f"گواهی‌ای در آن نیست / {path.name} holds no certificate")
    return Trust(certificates, keys, b"\n".join(block[0] for block in _BLOCK.finditer(data)) + b"\n")


def expiring(path: Path, within: timedelta = timedelta(days=30)) -> list[str]:
    """Return a sentence when the certificate that signs now ends within a time, or for an unusable file.

    It is the first of the file; those behind it are authorities, and what signed older letters.
    """
    try:
        current = load_trust(path).certificates[0]
    except TrustUnusable as error:
        return [str(error)]
    if current.not_valid_after_utc > datetime.now(UTC) + within:
        return []
    ends = f"{current.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    return [
        f"اعتبار گواهی رو به پایان است / the certificate {current.subject.rfc4514_string()} expires at {ends}"
    ]


def jwk_of(key: Ed25519PublicKey) -> dict[str, str]:
    """Return the key of QR codes as a JSON Web Key (RFC 8037); `kid` is what tokens name it by, in hex."""
    text = base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode("ascii")
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key_id(key).hex(), "x": text}


def demand_chain(chain: Sequence[x509.Certificate], trust: Trust, moment: datetime) -> None:
    """Return if the first certificate, valid at a moment, leads to a trusted one by way of the others.

    Every certificate must be part of the way. Raises NotTrusted.
    """
    certificate, *others = chain
    for _ in range(LONGEST_CHAIN):
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            raise NotTrusted("a certificate was not valid then")
        if certificate in trust.certificates:
            break
        issuer = _issuer(certificate, [*trust.certificates, *others])
        if issuer is None:
            raise NotTrusted("no trusted certificate has issued it")
        if issuer in others:
            others.remove(issuer)
        certificate = issuer
    else:
        raise NotTrusted("the chain is too long")
    if others:
        raise NotTrusted("a certificate is no part of the chain")


def _issuer(certificate: x509.Certificate, candidates: Sequence[x509.Certificate]) -> x509.Certificate | None:
    for candidate in candidates:
        try:
            constraints = candidate.extensions.get_extension_for_class(x509.BasicConstraints)
            certificate.verify_directly_issued_by(candidate)
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            continue
        if constraints.value.ca:
            return candidate
    return None
