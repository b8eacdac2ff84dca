"""docs/security.md names where each thing is done and the test that proves it: all of that is there."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "docs" / "security.md"
HEAD = ["against", "what is done", "where", "the test"]
KEYS = ["what", "algorithm", "where", "owner", "renewed"]
NAMED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Table:
    """A table of the manual: the section that it stands in, its head and its rows."""

    section: str
    head: list[str]
    rows: list[list[str]]


def read_tables(text: str) -> list[Table]:
    """Return every table of a page."""
    tables: list[Table] = []
    section, is_inside = "", False
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            is_inside = False
        elif not is_inside:
            tables.append(Table(section, cells, []))
            is_inside = True
        elif set(line) - set("|-: "):
            tables[-1].rows.append(cells)
    return tables


TABLES = read_tables(MANUAL.read_text("utf-8"))
THREATS = [(table.section, row) for table in TABLES if table.head == HEAD for row in table.rows]


@cache
def list_test_names(path: Path) -> frozenset[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_the_manual_has_its_tables() -> None:
    assert len(THREATS) >= 40
    assert all(table.head == HEAD or table.head[:5] == KEYS for table in TABLES)
    assert sum(table.head[:5] == KEYS for table in TABLES) == 1


@pytest.mark.parametrize(
    ("section", "row"), THREATS, ids=[f"{section}: {row[0]}" for section, row in THREATS]
)
def test_a_row_names_files_and_tests_that_are_there(section: str, row: list[str]) -> None:
    assert len(row) == len(HEAD), "a cell holds a bar, or one is missing"
    assert all(row)
    places, proofs = NAMED.findall(row[2]), NAMED.findall(row[3])
    assert places
    assert proofs, f"{section}: nothing proves it"
    assert NAMED.sub("", row[2] + row[3]).strip() == "", "only paths and tests stand in the last two cells"
    for place in places:
        assert (ROOT / place).exists(), place
    for proof in proofs:
        path, _, name = proof.partition("::")
        assert (ROOT / path).is_file(), path
        assert name in list_test_names(ROOT / path), proof


def test_no_threat_is_there_twice() -> None:
    named = [row[0] for _, row in THREATS]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("page", ["docs/security.md", "SECURITY.md"])
def test_links_lead_to_pages_and_sections_that_are_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, section = target.partition("#")
        linked = (ROOT / page).parent / path if path else ROOT / page
        assert linked.exists(), target
        if section:
            headings = re.findall(r"^#+ (.+)$", linked.read_text("utf-8"), re.MULTILINE)
            assert section in {re.sub(r"[^\w -]", "", line).lower().replace(" ", "-") for line in headings}


def test_the_security_policy_invents_no_address() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    assert not re.search(r"[\w.]+@[\w.]+", text)
    assert "/.well-known/security.txt" in text
