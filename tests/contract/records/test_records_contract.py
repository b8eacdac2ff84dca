"""The contracts of records: its OpenAPI document and its events."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from openapi_spec_validator import validate

from services.kit.db import new_sessions
from services.kit.outbox import number_events
from services.records.actions import lists
from services.records.models import FeedCounter, Outbox
from tests.fakes.lists import FOREIGNER, MARYAM
from tests.service.records.desk import Desk, write_files
from tests.service.records.objectors import CODE, DAYS, OWN, PERIOD, Objector, read_reply, write_one_month
from tests.tokens import mint

CONTRACTS = Path(__file__).parents[3] / "contracts"
PATHS = {
    "/api/v1/records/me": ["get"],
    "/api/v1/records/me/contributions": ["get"],
    "/api/v1/records/me/statement": ["get"],
    "/api/v1/records/me/objections": ["get", "post"],
    "/api/v1/records/me/objections/{objection_id}": ["delete", "get", "put"],
    "/api/v1/records/me/objections/{objection_id}/confirmation": ["post"],
    "/api/v1/records/me/objections/{objection_id}/withdrawal": ["post"],
    "/api/v1/records/me/objections/{objection_id}/attachments": ["get", "post"],
    "/api/v1/records/me/objections/{objection_id}/attachments/{attachment_id}": ["delete", "get"],
    "/api/v1/records/objections/{objection_id}/attachments/{attachment_id}": ["get"],
    "/api/v1/records/me/objections/{objection_id}/answer": ["post"],
    "/api/v1/records/objections": ["get"],
    "/api/v1/records/objections/{objection_id}/opening": ["post"],
    "/api/v1/records/objections/{objection_id}/question": ["post"],
    "/api/v1/records/objections/{objection_id}/decision": ["delete", "post"],
    "/api/v1/records/objections/{objection_id}/decision/confirmation": ["post"],
    "/api/v1/records/imports": ["get", "post"],
    "/api/v1/records/imports/{import_id}": ["delete", "get"],
    "/api/v1/records/imports/{import_id}/completion": ["post"],
    "/api/v1/records/imports/{import_id}/findings": ["get"],
    "/api/v1/records/imports/{import_id}/parts/{number}": ["put"],
    "/api/v1/records/lists": ["get", "post"],
    "/api/v1/records/lists/{list_id}": ["get"],
    "/api/v1/records/lists/{list_id}/files/{file}": ["get"],
    "/api/v1/records/lists/{list_id}/replacement": ["post"],
    "/api/v1/records/people/search": ["post"],
    "/api/v1/records/accesses": ["get"],
    "/api/v1/records/desk": ["get"],
    "/api/v1/records/desk/week": ["get"],
    "/api/v1/records/held-rows": ["get"],
    "/api/v1/records/held-rows/{held_row_id}": ["get"],
    "/api/v1/records/proposals": ["get", "post"],
    "/api/v1/records/proposals/{proposal_id}": ["delete", "get"],
    "/api/v1/records/proposals/{proposal_id}/confirmation": ["post"],
    "/api/v1/records/proposals/{proposal_id}/rejection": ["post"],
}


def fetch_document(desk: Desk) -> dict[str, Any]:
    response = desk.call("GET", "/api/v1/records/openapi.json")
    described: dict[str, Any] = response.get_json()
    return described


def test_the_openapi_document_is_valid_and_complete(desk: Desk) -> None:
    described = fetch_document(desk)
    assert described["openapi"] == "3.1.0"
    validate(described)
    methods = {
        path: sorted(set(item) & {"get", "post", "put", "delete"})
        for path, item in described["paths"].items()
    }
    assert methods == PATHS
    for item in described["paths"].values():
        assert all(item[method]["summary"] for method in set(item) & {"get", "post"})


def test_the_documented_statement_has_the_members_of_the_schema(desk: Desk) -> None:
    """The OpenAPI document and contracts/statement.schema.json name the same members, at every depth."""
    schema = json.loads((CONTRACTS / "statement.schema.json").read_text("utf-8"))
    described = fetch_document(desk)

    def list_members(node: dict[str, Any], root: dict[str, Any]) -> Any:
        while "$ref" in node:
            place = root
            for step in node["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            node = place
        if "items" in node:
            return [list_members(node["items"], root)]
        return {name: list_members(child, root) for name, child in node.get("properties", {}).items()}

    statement = described["components"]["schemas"]["Statement"]
    assert list_members(statement, described) == list_members(schema, schema)


def read_events(desk: Desk) -> list[dict[str, Any]]:
    """Return all events so far, each validated by the schema of its type."""
    number_events(new_sessions(desk.engine), Outbox, FeedCounter)
    token = mint("service", "disclosure", "records", scopes=["records:events"])
    events: list[dict[str, Any]] = desk.call("GET", "/internal/events?after=0", token).get_json()["events"]
    for event in events:
        schema = json.loads((CONTRACTS / "events" / f"{event['type']}.schema.json").read_text("utf-8"))
        jsonschema.validate(event, schema, format_checker=jsonschema.FormatChecker())
    return events


def test_the_event_of_a_list_matches_its_schema(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM, FOREIGNER))
    (event,) = read_events(desk)
    assert len(event["data"]["subjects"]) == 2
    schema = json.loads((CONTRACTS / "events" / "record.changed.schema.json").read_text("utf-8"))
    assert schema["properties"]["data"]["properties"]["subjects"]["maxItems"] == lists.MAX_SUBJECTS


def test_the_events_of_objections_match_their_schemas(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    period = maryam.decide(PERIOD)
    days = maryam.decide(DAYS, accept=False)
    of_objections = [event for event in read_events(desk)[1:] if event["type"] != "record.viewed"]
    assert [event["type"] for event in of_objections] == [
        "objection.submitted",
        *["record.changed"] * 3,
        "objection.decided",
        "objection.submitted",
        "objection.decided",
    ]
    expected = {
        "objection_id": period["id"],
        "tracking_number": period["tracking_number"],
        "kind": "missing-period",
        "months": ["1401-12", "1402-01", "1402-02"],
    }
    assert of_objections[0]["data"] == expected
    assert of_objections[4]["data"] == {**expected, "outcome": "accepted"}
    assert of_objections[5]["data"]["months"] == ["1402-07"]
    assert of_objections[6]["data"]["tracking_number"] == days["tracking_number"]
    assert of_objections[6]["data"]["outcome"] == "rejected"
    person_id = str(desk.find_person_id(CODE))
    assert [event["data"]["month_jalali"] for event in of_objections[1:4]] == [
        "1401-12",
        "1402-01",
        "1402-02",
    ]
    assert all(event["data"]["subjects"] == [person_id] for event in of_objections[1:4])
    assert {event["subject"] for event in of_objections if event["type"] != "record.changed"} == {person_id}


def test_the_events_of_a_question_and_a_withdrawal_match_their_schemas(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    objection_id = maryam.submit(DAYS)["id"]
    question = f"/api/v1/records/objections/{objection_id}/question"
    read_reply(maryam.call_as_officer("POST", question, json={"text": "فیش دارید؟"}))
    read_reply(maryam.call("POST", f"{OWN}/{objection_id}/answer", json={"text": "بله"}))
    withdrawn = read_reply(maryam.call("POST", f"{OWN}/{objection_id}/withdrawal"))
    of_objection = [event for event in read_events(desk) if event["type"].startswith("objection.")]
    assert [event["type"].partition(".")[2] for event in of_objection] == [
        "submitted",
        "questioned",
        "answered",
        "withdrawn",
    ]
    expected = {
        "objection_id": objection_id,
        "tracking_number": withdrawn["tracking_number"],
        "kind": "days",
        "months": ["1402-07"],
    }
    assert all(event["data"] == expected for event in of_objection)


def test_events_of_accesses_match_their_schema(desk: Desk) -> None:
    desk.import_list(write_one_month(12))
    maryam = Objector(desk)
    maryam.open(maryam.submit(DAYS)["id"])
    maryam.decide(PERIOD)
    search = {"national_code": CODE, "reason": "درخواست حضوری"}
    assert (
        desk.call_as_officer("POST", "/api/v1/records/people/search", "helpdesk", json=search).status_code
        == 200
    )
    accesses = [event for event in read_events(desk) if event["type"] == "record.viewed"]
    assert [event["data"] for event in accesses] == [
        {"kind": "objection", "reason": "بررسی اعتراض"},
        {"kind": "decision", "reason": None},
        {"kind": "decision", "reason": None},
        {"kind": "search", "reason": "درخواست حضوری"},
    ]
    assert {event["subject"] for event in accesses} == {str(desk.find_person_id(CODE))}


def test_a_changed_record_names_a_list_or_an_objection() -> None:
    schema = json.loads((CONTRACTS / "events" / "record.changed.schema.json").read_text("utf-8"))
    some = "00000000-0000-4000-8000-000000000001"
    event: dict[str, Any] = {
        "number": 1,
        "id": some,
        "type": "record.changed",
        "occurred_at": "2026-11-22T08:30:00+00:00",
        "subject": None,
        "request_id": "r",
    }
    data = {"month_jalali": "1402-07", "subjects": [some]}
    cases: list[tuple[dict[str, Any], bool]] = [
        ({"list_id": some}, True),
        ({"list_id": None, "objection_id": some}, True),
        ({"list_id": None}, False),
        ({"list_id": some, "objection_id": some}, False),
        ({"objection_id": some}, False),
    ]
    for named, sound in cases:
        valid = jsonschema.Draft202012Validator(schema).is_valid({**event, "data": {**data, **named}})
        assert valid is sound
