"""Where a letter's signature stands in its file, and whether file and signature hold. No PDF is parsed here.

A letter has one signature, put on last, so it covers all of the file but itself: what stands behind it or
is added later is no part of a letter, whatever a PDF reader makes of it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice

from services.kit.proof import cms
from services.kit.proof.der import whole

# As the PDF worker writes it; `services/pdfworker/signing/sign.py`.
_RANGE = re.compile(rb"/ByteRange \[0 ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,10})\]")
_TIME = re.compile(rb"/M \(D(?::|\\072)([0-9]{14})Z\)")
_CONTACT = re.compile(rb"/ContactInfo \(([!-~]{1,800}?)\)")
_HEX = re.compile(rb"[0-9a-f]*")


class NotSigned(ValueError):
    """There is no signature like a letter's in the file."""


class NotWhole(ValueError):
    """The signature does not cover the whole file: something was added, or cut off."""


@dataclass(frozen=True)
class SignedFile:
    """What a file's signature says, once it holds; who signed is not yet looked at."""

    signature: cms.Signature
    signed_at: datetime
    proof_url: str


def read_signed(data: bytes) -> SignedFile:
    """Return what the signature of a file says, once not a byte of the file is other than it was signed.

    `signed_at` is what the signer's clock said. Raises NotSigned, NotWhole, SignatureMalformed, and
    InvalidSignature where file or signature were changed.
    """
    ranges = list(islice(_RANGE.finditer(data), 2))
    if not data.startswith(b"%PDF-") or not ranges:
        raise NotSigned
    start, end, rest = (int(number) for number in ranges[0].groups())
    if end + rest != len(data) or not start < end or len(ranges) != 1:
        raise NotWhole
    held = data[start:end]
    if held[:1] + held[-1:] != b"<>" or len(held) % 2 or not _HEX.fullmatch(held[1:-1]):
        raise cms.SignatureMalformed("not in lowercase hexadecimal digits")
    message = bytes.fromhex(held[1:-1].decode("ascii"))
    view = memoryview(data)
    digest = sha256(view[:start])
    digest.update(view[end:])
    signature = cms.read(message, digest.digest())
    if message[len(whole(message)) :].strip(b"\0"):
        raise cms.SignatureMalformed("something stands in the room behind the signature")
    update = data[data.rfind(b"obj", 0, start) :]
    moment, contact = _TIME.search(update), _CONTACT.search(update)
    if not moment or not contact:
        raise cms.SignatureMalformed("without its time or its address")
    signed_at = datetime.strptime(moment[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return SignedFile(signature, signed_at, contact[1].decode("latin-1"))
