"""The registry of events that contracts/events.<sender>.yaml declare, for services, schemas and manuals.

A sender is the service whose feed has an event. A key of an event means:

- `permanent`: the event stays in the feed for good, because a consumer that has lost its place needs it.
- `heard_by`: the services that consume it, and what each does then.
- `description`: when it is sent, in a sentence for schemas and manuals.
- `subject`: a JSON Schema; without one, a person id.
- `data`: its members, each a JSON Schema or the name of one under `types` of contracts/events.yaml.
- `optional`: the members of `data` that may miss.
- `rules`: further keywords of the JSON Schema of `data`.
- `title`: what the activity page says of it, in both languages; an event without one is not shown there.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

from services.kit.problems import Text
from services.kit.statement_types import StatementType

PATH = Path(__file__).resolve().parents[2] / "contracts" / "events.yaml"

JsonSchema = Mapping[str, Any]

PERSON: JsonSchema = {"type": "string", "format": "uuid", "description": "The person id."}
STATEMENT_TYPES: JsonSchema = {
    "type": "array",
    "minItems": 1,
    "uniqueItems": True,
    "items": {"enum": [kind.value for kind in StatementType]},
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class EventType(_Strict):
    """An event as it is declared; every member of `data` has its schema."""

    name: str
    sender: str
    description: str
    subject: JsonSchema = PERSON
    data: Mapping[str, JsonSchema] = {}
    optional: frozenset[str] = frozenset()
    rules: JsonSchema = {}
    title: Annotated[Text | None, BeforeValidator(lambda title: title and Text(**title))] = None
    heard_by: Mapping[str, str] = {}
    permanent: bool = False


class EventRegistry(_Strict):
    """Every event type, and the members of `data` that an item of the activity page stores."""

    events: tuple[EventType, ...]
    references: frozenset[str]

    def list_titles(self) -> Mapping[str, Text]:
        """Return what the activity page says of each event that it shows."""
        return {event.name: event.title for event in self.events if event.title}

    def list_deletable(self, sender: str) -> frozenset[str]:
        """Return the names of a sender's events that do not stay in its feed for good."""
        return frozenset(
            event.name for event in self.events if event.sender == sender and not event.permanent
        )

    def list_consumers(self, sender: str) -> frozenset[str]:
        """Return the services that consume a sender's feed."""
        return frozenset(name for event in self.events if event.sender == sender for name in event.heard_by)

    def list_consumed(self, service: str) -> Mapping[str, frozenset[str]]:
        """Return the names of the events that a service consumes, by their sender."""
        senders = {event.sender for event in self.events if service in event.heard_by}
        return {
            sender: frozenset(
                event.name for event in self.events if event.sender == sender and service in event.heard_by
            )
            for sender in senders
        }


@cache
def load_events(path: Path = PATH) -> EventRegistry:
    """Return the registry of a file and of its senders' files.

    Raises pydantic's ValidationError for an unknown key and KeyError for an unknown type.
    """
    shared = yaml.safe_load(path.read_text("utf-8"))
    types = {**shared["types"], "statement_types": STATEMENT_TYPES}

    def resolve(members: Mapping[str, Any]) -> Mapping[str, JsonSchema]:
        return {name: types[kind] if isinstance(kind, str) else kind for name, kind in members.items()}

    events = [
        EventType(name=name, sender=sender, **{**event, "data": resolve(event.get("data", {}))})
        for sender in shared["senders"]
        for name, event in yaml.safe_load(path.with_suffix(f".{sender}.yaml").read_text("utf-8")).items()
    ]
    return EventRegistry(events=tuple(events), references=shared["references"])
