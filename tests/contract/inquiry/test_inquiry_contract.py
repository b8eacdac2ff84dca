"""What inquiry promises to others: its OpenAPI document and its events."""

import json
from pathlib import Path

import jsonschema
from openapi_spec_validator import validate

from services.inquiry.actions.alarms import Threshold
from services.inquiry.actions.refusals import report_refusals
from services.inquiry.actions.reminders import report_endings
from services.inquiry.background import watch_institutions
from services.inquiry.models import FeedCounter, Outbox
from services.kit.outbox import number_events
from tests.service.inquiry.desk import API, Desk, alter_code, as_clerk
from tests.tokens import build_bearer_header, mint

EVENTS = Path(__file__).parents[3] / "contracts" / "events"
OWN = ("permit.", "inquiry.", "discrepancy.", "institution.failing")
PATHS = {
    "/permits": ["get", "post"],
    "/permits/{permit_id}": ["delete", "get"],
    "/permits/{permit_id}/views": ["get"],
    "/permits/{permit_id}/pause": ["post"],
    "/permits/{permit_id}/resume": ["post"],
    "/institutions": ["get"],
    "/inquiries": ["get", "post"],
    "/inquiries/{inquiry_id}": ["get"],
    "/documents/{token}": ["get"],
    "/discrepancies": ["get", "post"],
    "/discrepancies/{discrepancy_id}": ["get"],
    "/discrepancies/{discrepancy_id}/decline": ["post"],
    "/letters/{serial}": ["get", "post"],
    "/keys": ["get"],
    "/letters/keys": ["get"],
    "/letters/check": ["post"],
}


def test_the_openapi_document_is_valid_and_complete(desk: Desk) -> None:
    described = desk.client.get(f"{API}/openapi.json").get_json()
    assert described["openapi"] == "3.1.0"
    validate(described)
    methods = {
        path: sorted(set(item) & {"get", "post", "put", "delete"})
        for path, item in described["paths"].items()
    }
    assert methods == {f"{API}{path}": methods for path, methods in PATHS.items()}
    for item in described["paths"].values():
        assert all(item[method]["summary"] for method in set(item) & {"get", "post", "delete"})


def test_events_match_their_schemas(desk: Desk) -> None:
    person = desk.add_person()
    desk.issue_permit(person, valid_days=2)
    desk.pass_time(days=1, hours=1)
    report_endings(desk.sessions)
    issued = desk.issue_permit(person)
    url = f"{API}/permits/{issued['id']}"
    for change in ("pause", "resume"):
        desk.client.post(f"{url}/{change}", headers=person.headers)
    response = desk.inquire(person.national_code, issued["code"], headers=as_clerk()).get_json()
    report = {"inquiry_id": response["inquiry_id"], "month_jalali": "1402-07", "text": "x"}
    reported = desk.client.post(f"{API}/discrepancies", json=report, headers=as_clerk()).get_json()
    desk.client.post(f"{API}/discrepancies/{reported['id']}/decline", headers=person.headers)
    desk.inquire(person.national_code, alter_code(issued["code"]), headers=as_clerk())
    desk.client.delete(url, headers=person.headers)
    desk.inquire(person.national_code, issued["code"])
    report_refusals(desk.sessions)
    watch_institutions(desk.sessions, Threshold(failures=1, share=0.4))
    number_events(desk.sessions, Outbox, FeedCounter)
    token = build_bearer_header(mint("service", "disclosure", "inquiry", scopes=["inquiry:events"]))
    events = desk.client.get("/internal/events?after=0", headers=token).get_json()["events"]
    for event in events:
        schema = json.loads((EVENTS / f"{event['type']}.schema.json").read_text("utf-8"))
        jsonschema.validate(event, schema, format_checker=jsonschema.FormatChecker())
        assert event["subject"] == (None if event["type"] == "institution.failing" else str(person.id))
    described = {path.name.removesuffix(".schema.json") for path in EVENTS.iterdir()}
    assert {event["type"] for event in events} == {name for name in described if name.startswith(OWN)}
