"""The contracts of auth: its OpenAPI document, its events, and the tables of its README."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
from openapi_spec_validator import validate

from services.auth.models import FeedCounter, Outbox
from services.auth.routes import ACCESS
from services.auth.settings import Settings
from services.kit.outbox import number_events
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, invent_person
from tests.service.auth.people import build_correction, consume, give_code, merge
from tests.service.auth.staff import add_institution, add_officer
from tests.tokens import build_bearer_header

ROOT = Path(__file__).parents[3]
README = ROOT / "services" / "auth" / "README.md"
PATHS = {
    "/api/v1/auth/registrations": {"post"},
    "/api/v1/auth/registrations/{registration_id}": {"get"},
    "/api/v1/auth/registrations/{registration_id}/activation": {"post"},
    "/api/v1/auth/sessions": {"post"},
    "/api/v1/auth/sessions/refresh": {"post"},
    "/api/v1/auth/sessions/current": {"delete"},
    "/api/v1/auth/password-resets": {"post"},
    "/api/v1/auth/password-resets/{reset_id}/completion": {"post"},
    "/api/v1/auth/password": {"post"},
    "/api/v1/auth/mobile": {"post"},
    "/api/v1/auth/mobile/confirmation": {"post"},
    "/api/v1/auth/mobile/reversal": {"post"},
    "/api/v1/auth/me": {"get", "patch", "delete"},
    "/api/v1/auth/me/export": {"get"},
    "/api/v1/auth/me/devices": {"get"},
    "/api/v1/auth/me/devices/{device_id}": {"delete"},
    "/api/v1/auth/me/preferences": {"get", "put"},
    "/api/v1/auth/me/second-factors": {"post"},
    "/api/v1/auth/me/second-factors/{factor_id}": {"delete"},
    "/api/v1/auth/me/second-factors/{factor_id}/confirmation": {"post"},
    "/api/v1/auth/me/recovery-codes": {"post"},
    "/api/v1/auth/sessions/passkey-options": {"post"},
    "/api/v1/auth/sessions/passkey": {"post"},
    "/api/v1/auth/me/representatives": {"get", "post"},
    "/api/v1/auth/me/representatives/{mandate_id}": {"delete"},
    "/api/v1/auth/me/mandates": {"get"},
    "/api/v1/auth/me/mandates/{mandate_id}": {"delete"},
    "/api/v1/auth/me/mandates/{mandate_id}/acceptance": {"post"},
    "/api/v1/auth/sessions/acting": {"post"},
    "/api/v1/auth/counter/identifications": {"get", "post"},
    "/api/v1/auth/counter/identifications/{identification_id}": {"get"},
    "/api/v1/auth/counter/identifications/{identification_id}/confirmation": {"post"},
    "/api/v1/auth/counter/identifications/{identification_id}/rejection": {"post"},
    "/api/v1/auth/counter/activations": {"post"},
    "/api/v1/auth/token": {"post"},
    "/api/v1/auth/admin/officers": {"get", "post"},
    "/api/v1/auth/admin/officers/{officer_id}": {"get", "put"},
    "/api/v1/auth/admin/officers/{officer_id}/password": {"post"},
    "/api/v1/auth/admin/officers/{officer_id}/second-factor": {"delete"},
    "/api/v1/auth/admin/officers/{officer_id}/sessions": {"delete"},
    "/api/v1/auth/admin/log": {"get"},
    "/api/v1/auth/admin/token-keys": {"get"},
    "/api/v1/auth/admin/closed-accounts": {"get"},
    "/api/v1/auth/admin/closed-accounts/{closed_id}": {"get"},
    "/api/v1/auth/admin/closed-accounts/{closed_id}/choice": {"post"},
    "/api/v1/auth/admin/institutions": {"get", "post"},
    "/api/v1/auth/admin/institutions/{institution_id}": {"get", "put"},
    "/api/v1/auth/admin/institutions/{institution_id}/clerks": {"get", "post"},
    "/api/v1/auth/admin/clerks/{clerk_id}": {"put"},
    "/api/v1/auth/admin/clerks/{clerk_id}/password": {"post"},
    "/api/v1/auth/admin/clerks/{clerk_id}/second-factor": {"delete"},
    "/api/v1/auth/admin/institutions/{institution_id}/clients": {"get", "post"},
    "/api/v1/auth/admin/clients/{client_id}": {"put"},
    "/api/v1/auth/admin/clients/{client_id}/secret": {"post"},
    "/api/v1/auth/institution": {"get"},
    "/api/v1/auth/institution/clerks": {"get", "post"},
    "/api/v1/auth/institution/clerks/{clerk_id}": {"put"},
    "/api/v1/auth/institution/clerks/{clerk_id}/password": {"post"},
    "/api/v1/auth/institution/clerks/{clerk_id}/second-factor": {"delete"},
    "/api/v1/auth/institution/clients": {"get", "post"},
    "/api/v1/auth/institution/clients/{client_id}": {"put"},
    "/api/v1/auth/institution/clients/{client_id}/secret": {"post"},
    "/api/v1/auth/institution/log": {"get"},
    "/.well-known/jwks.json": {"get"},
    "/.well-known/oauth-authorization-server": {"get"},
}


def test_the_openapi_document_is_valid_and_complete(desk: Desk) -> None:
    document = desk.get("/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    validate(document)
    paths = {
        path: set(item) & {"get", "post", "put", "patch", "delete"}
        for path, item in document["paths"].items()
    }
    assert paths == PATHS
    assert all(item[method]["summary"] for path, item in document["paths"].items() for method in PATHS[path])


def fetch_events(desk: Desk) -> list[dict[str, Any]]:
    """Return the events that a service with the scope reads in the feed."""
    for name in ("auth", "records", "disclosure", "inquiry", "pdfworker"):
        desk.write_secret(f"{name}-{'x' * 43}", f"{name}.secret")
    desk.run("clients", "ensure-services", "--secrets-dir", str(desk.directory))
    form = {"grant_type": "client_credentials", "scope": "auth:events"}
    grant = desk.call("POST", "/token", auth=("inquiry", f"inquiry-{'x' * 43}"), data=form).get_json()
    number_events(desk.sessions, Outbox, FeedCounter)
    response = desk.app.test_client().get(
        "/internal/events", headers=build_bearer_header(grant["access_token"])
    )
    events: list[dict[str, Any]] = response.get_json()["events"]
    return events


def test_every_event_matches_its_schema(desk: Desk) -> None:
    add_institution(desk)
    person = desk.add_citizen()
    tokens = [desk.fetch_tokens(person) for _ in range(4)]
    for _ in range(2):
        desk.post("/sessions/refresh", {"refresh_token": tokens[0]["refresh_token"]})
    desk.call("DELETE", "/sessions/current", token=tokens[1]["access_token"])
    change = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}
    desk.post("/password", change, token=tokens[2]["access_token"])
    reset_id = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    desk.send()
    reset = {"reset_code": desk.get_last_code(), "password": PASSWORD}
    desk.post(f"/password-resets/{reset_id}/completion", reset)
    move = {"mobile": invent_person().mobile, "password": PASSWORD}
    token = desk.fetch_tokens(person)["access_token"]
    desk.post("/mobile", move, token=token)
    desk.send()
    desk.post("/mobile/confirmation", {"code": desk.get_last_code()}, token=token)
    [message] = desk.list_sent("mobile-changed")
    desk.post("/mobile/reversal", {"code": message.code})

    add_officer(desk, "officer.one", "audit")
    desk.post("/sessions", {"username": "officer.one", "password": OTHER_PASSWORD})
    desk.run("officers", "disable", "officer.one")

    events = fetch_events(desk)
    published = [(event["type"], event["data"].get("reason") or event["data"].get("how")) for event in events]
    assert published == [
        ("institution.added", None),
        ("account.activated", None),
        ("sessions.ended", "token-reused"),
        ("sessions.ended", "signed-out"),
        ("password.changed", "change"),
        ("sessions.ended", "password-changed"),
        ("password.changed", "reset"),
        ("sessions.ended", "password-reset"),
        ("mobile.changed", "code"),
        ("sessions.ended", "mobile-reversed"),
        ("mobile.reversed", None),
        ("sessions.ended", "disabled"),
        ("account.disabled", None),
    ]
    for event in events:
        path = ROOT / "contracts" / "events" / f"{event['type']}.schema.json"
        jsonschema.validate(
            event, json.loads(path.read_text("utf-8")), format_checker=jsonschema.FormatChecker()
        )


def test_events_of_corrected_and_merged_people_match_their_schemas(desk: Desk) -> None:
    merged, remaining = desk.add_citizen(), desk.add_citizen()
    for person in (merged, remaining):
        desk.fetch_tokens(person)
    corrected = give_code(desk, remaining)
    consume(desk, build_correction(remaining, "national_code"), merge(desk, merged, corrected))
    desk.fetch_tokens(corrected)
    [line] = desk.run("accounts", "list-closed").splitlines()
    desk.run("accounts", "choose", line.split("\t")[0])
    events = [event for event in fetch_events(desk) if event["type"] != "account.activated"]
    parts = [(event["type"], event["data"].get("reason"), event["subject"]) for event in events]
    # Both people are checked in one step, in the order of their ids.
    assert set(parts[:2]) == {
        ("sessions.ended", "national-code-corrected", str(remaining.id)),
        ("sessions.ended", "records-merged", str(merged.id)),
    }
    assert parts[2:] == [
        ("sessions.ended", "account-chosen", str(remaining.id)),
        ("mobile.changed", None, str(remaining.id)),
    ]
    for event in events:
        path = ROOT / "contracts" / "events" / f"{event['type']}.schema.json"
        jsonschema.validate(event, json.loads(path.read_text("utf-8")))


def read_table(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading of the README, without its head."""
    section = README.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return rows[2:]


def test_the_readme_lists_every_setting() -> None:
    listed_names = {name for row in read_table("Settings") for name in re.findall(r"`(GOVAH_\w+)`", row[0])}
    assert listed_names == {f"GOVAH_{name.upper()}" for name in Settings.model_fields}


def test_the_readme_lists_every_route(desk: Desk) -> None:
    listed_names = {tuple(re.findall(r"`(\w+) (\S+)`", row[0])[0]) for row in read_table("Endpoints")}
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in desk.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint in ACCESS
    }
    assert listed_names == routes
