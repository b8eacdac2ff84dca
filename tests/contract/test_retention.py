"""docs/retention.md says of every table of every service how long its rows are kept."""

import re
from pathlib import Path

import pytest

from tests.upgrade.releases import MODELS

TEXT = (Path(__file__).parents[2] / "docs" / "retention.md").read_text("utf-8")
ROWS = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if re.match(r"\| \w+ \| `\w+` \|", line)]


@pytest.mark.parametrize("service", MODELS)
def test_every_table_has_its_row_and_no_row_is_of_a_table_that_is_gone(service: str) -> None:
    named = [row[1].strip("`") for row in ROWS if row[0] == service]
    assert sorted(named) == sorted(MODELS[service].tables)


def test_every_row_says_what_how_long_and_what_a_backup_shows() -> None:
    assert {row[0] for row in ROWS} == set(MODELS)
    for row in ROWS:
        assert len(row) == 5, row
        assert all(cell.strip() for cell in row), row
