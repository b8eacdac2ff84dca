"""What poppler makes of a letter's signature, and of a letter that was changed under it."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.pdfworker.signing import authority
from tests.unit.pdfworker.provable import keys_in, pdfsig, prover_of, signed_letter
from tests.unit.verify.forging import Wish, issue, letter_by, new_stamp_authority, stamper_of


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return signed_letter(prover_of(keys_in(tmp_path_factory.mktemp("keys"))))


def test_poppler_calls_the_signature_valid(letter: bytes, tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(letter)
    told = pdfsig(file)
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told
    assert "SHA-256" in told
    assert authority.SIGNER_NAME in told


def test_poppler_calls_a_letter_with_a_time_stamp_valid(tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(letter_by(issue(Wish()), stamper_of(new_stamp_authority())))
    assert "Signature is Valid" in pdfsig(file)


def test_poppler_sees_any_change(letter: bytes, tmp_path: Path) -> None:
    signature = re.search(rb"/Contents <[0-9a-f]+>", letter)
    assert signature
    covered = [*range(signature.start() + 10), *range(signature.end(), len(letter))]

    def told_of_change(place: int) -> str:
        changed = bytearray(letter)
        changed[place] ^= 1
        file = tmp_path / f"{place}.pdf"
        file.write_bytes(changed)
        return pdfsig(file)

    places = random.Random(1).sample(covered, 200)
    with ThreadPoolExecutor(4) as pool:
        told = pool.map(told_of_change, places)
    assert [place for place, words in zip(places, told, strict=True) if "Signature is Valid" in words] == []
