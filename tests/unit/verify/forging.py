"""Authorities, signers and letters of tests, each invalid in one respect."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku
from cryptography.x509.oid import NameOID

from govah_verify import cms
from govah_verify.trust import Trust, load_trust
from services.pdfworker.signing.credentials import Credentials
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer, TimeStamper
from tests.fakes.time_stamps import build_tsa, create_tsa_key, request_token
from tests.unit.pdfworker.provable import URL, create_signed_letter

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
SIGN = frozenset({"digital_signature", "content_commitment"})
ISSUE = frozenset({"key_cert_sign", "crl_sign"})
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
LETTER_KEY = Ed25519PrivateKey.generate()


@dataclass(frozen=True)
class Holder:
    """A certificate with its key and the chain of its issuers."""

    certificate: x509.Certificate
    key: Any
    issuers: Sequence[x509.Certificate] = ()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def credentials(self) -> Credentials:
        """The credentials of a PDF worker; intermediate certificates go into the signature."""
        return Credentials(
            self.key, self.certificate, [issuer for issuer in self.issuers if issuer.issuer != issuer.subject]
        )


@dataclass(frozen=True)
class Profile:
    """The fields and extensions of a certificate."""

    name: str = "letters of tests"
    is_authority: bool = False
    path_length: int | None = None
    usages: Iterable[str] | None = SIGN
    purposes: Sequence[x509.ObjectIdentifier] | None = None
    begins: timedelta = timedelta(days=-2)
    ends: timedelta = timedelta(days=100)
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))


def issue_certificate(profile: Profile, issuer: Holder | None = None) -> Holder:
    """Return a certificate by an issuer, or a self-signed one, with its key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, profile.name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(profile.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + profile.begins)
        .not_valid_after(now + profile.ends)
        .add_extension(x509.BasicConstraints(profile.is_authority, profile.path_length), True)
    )
    if profile.usages is not None:
        flags = {usage: usage in set(profile.usages) for usage in _USAGES}
        builder = builder.add_extension(x509.KeyUsage(**flags), True)
    if profile.purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(profile.purposes), False)
    signing_key = issuer.key if issuer else profile.key
    issuers = (issuer.certificate, *issuer.issuers) if issuer else ()
    return Holder(builder.sign(signing_key, hashes.SHA256()), profile.key, issuers)


def create_authority(name: str = "authority of tests", **fields: Any) -> Holder:
    """Return an authority that may issue certificates."""
    return issue_certificate(Profile(name, **{"is_authority": True, "usages": ISSUE, **fields}))


def write_trust(directory: Path, *blocks: bytes, key: Ed25519PrivateKey = LETTER_KEY) -> Trust:
    """Return the trust of a new file with some blocks and the key of QR codes."""
    path = directory / "trust.pem"
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(b"".join(blocks) + public)
    return load_trust(path)


def create_prover(holder: Holder, time_stamper: TimeStamper | None = None) -> Prover:
    """Return the prover with a holder's key."""
    signer = Signer(holder.credentials, "سازمان نمونه", "صدور نامه", time_stamper)
    return Prover(signer, LETTER_KEY, URL)


def create_letter(holder: Holder, time_stamper: TimeStamper | None = None) -> bytes:
    """Return a letter signed with a holder's key."""
    return create_signed_letter(create_prover(holder, time_stamper))


def find_contents(letter: bytes) -> tuple[int, int]:
    """Return the start and the end of the hexadecimal digits of a letter's signature."""
    match = re.search(rb"/Contents <([0-9a-f]+)>", letter)
    assert match
    return match.span(1)


def replace_message(letter: bytes, message: bytes) -> bytes:
    """Return a letter with another message in the reserved space of its signature."""
    start, end = find_contents(letter)
    digits = message.hex().encode()
    assert len(digits) <= end - start
    return letter[:start] + digits.ljust(end - start, b"0") + letter[end:]


def read_message(letter: bytes) -> bytes:
    """Return the CMS message of a letter's signature."""
    start, end = find_contents(letter)
    padded = bytes.fromhex(letter[start:end].decode())
    return padded[: cms.measure_message(padded)]


def hash_signed_bytes(letter: bytes) -> bytes:
    """Return the digest of the bytes that a letter's signature covers."""
    start, end = find_contents(letter)
    return sha256(letter[: start - 1] + letter[end + 1 :]).digest()


def sign_again(
    letter: bytes,
    holder: Holder,
    change: Callable[[bytes], bytes] = cms.normalise_s,
    stamp: bytes | None = None,
    certificates: Sequence[x509.Certificate] | None = None,
) -> bytes:
    """Return a letter, maybe edited, with a new signature whose parts may be changed."""
    digest = hash_signed_bytes(letter)
    value = holder.key.sign(
        cms.encode_signed_attributes(holder.certificate, digest), ec.ECDSA(hashes.SHA256())
    )
    chain = certificates or [holder.certificate, *holder.credentials.intermediates]
    return replace_message(letter, cms.encode_message(cms.Signature(chain, change(value), stamp), digest))


def remove_form(letter: bytes) -> bytes:
    """Return a letter without the form of its signature, like older letters; it must be signed again."""
    return re.sub(rb"/GOVH_Form \([^)]*\)", lambda match: b" " * len(match[0]), letter)


def create_stamp_authority(
    name: str = "time stamps of tests",
    purposes: Sequence[x509.ObjectIdentifier] | None = (Eku.TIME_STAMPING,),
    issuer: Holder | None = None,
    **fields: Any,
) -> Holder:
    """Return a time stamp authority."""
    profile = Profile(name, purposes=purposes, key=create_tsa_key(), **fields)
    return issue_certificate(profile, issuer)


def create_stamper(holder: Holder, at: datetime | None = None) -> TimeStamper:
    """Return a function that gets the token of a signature value from a time stamp authority."""
    authority = build_tsa(holder.key, holder.certificate, at)
    return lambda value: request_token(authority, sha256(value).digest())
