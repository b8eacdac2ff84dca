"""docs/retention.md says of every table of every service how long its rows are kept."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.auth.settings import Settings as AuthSettings
from services.disclosure.settings import Settings as DisclosureSettings
from services.inquiry.settings import Settings as InquirySettings
from services.kit.events import load_events
from services.kit.settings import CommonSettings
from services.records.settings import Settings as RecordsSettings
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


SETTINGS: Mapping[str, type[CommonSettings]] = {
    name: model
    for model in (AuthSettings, RecordsSettings, DisclosureSettings, InquirySettings)
    for name in model.model_fields
    if name.endswith("_days") and name not in {"closing_days", "closed_after_days"}
}


def test_table_of_settings_is_complete_and_has_the_defaults() -> None:
    rows = re.findall(r"^\| [^|]+ \| `GOVAH_(\w+_DAYS)` \| (\d+)", TEXT, re.MULTILINE)
    stated = {name.lower(): int(days) for name, days in rows}
    # The backups' days are a variable of compose.
    assert stated.pop("backup_keep_days") == 30
    assert stated == {name: model.model_fields[name].default for name, model in SETTINGS.items()}


def test_table_names_the_permanent_events() -> None:
    section = TEXT.partition("### Events")[2].partition("## Tables")[0]
    permanent = {event.name for event in load_events().events if event.permanent}
    assert set(re.findall(r"`([a-z]+\.[a-z]+)`", section)) == permanent
