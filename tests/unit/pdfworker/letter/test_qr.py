"""The picture of the QR code: its text, and the limit for paper."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image

from services.pdfworker.letter.qr import MAX_TEXT_BYTES, QrTextTooLong, encode_qr, write_png
from tests.unit.pdfworker.statements import QR_TEXT


def test_the_picture_contains_the_text() -> None:
    kind, _, data = write_png(encode_qr(QR_TEXT)).partition(",")
    assert kind == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    (code,) = zxingcpp.read_barcodes(picture.convert("L").resize((picture.width * 4, picture.height * 4)))
    assert (code.text, code.ec_level) == (QR_TEXT, "L")


def test_the_picture_has_a_quiet_zone() -> None:
    code = encode_qr(QR_TEXT)
    width = len(code.rows) // code.side * 8
    white = (1 << width) - (1 << (width - code.side))
    rows = [
        int.from_bytes(code.rows[start : start + width // 8])
        for start in range(0, len(code.rows), width // 8)
    ]
    assert rows[:4] == rows[-4:] == [white] * 4
    assert rows[4] != white


def test_a_text_too_long_for_paper_is_rejected() -> None:
    assert encode_qr("x" * MAX_TEXT_BYTES)
    with pytest.raises(QrTextTooLong):
        encode_qr("x" * (MAX_TEXT_BYTES + 1))
