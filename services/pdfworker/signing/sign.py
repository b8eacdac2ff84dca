"""Signs a letter in the organisation's name: PAdES B-B, or B-T with a time stamp. Called by the task.

pyHanko appends the signature dictionary as an incremental update; the bytes before it do not change. By
default pyHanko would also make each CMS message twice (once to measure it), copy the metadata and raise the
version. That takes most of its time and breaks PDF/A and PDF/UA.
"""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.generic import PdfObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from govah_verify import cms
from govah_verify.signed_file import FORM
from services.pdfworker.signing.credentials import Credentials
from services.pdfworker.signing.errors import SigningUnavailable, TimeStampUnavailable

FIELD = "Signature"

TimeStamper = Callable[[bytes], bytes]


class _SignatureUpdate(IncrementalPdfFileWriter):
    """An incremental update that holds only the signature."""

    def _update_meta(self) -> None:
        """Skip pyHanko's change of the metadata, which would drop the PDF/UA identifier."""

    def ensure_output_version(self, version: Any) -> None:
        """Skip pyHanko's change of the version: PDF/A-3 is PDF 1.7."""


class _LiteralString(PdfObject):
    """Unencoded text, so that a search of the file finds it; pyHanko would encode some characters."""

    def __init__(self, text: str) -> None:
        self._text = re.sub(r"[^ -~]|[()\\]", "", text).encode("ascii")

    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:
        """Write a literal string (ISO 32000-2, 7.3.4.2)."""
        stream.write(b"(" + self._text + b")")


@dataclass(frozen=True)
class Signer:
    """Signs in an organisation's name; `time_stamper` returns the token (RFC 3161) of a signature value."""

    credentials: Credentials
    organisation: str
    reason: str
    time_stamper: TimeStamper | None = None

    def require_valid(self) -> None:
        """Raise SigningUnavailable if the certificate is not valid now."""
        self.credentials.require_valid(datetime.now(UTC))

    def build_timeout(self) -> SigningUnavailable | TimeStampUnavailable:
        """Return the error of a signature that took too long: that of the time stamps, if there are any."""
        if self.time_stamper:
            return TimeStampUnavailable("مهر زمانی گرفته نشد / the time stamp authority was too slow")
        return SigningUnavailable("امضا بیش از اندازه طول کشید / the signing key was too slow")

    def sign_pdf(self, pdf: bytes, proof_url: str) -> bytes:
        """Return a letter with its signature, which holds `proof_url`, the text of the QR code.

        Raises SigningUnavailable and TimeStampUnavailable.
        """
        now = datetime.now(UTC)
        self.credentials.require_valid(now)
        dictionary = SignatureObject(
            timestamp=now,
            subfilter=SigSeedSubFilter.PADES,
            name=self.organisation,
            reason=self.reason,
            bytes_reserved=cms.RESERVED_DIGITS_WITH_STAMP if self.time_stamper else cms.RESERVED_DIGITS,
        )
        dictionary[pdf_name("/ContactInfo")] = _LiteralString(proof_url.replace(" ", ""))
        # Signed too, so that a verifier knows the only valid form of this signature.
        form = FORM.format(cms.hash_certificates(self._certificates))
        dictionary[pdf_name("/GOVH_Form")] = _LiteralString(form)
        field = SigFieldSpec(FIELD, readable_field_name=f"امضای {self.organisation}")
        embedding = PdfCMSEmbedder(field).write_cms(FIELD, _SignatureUpdate(io.BytesIO(pdf)))
        next(embedding)
        embedding.send(SigObjSetup(dictionary))
        prepared, output = embedding.send(SigIOSetup("sha256", in_place=True))
        message = self._build_message(prepared.document_digest).hex().encode("ascii")
        start, end = prepared.reserved_region_start + 1, prepared.reserved_region_end - 1
        if len(message) > end - start:
            raise SigningUnavailable(
                "زنجیره گواهی بلندتر از جای امضاست / "
                "too many certificates for the reserved space of the signature"
            )
        # pyHanko would write capitals. Verifiers accept one way only to write a signature.
        output.seek(start)
        output.write(message)
        signed: bytes = output.getvalue()
        return signed

    def _build_message(self, digest: bytes) -> bytes:
        credentials = self.credentials
        signature = credentials.key.sign(
            cms.encode_signed_attributes(credentials.certificate, digest), ec.ECDSA(hashes.SHA256())
        )
        # Both s and ORDER - s would be valid. Verifiers accept the low one only.
        value = cms.normalise_s(signature)
        stamp = self.time_stamper(value) if self.time_stamper else None
        if stamp and 2 * len(stamp) > cms.RESERVED_DIGITS_WITH_STAMP - cms.RESERVED_DIGITS:
            raise TimeStampUnavailable(
                "مهر زمانی بلندتر از جای آن است / the time stamp is longer than its reserved space"
            )
        return cms.encode_message(cms.Signature(self._certificates, value, stamp), digest)

    @property
    def _certificates(self) -> Sequence[x509.Certificate]:
        return [self.credentials.certificate, *self.credentials.intermediates]
