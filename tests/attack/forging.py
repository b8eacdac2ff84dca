"""Letters and certificates as forgers make them, and what `govah letter` says of them. No attack is here.

Signatures are taken apart with asn1crypto, not with Govah's own reader: that one is attacked.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from asn1crypto import cms
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from govah.cli import run_command
from services.pdfworker.signing.credentials import Credentials
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer
from tests.unit.pdfworker.provable import LETTER, STATEMENT, URL, create_signed_letter

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2, 2.4.2)
GENUINE = 0
_CONTENTS = re.compile(rb"/Contents <([0-9a-fA-F]+)>")
_CONTACT = re.compile(rb"/ContactInfo \(([!-~]+?)\)")


@dataclass(frozen=True)
class Verdict:
    """What the command ended with: its status, what it said in JSON, and what it let through."""

    status: int
    report: dict[str, Any]
    error: BaseException | None

    @property
    def is_genuine(self) -> bool:
        return self.status == GENUINE

    @property
    def is_raised(self) -> bool:
        """Whether it ended with a traceback and no verdict."""
        return self.error is not None and not isinstance(self.error, SystemExit)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def run_letter(command: str, subject: object, trust: Path, env: dict[str, str] | None = None) -> Verdict:
    """Return the verdict of `govah letter COMMAND` about a file or a text, in this process."""
    words = ["letter", command, f"--trust={trust}", "--json", "--", str(subject)]
    ran = CliRunner().invoke(run_command, words, env=env)
    try:
        report = json.loads(ran.output)
    except ValueError:
        report = {}
    return Verdict(ran.exit_code, report if isinstance(report, dict) else {}, ran.exception)


def verify(data: bytes, trust: Path) -> Verdict:
    """Return the verdict about a file."""
    file = trust.with_name("forged.pdf")
    file.write_bytes(data)
    return run_letter("verify", file, trust)


def find_signature_room(letter: bytes) -> tuple[int, int]:
    """Return where the signature's hexadecimal digits begin and end."""
    match = _CONTENTS.search(letter)
    assert match, "no signature"
    return match.start(1), match.end(1)


def find_used_digits(letter: bytes) -> range:
    """Return the places of the digits that hold the signature, without the free room behind them."""
    start, end = find_signature_room(letter)
    size: int = len(_load_message(letter[start:end]).dump())
    return range(start, start + 2 * size)


def read_qr_text(letter: bytes) -> str:
    """Return the text of the letter's QR code, which stands in its signature's dictionary too."""
    match = _CONTACT.search(letter)
    assert match, "no address"
    return match[1].decode("ascii")


def change_signature(letter: bytes, alter_signed: Callable[[Any], None]) -> bytes:
    """Return the letter with its CMS message changed, in the same room."""
    start, end = find_signature_room(letter)
    info = _load_message(letter[start:end])
    assert info.dump(force=True) == bytes.fromhex(letter[start:end].decode())[: len(info.dump())]
    alter_signed(info["content"])
    digits: bytes = info.dump(force=True).hex().encode()
    assert len(digits) <= end - start
    return letter[:start] + digits.ljust(end - start, b"0") + letter[end:]


def mirror_s(letter: bytes) -> bytes:
    """Return the letter with (r, n - s) in place of (r, s): as valid by the equation."""

    def alter_signed(signed: Any) -> None:
        signer = signed["signer_infos"][0]
        r, s = decode_dss_signature(signer["signature"].native)
        signer["signature"] = encode_dss_signature(r, ORDER - s)

    return change_signature(letter, alter_signed)


def sign_again(letter: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a letter whose bytes were changed, with a right signature of the same certificate's key."""
    start, end = find_signature_room(letter)
    digest = sha256(letter[: start - 1] + letter[end + 1 :]).digest()

    def alter_signed(signed: Any) -> None:
        signer = signed["signer_infos"][0]
        for attribute in signer["signed_attrs"]:
            if attribute["type"].native == "message_digest":
                attribute["values"] = [digest]
        r, s = decode_dss_signature(
            key.sign(signer["signed_attrs"].untag().dump(force=True), ec.ECDSA(hashes.SHA256()))
        )
        signer["signature"] = encode_dss_signature(r, min(s, ORDER - s))

    return change_signature(letter, alter_signed)


def _load_message(digits: bytes) -> Any:
    return cms.ContentInfo.load(bytes.fromhex(digits.decode("ascii")))


@dataclass(frozen=True)
class Usage:
    """What a certificate says it is for."""

    bits: Sequence[str] = ("digital_signature",)
    extended: Sequence[x509.ObjectIdentifier] = ()
    is_authority: bool | None = False
    path_length: int | None = None
    begins: timedelta = timedelta(days=-2)
    ends: timedelta = timedelta(days=300)


AUTHORITY = Usage(("key_cert_sign", "crl_sign"), is_authority=True)
_BITS = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def issue(name: str, usage: Usage, by: Pair | None = None, serial: int | None = None) -> Pair:
    """Return a new key with a certificate of an authority, or of itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key = by.key if by else key
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(now + usage.begins)
        .not_valid_after(now + usage.ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )
    if usage.is_authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(usage.is_authority, usage.path_length), True)
    if usage.bits:
        bits = {bit: bit in usage.bits for bit in _BITS}
        builder = builder.add_extension(x509.KeyUsage(**bits), True)
    if usage.extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usage.extended), False)
    return Pair(key, builder.sign(issuer_key, hashes.SHA256()))


class Forgery:
    """An organisation's authority, a trust file that names it, and letters by whatever it has issued."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.root = issue("Organisation CA", AUTHORITY)
        self.letter_key = ed25519.Ed25519PrivateKey.generate()
        self.trust = self.write_trust_file(directory / "trust.pem", self.root)
        self.signer = issue("letters", Usage(("digital_signature", "content_commitment")), self.root)

    def write_trust_file(self, path: Path, *trusted: Pair) -> Path:
        """Return a trust file of the first stage's form: certificates, then the key of QR codes."""
        pem = b"".join(one.certificate.public_bytes(Encoding.PEM) for one in trusted)
        key = self.letter_key.public_key()
        path.write_bytes(pem + key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return path

    def sign_letter(
        self,
        signer: Pair | None = None,
        between: Sequence[Pair] = (),
        stamp: Callable[[bytes], bytes] | None = None,
        serial: str | None = None,
    ) -> bytes:
        """Return a letter signed by this certificate, the organisation's own if none is given."""
        signer = signer or self.signer
        certificates = [one.certificate for one in between]
        credentials = Credentials(signer.key, signer.certificate, certificates)
        prover = Prover(Signer(credentials, "سازمان", "صدور", stamp), self.letter_key, URL)
        letter = LETTER | ({"serial": serial} if serial else {})
        return create_signed_letter(prover, STATEMENT, letter)
