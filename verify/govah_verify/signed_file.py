"""The signature of a letter in its file: its byte range, and whether file and signature are unchanged.

No PDF is parsed here. A letter has one signature, written last, so it covers the whole file except itself.
Bytes after it are not part of the letter, whatever a PDF reader makes of them. Every step is linear in the
size of the file, and of a signature no more bytes are read than a letter reserves for one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from govah_verify import cms
from govah_verify.chunks import CHUNK_BYTES, iterate_chunks

# As `services/pdfworker/signing/sign.py` writes them.
_RANGE = re.compile(rb"/ByteRange \[0 ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,10})\]")
_TIME = re.compile(rb"/M \(D(?::|\\072)([0-9]{14})Z\)")
_CONTACT = re.compile(rb"/ContactInfo \(([!-~]{1,800}?)\)")
_FORM = re.compile(rb"/GOVH_Form \(([^()]{0,200})\)")
_HEX = re.compile(rb"[0-9a-f]*")
# Bytes of the signature dictionary that are read before and after the hexadecimal digits.
_DICTIONARY_BYTES = 4096
MAX_BYTE_RANGES = 4
# A hexadecimal text of a note may begin like a signature, but is shorter.
_CONTENTS = b"/Contents <"
_NUMBER = re.compile(rb"(?<![0-9])[0-9]{3,10}(?![0-9])")
MIN_SIGNATURE_DIGITS, MAX_CONTENTS = 1000, 16
# The form of a signature as letters name it: a low s, and the hash of these certificates.
FORM = "low-s {}"


class NotSigned(ValueError):
    """The file has no signature like a letter's."""


class NotWhole(ValueError):
    """The signature does not cover the whole file: bytes were added or cut off."""


@dataclass(frozen=True)
class ByteRange:
    """The place of a signature's `<…>`, from `start` to `end`, and the number of bytes after it."""

    start: int
    end: int
    rest: int

    @property
    def reserved_digits(self) -> int:
        """The hexadecimal digits between the brackets, padding included."""
        return self.end - self.start - 2


@dataclass(frozen=True)
class SignedFile:
    """What the signature of a file claims; `validation` checks its value and its signer."""

    signature: cms.Signature
    message: bytes
    digest: bytes
    signed_at: datetime
    proof_url: str


def find_byte_ranges(data: bytes) -> Sequence[ByteRange]:
    """Return the first MAX_BYTE_RANGES byte ranges in a file that could be a signature's."""
    ranges: dict[int, ByteRange] = {}
    for offset, chunk in iterate_chunks(data):
        for match in _RANGE.finditer(chunk):
            # By offset, since the overlap of two chunks is searched twice.
            ranges[offset + match.start()] = ByteRange(*(int(number) for number in match.groups()))
            if len(ranges) == MAX_BYTE_RANGES:
                return list(ranges.values())
    return list(ranges.values())


def has_letter_layout(data: bytes) -> bool:
    """Return whether the signature is still at the place that the file names, as in a changed letter.

    A program that saves a letter again moves it. One changed byte destroys only one of the numbers, or one of
    the brackets.
    """
    if any(data[place.start : place.start + 1] == b"<" for place in find_byte_ranges(data)):
        return True
    for start, end in _find_contents(data):
        dictionary = read_signature_dictionary(data, ByteRange(start, end, len(data) - end))
        numbers = {int(number) for number in _NUMBER.findall(dictionary)}
        # A small number may be there by chance.
        if len(numbers & {start, end, len(data) - end}) > 1:
            return True
    return False


