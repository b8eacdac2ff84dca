"""Small letters to sign in tests, the keys to sign them with, and what pdfsig says of them."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf

from services.pdfworker.signing import authority
from services.pdfworker.signing.credentials import load_credentials, load_letter_key
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer, TimeStamper
from tests.unit.pdfworker.statements import career, letter_of, statement_of

STATEMENT = statement_of(career("1402-01", 2))
LETTER = letter_of()
URL = "https://govah.example"
PASSWORD = "a password of tests"


def unsigned_letter(statement: Any = STATEMENT) -> bytes:
    """A page with a statement attached, as letters have it."""
    pdf, output = pikepdf.new(), BytesIO()
    pdf.add_blank_page()
    data = json.dumps(statement, ensure_ascii=False, indent=1).encode()
    pdf.attachments["statement.json"] = pikepdf.AttachedFileSpec(  # type: ignore[call-arg]
        pdf, data, mime_type="application/json"
    )
    # Objects in streams, as WeasyPrint writes them.
    pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return output.getvalue()


def keys_in(directory: Path) -> Path:
    """A folder of keys by a new test authority."""
    authority.ensure(directory)
    return directory


def prover_of(directory: Path, time_stamp: TimeStamper | None = None) -> Prover:
    """What letters are proved with by a folder of keys."""
    credentials = load_credentials(directory / authority.SIGNING, directory / authority.PASSWORD)
    signer = Signer(credentials, "سازمان نمونه", "صدور نامه", time_stamp)
    return Prover(signer, load_letter_key(directory / authority.LETTER_KEY), URL)


def signed_letter(prover: Prover, statement: Any = STATEMENT, letter: Any = LETTER) -> bytes:
    """A signed letter whose token fits its statement."""
    return prover.sign(unsigned_letter(statement), 1, prover.qr_text(letter, statement)).pdf


def signing_file(path: Path, *, days_ago: float, lasts: float) -> Path:
    """A PKCS#12 file whose certificate began some days ago and lasts some days."""
    begins = datetime.now(UTC) - timedelta(days=days_ago)
    path.write_bytes(authority.new_signing_file(PASSWORD, begins=begins, lasts=timedelta(days=lasts)))
    return path


def pdfsig(file: Path) -> str:
    """What poppler says of a file's signature."""
    told = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False)
    return told.stdout
