"""Signs a letter in the organisation's name: PAdES B-B, or B-T with a time stamp. Called by the task.

The place of the signature is in the letter already (`place`), so signing reads no PDF: it hashes the bytes
and puts the message between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from govah_verify import cms
from govah_verify.signed_file import FORM
from services.pdfworker.signing.credentials import Credentials
from services.pdfworker.signing.errors import SigningUnavailable, TimeStampUnavailable
from services.pdfworker.signing.place import SignaturePlace, fill_place

TimeStamper = Callable[[bytes], bytes]


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

    def build_place(self, proof_url: str) -> SignaturePlace:
        """Return the place of a signature for a letter with this text in its QR code."""
        return SignaturePlace(
            organisation=self.organisation,
            reason=self.reason,
            proof_url=proof_url,
            form=FORM.format(cms.hash_certificates(self._certificates)),
            digits=cms.RESERVED_DIGITS_WITH_STAMP if self.time_stamper else cms.RESERVED_DIGITS,
        )

    def sign_pdf(self, pdf: bytes) -> bytes:
        """Return a letter with the signature in its place, which must be one of this signer.

        Raises SigningUnavailable and TimeStampUnavailable.
        """
        now = datetime.now(UTC)
        self.credentials.require_valid(now)
        filled = fill_place(pdf, now)
        covered = memoryview(filled.data)
        digest = sha256(covered[: filled.start])
        digest.update(covered[filled.end :])
        # Lowercase: verifiers accept one way only to write a signature.
        message = self._build_message(digest.digest()).hex().encode("ascii")
        start = filled.start + 1
        if start + len(message) >= filled.end:
            raise SigningUnavailable(
                "زنجیره گواهی بلندتر از جای امضاست / "
                "too many certificates for the reserved space of the signature"
            )
        covered[start : start + len(message)] = message
        return bytes(covered)

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
