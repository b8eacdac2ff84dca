"""The picture of the QR code: its text, and the limit for paper."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image

from services.pdfworker.letter.qr import MAX_TEXT_BYTES, QrTextTooLong, render_qr
from tests.unit.pdfworker.statements import QR_TEXT


def test_the_picture_contains_the_text() -> None:
    kind, _, data = render_qr(QR_TEXT).partition(",")
    assert kind == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    (code,) = zxingcpp.read_barcodes(picture.resize((picture.width * 4, picture.height * 4)))
    assert (code.text, code.ec_level) == (QR_TEXT, "M")


def test_a_text_too_long_for_paper_is_rejected() -> None:
    assert render_qr("x" * MAX_TEXT_BYTES)
    with pytest.raises(QrTextTooLong):
        render_qr("x" * (MAX_TEXT_BYTES + 1))
