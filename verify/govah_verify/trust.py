"""The organisation's public keys: one PEM file of certificates and Ed25519 keys, with their purposes.

Everyone who checks letters needs this file; `GET /api/v1/inquiry/letters/keys` publishes it. Between its
blocks it may have lines of text (RFC 7468):

    Public-URL: https://govah.example
    Purpose: letters
    -----BEGIN CERTIFICATE----- …

`Public-URL`, any number of times, is an address that QR codes of letters may name. `Purpose` applies to the
next certificate: `letters`, `time-stamps`, or both with a comma; the default is letters. A certificate that
may issue others is trusted to issue certificates for its purpose. Any other is itself a signer or a time
stamp authority.
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
from cryptography.x509.oid import NameOID

from govah_verify.letter_token import compute_key_id

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_LINE = re.compile(rb"^[ \t]*(purpose|public-url)[ \t]*:[ \t]*(.*?)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


class TrustUnusable(Exception):
    """The file cannot be read, or holds anything except certificates and Ed25519 public keys."""

    # The message names no personal data, so logs may quote it.
    is_loggable = True


class Purpose(StrEnum):
    LETTERS = "letters"
    TIME_STAMPS = "time-stamps"


@dataclass(frozen=True)
class TrustedCertificate:
    """A certificate of the file; `is_purpose_stated`: the file states its purpose."""

    certificate: x509.Certificate
    purposes: frozenset[Purpose] = frozenset({Purpose.LETTERS})
    is_purpose_stated: bool = False

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
    """The certificates and keys that are trusted, and the public addresses of letters."""

    entries: Sequence[TrustedCertificate]
    letter_keys: Sequence[Ed25519PublicKey]
    public_urls: Sequence[str] = ()

    @property
    def certificates(self) -> Sequence[x509.Certificate]:
        """All certificates, in the file's order."""
        return [entry.certificate for entry in self.entries]

    @property
    def signer(self) -> x509.Certificate:
        """The certificate that signs letters now: the first signer in the file."""
        for_letters = self.select_for(Purpose.LETTERS)
        signers = [entry for entry in for_letters if not entry.is_authority]
        return (signers or for_letters or self.entries)[0].certificate

    @property
    def pem(self) -> bytes:
        """The content of the file, without the text that checking letters does not need."""
        lines = [f"Public-URL: {url}\n".encode() for url in self.public_urls]
        for entry in self.entries:
            if entry.is_purpose_stated:
                lines.append(f"Purpose: {', '.join(sorted(entry.purposes))}\n".encode())
            lines.append(entry.certificate.public_bytes(Encoding.PEM))
        lines += [
            key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in self.letter_keys
        ]
        return b"".join(lines)

    def select_for(self, purpose: Purpose) -> Sequence[TrustedCertificate]:
        """Return the certificates for a purpose, in the file's order."""
        return [entry for entry in self.entries if purpose in entry.purposes]

    def add_public_urls(self, public_urls: Iterable[str]) -> "Trust":
        """Return a copy with more public addresses."""
        return replace(self, public_urls=list(dict.fromkeys((*self.public_urls, *public_urls))))


def load_trust(path: Path) -> Trust:
    """Return the content of a file of public keys. Raises TrustUnusable, also for a private key in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TrustUnusable(
            f"فایل کلیدهای عمومی خوانده نمی‌شود / file of public keys {path.name}: {error.strerror}"
        ) from error
    return parse_trust(data, path.name)


def parse_trust(data: bytes, name: str) -> Trust:
    """Return the content of public keys, which came from a file or an address of that name.

    Raises TrustUnusable, also for a private key.
    """
    entries: list[TrustedCertificate] = []
    keys: list[Ed25519PublicKey] = []
    urls: list[str] = []
    end = 0
    for block in _BLOCK.finditer(data):
        purposes = _parse_lines(data[end : block.start()], urls, name)
        end = block.end()
        try:
            if block[1] == b"CERTIFICATE":
                certificate = x509.load_pem_x509_certificate(block[0])
                entries.append(
                    TrustedCertificate(certificate, purposes or frozenset({Purpose.LETTERS}), bool(purposes))
                )
                continue
            key = load_pem_public_key(block[0]) if block[1] == b"PUBLIC KEY" else None
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise TrustUnusable(
                "تنها گواهی و کلید عمومی Ed25519 پذیرفته است / "
                f"{name} may hold certificates and Ed25519 public keys only"
            )
        keys.append(key)
    _parse_lines(data[end:], urls, name)
    if not entries:
        raise TrustUnusable(f"گواهی‌ای در آن نیست / {name} holds no certificate")
    return Trust(entries, keys, urls)


def _parse_lines(text: bytes, urls: list[str], name: str) -> frozenset[Purpose]:
    """Return the purposes that the lines between two blocks state, and add their addresses to `urls`."""
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


def list_expiry_warnings(path: Path, within: timedelta = timedelta(days=30)) -> list[str]:
    """Return a sentence if the file is unusable or the current signer's certificate expires within a time."""
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


def is_for_tests(certificate: x509.Certificate) -> bool:
    """Return whether the certificate says that it is of a trial, as those do that Govah generates itself."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any("TEST" in str(name.value).split() for name in names)


def list_test_warnings(path: Path) -> list[str]:
    """Return a sentence if letters are signed with a certificate of a trial."""
    try:
        current = load_trust(path).signer
    except TrustUnusable:
        return []
    if not is_for_tests(current):
        return []
    name = current.subject.rfc4514_string()
    return [f"نامه‌ها با گواهی آزمایشی امضا می‌شوند / letters are signed with a certificate for trials: {name}"]


def export_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """Return a key of QR codes as a JSON Web Key (RFC 8037); `kid` is its id in tokens, in hexadecimal."""
    text = base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=").decode("ascii")
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": compute_key_id(key).hex(), "x": text}
