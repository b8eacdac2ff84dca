"""The QR code that leads from paper to the letter's public page. Called by `render`."""

import segno

# Bytes that one code of error correction M and a module of 0.3 mm can hold on a letter: version 16.
LONGEST_TEXT = 450
MASK = 3


class QrTextTooLong(ValueError):
    """The text needs a code too fine for paper."""

    code = "letter-input-invalid"


def qr_url(text: str) -> str:
    """Return a text's QR code as a data: URL of a picture with its quiet zone around it.

    A picture of single pixels rather than SVG: it goes into the PDF once for all pages, where a drawing would
    be drawn anew on each. Trying all eight masks would take most of the time; a signed text needs none in
    particular, being without patterns. Raises QrTextTooLong.
    """
    if len(text.encode()) > LONGEST_TEXT:
        raise QrTextTooLong("متن رمزینه بلند است / the text of the QR code is too long")
    return str(segno.make(text, error="m", mask=MASK, micro=False).png_data_uri(scale=1, border=4))
