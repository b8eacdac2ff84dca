"""Authorities, signers and letters of tests, made to be wrong in one thing each."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from asn1crypto import tsp
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID as Eku
from cryptography.x509.oid import NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from govah_verify import cms
from govah_verify.trust import Trust, load_trust
from services.pdfworker.signing.credentials import Credentials
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer, TimeStamper
from tests.unit.pdfworker.provable import URL, signed_letter

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
    """A certificate with its key and those above it."""

    certificate: x509.Certificate
    key: Any
    above: Sequence[x509.Certificate] = ()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def credentials(self) -> Credentials:
        """What a PDF worker signs with; those in between go into the signature."""
        return Credentials(
            self.key, self.certificate, [one for one in self.above if one.issuer != one.subject]
        )


@dataclass(frozen=True)
class Wish:
    """What a certificate is to be like."""

    name: str = "letters of tests"
    is_authority: bool = False
    path_length: int | None = None
    usages: Iterable[str] | None = SIGN
    purposes: Sequence[x509.ObjectIdentifier] | None = None
    begins: timedelta = timedelta(days=-2)
    ends: timedelta = timedelta(days=100)
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))


def issue(wish: Wish, issuer: Holder | None = None) -> Holder:
    """Return what an issuer, or without one the certificate's own key, has issued."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wish.name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(wish.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + wish.begins)
        .not_valid_after(now + wish.ends)
        .add_extension(x509.BasicConstraints(wish.is_authority, wish.path_length), True)
    )
    if wish.usages is not None:
        flags = {usage: usage in set(wish.usages) for usage in _USAGES}
        builder = builder.add_extension(x509.KeyUsage(**flags), True)
    if wish.purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(wish.purposes), False)
    signing_key = issuer.key if issuer else wish.key
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return Holder(builder.sign(signing_key, hashes.SHA256()), wish.key, above)


def new_authority(name: str = "authority of tests", **more: Any) -> Holder:
    """Return an authority that issues."""
    wish = {"is_authority": True, "usages": ISSUE, **more}
    return issue(Wish(name, **wish))


def trust_of(directory: Path, *blocks: bytes, key: Ed25519PrivateKey = LETTER_KEY) -> Trust:
    """Return the trust of a file with these blocks and the key of QR codes."""
    path = directory / "trust.pem"
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    path.write_bytes(b"".join(blocks) + public)
    return load_trust(path)


def prover_of(holder: Holder, time_stamp: TimeStamper | None = None) -> Prover:
    """Return what a letter is proved with by a holder's key."""
    signer = Signer(holder.credentials, "سازمان نمونه", "صدور نامه", time_stamp)
    return Prover(signer, LETTER_KEY, URL)


def letter_by(holder: Holder, time_stamp: TimeStamper | None = None) -> bytes:
    """Return a letter that a holder's key has signed."""
    return signed_letter(prover_of(holder, time_stamp))


def room_of(letter: bytes) -> tuple[int, int]:
    """Return from where to where the hexadecimal digits of a letter's signature stand."""
    found = re.search(rb"/Contents <([0-9a-f]+)>", letter)
    assert found
    return found.span(1)


def put(letter: bytes, message: bytes) -> bytes:
    """Return a letter with another message in the room of its signature."""
    start, end = room_of(letter)
    digits = message.hex().encode()
    assert len(digits) <= end - start
    return letter[:start] + digits.ljust(end - start, b"0") + letter[end:]


def message_of(letter: bytes) -> bytes:
    """Return the message in the room of a letter's signature."""
    start, end = room_of(letter)
    held = bytes.fromhex(letter[start:end].decode())
    return held[: cms.measure_message(held)]


def sha256_around_room(letter: bytes) -> bytes:
    """Return the digest that a letter's signature is over."""
    start, end = room_of(letter)
    return sha256(letter[: start - 1] + letter[end + 1 :]).digest()


def sign_again(
    letter: bytes,
    holder: Holder,
    change: Callable[[bytes], bytes] = cms.normalise_s,
    stamp: bytes | None = None,
    certificates: Sequence[x509.Certificate] | None = None,
) -> bytes:
    """Return a letter, edited since or not, under a new signature whose value and stamp are as wished."""
    digest = sha256_around_room(letter)
    value = holder.key.sign(
        cms.encode_signed_attributes(holder.certificate, digest), ec.ECDSA(hashes.SHA256())
    )
    used = certificates or [holder.certificate, *holder.credentials.between]
    return put(letter, cms.encode_message(cms.Signature(used, change(value), stamp), digest))


def name_no_form(letter: bytes) -> bytes:
    """Return a letter as they were made before signatures named their form; to be signed again."""
    return re.sub(rb"/GOVH_Form \([^)]*\)", lambda found: b" " * len(found[0]), letter)


def new_stamp_authority(
    name: str = "time stamps of tests",
    purposes: Sequence[x509.ObjectIdentifier] | None = (Eku.TIME_STAMPING,),
    issuer: Holder | None = None,
    **more: Any,
) -> Holder:
    """Return a time stamp authority."""
    key = rsa.generate_private_key(65537, 2048)
    return issue(Wish(name, purposes=purposes, key=key, **more), issuer)


def stamper_of(holder: Holder, at: datetime | None = None) -> TimeStamper:
    """Return what asks a time stamp authority for the token of a signature's value."""
    private = holder.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    authority = DummyTimeStamper(
        tsa_cert=Certificate.load(holder.certificate.public_bytes(Encoding.DER)),
        tsa_key=PrivateKeyInfo.load(private),
        fixed_dt=at,
    )

    def stamp(value: bytes) -> bytes:
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(value).digest()}
        asked = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": 7, "cert_req": True})
        token: bytes = authority.request_tsa_response(asked)["time_stamp_token"].dump()
        return token

    return stamp
