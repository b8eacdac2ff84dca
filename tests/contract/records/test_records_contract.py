"""What records promises to others: its OpenAPI document and its event."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from openapi_spec_validator import validate

from services.kit.db import new_sessions
from services.kit.outbox import number_events
from services.records.actions import lists
from services.records.models import FeedCounter, Outbox
from tests.service.records.callers import Records, files_of
from tests.tokens import mint
from tests.unit.records.lists.lists import FOREIGNER, MARYAM

CONTRACTS = Path(__file__).parents[3] / "contracts"
PATHS = {
    "/api/v1/records/me": ["get"],
    "/api/v1/records/me/contributions": ["get"],
    "/api/v1/records/me/statement": ["get"],
    "/api/v1/records/lists": ["get", "post"],
    "/api/v1/records/lists/{list_id}": ["get"],
    "/api/v1/records/people/search": ["post"],
}


def document(records: Records) -> dict[str, Any]:
    answer = records.call("GET", "/api/v1/records/openapi.json")
    described: dict[str, Any] = answer.get_json()
    return described


def test_the_openapi_document_is_valid_and_complete(records: Records) -> None:
    described = document(records)
    assert described["openapi"] == "3.1.0"
    validate(described)
    methods = {
        path: sorted(set(item) & {"get", "post", "put", "delete"})
        for path, item in described["paths"].items()
    }
    assert methods == PATHS
    for item in described["paths"].values():
        assert all(item[method]["summary"] for method in set(item) & {"get", "post"})


def test_the_documented_statement_has_the_members_of_the_schema(records: Records) -> None:
    """The OpenAPI document and contracts/statement.schema.json name the same members, at every depth."""
    schema = json.loads((CONTRACTS / "statement.schema.json").read_text("utf-8"))
    described = document(records)

    def members(node: dict[str, Any], root: dict[str, Any]) -> Any:
        while "$ref" in node:
            place = root
            for step in node["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            node = place
        if "items" in node:
            return [members(node["items"], root)]
        return {name: members(child, root) for name, child in node.get("properties", {}).items()}

    statement = described["components"]["schemas"]["Statement"]
    assert members(statement, described) == members(schema, schema)


def test_events_match_their_schema(records: Records) -> None:
    schema = json.loads((CONTRACTS / "events" / "record.changed.schema.json").read_text("utf-8"))
    records.accept(files_of(MARYAM, FOREIGNER))
    number_events(new_sessions(records.engine), Outbox, FeedCounter)
    token = mint("service", "disclosure", "records", scopes=["records:events"])
    answer = records.call("GET", "/internal/events?after=0", token)
    (event,) = answer.get_json()["events"]
    jsonschema.validate(event, schema, format_checker=jsonschema.FormatChecker())
    assert schema["properties"]["data"]["properties"]["subjects"]["maxItems"] == lists.MOST_SUBJECTS
