"""The present code on what the previous release left: people see what was theirs, and what waited goes on."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import obstore
import pytest
import sqlalchemy as sa
import svcs

from services.auth.models import FeedCounter as AuthCounter
from services.auth.models import Outbox as AuthOutbox
from services.disclosure.actions.sweeps import sweep_requests
from services.disclosure.models import FeedCounter, Letter, Outbox
from services.inquiry.actions.housekeeping import delete_expired_keys
from services.inquiry.models import FeedCounter as InquiryCounter
from services.inquiry.models import Outbox as InquiryOutbox
from services.kit.outbox import number_events, publish_tasks
from services.kit.storage import SealedObjects
from services.pdfworker.letter.render import render_letter
from services.records.models import FeedCounter as RecordsCounter
from services.records.models import Outbox as RecordsOutbox
from tests.tokens import build_bearer_header, mint
from tests.unit.pdfworker.letters import LETTERHEAD
from tests.unit.pdfworker.statements import QR_TEXT
from tests.upgrade.apps import Opened, build_citizen_headers, build_officer_headers, upgraded
from tests.upgrade.releases import read_world

SCHEMA_V1 = Path(__file__).parents[2] / "contracts" / "statement.v1.schema.json"
AUTH, RECORDS = "/api/v1/auth", "/api/v1/records"
DISCLOSURE, INQUIRY = "/api/v1/disclosure", "/api/v1/inquiry"

Open = Callable[[str], Opened]


@pytest.fixture
def ask(database_url: str, tmp_path: Path) -> Iterator[Open]:
    """Open one service on what the release left of it."""
    with ExitStack() as stack:
        yield lambda service: stack.enter_context(upgraded(service, database_url, tmp_path))


def count_states(items: list[dict[str, Any]], name: str = "state") -> Counter[str]:
    return Counter(item[name] for item in items)


def check_numbering(service: Opened, relay: Callable[[], object]) -> None:
    """Check that what the release had not numbered yet follows what it had."""
    before = service.list_events()
    waiting = service.list_waiting("event")
    assert waiting
    relay()
    assert service.list_events() == before + waiting


def test_records_of_the_release_are_served(ask: Open) -> None:
    service = ask("records")
    statement = service.call("GET", f"{RECORDS}/me/statement?type=all", build_citizen_headers("ali"))
    assert statement["summary"]["total_days"] == 20 + 20 + 21 + 21
    corrected = service.call("GET", f"{RECORDS}/me/statement?type=all", build_citizen_headers("zahra"))
    assert (corrected["summary"]["total_days"], len(corrected["corrections"])) == (25 + 15 * 3, 1)
    own = service.call("GET", f"{RECORDS}/me/objections", build_citizen_headers("zahra"))["items"]
    assert count_states(own, "status") == {"accepted": 1, "rejected": 1, "proposed": 1, "submitted": 1}
    [proposed] = [item["id"] for item in own if item["status"] == "proposed"]
    decided = service.call(
        "POST", f"{RECORDS}/objections/{proposed}/decision/confirmation", build_officer_headers("objections")
    )
    assert decided["status"] == "accepted"
    [draft] = service.call("GET", f"{RECORDS}/me/objections", build_citizen_headers("ali"))["items"]
    before = service.count_replies()
    key = {"Idempotency-Key": "new"}
    path = f"{RECORDS}/me/objections/{draft['id']}/confirmation"
    assert service.call("POST", path, build_citizen_headers("ali") | key)["status"] == "submitted"
    # The new reply came, the one that had been too old went.
    assert service.count_replies() == before
    asked_again = service.call("POST", path, build_citizen_headers("ali") | key)
    assert asked_again["status"] == "submitted"
    number_events(service.sessions, RecordsOutbox, RecordsCounter)
    assert service.list_events()[-3:] == ["record.viewed", "objection.decided", "objection.submitted"]


def test_accounts_of_the_release_are_served(ask: Open) -> None:
    service = ask("auth")
    runner = service.app.test_cli_runner()
    kid = runner.invoke(args=["keys", "add"]).output.strip()
    for words in (["publish", kid], ["sign-with", kid, "--now"]):
        assert runner.invoke(args=["keys", *words]).exit_code == 0
    ali = {"national_code": read_world()["ali"], "password": read_world()["password"]}
    session = service.call("POST", f"{AUTH}/sessions", json=ali)
    refreshed = service.call(
        "POST", f"{AUTH}/sessions/refresh", json={"refresh_token": session["refresh_token"]}
    )
    assert refreshed["access_token"]
    staff = {"password": "quiet-river-stone-41"}
    for name in ("third", "fourth"):
        refused = service.open("POST", f"{AUTH}/sessions", json=staff | {"username": name})
        assert (refused.status_code, refused.get_json()["code"]) == (401, "credentials-not-accepted")
    registration = service.left.find("code_requests", kind="activation-code", state="open")["id"]
    assert service.call("GET", f"{AUTH}/registrations/{registration}")["status"] == "code-sent"
    check_numbering(service, partial(number_events, service.sessions, AuthOutbox, AuthCounter))


def test_requests_of_the_release_are_served(ask: Open) -> None:
    service = ask("disclosure")
    letters = service.call("GET", f"{DISCLOSURE}/inbox", build_citizen_headers("ali"))["items"]
    assert count_states(letters) == {"valid": 1, "superseded": 1, "revoked": 1}
    [outdated] = [letter for letter in letters if letter["state"] == "superseded"]
    assert outdated["superseded_by"] in {letter["id"] for letter in letters}
    requests = service.call("GET", f"{DISCLOSURE}/requests", build_citizen_headers("ali"))["items"]
    assert count_states(requests, "status") == {"ready": 3, "failed": 2, "rendering": 1, "queued": 1}
    seen = service.call("GET", f"{DISCLOSURE}/activity?limit=100", build_citizen_headers("ali"))["items"]
    ali = service.left.find("letters", id=outdated["id"])["person_id"]
    assert len(seen) == len([row for row in service.left.rows["activity"] if row["person_id"] == ali])
    check_numbering(service, partial(number_events, service.sessions, Outbox, FeedCounter))
    published: list[str] = []
    publish_tasks(service.sessions, Outbox, lambda name, _data, _request: published.append(name))
    assert published == service.list_waiting("task")
    assert sweep_requests(service.sessions, lambda: 0, lambda *_: None) == 0

    worker = build_bearer_header(mint("service", "pdfworker", "disclosure", ["disclosure:render"]))
    by_status = {request["status"]: request["id"] for request in requests}
    claimed = service.call("POST", f"/internal/requests/{by_status['queued']}/claim", worker)
    assert claimed["statement"]["summary"]["total_days"] == 61
    assert claimed["statement"]["schema_version"] == 1
    assert render_letter(claimed["letter"], claimed["statement"], LETTERHEAD, QR_TEXT).pages == 2
    claim = service.open("POST", f"/internal/requests/{by_status['rendering']}/claim", worker)
    assert (claim.status_code, claim.get_json()["code"]) == (409, "not-claimable")
    failed = service.call("GET", f"{DISCLOSURE}/requests?status=failed", build_officer_headers("helpdesk"))[
        "items"
    ]
    assert {item["failure"]["code"] for item in failed} == {"rendering-failed", "statement-too-large"}
    again = service.call(
        "POST", f"{DISCLOSURE}/requests/{failed[0]['id']}/retry", build_officer_headers("helpdesk")
    )
    assert again["status"] == "queued"


def test_permits_of_the_release_are_served(ask: Open) -> None:
    service = ask("inquiry")
    permits = service.call("GET", f"{INQUIRY}/permits", build_citizen_headers("ali"))["items"]
    assert count_states(permits) == {"active": 3, "paused": 1, "revoked": 1, "expired": 1, "used-up": 1}
    issued = read_world()["permits"]

    def inquire(name: str) -> tuple[int, Any]:
        pair = {"national_code": read_world()["ali"], "code": issued[name]["code"]}
        answer = service.open("POST", f"{INQUIRY}/inquiries", json=pair)
        return answer.status_code, answer.get_json()

    status, answered = inquire("active")
    assert (status, answered["statement"]["summary"]["total_days"]) == (200, 61)
    jsonschema.validate(answered["statement"], json.loads(SCHEMA_V1.read_text("utf-8")))
    status, refused = inquire("expired")
    assert (status, refused["code"]) == (410, "permit-expired")
    path = f"{INQUIRY}/permits/{issued['active']['id']}"
    views = service.call("GET", f"{path}/views", build_citizen_headers("ali"))["items"]
    assert {view["institution"] for view in views} == {"by form", "بانک نمونه"}
    resumed = service.call(
        "POST", f"{INQUIRY}/permits/{issued['paused']['id']}/resume", build_citizen_headers("ali")
    )
    assert resumed["state"] == "active"
    assert inquire("paused")[0] == 200
    assert service.open("DELETE", path, build_citizen_headers("ali")).status_code == 204
    assert inquire("active")[0] == 410
    assert service.call("GET", f"{INQUIRY}/letters/{answered['letter']['serial']}")["state"] == "valid"
    with service.sessions.begin() as session:
        assert delete_expired_keys(session) > 0
    events = service.list_events()
    number_events(service.sessions, InquiryOutbox, InquiryCounter)
    expected = ["inquiry.answered", "permit.resumed", "inquiry.answered", "permit.revoked"]
    assert [name for name in service.list_events()[len(events) :] if name != "inquiry.refused"] == [
        *(name for name in service.list_waiting("event") if name != "inquiry.refused"),
        *expected,
    ]


def test_a_letter_that_was_not_sealed_is_read(ask: Open) -> None:
    service = ask("disclosure")
    [valid] = [row for row in service.left.rows["letters"] if row["state"] == "valid" and not row["seen_at"]][
        :1
    ]
    owner = build_bearer_header(mint("citizen", valid["person_id"], scopes=["self"]))
    letter = b"%PDF-1.7 as 0.1.0 kept it"
    with service.sessions.begin() as session:
        row = session.scalars(sa.select(Letter).where(Letter.serial == valid["serial"])).one()
        row.sha256 = hashlib.sha256(letter).hexdigest()
    with service.app.app_context():
        objects = svcs.flask.get(SealedObjects)
    path = f"{DISCLOSURE}/inbox/{valid['id']}/document"
    for content, status in ((letter, 200), (letter + b" ", 503)):
        obstore.put(objects.store, valid["object_key"], content)
        answer = service.open("GET", path, owner)
        assert (answer.status_code, answer.data == letter) == (status, status == 200)
