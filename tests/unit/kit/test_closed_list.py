"""The kit is a closed list: its directory, its README and decision 0001 name the same modules."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
KIT = ROOT / "services" / "kit"
DECISION = ROOT / "docs" / "decisions" / "0001-services-and-shape.md"


def list_modules() -> set[str]:
    files = {path.stem for path in KIT.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in KIT.glob("*/__init__.py")}
    return files | packages


def read_first_columns(text: str) -> list[str]:
    """Return the names in backquotes in the first column of all tables."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_readme_names_each_module_once() -> None:
    named = read_first_columns((KIT / "README.md").read_text("utf-8"))
    assert sorted(named) == sorted(list_modules())


def test_decision_names_each_module_once() -> None:
    text = DECISION.read_text("utf-8").partition("**The kit's modules.**")[2]
    planned, later = text.partition("were planned")[0], text.partition("were planned")[2]
    named = [*re.findall(r"`(\w+)`", planned), *read_first_columns(later)]
    assert sorted(named) == sorted(list_modules())