def _find_contents(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the beginning and the end of what may be the hexadecimal digits of a signature, with brackets."""
    count = 0
    for offset, chunk in iterate_chunks(data):
        place = chunk.find(_CONTENTS)
        while 0 <= place < CHUNK_BYTES and count < MAX_CONTENTS:
            count += 1
            start = offset + place + len(_CONTENTS) - 1
            end = data.find(b">", start, start + cms.RESERVED_DIGITS_WITH_STAMP + 2) + 1
            if end - start > MIN_SIGNATURE_DIGITS:
                yield start, end
            place = chunk.find(_CONTENTS, place + 1)


def read_message(data: bytes, byte_range: ByteRange) -> bytes:
    """Return the CMS message of a byte range, without the zeros after it.

    Raises SignatureMalformed, and what asn1crypto raises.
    """
    digits = byte_range.reserved_digits
    if not 0 < digits <= cms.RESERVED_DIGITS_WITH_STAMP or digits % 2 or byte_range.end > len(data):
        raise cms.SignatureMalformed("not the reserved space of a signature")
    contents = data[byte_range.start : byte_range.end]
    if contents[:1] + contents[-1:] != b"<>" or not _HEX.fullmatch(contents[1:-1]):
        raise cms.SignatureMalformed("not in lowercase hexadecimal digits")
    padded = bytes.fromhex(contents[1:-1].decode("ascii"))
    length = cms.measure_message(padded)
    if padded[length:].strip(b"\0"):
        raise cms.SignatureMalformed("the padding after the signature is not zero")
    return padded[:length]


def read_signed_file(data: bytes) -> SignedFile:
    """Return what the signature of a file claims, if no byte of file and signature was changed.

    `signed_at` is by the signer's clock. Raises NotSigned, NotWhole, SignatureMalformed, SignatureChanged for
    a changed file or signature, and what the libraries raise for malformed bytes.
    """
    ranges = find_byte_ranges(data)
    if not data.startswith(b"%PDF-") or not ranges:
        raise NotSigned
    [byte_range, *others] = ranges
    if byte_range.end + byte_range.rest != len(data) or not byte_range.start < byte_range.end or others:
        raise NotWhole
    message = read_message(data, byte_range)
    view = memoryview(data)
    hashing = sha256(view[: byte_range.start])
    hashing.update(view[byte_range.end :])
    digest = hashing.digest()
    signature = cms.read_signature(message, digest)
    dictionary = read_signature_dictionary(data, byte_range)
    _check_form(signature, dictionary, byte_range)
    moment, contact = read_signing_time(dictionary), _CONTACT.search(dictionary)
    if moment is None or not contact:
        raise cms.SignatureMalformed("without a time or an address")
    return SignedFile(signature, message, digest, moment, contact[1].decode("latin-1"))


def read_signature_dictionary(data: bytes, byte_range: ByteRange) -> bytes:
    """Return the signature dictionary without the signature; these bytes are signed."""
    earliest = max(0, byte_range.start - _DICTIONARY_BYTES)
    begin = max(data.rfind(b"obj", earliest, byte_range.start), 0)
    return data[begin : byte_range.start] + data[byte_range.end : byte_range.end + _DICTIONARY_BYTES]


def read_signing_time(dictionary: bytes) -> datetime | None:
    """Return the signing time that a signature claims, or None if it is missing or invalid."""
    match = _TIME.search(dictionary)
    try:
        return match and datetime.strptime(match[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _check_form(signature: cms.Signature, dictionary: bytes, byte_range: ByteRange) -> None:
    """Raise SignatureChanged for a signature in another form than the one in which it was made.

    Older letters do not name a form: for these both values of s count, and certificates in either form.
    """
    is_for_stamp = byte_range.reserved_digits == cms.RESERVED_DIGITS_WITH_STAMP
    if is_for_stamp != (signature.time_stamp is not None):
        raise cms.SignatureChanged("a time stamp was added or removed")
    form = _FORM.search(dictionary)
    if form is None:
        return
    if form[1].decode("latin-1") != FORM.format(cms.hash_certificates(signature.certificates)):
        raise cms.SignatureChanged("not the certificates that it was made with")
    if not cms.has_low_s(signature.value):
        raise cms.SignatureChanged("the other form of the signature value")
