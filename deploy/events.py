"""Writes the schemas of events and their tables in manuals from contracts/events*.yaml. `make contracts`."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from services import SERVICES
from services.kit.events import EventRegistry, EventType, load_events

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "contracts" / "events"
INTERNAL = ROOT / "docs" / "internal.md"
MEMBERS = ("number", "id", "type", "occurred_at", "subject", "data", "request_id")
BEGIN, END = (
    "<!-- Written by `make contracts` from contracts/events.*.yaml. -->\n",
    "<!-- End of what is written. -->\n",
)


def build_schema(event: EventType) -> dict[str, Any]:
    """Return the JSON Schema of an event as a feed serves it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event.name,
        "description": event.description,
        "type": "object",
        "required": list(MEMBERS),
        "properties": {
            "number": {"type": "integer", "minimum": 1},
            "id": {"type": "string", "format": "uuid"},
            "type": {"const": event.name},
            "occurred_at": {"type": "string", "format": "date-time"},
            "subject": event.subject,
            "data": _build_data_schema(event),
            "request_id": {"type": "string"},
        },
    }


def _build_data_schema(event: EventType) -> dict[str, Any]:
    required = [name for name in event.data if name not in event.optional]
    schema: dict[str, Any] = {"type": "object"}
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    if event.data:
        schema["properties"] = event.data
    return {**schema, **event.rules}


def write_schema(event: EventType) -> str:
    """Return the text of an event's schema file."""
    return json.dumps(build_schema(event), ensure_ascii=False, indent=2) + "\n"


def write_full_table(registry: EventRegistry) -> str:
    """Return the table of docs/internal.md: every event with its data and its consumers."""
    rows = (
        (
            event.sender,
            f"`{event.name}`",
            event.description,
            _describe_subject(event),
            "; ".join(_describe_members(event)) or "–",
            ", ".join(event.heard_by) or "–",
        )
        for event in registry.events
    )
    return _write_table(("service", "event", "sent when", "subject", "data", "heard by"), rows)


def write_service_tables(registry: EventRegistry, service: str) -> str:
    """Return the tables of a service's README: the events that it sends, and those that it consumes."""
    sent = (
        (f"`{event.name}`", event.description, ", ".join(event.heard_by) or "–")
        for event in registry.events
        if event.sender == service
    )
    consumed = (
        (f"`{event.name}`", event.sender, event.heard_by[service])
        for event in registry.events
        if service in event.heard_by
    )
    return "\n".join(
        [
            _write_table(("out", "sent when", "heard by"), sent),
            _write_table(("in", "from", "does"), consumed),
        ]
    )


def _write_table(titles: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [titles, ("---",) * len(titles), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _describe_subject(event: EventType) -> str:
    kinds = event.subject["type"]
    return (
        {"string": "person", "null": "–"}.get(kinds, "person or null")
        if isinstance(kinds, str)
        else "person or null"
    )


def _describe_members(event: EventType) -> Iterator[str]:
    for name, schema in event.data.items():
        values = schema.get("enum") or schema.get("items", {}).get("enum")
        yield "".join(
            [
                f"`{name}`",
                " (optional)" if name in event.optional else "",
                f": {', '.join(values)}" if values else "",
            ]
        )


def replace_marked(text: str, tables: str, begin: str = BEGIN, end: str = END) -> str:
    """Return a manual's text with the tables between its two markers. Raises ValueError without markers."""
    marked = f"{re.escape(begin)}.*?{re.escape(end)}"
    replaced, count = re.subn(marked, lambda _: f"{begin}{tables}{end}", text, flags=re.DOTALL)
    if count != 1:
        raise ValueError("a manual has the two markers once")
    return replaced


def write_files(registry: EventRegistry) -> Mapping[Path, str]:
    """Return the text of every file that comes of the registry, by its path."""
    readmes = {ROOT / "services" / service / "README.md": service for service in SERVICES}
    return {
        **{SCHEMAS / f"{event.name}.schema.json": write_schema(event) for event in registry.events},
        INTERNAL: replace_marked(INTERNAL.read_text("utf-8"), f"\n{write_full_table(registry)}\n"),
        **{
            path: replace_marked(path.read_text("utf-8"), f"\n{write_service_tables(registry, service)}\n")
            for path, service in readmes.items()
        },
    }


def main() -> None:
    """Write the files; remove the schemas of events that are gone."""
    files = write_files(load_events())
    for path in SCHEMAS.iterdir():
        if path not in files:
            path.unlink()
    for path, text in files.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
