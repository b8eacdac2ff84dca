"""A letter from an inbox proves itself to PDF readers, on paper and offline, and not once it was changed."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image

from govah.cli.letter import check_letter as commands
from tests.e2e.client import INQUIRY, Stranger
from tests.e2e.system import ROOT, System
from tests.pdfa import list_broken_rules
from tests.unit.pdfworker.provable import run_pdfsig

pytestmark = pytest.mark.xdist_group("e2e")


def run_govah(*words: object) -> int:
    """Return the exit status of the terminal command, far from any running system."""
    command = [sys.executable, "-m", "govah.cli", "letter", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode


def invoke(*words: object) -> int:
    """Return the exit status of the same command without a process of its own."""
    return CliRunner().invoke(commands, list(map(str, words))).exit_code


def test_a_letter_is_proved_with_nothing_but_the_public_keys(system: System, tmp_path: Path) -> None:
    stranger = Stranger(system)
    citizen = stranger.sign_in_citizen()
    letter = citizen.ask_for_letter("all", "wages")
    citizen.wait_until_registered(letter["serial"])
    trust, file = tmp_path / "trust.pem", tmp_path / "letter.pdf"
    trust.write_text(stranger.get(f"{INQUIRY}/letters/keys").json()["pem"])
    file.write_bytes(citizen.get_document(letter["id"]))

    assert "Signature is Valid" in run_pdfsig(file)
    assert "Total document signed" in run_pdfsig(file)
    assert set(map(tuple, list_broken_rules([file]).values())) == {()}
    assert run_govah("verify", file, "--trust", trust) == 0

    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", file, tmp_path / "page"], check=True)
    pages = sorted(tmp_path.glob("page*.png"))
    assert len(pages) == letter["pages"]
    texts = {code.text for page in pages for code in zxingcpp.read_barcodes(Image.open(page))}
    [text] = texts
    address, _, token = text.partition("#")
    assert address.endswith(f"/l/{letter['serial']}")
    assert invoke("verify-qr", text, "--trust", trust) == 0
    changed_text = f"{address}#{token[:20]}{'A' if token[20] != 'A' else 'B'}{token[21:]}"
    assert invoke("verify-qr", changed_text, "--trust", trust) == 1

    genuine = file.read_bytes()
    for place in random.Random(5).sample(range(len(genuine) - 20_000), 5):
        changed = bytearray(genuine)
        changed[place] ^= 1
        file.write_bytes(changed)
        assert "Signature is Valid" not in run_pdfsig(file), place
        assert invoke("verify", file, "--trust", trust) == 1, place
        checked = stranger.http.post(f"{INQUIRY}/letters/check", files={"file": ("l.pdf", bytes(changed))})
        assert checked.json()["result"] == "altered", place
