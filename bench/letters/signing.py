"""What signs in a bench: the worker's prover with a test authority, and pyHanko as its manual shows it."""

import io
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

    from services.pdfworker.signing.prove import Prover

Sign = Callable[[bytes], bytes]


def skip_signing(pdf: bytes) -> bytes:
    """Return the letter as it is."""
    return pdf


@cache
def load_prover() -> "Prover":
    """Return what the worker proves its letters with."""
    from services.pdfworker.signing import authority
    from services.pdfworker.signing.credentials import load_credentials, load_letter_key
    from services.pdfworker.signing.prove import Prover
    from services.pdfworker.signing.sign import Signer

    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        authority.ensure_keys(directory)
        credentials = load_credentials(directory / authority.SIGNING, directory / authority.PASSWORD)
        letter_key = load_letter_key(directory / authority.LETTER_KEY)
    return Prover(Signer(credentials, "bench", "bench"), letter_key, "https://govah.example")


def sign_stock(pdf: bytes) -> bytes:
    """Return the letter with a PAdES signature appended to it."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    output = io.BytesIO()
    signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)),
        signers.PdfSignatureMetadata(field_name="Signature", subfilter=fields.SigSeedSubFilter.PADES),
        _create_signer(),
        output=output,
    )
    return output.getvalue()


@cache
def _create_signer() -> "SimpleSigner":
    from asn1crypto import keys, x509
    from cryptography import x509 as certificates
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key = ec.generate_private_key(ec.SECP256R1())
    name = certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    certificate = (
        certificates.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SimpleSigner(
        signing_cert=x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
