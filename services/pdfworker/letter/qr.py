"""The QR code on paper, which leads to the letter's public page. Called by `render`."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import zxingcpp
from PIL import Image

# A code of error correction L with modules of 0.35 mm holds no more on a letter: version 16.
MAX_TEXT_BYTES = 450
# Paper is 255, a module 0.
_DIGITS = bytes(49 if shade else 48 for shade in range(256))


class QrTextTooLong(ValueError):
    """The text needs a code with modules too small for paper."""

    code = "letter-input-invalid"


@dataclass(frozen=True)
class QrCode:
    """A QR code with its quiet zone.

    `rows` holds one bit for each module, 1 where it is white; each row is padded to whole bytes.
    """

    side: int
    rows: bytes


def encode_qr(text: str) -> QrCode:
    """Return the QR code of a text, of error correction L. Raises QrTextTooLong."""
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise QrTextTooLong("متن رمزینه بلند است / the text of the QR code is too long")
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    image: Any = barcode.to_image(scale=1, add_quiet_zones=True)
    side: int = image.shape[0]
    digits = memoryview(image).tobytes().translate(_DIGITS)
    row_bytes = (side + 7) // 8
    padding = row_bytes * 8 - side
    rows = (digits[start : start + side] for start in range(0, side * side, side))
    return QrCode(side, b"".join((int(row, 2) << padding).to_bytes(row_bytes, "big") for row in rows))


def write_png(code: QrCode) -> str:
    """Return a QR code as a data: URL.

    It is a bitmap rather than SVG: the PDF holds a bitmap once for all pages, but draws SVG again on each.
    """
    picture = io.BytesIO()
    Image.frombytes("1", (code.side, code.side), code.rows).save(picture, "PNG")
    return f"data:image/png;base64,{base64.b64encode(picture.getvalue()).decode()}"
