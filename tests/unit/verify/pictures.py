"""Pictures of letters as people send them: scans, photos, printed, saved again and forged ones."""

import io
import random
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pikepdf
import pypdfium2
import segno
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from services.pdfworker.signing.prove import Prover
from tests.unit.pdfworker.provable import create_unsigned_letter

# Of the drawn page; A4.
DPI = 300
QR_MILLIMETRES = 29
WIDTH, HEIGHT = 2480, 3508


def draw_page(qr_text: str | None, lines: Sequence[str] = ("a letter",)) -> Image.Image:
    """Return a page with lines of text, and a QR code at its foot as large as a letter's."""
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((250, 300 + 80 * number), line, fill=0, font_size=48)
    if qr_text is not None:
        drawn = io.BytesIO()
        segno.make(qr_text, error="m", mask=3, micro=False).save(drawn, kind="png", scale=1, border=4)
        side = round(QR_MILLIMETRES / 25.4 * DPI)
        code = Image.open(drawn).convert("L").resize((side, side), Image.Resampling.NEAREST)
        page.paste(code, (236, HEIGHT - 236 - side))
    return page


def scan_page(page: Image.Image, *, dpi: int = 150, angle: float = 1.2, noise: float = 14) -> bytes:
    """Return the JPEG of a flatbed scanner: slightly rotated, blurred, grey and noisy."""
    turned = page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
    soft = turned.filter(ImageFilter.GaussianBlur(0.4 * DPI / dpi))
    small = soft.resize((WIDTH * dpi // DPI, HEIGHT * dpi // DPI), Image.Resampling.BOX)
    # Pillow draws its noise from the C library.
    grains = Image.frombytes("L", small.size, random.Random(7).randbytes(small.width * small.height))
    grains = grains.point([round(128 + (value - 128) * noise / 74) for value in range(256)])
    grey = ImageChops.add(small, grains, offset=-128).point([30 + value * 205 // 255 for value in range(256)])
    return encode(grey, "JPEG", quality=60)


def take_photo(page: Image.Image) -> bytes:
    """Return a photo of the lower half of a page, taken at an angle, brighter at one side."""
    sheet = page.crop((0, HEIGHT // 2, WIDTH, HEIGHT)).resize((1240, 877), Image.Resampling.BOX)
    desk = Image.new("L", (2200, 1700), 90)
    desk.paste(sheet.resize((1860, 1315)), (170, 190))
    # The eight coefficients of a slight perspective.
    slope = (1.08, 0.10, -120, -0.04, 1.12, -60, -3e-5, 9e-5)
    tilted = desk.transform(
        desk.size, Image.Transform.PERSPECTIVE, slope, Image.Resampling.BICUBIC, fillcolor=60
    )
    shade = Image.linear_gradient("L").rotate(90).resize(tilted.size)
    shade = shade.point([150 + value * 105 // 255 for value in range(256)])
    return encode(
        ImageChops.multiply(tilted, shade).filter(ImageFilter.GaussianBlur(0.8)), "JPEG", quality=75
    )


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Return a picture as a file of a kind: JPEG, PNG or PDF."""
    output = io.BytesIO()
    picture.save(output, kind, **options)
    return output.getvalue()


def print_to_pdf(*pages: Image.Image) -> bytes:
    """Return the PDF of a program that prints pages as pictures."""
    output = io.BytesIO()
    pages[0].save(output, "PDF", resolution=DPI, save_all=True, append_images=pages[1:])
    return output.getvalue()


def scan_document(document: bytes) -> bytes:
    """Return the JPEG of a flatbed scanner of a PDF's first page, at 150 dpi."""
    with closing(pypdfium2.PdfDocument(document)) as opened:
        page = opened[0].render(scale=DPI / 72, grayscale=True).to_pil()
    return scan_page(page.resize((WIDTH, HEIGHT)))


def save_again(document: bytes) -> bytes:
    """Return a PDF as another program saves it."""
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(document)) as pdf:
        pdf.save(output)
    return output.getvalue()


def sign_page(prover: Prover, page: Image.Image, statement: Any, qr_text: str) -> bytes:
    """Return a signed letter that shows a page, with its statement attached."""
    place = prover.signer.build_place(qr_text)
    return prover.sign_letter(create_unsigned_letter(statement, place, page), 1).pdf
