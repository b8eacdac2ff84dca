"""The registry of events, what is written from it, and the consumers that it names."""

from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from deploy.events import SCHEMAS, build_schema, replace_marked, write_files
from services.auth.actions.notices import HANDLERS as AUTH
from services.disclosure.background import HANDLERS as DISCLOSURE
from services.inquiry.background import HANDLERS as INQUIRY
from services.kit.events import PATH, EventType, load_events
from services.kit.feed import Handler
from services.records.background import HANDLERS as RECORDS

CONSUMERS: Mapping[str, Mapping[str, Mapping[str, Handler]]] = {
    "auth": AUTH,
    "records": RECORDS,
    "disclosure": DISCLOSURE,
    "inquiry": INQUIRY,
}
SHARED = """
senders: [records]
types: {id: {type: string}}
references: [toy_id]
"""
TOY = """
toy.broken:
  description: A toy broke.
  data: {toy_id: id}
  heard_by: {auth: message}
  title: {fa: شکست, en: Broken}
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    path = tmp_path / "events.yaml"
    path.write_text(SHARED, "utf-8")
    path.with_name("events.records.yaml").write_text(TOY, "utf-8")
    return path


@pytest.mark.parametrize("event", load_events().events, ids=lambda event: event.name)
def test_schemas_are_valid(event: EventType) -> None:
    jsonschema.Draft202012Validator.check_schema(build_schema(event))


def test_schemas_and_tables_are_as_make_contracts_writes_them() -> None:
    files = write_files(load_events())
    assert {path.name for path in files if path.parent == SCHEMAS} == {
        path.name for path in SCHEMAS.iterdir()
    }
    assert [str(path) for path, text in files.items() if path.read_text("utf-8") != text] == []


@pytest.mark.parametrize("service", CONSUMERS)
def test_a_service_handles_the_events_that_it_hears(service: str) -> None:
    handled = {sender: frozenset(handlers) for sender, handlers in CONSUMERS[service].items()}
    assert handled == load_events().list_consumed(service)


def test_each_file_of_a_sender_is_read() -> None:
    files = {path.suffixes[0].removeprefix(".") for path in PATH.parent.glob("events.*.yaml")}
    assert files == {event.sender for event in load_events().events}


def test_senders_and_consumers_are_services_that_have_a_feed() -> None:
    for event in load_events().events:
        assert event.sender in CONSUMERS
        assert set(event.heard_by) <= CONSUMERS.keys() - {event.sender}
        assert event.optional <= event.data.keys()


def test_references_are_members_of_some_event() -> None:
    members = {name for event in load_events().events for name in event.data}
    assert load_events().references <= members


def test_the_activity_page_has_a_title_for_each_event_about_a_person() -> None:
    displayed = {
        event.name
        for event in load_events().events
        if event.sender == "disclosure" or "activity" in event.heard_by.get("disclosure", "")
    }
    assert load_events().list_titles().keys() == displayed


def test_a_declared_event_is_all_that_readers_need(toy: Path) -> None:
    registry = load_events(toy)
    (event,) = registry.events
    assert registry.list_titles()["toy.broken"].fa == "شکست"
    assert registry.list_consumed("auth") == {"records": {"toy.broken"}}
    assert registry.list_consumed("inquiry") == {}
    assert build_schema(event)["properties"]["data"] == {
        "type": "object",
        "required": ["toy_id"],
        "additionalProperties": False,
        "properties": {"toy_id": {"type": "string"}},
    }


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [("description:", "about:", ValidationError), ("toy_id: id", "toy_id: no-type", KeyError)],
)
def test_a_misspelt_declaration_is_rejected(toy: Path, old: str, new: str, error: type[Exception]) -> None:
    toy.with_name("events.records.yaml").write_text(TOY.replace(old, new), "utf-8")
    with pytest.raises(error):
        load_events(toy)


def test_a_manual_without_markers_is_rejected() -> None:
    with pytest.raises(ValueError, match="two markers"):
        replace_marked("# Manual\n", "| table |\n")


def test_the_image_of_the_services_has_the_registry() -> None:
    dockerfile = (PATH.parents[1] / "Dockerfile").read_text("utf-8")
    base = dockerfile.split("AS base\n")[1].split("\nFROM ")[0]
    assert f"COPY contracts/{PATH.stem}*.yaml contracts/\n" in base
