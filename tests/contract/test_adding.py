"""docs/adding.md names files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "adding.md").read_text("utf-8")
# Paths with a placeholder stand for several files.
PATHS = sorted(
    {
        path
        for path in re.findall(r"`([\w./-]+/[\w./-]*)`", PAGE)
        if not path.startswith("/") and (ROOT / path.split("/")[0]).exists()
    }
)


def test_the_page_names_files() -> None:
    assert len(PATHS) > 40


@pytest.mark.parametrize("path", PATHS)
def test_a_file_of_the_page_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize(
    ("section", "most"), [("A type of statement", 8), ("An event", 3), ("An endpoint", 6), ("A page", 5)]
)
def test_an_addition_takes_few_files(section: str, most: int) -> None:
    [text] = re.findall(rf"^## {section}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^\| \d+ \|", text, re.MULTILINE)) == most
