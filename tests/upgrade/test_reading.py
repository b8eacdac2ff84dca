"""The present code on what the previous release left: people see what was theirs, and what waited goes on."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

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
from services.records.models import FeedCounter as RecordsCounter
from services.records.models import Outbox as RecordsOutbox
from tests.tokens import bearer, mint
from tests.upgrade.apps import Asked, citizen, officer, upgraded
from tests.upgrade.releases import world

AUTH, RECORDS = "/api/v1/auth", "/api/v1/records"
DISCLOSURE, INQUIRY = "/api/v1/disclosure", "/api/v1/inquiry"

Open = Callable[[str], Asked]


@pytest.fixture
def ask(database_url: str, tmp_path: Path) -> Iterator[Open]:
    """Open one service on what the release left of it."""
    with ExitStack() as stack:
        yield lambda service: stack.enter_context(upgraded(service, database_url, tmp_path))


def states(items: list[dict[str, Any]], name: str = "state") -> Counter[str]:
    return Counter(item[name] for item in items)


def numbered(asked: Asked, relay: Callable[[], object]) -> None:
    """What the release had not numbered yet follows what it had."""
    before = asked.events()
    waiting = asked.waiting("event")
    assert waiting
    relay()
    assert asked.events() == before + waiting


def test_records(ask: Open) -> None:
    asked = ask("records")
    statement = asked.call("GET", f"{RECORDS}/me/statement?type=all", citizen("ali"))
    assert statement["summary"]["total_days"] == 20 + 20 + 21 + 21
    corrected = asked.call("GET", f"{RECORDS}/me/statement?type=all", citizen("zahra"))
    assert (corrected["summary"]["total_days"], len(corrected["corrections"])) == (25 + 15 * 3, 1)
    own = asked.call("GET", f"{RECORDS}/me/objections", citizen("zahra"))["items"]
    assert states(own, "status") == {"accepted": 1, "rejected": 1, "proposed": 1, "submitted": 1}
    [proposed] = [item["id"] for item in own if item["status"] == "proposed"]
    decided = asked.call(
        "POST", f"{RECORDS}/objections/{proposed}/decision/confirmation", officer("objections")
    )
    assert decided["status"] == "accepted"
    [draft] = asked.call("GET", f"{RECORDS}/me/objections", citizen("ali"))["items"]
    kept = asked.kept_replies()
    key = {"Idempotency-Key": "new"}
    path = f"{RECORDS}/me/objections/{draft['id']}/confirmation"
    assert asked.call("POST", path, citizen("ali") | key)["status"] == "submitted"
    # The new reply came, the one that had been too old went.
    assert asked.kept_replies() == kept
    asked_again = asked.call("POST", path, citizen("ali") | key)
    assert asked_again["status"] == "submitted"
    number_events(asked.sessions, RecordsOutbox, RecordsCounter)
    assert asked.events()[-3:] == ["record.viewed", "objection.decided", "objection.submitted"]


def test_auth(ask: Open) -> None:
    asked = ask("auth")
    runner = asked.app.test_cli_runner()
    kid = runner.invoke(args=["keys", "add"]).output.strip()
    for words in (["publish", kid], ["sign-with", kid, "--now"]):
        assert runner.invoke(args=["keys", *words]).exit_code == 0
    ali = {"national_code": world()["ali"], "password": world()["password"]}
    session = asked.call("POST", f"{AUTH}/sessions", json=ali)
    refreshed = asked.call(
        "POST", f"{AUTH}/sessions/refresh", json={"refresh_token": session["refresh_token"]}
    )
    assert refreshed["access_token"]
    staff = {"password": "quiet-river-stone-41"}
    for name in ("third", "fourth"):
        refused = asked.answer("POST", f"{AUTH}/sessions", json=staff | {"username": name})
        assert (refused.status_code, refused.get_json()["code"]) == (401, "credentials-not-accepted")
    registration = asked.left.find("code_requests", kind="activation-code", state="open")["id"]
    assert asked.call("GET", f"{AUTH}/registrations/{registration}")["status"] == "code-sent"
    numbered(asked, partial(number_events, asked.sessions, AuthOutbox, AuthCounter))


def test_disclosure(ask: Open) -> None:
    asked = ask("disclosure")
    letters = asked.call("GET", f"{DISCLOSURE}/inbox", citizen("ali"))["items"]
    assert states(letters) == {"valid": 1, "superseded": 1, "revoked": 1}
    [outdated] = [letter for letter in letters if letter["state"] == "superseded"]
    assert outdated["superseded_by"] in {letter["id"] for letter in letters}
    requests = asked.call("GET", f"{DISCLOSURE}/requests", citizen("ali"))["items"]
    assert states(requests, "status") == {"ready": 3, "failed": 2, "rendering": 1, "queued": 1}
    seen = asked.call("GET", f"{DISCLOSURE}/activity?limit=100", citizen("ali"))["items"]
    ali = asked.left.find("letters", id=outdated["id"])["person_id"]
    assert len(seen) == len([row for row in asked.left.rows["activity"] if row["person_id"] == ali])
    numbered(asked, partial(number_events, asked.sessions, Outbox, FeedCounter))
    published: list[str] = []
    publish_tasks(asked.sessions, Outbox, lambda name, _data, _request: published.append(name))
    assert published == asked.waiting("task")
    assert sweep_requests(asked.sessions, lambda: 0, lambda *_: None) == 0

    worker = bearer(mint("service", "pdfworker", "disclosure", ["disclosure:render"]))
    by_status = {request["status"]: request["id"] for request in requests}
    claimed = asked.call("POST", f"/internal/requests/{by_status['queued']}/claim", worker)
    assert claimed["statement"]["summary"]["total_days"] == 61
    held = asked.answer("POST", f"/internal/requests/{by_status['rendering']}/claim", worker)
    assert (held.status_code, held.get_json()["code"]) == (409, "not-claimable")
    failed = asked.call("GET", f"{DISCLOSURE}/requests?status=failed", officer("helpdesk"))["items"]
    assert {item["failure"]["code"] for item in failed} == {"rendering-failed", "statement-too-large"}
    again = asked.call("POST", f"{DISCLOSURE}/requests/{failed[0]['id']}/retry", officer("helpdesk"))
    assert again["status"] == "queued"


def test_inquiry(ask: Open) -> None:
    asked = ask("inquiry")
    permits = asked.call("GET", f"{INQUIRY}/permits", citizen("ali"))["items"]
    assert states(permits) == {"active": 3, "paused": 1, "revoked": 1, "expired": 1, "used-up": 1}
    issued = world()["permits"]

    def inquire(name: str) -> tuple[int, Any]:
        pair = {"national_code": world()["ali"], "code": issued[name]["code"]}
        answer = asked.answer("POST", f"{INQUIRY}/inquiries", json=pair)
        return answer.status_code, answer.get_json()

    status, answered = inquire("active")
    assert (status, answered["statement"]["summary"]["total_days"]) == (200, 61)
    status, refused = inquire("expired")
    assert (status, refused["code"]) == (410, "permit-expired")
    path = f"{INQUIRY}/permits/{issued['active']['id']}"
    views = asked.call("GET", f"{path}/views", citizen("ali"))["items"]
    assert {view["institution"] for view in views} == {"by form", "بانک نمونه"}
    resumed = asked.call("POST", f"{INQUIRY}/permits/{issued['paused']['id']}/resume", citizen("ali"))
    assert resumed["state"] == "active"
    assert inquire("paused")[0] == 200
    assert asked.answer("DELETE", path, citizen("ali")).status_code == 204
    assert inquire("active")[0] == 410
    assert asked.call("GET", f"{INQUIRY}/letters/{answered['letter']['serial']}")["state"] == "valid"
    with asked.sessions.begin() as session:
        assert delete_expired_keys(session) > 0
    events = asked.events()
    number_events(asked.sessions, InquiryOutbox, InquiryCounter)
    told = ["inquiry.answered", "permit.resumed", "inquiry.answered", "permit.revoked"]
    assert [name for name in asked.events()[len(events) :] if name != "inquiry.refused"] == [
        *(name for name in asked.waiting("event") if name != "inquiry.refused"),
        *told,
    ]


def test_a_letter_that_was_not_sealed_is_read(ask: Open) -> None:
    asked = ask("disclosure")
    [valid] = [row for row in asked.left.rows["letters"] if row["state"] == "valid" and not row["seen_at"]][
        :1
    ]
    owner = bearer(mint("citizen", valid["person_id"], scopes=["self"]))
    letter = b"%PDF-1.7 as 0.1.0 kept it"
    with asked.sessions.begin() as session:
        row = session.scalars(sa.select(Letter).where(Letter.serial == valid["serial"])).one()
        row.sha256 = hashlib.sha256(letter).hexdigest()
    with asked.app.app_context():
        objects = svcs.flask.get(SealedObjects)
    path = f"{DISCLOSURE}/inbox/{valid['id']}/document"
    for content, status in ((letter, 200), (letter + b" ", 503)):
        obstore.put(objects.store, valid["object_key"], content)
        answer = asked.answer("GET", path, owner)
        assert (answer.status_code, answer.data == letter) == (status, status == 200)
