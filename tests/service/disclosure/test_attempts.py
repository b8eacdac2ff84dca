"""Workers: one claim at a time, one letter a request, and nothing of an attempt that lost its turn."""

import hashlib
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import obstore
import pytest
import sqlalchemy as sa

from services.disclosure.actions.attempts import MAX_TRIES
from services.disclosure.models import DisclosureRequest
from services.kit.db import database_time
from services.kit.storage import SealedObjects
from tests.service.disclosure.world import FEED_READER, PDF, WORKER, World, citizen


def objects(world: World) -> list[str]:
    return sorted(item["path"] for batch in obstore.list(world.objects) for item in batch)


def at_once(*calls: Callable[[], int]) -> list[int]:
    """What calls answer that all start at the same moment."""
    start = Barrier(len(calls))

    def run(call: Callable[[], int]) -> int:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return sorted(threads.map(run, calls))


def test_a_claim_holds_what_the_letter_needs(world: World) -> None:
    asked = world.ask(types=["wages"]).get_json()
    claim = world.claim(asked["id"]).get_json()
    assert claim.keys() == {"request_id", "attempt_token", "lease_until", "letter", "statement"}
    letter = claim["letter"]
    assert letter["tracking_number"] == asked["tracking_number"]
    assert letter["types"] == ["wages"]
    assert letter["agreement"]["version"] == 1
    assert len(letter["agreement"]["sha256"]) == 64
    assert datetime.fromisoformat(letter["issued_at"]).tzinfo
    with world.sessions() as session:
        left = datetime.fromisoformat(claim["lease_until"]) - database_time(session)
    assert world.settings.lease - 5 < left.total_seconds() <= world.settings.lease


def test_two_workers_at_once_get_one_claim(world: World) -> None:
    disclosure_id = world.asked()

    def claim() -> int:
        return world.claim(disclosure_id).status_code

    assert at_once(claim, claim, claim) == [200, 409, 409]


def test_a_lease_that_ran_out_gives_the_request_to_another(world: World) -> None:
    disclosure_id = world.asked()
    first = world.claim(disclosure_id).get_json()
    refused = world.claim(disclosure_id)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "not-claimable")
    world.let_pass(disclosure_id)
    second = world.claim(disclosure_id).get_json()
    assert second["attempt_token"] > first["attempt_token"]
    assert second["letter"] == first["letter"]
    assert second["statement"] == first["statement"]


def test_a_document_makes_the_request_ready(world: World) -> None:
    disclosure_id = world.asked()
    assert world.put(disclosure_id, world.claimed(disclosure_id)).status_code == 201
    shown = world.request(disclosure_id)
    assert shown["status"] == "ready"
    letter = world.client.get(f"/api/v1/disclosure/inbox/{shown['letter_id']}", headers=citizen()).get_json()
    assert (letter["pages"], letter["size"]) == (3, len(PDF))
    assert letter["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert world.told() == ["request.queued", "letter.ready"]


def test_the_same_document_again_is_no_error(world: World) -> None:
    disclosure_id = world.asked()
    token = world.claimed(disclosure_id)
    first = world.put(disclosure_id, token)
    again = world.put(disclosure_id, token)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json() == first.get_json()
    assert len(world.letters()) == 1
    assert world.told().count("letter.ready") == 1


def test_the_same_document_from_two_threads_makes_one_letter(world: World) -> None:
    disclosure_id = world.asked()
    token = world.claimed(disclosure_id)

    def put() -> int:
        return world.put(disclosure_id, token).status_code

    assert at_once(put, put) == [200, 201]
    assert len(world.letters()) == len(objects(world)) == 1


def test_a_stale_attempt_leaves_nothing(world: World) -> None:
    disclosure_id = world.asked()
    stale = world.claimed(disclosure_id)
    world.let_pass(disclosure_id)
    fresh = world.claimed(disclosure_id)
    for answer in (
        world.put(disclosure_id, stale, PDF + b"stale"),
        world.fail(disclosure_id, stale, retriable=False),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (409, "attempt-stale")
    assert (world.letters(), objects(world)) == ([], [])
    assert world.put(disclosure_id, fresh).status_code == 201
    assert world.put(disclosure_id, stale, PDF + b"stale").status_code == 409
    assert [letter.sha256 for letter in world.letters()] == [hashlib.sha256(PDF).hexdigest()]


def test_an_attempt_that_goes_stale_while_its_object_is_stored(world: World) -> None:
    disclosure_id = world.asked()
    stale = world.claimed(disclosure_id)
    original = SealedObjects.put_new

    def lose_the_lease(letters: SealedObjects, key: str, data: bytes) -> None:
        original(letters, key, data)
        world.let_pass(disclosure_id)
        world.claimed(disclosure_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SealedObjects, "put_new", lose_the_lease)
        assert world.put(disclosure_id, stale).status_code == 409
    assert (world.letters(), objects(world)) == ([], [])


def test_an_attempt_that_died_after_storing_its_object_is_finished_by_its_retry(world: World) -> None:
    disclosure_id = world.asked()
    token = world.claimed(disclosure_id)
    assert world.put(disclosure_id, token).status_code == 201
    path = objects(world)[0]
    assert path.endswith(f"/{disclosure_id}/{token}.pdf")
    with world.sessions.begin() as session:
        # As if the process had died between the object and the row.
        session.execute(sa.text("DELETE FROM letters"))
        session.execute(sa.update(DisclosureRequest).values(state="rendering"))
    assert world.put(disclosure_id, token).status_code == 201
    assert objects(world) == [path]


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (PDF, {"X-Document-Sha256": "0" * 64}),
        (b"<html>", {}),
        (b"", {}),
    ],
)
def test_a_damaged_document_is_refused(sqlite_world: World, content: bytes, headers: dict[str, str]) -> None:
    disclosure_id = sqlite_world.asked()
    token = sqlite_world.claimed(disclosure_id)
    answer = sqlite_world.put(disclosure_id, token, content, headers)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "document-damaged")
    assert objects(sqlite_world) == []
    assert sqlite_world.put(disclosure_id, token).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Attempt-Token": "one"}, 422),
        ({"X-Page-Count": "0"}, 422),
        ({"X-Unsigned-Sha256": "ABC"}, 422),
        ({"Content-Type": "text/html"}, 415),
    ],
)
def test_a_document_needs_its_headers(sqlite_world: World, headers: dict[str, str], status: int) -> None:
    disclosure_id = sqlite_world.asked()
    assert (
        sqlite_world.put(disclosure_id, sqlite_world.claimed(disclosure_id), PDF, headers).status_code
        == status
    )


