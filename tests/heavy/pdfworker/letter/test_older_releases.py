"""Letters with the two releases of WeasyPrint before the pinned one: each is delivered by a way that works.

Only in `make fuzz`, since it installs them from PyPI into folders of their own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.pdfworker.letter.render import LetterPath
from tests.pdfa import list_broken_rules
from tests.sizes import IS_FULL
from tests.unit.pdfworker.extraction import extract_pages, extract_text
from tests.unit.pdfworker.letters import render_sample

pytestmark = [
    pytest.mark.xdist_group("letters"),
    pytest.mark.timeout(600),
    pytest.mark.skipif(not IS_FULL, reason="make fuzz installs older releases"),
]
ROOT = Path(__file__).parents[4]
NAMES = ("hostile", "one-month", "bilingual", "nothing")
# The release, and whether plates look like those of the HTML path to the line.
RELEASES = (("69.0", True), ("68.1", False))


@pytest.mark.parametrize(("release", "can_use_plates"), RELEASES)
def test_letters_of_an_older_release_are_delivered(
    release: str, can_use_plates: bool, tmp_path: Path
) -> None:
    packages, letters = tmp_path / "packages", tmp_path / "letters"
    letters.mkdir()
    uv = [str(Path(sys.executable).with_name("uv")), "pip", "install", "-q"]
    subprocess.run([*uv, "--target", str(packages), f"weasyprint=={release}"], check=True)
    program = [sys.executable, "-m", "tests.heavy.pdfworker.letter.older_release", str(letters), *NAMES]
    process = subprocess.run(
        program,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}"},
        check=True,
        capture_output=True,
    )
    result = json.loads(process.stdout)
    assert result["version"] == release
    assert result["can_use_plates"] == can_use_plates
    usual = LetterPath.PLATES if can_use_plates else LetterPath.HTML
    assert result["paths"] == {**dict.fromkeys(NAMES, usual), "bilingual": LetterPath.HTML}
    for name in NAMES:
        pdf, expected = (letters / name).read_bytes(), render_sample(name)
        # A bilingual letter may have more pages, each with a foot.
        if name != "bilingual" or len(extract_pages(pdf)) == expected.pages:
            assert sorted(extract_text(pdf)) == sorted(extract_text(expected.pdf))
        else:
            assert set(extract_text(expected.pdf)) <= set(extract_text(pdf))
    if can_use_plates:
        on_plates = [letters / name for name in NAMES if result["paths"][name] == LetterPath.PLATES]
        assert [rules for rules in list_broken_rules(on_plates).values() if rules] == []
