"""What disclosure promises to others: its OpenAPI document and its events."""

import json
from pathlib import Path

import jsonschema
from openapi_spec_validator import validate

from services.disclosure.actions.letters import apply_record_change
from services.disclosure.models import FeedCounter, Outbox
from services.kit.outbox import number_events
from tests.service.disclosure.world import AHMADI, FEED_READER, OFFICER, PUBLIC, World, change_of, citizen

EVENTS = Path(__file__).parents[3] / "contracts" / "events"
OWN = ("request.", "letter.")
PATHS = {
    "/request-types": ["get"],
    "/agreement": ["get"],
    "/requests": ["get", "post"],
    "/requests/{disclosure_id}": ["get"],
    "/requests/{disclosure_id}/retry": ["post"],
    "/inbox": ["get"],
    "/inbox/{letter_id}": ["get"],
    "/inbox/{letter_id}/document": ["get"],
    "/letters/{serial}/revocation": ["post"],
    "/activity": ["get"],
}


def test_the_openapi_document_is_valid_and_complete(sqlite_world: World) -> None:
    described = sqlite_world.client.get(f"{PUBLIC}/openapi.json").get_json()
    assert described["openapi"] == "3.1.0"
    validate(described)
    methods = {path: sorted(set(item) & {"get", "post"}) for path, item in described["paths"].items()}
    assert methods == {f"{PUBLIC}{path}": methods for path, methods in PATHS.items()}
    for item in described["paths"].values():
        assert all(item[method]["summary"] for method in set(item) & {"get", "post"})


def test_events_match_their_schemas(sqlite_world: World) -> None:
    world = sqlite_world
    failed = world.asked()
    world.fail(failed, world.claimed(failed), retriable=False)
    letters = [world.delivered(), world.delivered()]
    world.client.get(f"{PUBLIC}/inbox/{letters[0]}/document", headers=citizen())
    with world.sessions.begin() as session:
        apply_record_change(session, change_of("1390-01", AHMADI))
    serial = world.letters()[0].serial
    world.client.post(f"{PUBLIC}/letters/{serial}/revocation", json={"reason": "x"}, headers=OFFICER)
    number_events(world.sessions, Outbox, FeedCounter)
    events = world.client.get("/internal/events?after=0", headers=FEED_READER).get_json()["events"]
    for event in events:
        schema = json.loads((EVENTS / f"{event['type']}.schema.json").read_text("utf-8"))
        jsonschema.validate(event, schema, format_checker=jsonschema.FormatChecker())
        assert event["subject"] == str(AHMADI)
    described = {path.name.removesuffix(".schema.json") for path in EVENTS.iterdir()}
    assert {event["type"] for event in events} == {name for name in described if name.startswith(OWN)}