def test_a_document_of_twenty_mebibytes_is_the_largest(sqlite_world: World) -> None:
    disclosure_id = sqlite_world.asked()
    token = sqlite_world.claimed(disclosure_id)
    answer = sqlite_world.put(disclosure_id, token, PDF.ljust(20 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.get_json()["code"]) == (413, "body-too-large")
    assert sqlite_world.put(disclosure_id, token, PDF.ljust(20 * 1024 * 1024)).status_code == 201


def test_a_failure_that_may_pass_waits_before_the_next_attempt(world: World) -> None:
    disclosure_id = world.asked()
    assert world.fail(disclosure_id, world.claimed(disclosure_id), retriable=True).status_code == 204
    assert world.request(disclosure_id)["status"] == "queued"
    assert world.claim(disclosure_id).status_code == 409
    world.let_pass(disclosure_id)
    assert world.claim(disclosure_id).status_code == 200


def test_attempts_are_bounded(world: World) -> None:
    disclosure_id = world.asked()
    for _ in range(MAX_TRIES):
        assert world.request(disclosure_id)["status"] == "queued"
        world.let_pass(disclosure_id)
        world.fail(disclosure_id, world.claimed(disclosure_id), retriable=True)
    shown = world.request(disclosure_id)
    assert (shown["status"], shown["failure"]["code"]) == ("failed", "rendering-failed")
    assert "دوباره تلاش کنید" in shown["failure"]["message"]
    world.let_pass(disclosure_id)
    assert world.claim(disclosure_id).status_code == 409
    assert world.told() == ["request.queued", "request.failed"]


@pytest.mark.parametrize(
    ("code", "shown"),
    [("statement-too-large", "statement-too-large"), ("some-later-reason", "rendering-failed")],
)
def test_a_failure_that_will_not_pass_ends_at_once(sqlite_world: World, code: str, shown: str) -> None:
    disclosure_id = sqlite_world.asked()
    sqlite_world.fail(disclosure_id, sqlite_world.claimed(disclosure_id), retriable=False, code=code)
    assert sqlite_world.request(disclosure_id)["failure"]["code"] == shown


def test_a_request_that_never_was_cannot_be_claimed(sqlite_world: World) -> None:
    assert sqlite_world.claim(str(uuid.uuid4())).status_code == 409
    assert sqlite_world.put(str(uuid.uuid4()), 1).status_code == 409


@pytest.mark.parametrize("headers", [citizen(), FEED_READER, {}])
def test_only_workers_may_claim(sqlite_world: World, headers: dict[str, str]) -> None:
    disclosure_id = sqlite_world.asked()
    answer = sqlite_world.client.post(f"/internal/requests/{disclosure_id}/claim", headers=headers)
    assert answer.status_code == (403 if headers else 401)
    assert (
        sqlite_world.client.post(f"/internal/requests/{disclosure_id}/claim", headers=WORKER).status_code
        == 200
    )
