"""What makes a printed letter provable: the text of its QR code, then its signature. Called by the task."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govah_verify import letter_token
from services.kit.jalali import to_tehran_date
from services.pdfworker.signing.sign import Signer


@dataclass(frozen=True)
class SignedLetter:
    """A letter as it goes to the inbox, and the hash of what it was before it was signed."""

    pdf: bytes
    pages: int
    unsigned_sha256: str


@dataclass(frozen=True)
class Prover:
    """Both keys, and where letters can be asked about."""

    signer: Signer
    letter_key: Ed25519PrivateKey
    public_url: str

    def qr_text(self, letter: Mapping[str, Any], statement: Mapping[str, Any]) -> str:
        """Return the address of a letter's public page with its token; the same for the same letter.

        Raises KeyError, TypeError, ValueError and OverflowError for input that no letter has.
        """
        issued_on = tehran_date(datetime.fromisoformat(letter["issued_at"]))
        claims = letter_token.build_claims(letter["serial"], issued_on, statement)
        token = letter_token.mint_token(self.letter_key, claims)
        return f"{self.public_url.rstrip('/')}/l/{letter['serial']}#{token}"

    def sign(self, pdf: bytes, pages: int, qr_text: str) -> SignedLetter:
        """Return a rendered letter, signed. Raises SigningUnavailable and TimeStampUnavailable."""
        return SignedLetter(self.signer.sign(pdf, qr_text), pages, sha256(pdf).hexdigest())
