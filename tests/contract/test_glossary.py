"""Words that docs/glossary.md excludes stand in no text that people read."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

from gateway.portal.translations.__main__ import extract_texts, read_catalogue

ROOT = Path(__file__).parents[2]
ROOMS = ("services", "govah", "gateway", "verify", "client")
PERSIAN = re.compile(r"[\u0600-\u06ff]")
TITLE = "## Words that are not used"


def read_words() -> list[str]:
    """Return every excluded word of the glossary's last table."""
    section = (ROOT / "docs" / "glossary.md").read_text("utf-8").partition(TITLE)[2]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| ")][1:]
    return [word.strip() for row in rows for word in row.split(" / ")]


WORDS = read_words()
PERSIAN_WORDS = [word for word in WORDS if PERSIAN.search(word)]
ENGLISH_WORDS = [word for word in WORDS if not PERSIAN.search(word)]


def list_texts() -> Iterator[tuple[str, str]]:
    """Yield where each text of the portal and of the services stands, and the text, in both languages."""
    for message in read_catalogue():
        for text in message.id, message.string:
            for one in [text] if isinstance(text, str) else text or ():
                yield "catalogue", one
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _list_literals(path)
        for path in sorted((ROOT / room).rglob("*.yaml")):
            yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def _list_literals(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PERSIAN.search(node.value):
            yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


@cache
def load_texts() -> Sequence[tuple[str, str]]:
    return tuple(list_texts())


def test_the_glossary_excludes_words_of_both_languages() -> None:
    assert len(PERSIAN_WORDS) > 10
    assert len(ENGLISH_WORDS) > 10
    assert len(load_texts()) > 1_000
    assert len(list(extract_texts())) > 500


@pytest.mark.parametrize("word", PERSIAN_WORDS)
def test_no_persian_text_has_an_excluded_word(word: str) -> None:
    pattern = re.compile(rf"(?<![\u0621-\u06cc\u200c]){word}")
    assert [place for place in load_texts() if pattern.search(place[1])] == []


@pytest.mark.parametrize("word", ENGLISH_WORDS)
def test_no_english_text_has_an_excluded_word(word: str) -> None:
    catalogue = [text for place, text in load_texts() if place == "catalogue"]
    assert [text for text in catalogue if re.search(rf"\b{re.escape(word)}(?!\w)", text)] == []
