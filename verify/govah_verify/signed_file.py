"""Where a letter's signature stands in its file, and whether both are as they were signed.

No PDF is parsed here. A letter has one signature, put on last, so it covers all of the file but itself: what
stands behind it or is added later is no part of a letter, whatever a PDF reader makes of it. Every step is
linear in the file, and of a signature no more is read than a letter reserves for one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from govah_verify import cms
from govah_verify.windows import windows_of

# As the PDF worker writes it; the PDF worker's `signing/sign.py`.
_RANGE = re.compile(rb"/ByteRange \[0 ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,10})\]")
_TIME = re.compile(rb"/M \(D(?::|\\072)([0-9]{14})Z\)")
_CONTACT = re.compile(rb"/ContactInfo \(([!-~]{1,800}?)\)")
_FORM = re.compile(rb"/GOVH_Form \(([^()]{0,200})\)")
_HEX = re.compile(rb"[0-9a-f]*")
# Bytes of the signature's dictionary before and behind its hexadecimal digits.
_DICTIONARY = 4096
MOST_PLACES = 4
# What letters name the form of their signature by: low s, and these certificates.
FORM = "low-s {}"


class NotSigned(ValueError):
    """There is no signature like a letter's in the file."""


class NotWhole(ValueError):
    """The signature does not cover the whole file: something was added, or cut off."""


@dataclass(frozen=True)
class Place:
    """Where a signature's `<…>` stands, from `start` to `end`, and how long the file goes on behind it."""

    start: int
    end: int
    rest: int


@dataclass(frozen=True)
class SignedFile:
    """What a file's signature says of itself; whether its value holds and who signed, `judge` tells."""

    signature: cms.Signature
    message: bytes
    digest: bytes
    signed_at: datetime
    proof_url: str


def find_places(data: bytes) -> Sequence[Place]:
    """Return the first places in a file that could be a letter's signature, at most MOST_PLACES."""
    places: dict[int, Place] = {}
    for offset, window in windows_of(data):
        for found in _RANGE.finditer(window):
            # What stands in the overlap of two windows is found twice.
            places[offset + found.start()] = Place(*(int(number) for number in found.groups()))
            if len(places) == MOST_PLACES:
                return list(places.values())
    return list(places.values())


def read_message(data: bytes, place: Place) -> bytes:
    """Return the CMS message at a place, without the zeros behind it.

    Raises SignatureMalformed, and what asn1crypto raises.
    """
    room = place.end - place.start - 2
    if not 0 < room <= cms.ROOM_WITH_STAMP or room % 2 or place.end > len(data):
        raise cms.SignatureMalformed("no room of a signature")
    held = data[place.start : place.end]
    if held[:1] + held[-1:] != b"<>" or not _HEX.fullmatch(held[1:-1]):
        raise cms.SignatureMalformed("not in lowercase hexadecimal digits")
    padded = bytes.fromhex(held[1:-1].decode("ascii"))
    length = cms.measure(padded)
    if padded[length:].strip(b"\0"):
        raise cms.SignatureMalformed("something stands in the room behind the signature")
    return padded[:length]


def read_signed(data: bytes) -> SignedFile:
    """Return what the signature of a file says, once not a byte of the file is other than it was laid out.

    `signed_at` is what the signer's clock said. Raises NotSigned, NotWhole, SignatureMalformed,
    SignatureChanged where file or signature were changed, and what the libraries raise about strange bytes.
    """
    places = find_places(data)
    if not data.startswith(b"%PDF-") or not places:
        raise NotSigned
    [place, *others] = places
    if place.end + place.rest != len(data) or not place.start < place.end or others:
        raise NotWhole
    message = read_message(data, place)
    view = memoryview(data)
    hashing = sha256(view[: place.start])
    hashing.update(view[place.end :])
    digest = hashing.digest()
    signature = cms.read(message, digest)
    dictionary = read_dictionary(data, place)
    _demand_form(signature, dictionary, place)
    moment, contact = read_time(dictionary), _CONTACT.search(dictionary)
    if moment is None or not contact:
        raise cms.SignatureMalformed("without its time or its address")
    return SignedFile(signature, message, digest, moment, contact[1].decode("latin-1"))


def read_dictionary(data: bytes, place: Place) -> bytes:
    """Return the signature's dictionary without the signature; it is signed."""
    begin = max(data.rfind(b"obj", max(0, place.start - _DICTIONARY), place.start), 0)
    return data[begin : place.start] + data[place.end : place.end + _DICTIONARY]


def read_time(dictionary: bytes) -> datetime | None:
    """Return the time that a signature says it was made at, None without one that a calendar has."""
    found = _TIME.search(dictionary)
    try:
        return found and datetime.strptime(found[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _demand_form(signature: cms.Signature, dictionary: bytes, place: Place) -> None:
    """Raise SignatureChanged for a signature that verifies and yet is not in the form in which it was made.

    Older letters name no form: of those either s counts, and certificates in either form.
    """
    if (place.end - place.start - 2 == cms.ROOM_WITH_STAMP) != (signature.time_stamp is not None):
        raise cms.SignatureChanged("a time stamp was added or taken off")
    form = _FORM.search(dictionary)
    if form is None:
        return
    if form[1].decode("latin-1") != FORM.format(cms.hash_certificates(signature.certificates)):
        raise cms.SignatureChanged("other certificates than it was made with")
    if not cms.is_low(signature.value):
        raise cms.SignatureChanged("the other form of the signature's value")
