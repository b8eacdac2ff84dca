"""The QR code on paper, which leads to the letter's public page. Called by `render`."""

import segno

# A code of error correction M with modules of 0.3 mm holds no more on a letter: version 16.
MAX_TEXT_BYTES = 450
MASK = 3


class QrTextTooLong(ValueError):
    """The text needs a code with modules too small for paper."""

    code = "letter-input-invalid"


def render_qr(text: str) -> str:
    """Return the QR code of a text, with its quiet zone, as a data: URL. Raises QrTextTooLong.

    It is a bitmap rather than SVG: the PDF holds a bitmap once for all pages, but draws SVG again on each.
    The mask is fixed, since trying all eight would take most of the time, and a signed text has no patterns.
    """
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise QrTextTooLong("متن رمزینه بلند است / the text of the QR code is too long")
    return str(segno.make(text, error="m", mask=MASK, micro=False).png_data_uri(scale=1, border=4))
