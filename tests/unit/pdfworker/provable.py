"""Small letters to sign in tests, the keys that sign them, and the report of pdfsig about them."""

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
from tests.unit.pdfworker.statements import build_career, build_letter, build_statement

STATEMENT = build_statement(build_career("1402-01", 2))
LETTER = build_letter()
URL = "https://govah.example"
PASSWORD = "a password of tests"


def create_unsigned_letter(statement: Any = STATEMENT) -> bytes:
    """Return a PDF of one page with a statement attached, like a letter."""
    pdf, output = pikepdf.new(), BytesIO()
    pdf.add_blank_page()
    data = json.dumps(statement, ensure_ascii=False, indent=1).encode()
    pdf.attachments["statement.json"] = pikepdf.AttachedFileSpec(  # type: ignore[call-arg]
        pdf, data, mime_type="application/json"
    )
    # Objects in streams, as WeasyPrint writes them.
    pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return output.getvalue()


def create_keys(directory: Path) -> Path:
    """Return a folder after writing the keys of a test authority into it."""
    authority.ensure_keys(directory)
    return directory


def load_prover(directory: Path, time_stamper: TimeStamper | None = None) -> Prover:
    """Return the prover of a folder of keys."""
    credentials = load_credentials(directory / authority.SIGNING, directory / authority.PASSWORD)
    signer = Signer(credentials, "سازمان نمونه", "صدور نامه", time_stamper)
    return Prover(signer, load_letter_key(directory / authority.LETTER_KEY), URL)


def create_signed_letter(prover: Prover, statement: Any = STATEMENT, letter: Any = LETTER) -> bytes:
    """Return a signed letter whose token matches its statement."""
    return prover.sign_letter(
        create_unsigned_letter(statement), 1, prover.build_qr_text(letter, statement)
    ).pdf


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
