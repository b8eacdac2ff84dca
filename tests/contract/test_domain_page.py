"""docs/domain.md and docs/glossary.md say of list files, findings and words what the code does."""

import re
from pathlib import Path
from typing import get_args

import pytest

from services.kit.jalali import compute_duration
from services.kit.statement_types import StatementType
from services.records.lists import iran_system
from services.records.lists.dbf import MAX_BYTES, MAX_COLUMNS, MAX_RECORDS
from services.records.lists.fields import HEADER_FIELDS, WORKER_FIELDS, Field
from services.records.lists.finding_logs import MAX_FINDINGS
from services.records.lists.wordings import Code, Severity

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "domain.md").read_text("utf-8")
PERSIAN = re.compile("[آ-ی]")


def read_table(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    section = page.split(f"# {heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert lines, heading
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].splitlines()]
    return rows[2:]


@pytest.mark.parametrize(
    ("file", "fields"), [("DSKKAR00.DBF", HEADER_FIELDS), ("DSKWOR00.DBF", WORKER_FIELDS)]
)
def test_fields_of_list_files_are_those_of_the_codec(file: str, fields: tuple[Field, ...]) -> None:
    documented = [row[:4] for row in read_table(PAGE, file)]
    assert documented == [
        [f"`{field.name}`", field.kind.name.lower(), str(field.width), "yes" if field.required else "no"]
        for field in fields
    ]


def test_every_finding_is_documented() -> None:
    rows = read_table(PAGE, "Findings")
    assert {row[0].strip("`") for row in rows} == set(get_args(Code))
    assert {row[1] for row in rows} == set(get_args(Severity))


def test_bounds_are_those_of_the_codec() -> None:
    assert [row[1] for row in read_table(PAGE, "Bounds")] == [
        f"{MAX_BYTES // 2**20} MiB",
        f"{MAX_RECORDS:,}",
        str(MAX_COLUMNS),
        f"{MAX_FINDINGS:,}",
    ]


def test_table_of_iran_system_is_that_of_the_decoder() -> None:
    section = PAGE.split("**Iran System**", 1)[1].split("Writers fold", 1)[0]
    rows = re.findall(r"^\| ([0-9A-F /]+) \| (.*) \|$", section, re.MULTILINE)
    assert len(rows) == 16
    for cells in rows:
        pairs = [pair.split("/") for pair in cells[0].split()]
        for forms, letter in zip(pairs, _expand_letters(cells[1], len(pairs)), strict=True):
            for form in forms:
                assert iran_system.decode(bytes([int(form, 16)])) == letter, form


def _expand_letters(meaning: str, count: int) -> list[str]:
    """Return the letter of each byte: one for all of them where the rest explains its forms."""
    if meaning == "no-break space":
        return ["\u00a0"]
    letters = re.sub(r"\([^)]*\)", "", meaning).replace(",", "").split()
    return letters * count if len(letters) == 1 else letters


def test_known_good_examples_of_iran_system_decode() -> None:
    section = PAGE.split("Known good examples:", 1)[1]
    examples = re.findall(r"^\| (\S+) \| `([0-9A-F ]+)` \|$", section, re.MULTILINE)
    assert len(examples) == 3
    for text, written in examples:
        assert iran_system.decode(bytes.fromhex(written)) == text
        assert iran_system.encode(text) == bytes.fromhex(written)


def test_rule_of_durations_is_that_of_the_code() -> None:
    assert "*n* // 360 years, *n* % 360 // 30 months and *n* % 30 days" in PAGE
    for days in (0, 29, 30, 359, 360, 4562):
        duration = compute_duration(days)
        assert (duration.years, duration.months, duration.days) == (
            days // 360,
            days % 360 // 30,
            days % 30,
        )


def test_every_type_of_statement_is_documented() -> None:
    assert re.findall(r"^    - `(\w+)` «", PAGE, re.MULTILINE) == [kind.value for kind in StatementType]


def test_glossary_names_nothing_twice_and_has_persian() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    text = text.partition("## Words that are not used")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    terms = [row[0].strip() for row in rows if row[0].strip() != "in the code"]
    assert len(terms) == len(set(terms)) > 40
    for row in rows[1:]:
        assert row[1].strip() in {"–", "Persian"} or PERSIAN.search(row[1]), row[0]
