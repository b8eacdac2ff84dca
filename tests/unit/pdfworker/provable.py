"""Small letters to sign in tests, the keys that sign them, and the report of pdfsig about them."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pydyf
from PIL import Image

from services.pdfworker.letter.attachment import attach_statement
from services.pdfworker.signing import authority
from services.pdfworker.signing.credentials import load_credentials, load_letter_key
from services.pdfworker.signing.place import SignaturePlace
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer, TimeStamper
from tests.unit.pdfworker.statements import build_career, build_letter, build_statement

STATEMENT = build_statement(build_career("1402-01", 2))
LETTER = build_letter()
URL = "https://govah.example"
PASSWORD = "a password of tests"


def create_unsigned_letter(
    statement: Any = STATEMENT, place: SignaturePlace | None = None, picture: Image.Image | None = None
) -> bytes:
    """Return a PDF of one page with a statement attached, like a letter, and the place of a signature.

    A picture fills the page.
    """
    pdf, output = pydyf.PDF(), BytesIO()
    page = pydyf.Dictionary(
        {"Type": "/Page", "Parent": pdf.pages.reference, "MediaBox": pydyf.Array([0, 0, 612, 792])}
    )
    if picture:
        page |= _draw_picture(pdf, picture)
    pdf.add_page(page)
    data = json.dumps(statement, ensure_ascii=False, sort_keys=True).encode()
    attach_statement(pdf, data, datetime.fromisoformat(LETTER["issued_at"]))
    if place:
        place.add_to(pdf)
    # Objects in streams, as WeasyPrint writes them.
    pdf.write(output, compress=True)
    return output.getvalue()


def _draw_picture(pdf: pydyf.PDF, picture: Image.Image) -> dict[str, Any]:
    """Return the content of a page that a picture fills, after adding its objects."""
    jpeg = BytesIO()
    picture.convert("RGB").save(jpeg, "JPEG", quality=95)
    described = {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": picture.width,
        "Height": picture.height,
        "ColorSpace": "/DeviceRGB",
        "BitsPerComponent": 8,
        "Filter": "/DCTDecode",
    }
    image = pydyf.Stream([jpeg.getvalue()], described)
    content = pydyf.Stream([b"q 612 0 0 792 0 0 cm /Picture Do Q"])
    for added in (image, content):
        pdf.add_object(added)
    resources = pydyf.Dictionary({"XObject": pydyf.Dictionary({"Picture": image.reference})})
    return {"Contents": content.reference, "Resources": resources}


def create_keys(directory: Path) -> Path:
    """Return a folder after writing the keys of a test authority into it."""
    authority.ensure_keys(directory)
    return directory


def load_prover(directory: Path, time_stamper: TimeStamper | None = None) -> Prover:
    """Return the prover of a folder of keys."""
    credentials = load_credentials(directory / authority.SIGNING, directory / authority.PASSWORD)
    signer = Signer(credentials, "سازمان نمونه", "صدور نامه", time_stamper)
    return Prover(signer, load_letter_key(directory / authority.LETTER_KEY), URL)


def create_signed_letter(
    prover: Prover, statement: Any = STATEMENT, letter: Any = LETTER, qr_text: str = ""
) -> bytes:
    """Return a signed letter, whose token matches its statement unless another text is given."""
    place = prover.signer.build_place(qr_text or prover.build_qr_text(letter, statement))
    return prover.sign_letter(create_unsigned_letter(statement, place), 1).pdf


def write_signing_file(path: Path, *, days_ago: float, lifetime: float) -> Path:
    """Return the path after writing a PKCS#12 file; its certificate began some days ago."""
    begins = datetime.now(UTC) - timedelta(days=days_ago)
    path.write_bytes(
        authority.create_signing_file(PASSWORD, begins=begins, lifetime=timedelta(days=lifetime))
    )
    return path


def run_pdfsig(file: Path) -> str:
    """Return the report of poppler about the signature of a file."""
    command = ["pdfsig", "-nocert", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
