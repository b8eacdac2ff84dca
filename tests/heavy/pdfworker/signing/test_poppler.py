"""Poppler's report about the signature of a letter, unchanged and changed."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.pdfworker.signing import authority
from tests.unit.pdfworker.provable import create_keys, create_signed_letter, load_prover, run_pdfsig
from tests.unit.verify.forging import (
    Profile,
    create_letter,
    create_stamp_authority,
    create_stamper,
    issue_certificate,
)


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return create_signed_letter(load_prover(create_keys(tmp_path_factory.mktemp("keys"))))


def test_poppler_reports_a_valid_signature(letter: bytes, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(letter)
    report = run_pdfsig(file)
    assert "Signature is Valid" in report
    assert "Total document signed" in report
    assert "ETSI.CAdES.detached" in report
    assert "SHA-256" in report
    assert authority.SIGNER_NAME in report


def test_poppler_reports_a_valid_signature_with_a_time_stamp(tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(create_letter(issue_certificate(Profile()), create_stamper(create_stamp_authority())))
    assert "Signature is Valid" in run_pdfsig(file)


def test_poppler_detects_any_change(letter: bytes, tmp_path: Path) -> None:
    signature = re.search(rb"/Contents <[0-9a-f]+>", letter)
    assert signature
    covered = [*range(signature.start() + 10), *range(signature.end(), len(letter))]

    def report_change(place: int) -> str:
        changed = bytearray(letter)
        changed[place] ^= 1
        file = tmp_path / f"{place}.pdf"
        file.write_bytes(changed)
        return run_pdfsig(file)

    places = random.Random(1).sample(covered, 200)
    with ThreadPoolExecutor(4) as pool:
        reports = pool.map(report_change, places)
    assert [
        place for place, report in zip(places, reports, strict=True) if "Signature is Valid" in report
    ] == []
