"""The contracts of disclosure: its OpenAPI document and its events."""

import json
from pathlib import Path

import jsonschema
from openapi_spec_validator import validate

from services.disclosure.models import FeedCounter, Outbox
from services.kit.outbox import number_events
from tests.service.disclosure.desk import (
    AHMADI,
    API,
    FEED_READER,
    OFFICER,
    Desk,
    authorise,
)

EVENTS = Path(__file__).parents[3] / "contracts" / "events"
OWN = ("request.", "letter.")
PATHS = {
    "/request-types": ["get"],
    "/quota": ["get"],
    "/agreement": ["get"],
    "/agreements": ["get", "post"],
    "/counters": ["get"],
    "/requests": ["get", "post"],
    "/requests/{disclosure_id}": ["get"],
    "/requests/{disclosure_id}/retry": ["post"],
    "/inbox": ["get"],
    "/inbox/{letter_id}": ["get"],
    "/inbox/{letter_id}/credential": ["get"],
    "/inbox/{letter_id}/document": ["get"],
    "/letters/{serial}/revocation": ["post"],
    "/activity": ["get"],
}


def test_openapi_document_is_valid_and_complete(sqlite_desk: Desk) -> None:
    described = sqlite_desk.client.get(f"{API}/openapi.json").get_json()
    assert described["openapi"] == "3.1.0"
    validate(described)
    methods = {path: sorted(set(item) & {"get", "post"}) for path, item in described["paths"].items()}
    assert methods == {f"{API}{path}": methods for path, methods in PATHS.items()}
    for item in described["paths"].values():
        assert all(item[method]["summary"] for method in set(item) & {"get", "post"})


def test_events_match_their_schemas(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    failed = desk.create_request()
    desk.report_failure(failed, desk.start_attempt(failed), retriable=False)
    letters = [desk.deliver_letter(), desk.deliver_letter()]
    desk.client.get(f"{API}/inbox/{letters[0]}/document", headers=authorise())
    desk.change_record("1390-01", AHMADI)
    serial = desk.list_letters()[0].serial
    desk.client.post(f"{API}/letters/{serial}/revocation", json={"reason": "x"}, headers=OFFICER)
    number_events(desk.sessions, Outbox, FeedCounter)
    events = desk.client.get("/internal/events?after=0", headers=FEED_READER).get_json()["events"]
    for event in events:
        schema = json.loads((EVENTS / f"{event['type']}.schema.json").read_text("utf-8"))
        jsonschema.validate(event, schema, format_checker=jsonschema.FormatChecker())
        assert event["subject"] == str(AHMADI)
    described = {path.name.removesuffix(".schema.json") for path in EVENTS.iterdir()}
    assert {event["type"] for event in events} == {name for name in described if name.startswith(OWN)}
