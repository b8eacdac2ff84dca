"""The organisation's public keys: one PEM file of certificates and Ed25519 keys, and what each is for.

Those who check letters have such a file; `GET /api/v1/inquiry/letters/keys` publishes it. Beside its blocks
it may have lines, as RFC 7468 lets such files have:

    Public-URL: https://govah.example
    Purpose: letters
    -----BEGIN CERTIFICATE----- …

`Public-URL`, any number of times, is an address that QR codes of letters may name. `Purpose`, of the
certificate that follows, is `letters`, `time-stamps` or both with a comma; without it, letters. One that may
issue others vouches for those of its purpose; any other is itself a signer, or a time stamp authority.
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from govah_verify.letter_token import key_id

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_LINE = re.compile(rb"^[ \t]*(purpose|public-url)[ \t]*:[ \t]*(.*?)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


class TrustUnusable(Exception):
    """The file cannot be read, or has something else in it than certificates and Ed25519 public keys."""

    # The message names a place in the file and nothing personal, so logs may quote it.
    is_loggable = True


class Purpose(StrEnum):
    LETTERS = "letters"
    TIME_STAMPS = "time-stamps"


@dataclass(frozen=True)
class Named:
    """A certificate that the file names; `is_stated` says whether the file states its purpose."""

    certificate: x509.Certificate
    purposes: frozenset[Purpose] = frozenset({Purpose.LETTERS})
    is_stated: bool = False

    @property
    def is_authority(self) -> bool:
        """Whether it may issue certificates (RFC 5280, 4.2.1.9 and 4.2.1.3)."""
        extensions = self.certificate.extensions
        try:
            constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        except x509.ExtensionNotFound:
            return False
        try:
            usage = extensions.get_extension_for_class(x509.KeyUsage).value
        except x509.ExtensionNotFound:
            return constraints.ca
        return constraints.ca and usage.key_cert_sign


@dataclass(frozen=True)
class Trust:
    """Whose signatures count, and at which addresses letters are asked about."""

    named: Sequence[Named]
    letter_keys: Sequence[Ed25519PublicKey]
    public_urls: Sequence[str] = ()

    @property
    def certificates(self) -> Sequence[x509.Certificate]:
        """All certificates, in the file's order."""
        return [one.certificate for one in self.named]

    @property
    def signer(self) -> x509.Certificate:
        """The certificate that signs letters now: the first signer of the file."""
        for_letters = [one for one in self.named if Purpose.LETTERS in one.purposes]
        signers = [one for one in for_letters if not one.is_authority]
        return (signers or for_letters or self.named)[0].certificate

    @property
    def pem(self) -> bytes:
        """The file again, without anything that is not of use to whoever checks letters."""
        lines = [f"Public-URL: {url}\n".encode() for url in self.public_urls]
        for one in self.named:
            if one.is_stated:
                lines.append(f"Purpose: {', '.join(sorted(one.purposes))}\n".encode())
            lines.append(one.certificate.public_bytes(Encoding.PEM))
        lines += [
            key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in self.letter_keys
        ]
        return b"".join(lines)

    def named_for(self, purpose: Purpose) -> Sequence[Named]:
        """Return what the file names for a purpose."""
        return [one for one in self.named if purpose in one.purposes]

    def at(self, public_urls: Iterable[str]) -> "Trust":
        """Return the same trust with more public addresses."""
        return replace(self, public_urls=list(dict.fromkeys((*self.public_urls, *public_urls))))


def load_trust(path: Path) -> Trust:
    """Return what a file of public keys holds. Raises TrustUnusable; a private key in it is refused."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrustUnusable(
            f"پرونده کلیدهای عمومی خوانده نمی‌شود / file of public keys {path.name}: {error.strerror}"
        ) from error
    named: list[Named] = []
    keys: list[Ed25519PublicKey] = []
    urls: list[str] = []
    end = 0
    for block in _BLOCK.finditer(data):
        purposes = _read_lines(data[end : block.start()], urls, path.name)
        end = block.end()
        try:
            if block[1] == b"CERTIFICATE":
                certificate = x509.load_pem_x509_certificate(block[0])
                named.append(Named(certificate, purposes or frozenset({Purpose.LETTERS}), bool(purposes)))
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
    _read_lines(data[end:], urls, path.name)
    if not named:
        raise TrustUnusable(f"گواهی‌ای در آن نیست / {path.name} holds no certificate")
    return Trust(named, keys, urls)


def _read_lines(text: bytes, urls: list[str], name: str) -> frozenset[Purpose]:
    """Return the purposes that lines between two blocks state, after their addresses were added to `urls`."""
    purposes: frozenset[Purpose] = frozenset()
    for line in _LINE.finditer(text):
        value = line[2].decode("utf-8", "replace")
        if line[1].lower() == b"public-url":
            urls.append(value)
            continue
        try:
            purposes = frozenset(Purpose(word.strip().lower()) for word in value.split(","))
        except ValueError as error:
            raise TrustUnusable(
                f"کاربرد گواهی باید letters یا time-stamps باشد / "
                f"{name}: the purpose of a certificate is letters, time-stamps, or both with a comma"
            ) from error
    return purposes


def expiring(path: Path, within: timedelta = timedelta(days=30)) -> list[str]:
    """Return a sentence when the certificate that signs now ends within a time, or for an unusable file."""
    try:
        current = load_trust(path).signer
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
