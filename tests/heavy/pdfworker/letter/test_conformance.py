"""Every signed sample letter passes veraPDF for both profiles, and qpdf finds no error in it.

`make test` checks the short samples, which have every kind of table and mark; `make fuzz` checks all.
"""

import subprocess
from pathlib import Path

import pytest

from services.pdfworker.letter.render import LetterPath
from tests import sizes
from tests.pdfa import PROFILES, list_broken_rules
from tests.unit.pdfworker.letters import SAMPLES, render_sample
from tests.unit.pdfworker.provable import create_keys, load_prover, run_pdfsig
from tests.unit.pdfworker.statements import QR_TEXT

pytestmark = [pytest.mark.xdist_group("letters"), pytest.mark.timeout(600)]
WRONG = "wrong.pdf"
BY_HTML = "one-month"
SHORT = ("hostile", "jobs", "objections", "long-names", "first-version", "nothing", "test-mode", "bilingual")
CHECKED = tuple(SAMPLES) if sizes.IS_FULL else SHORT
Rules = dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the checked sample letters, signed."""
    prover = load_prover(create_keys(tmp_path_factory.mktemp("keys")))
    folder = tmp_path_factory.mktemp("letters")
    place = prover.signer.build_place(QR_TEXT)
    by_html = SAMPLES[BY_HTML]().render(place, LetterPath.HTML)
    assert by_html.path == LetterPath.HTML
    (folder / f"{BY_HTML}-html").write_bytes(prover.signer.sign_pdf(by_html.pdf))
    for name in CHECKED:
        (folder / name).write_bytes(prover.signer.sign_pdf(SAMPLES[name]().render(place).pdf))
    return folder


@pytest.fixture(scope="module")
def broken_rules(letters: Path, tmp_path_factory: pytest.TempPathFactory) -> Rules:
    """Return the rules that the letters and a wrong one break, after a single run of veraPDF."""
    wrong = tmp_path_factory.mktemp("wrong") / WRONG
    pdf = render_sample("nothing").pdf
    wrong.write_bytes(pdf.replace(b'pdfuaid:part="1"', b'pdfuaid:part="2"', 1))
    return list_broken_rules([wrong, *sorted(letters.iterdir())])


def test_every_signed_letter_is_pdf_a_3a_and_pdf_ua_1(broken_rules: Rules) -> None:
    expected: Rules = {(profile, name): [] for profile in PROFILES for name in (*CHECKED, f"{BY_HTML}-html")}
    assert {subject: rules for subject, rules in broken_rules.items() if subject[1] != WRONG} == expected


def test_the_check_names_the_broken_rule(broken_rules: Rules) -> None:
    assert broken_rules["3a", WRONG] == []
    assert [rule.split()[2] for rule in broken_rules["ua1", WRONG]] == ["5-2"]


@pytest.mark.parametrize("name", ["jobs", "hostile"])
def test_qpdf_finds_no_error(name: str, letters: Path) -> None:
    command = ["qpdf", "--check", str(letters / name)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "No syntax or stream encoding errors found" in checked.stdout


def test_poppler_reports_a_valid_signature_of_every_letter(letters: Path) -> None:
    reports = {file.name: run_pdfsig(file) for file in letters.iterdir()}
    assert {"bilingual", f"{BY_HTML}-html", "nothing"} <= reports.keys()
    for report in reports.values():
        assert "Signature is Valid" in report
        assert "Total document signed" in report
