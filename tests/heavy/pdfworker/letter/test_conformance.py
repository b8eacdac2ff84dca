"""Every letter of the set passes veraPDF for both profiles, signed, and qpdf finds it sound."""

import subprocess
from pathlib import Path

import pytest

from tests.pdfa import PROFILES, failures
from tests.unit.pdfworker.letters import SAMPLES, render_sample
from tests.unit.pdfworker.provable import keys_in, prover_of
from tests.unit.pdfworker.statements import QR_TEXT

pytestmark = [pytest.mark.xdist_group("letters"), pytest.mark.timeout(600)]
WRONG = "wrong.pdf"
Rules = dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all sample letters, signed."""
    prover = prover_of(keys_in(tmp_path_factory.mktemp("keys")))
    folder = tmp_path_factory.mktemp("letters")
    for name in SAMPLES:
        letter = render_sample(name)
        (folder / name).write_bytes(prover.sign(letter.pdf, letter.pages, QR_TEXT).pdf)
    return folder


@pytest.fixture(scope="module")
def broken_rules(letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """What one start of veraPDF finds in all letters and in one that is wrong."""
    wrong = tmp_path_factory.mktemp("wrong") / WRONG
    pdf = render_sample("nothing").pdf
    wrong.write_bytes(pdf.replace(b'pdfuaid:part="1"', b'pdfuaid:part="2"', 1))
    return failures([wrong, *sorted(letters.iterdir())])


def test_every_signed_letter_is_pdf_a_3a_and_pdf_ua_1(broken_rules: Rules) -> None:
    expected: Rules = {(profile, name): [] for profile in PROFILES for name in SAMPLES}
    assert {subject: rules for subject, rules in broken_rules.items() if subject[1] != WRONG} == expected


def test_the_check_tells_what_is_wrong(broken_rules: Rules) -> None:
    assert broken_rules["3a", WRONG] == []
    assert [rule.split()[2] for rule in broken_rules["ua1", WRONG]] == ["5-2"]


@pytest.mark.parametrize("name", ["wages", "hostile"])
def test_qpdf_finds_nothing_wrong(name: str, letters: Path) -> None:
    command = ["qpdf", "--check", str(letters / name)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "No syntax or stream encoding errors found" in checked.stdout
