"""The place of a signature in a letter: written with the letter, filled by `sign` when all bytes are there.

So a letter is written and read once. Until it is filled, the place of the same letter is the same: byte
range, time and signature are zeros of their final length.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import pydyf

FIELD = "Signature"
# A number of a byte range has at most ten digits. Those that it does not need become spaces after the array.
_EMPTY_RANGE = b"[0 0000000000 0000000000 0000000000]"
_EMPTY_TIME = b"(D:00000000000000Z)"
_BEGINNING = b"/ByteRange " + _EMPTY_RANGE + b"/Contents <"
# A locked annotation that is neither hidden nor visible: printed, with no area (ISO 32000-1, 12.5.3).
_FLAGS = 0b1000_0100


class PlaceMissing(ValueError):
    """The file has no place for a signature, or more than one."""


class _Uncompressed(pydyf.Dictionary):  # type: ignore[misc] # pydyf is untyped
    """A dictionary outside of object streams, since its bytes are filled in later."""

    compressible = False


@dataclass(frozen=True)
class SignaturePlace:
    """What a letter says about its signature before it is signed; `digits` is the room of the signature."""

    organisation: str
    reason: str
    proof_url: str
    form: str
    digits: int

    def add_to(self, pdf: pydyf.PDF) -> None:
        """Add the signature, still empty, and its invisible field on the first page (ISO 32000-1, 12.8)."""
        signature = _Uncompressed(
            {
                "Type": "/Sig",
                "Filter": "/Adobe.PPKLite",
                "SubFilter": "/ETSI.CAdES.detached",
                "ByteRange": _EMPTY_RANGE,
                "Contents": b"<%s>" % (b"0" * self.digits),
                "M": _EMPTY_TIME,
                "Name": pydyf.String(self.organisation),
                "Reason": pydyf.String(self.reason),
                "ContactInfo": _write_literally(self.proof_url.replace(" ", "")),
                # Signed too, so that a verifier knows the only valid form of this signature.
                "GOVH_Form": _write_literally(self.form),
            }
        )
        pdf.add_object(signature)
        page = pdf.objects[int(pdf.page_references[0].split()[0])]
        field = pydyf.Dictionary(
            {
                "Type": "/Annot",
                "Subtype": "/Widget",
                "FT": "/Sig",
                "T": pydyf.String(FIELD),
                "TU": pydyf.String(f"امضای {self.organisation}"),
                "V": signature.reference,
                "F": _FLAGS,
                "Rect": pydyf.Array([0, 0, 0, 0]),
                "P": page.reference,
            }
        )
        pdf.add_object(field)
        page["Annots"] = pydyf.Array([field.reference])
        pdf.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([field.reference]), "SigFlags": 3})


def _write_literally(text: str) -> bytes:
    """Return a literal string without escapes, so that a search of the file finds it."""
    return b"(%s)" % re.sub(r"[^ -~]|[()\\]", "", text).encode("ascii")


@dataclass(frozen=True)
class FilledPlace:
    """A letter with byte range and time of its signature, which goes between `start` and `end`."""

    data: bytearray
    start: int
    end: int


def fill_place(pdf: bytes, signed_at: datetime) -> FilledPlace:
    """Return a letter with the byte range and the time of its signature. Raises PlaceMissing."""
    beginning = pdf.find(_BEGINNING)
    if beginning < 0 or pdf.find(_BEGINNING, beginning + 1) >= 0:
        raise PlaceMissing
    start = beginning + len(_BEGINNING) - 1
    end = pdf.index(b">", start) + 1
    data = bytearray(pdf)
    byte_range = b"[0 %d %d %d]" % (start, end, len(pdf) - end)
    place = beginning + len(b"/ByteRange ")
    data[place : place + len(_EMPTY_RANGE)] = byte_range.ljust(len(_EMPTY_RANGE))
    time = pdf.index(b"/M " + _EMPTY_TIME, end) + len(b"/M ")
    data[time : time + len(_EMPTY_TIME)] = f"(D:{signed_at:%Y%m%d%H%M%S}Z)".encode("ascii")
    return FilledPlace(data, start, end)
