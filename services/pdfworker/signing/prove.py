"""The proofs of a printed letter: the text of its QR code and its signature. Called by the task."""

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
    """A letter as it goes to the inbox, and the hash of the same letter while its signature was empty."""

    pdf: bytes
    pages: int
    unsigned_sha256: str


@dataclass(frozen=True)
class Prover:
    """The keys of signatures and QR codes, and the address of the public pages of letters."""

    signer: Signer
    letter_key: Ed25519PrivateKey
    public_url: str

    def build_qr_text(self, letter: Mapping[str, Any], statement: Mapping[str, Any]) -> str:
        """Return the address of a letter's public page with its token; deterministic.

        Raises KeyError, TypeError, ValueError and OverflowError for invalid input.
        """
        issued_on = to_tehran_date(datetime.fromisoformat(letter["issued_at"]))
        claims = letter_token.build_claims(letter["serial"], issued_on, statement)
        token = letter_token.mint_token(self.letter_key, claims)
        return f"{self.public_url.rstrip('/')}/l/{letter['serial']}#{token}"

    def sign_letter(self, pdf: bytes, pages: int) -> SignedLetter:
        """Return a letter with the signature in its place.

        Raises SigningUnavailable and TimeStampUnavailable.
        """
        return SignedLetter(self.signer.sign_pdf(pdf), pages, sha256(pdf).hexdigest())
