"""Puts the organisation's signature on a letter: PAdES B-B, or B-T with a time stamp. Called by the task.

pyHanko writes the place for it, as an update behind the letter's own bytes, which stay as they are. Stock
pyHanko would also make every CMS message twice (once to see how long it gets), copy the metadata and raise
the version: most of its time, and no good to PDF/A or PDF/UA.
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
from services.pdfworker.signing.errors import SigningUnavailable

FIELD = "Signature"

TimeStamper = Callable[[bytes], bytes]


class _Update(IncrementalPdfFileWriter):
    """An update that holds the signature alone."""

    def _update_meta(self) -> None:
        """Leave the metadata alone: pyHanko would drop what declares PDF/UA."""

    def ensure_output_version(self, version: Any) -> None:
        """Leave the version alone: PDF/A-3 is PDF 1.7."""


class _Plain(PdfObject):
    """Text as it is, so that whoever searches the file finds it; pyHanko would encode its signs."""

    def __init__(self, text: str) -> None:
        self._text = re.sub(r"[^ -~]|[()\\]", "", text).encode("ascii")

    def write_to_stream(self, stream: Any, handler: Any = None, container_ref: Any = None) -> None:
        """Write it as a literal string (ISO 32000-2, 7.3.4.2)."""
        stream.write(b"(" + self._text + b")")


@dataclass(frozen=True)
class Signer:
    """Signs in one organisation's name; `time_stamp` returns the token (RFC 3161) of a signature's value."""

    credentials: Credentials
    organisation: str
    reason: str
    time_stamp: TimeStamper | None = None

    def demand_valid(self) -> None:
        """Raise SigningUnavailable when no letter can be signed now."""
        self.credentials.demand_valid(datetime.now(UTC))

    def sign(self, pdf: bytes, proof_url: str) -> bytes:
        """Return the letter with its signature, in which `proof_url` is where to ask about it.

        Raises SigningUnavailable and TimeStampUnavailable.
        """
        now = datetime.now(UTC)
        self.credentials.demand_valid(now)
        place = SignatureObject(
            timestamp=now,
            subfilter=SigSeedSubFilter.PADES,
            name=self.organisation,
            reason=self.reason,
            bytes_reserved=cms.RESERVED_DIGITS_WITH_STAMP if self.time_stamp else cms.RESERVED_DIGITS,
        )
        place[pdf_name("/ContactInfo")] = _Plain(proof_url.replace(" ", ""))
        # Signed with the rest, so that a verifier knows the one form in which this signature was made.
        form = FORM.format(cms.hash_certificates(self._certificates))
        place[pdf_name("/GOVH_Form")] = _Plain(form)
        field = SigFieldSpec(FIELD, readable_field_name=f"امضای {self.organisation}")
        embedding = PdfCMSEmbedder(field).write_cms(FIELD, _Update(io.BytesIO(pdf)))
        next(embedding)
        embedding.send(SigObjSetup(place))
        prepared, output = embedding.send(SigIOSetup("sha256", in_place=True))
        message = self._message(prepared.document_digest).hex().encode("ascii")
        start, end = prepared.reserved_region_start + 1, prepared.reserved_region_end - 1
        if len(message) > end - start:
            raise SigningUnavailable(
                "زنجیره گواهی بلندتر از جای امضاست / the certificates are too many for the signature's room"
            )
        # Not by pyHanko, which writes capitals: there shall be one way only to write a signature.
        output.seek(start)
        output.write(message)
        signed: bytes = output.getvalue()
        return signed

    def _message(self, digest: bytes) -> bytes:
        own = self.credentials
        made = own.key.sign(cms.encode_signed_attributes(own.certificate, digest), ec.ECDSA(hashes.SHA256()))
        # Either s would verify; so only one counts.
        value = cms.normalise_s(made)
        stamp = self.time_stamp(value) if self.time_stamp else None
        return cms.encode_message(cms.Signature(self._certificates, value, stamp), digest)

    @property
    def _certificates(self) -> Sequence[x509.Certificate]:
        return [self.credentials.certificate, *self.credentials.between]
