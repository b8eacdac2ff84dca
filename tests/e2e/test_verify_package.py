"""A bank installs govah-verify without the rest of Govah and checks letters with it."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.e2e.client import INQUIRY, Stranger
from tests.e2e.system import ROOT, System

pytestmark = pytest.mark.xdist_group("e2e")
FOREIGN = ("celery", "flask", "govah", "services", "sqlalchemy", "weasyprint")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the programs of a new virtual environment with nothing but the wheel of govah-verify."""
    folder = tmp_path_factory.mktemp("bank")
    # A build leaves files beside its sources.
    sources = shutil.copytree(ROOT / "verify", folder / "verify")
    pip = [sys.executable, "-m", "pip"]
    wheel = [*pip, "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*wheel, str(sources)], check=True)
    venv.create(folder / "venv", with_pip=False)
    programs = folder / "venv" / "bin"
    # This pip, for the other environment: one of its own takes longer than all the rest.
    pip += ["--python", str(programs / "python")]
    install = [*pip, "install", "-q", "--no-compile", "--only-binary=:all:"]
    pinned = ROOT / "requirements" / "verify.txt"
    subprocess.run([*install, "--require-hashes", "-r", str(pinned)], check=True)
    subprocess.run([*install, "--no-index", "--no-deps", *map(str, folder.glob("*.whl"))], check=True)
    subprocess.run([*pip, "check"], check=True)
    return programs


def run(programs: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(programs / "govah-verify"), *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=programs)


def test_the_wheel_verifies_a_genuine_and_a_changed_letter(
    system: System, programs: Path, tmp_path: Path
) -> None:
    stranger = Stranger(system)
    citizen = stranger.sign_in_citizen()
    letter = citizen.ask_for_letter("all")
    trust, file = tmp_path / "trust.pem", tmp_path / "letter.pdf"
    trust.write_text(stranger.get(f"{INQUIRY}/letters/keys").json()["pem"])
    file.write_bytes(citizen.get_document(letter["id"]))
    genuine = run(programs, "letter", file, "--trust", trust)
    assert genuine.returncode == 0, genuine.stderr
    assert letter["serial"] in genuine.stdout
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    file.write_bytes(changed)
    refused = run(programs, "letter", file, "--trust", trust)
    assert (refused.returncode, "Not genuine" in refused.stdout) == (1, True), refused.stderr


@pytest.mark.parametrize("name", FOREIGN)
def test_wheel_contains_nothing_else_of_govah(programs: Path, name: str) -> None:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is not None)"
    assert subprocess.run([programs / "python", "-c", code], check=False, cwd=programs).returncode == 0


def test_undecidable_file_exits_with_2(programs: Path, tmp_path: Path) -> None:
    missing = run(programs, "letter", tmp_path / "none.pdf", "--trust", tmp_path / "none.pem")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith("govah-verify: ")
