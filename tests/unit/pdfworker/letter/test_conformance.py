"""Every letter of the set passes veraPDF for both profiles, signed, and qpdf finds it sound."""

import subprocess
from pathlib import Path

import pytest

from services.pdfworker.signing.prove import Prover
from tests.pdfa import PROFILES, failures
from tests.unit.pdfworker.letters import SAMPLES
from tests.unit.pdfworker.provable import keys_in, prover_of
from tests.unit.pdfworker.statements import QR_TEXT


@pytest.fixture(scope="module")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Prover:
    return prover_of(keys_in(tmp_path_factory.mktemp("keys")))


def signed(name: str, prover: Prover) -> bytes:
    rendered = SAMPLES[name]().render()
    return prover.sign(rendered.pdf, rendered.pages, QR_TEXT).pdf


@pytest.mark.timeout(600)
def test_every_signed_letter_is_pdf_a_3a_and_pdf_ua_1(prover: Prover, tmp_path: Path) -> None:
    for name in SAMPLES:
        (tmp_path / name).write_bytes(signed(name, prover))
    found = failures(sorted(tmp_path.iterdir()))
    assert set(found) == {(profile, name) for profile in PROFILES for name in SAMPLES}
    assert {subject: rules for subject, rules in found.items() if rules} == {}


def test_the_check_tells_what_is_wrong(tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    pdf = SAMPLES["nothing"]().render().pdf
    letter.write_bytes(pdf.replace(b'pdfuaid:part="1"', b'pdfuaid:part="2"', 1))
    found = failures([letter])
    assert found["3a", "letter.pdf"] == []
    assert [rule.split()[2] for rule in found["ua1", "letter.pdf"]] == ["5-2"]


@pytest.mark.parametrize("name", ["wages", "hostile"])
def test_qpdf_finds_nothing_wrong(name: str, prover: Prover, tmp_path: Path) -> None:
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(signed(name, prover))
    checked = subprocess.run(["qpdf", "--check", str(letter)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "No syntax or stream encoding errors found" in checked.stdout
