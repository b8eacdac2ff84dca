"""The QR code's picture: it holds the text, and no text too long for paper."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image

from services.pdfworker.letter.qr import LONGEST_TEXT, QrTextTooLong, qr_url
from tests.unit.pdfworker.statements import QR_TEXT


def test_the_picture_holds_the_text() -> None:
    kind, _, data = qr_url(QR_TEXT).partition(",")
    assert kind == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data)))
    (code,) = zxingcpp.read_barcodes(picture.resize((picture.width * 4, picture.height * 4)))
    assert (code.text, code.ec_level) == (QR_TEXT, "M")


def test_a_text_too_long_for_paper_is_refused() -> None:
    assert qr_url("x" * LONGEST_TEXT)
    with pytest.raises(QrTextTooLong):
        qr_url("x" * (LONGEST_TEXT + 1))
