"""What has ended stays ended: inquiry after a restore from a backup, with its journal."""

import uuid
from datetime import UTC, datetime

from services.inquiry.actions.endings import build_handlers
from services.inquiry.actions.peppers import list_generations
from services.inquiry.background import HANDLERS
from services.inquiry.models import Ending, FeedCursor
from services.kit.endings import Journal, replay_endings
from services.kit.feed import Event, consume_feed
from tests.restoring import Disaster
from tests.service.inquiry.desk import API, BANK_ID, BANK_NAME, Desk, as_clerk


def back_up(desk: Desk) -> Disaster:
    return Disaster(desk.app, desk.engine, "inquiry", desk.settings.open_endings())


def receive_event(desk: Desk, source: str, name: str, subject: object = None, /, **data: object) -> None:
    event = Event(1, str(uuid.uuid4()), name, datetime.now(UTC), str(subject) if subject else None, data, "r")
    fetch = lambda after: [event] if after < 1 else []  # noqa: E731 -- one expression
    consume_feed(desk.sessions, FeedCursor, source, fetch, HANDLERS[source])


def test_ended_permits_stay_ended_and_views_stay_counted(desk: Desk) -> None:
    person = desk.add_person()
    revoked, used_up, seen, paused, resumed, untouched = (
        desk.issue_permit(person, max_views=most) for most in (None, 1, 3, None, None, None)
    )
    post = desk.client.post
    post(f"{API}/permits/{resumed['id']}/pause", headers=person.headers)
    disaster = back_up(desk)
    assert desk.client.delete(f"{API}/permits/{revoked['id']}", headers=person.headers).status_code == 204
    post(f"{API}/permits/{paused['id']}/pause", headers=person.headers)
    post(f"{API}/permits/{resumed['id']}/resume", headers=person.headers)
    answers = [desk.inquire(person.national_code, permit["code"]) for permit in (used_up, seen, seen)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    disaster.restore()
    permits = (revoked, used_up, seen, paused, resumed, untouched)
    states = [desk.get_state(person, permit["id"]) for permit in permits]
    assert states == ["revoked", "used-up", "active", "paused", "active", "active"]
    codes = [desk.inquire(person.national_code, permit["code"]).status_code for permit in permits]
    assert codes == [410, 410, 200, 410, 200, 200]
    assert desk.inquire(person.national_code, seen["code"]).get_json()["code"] == "permit-used-up"
    views = desk.list_views(person, seen["id"])
    ids = {view["id"] for view in views}
    assert {answer.get_json()["inquiry_id"] for answer in answers[1:]} <= ids


def test_views_name_the_institution_that_viewed(desk: Desk) -> None:
    desk.add_bank()
    person = desk.add_person()
    permit = desk.issue_permit(person)
    disaster = back_up(desk)
    desk.inquire(person.national_code, permit["code"], headers=as_clerk(), purpose="loan")
    disaster.restore()
    assert [view["institution"] for view in desk.list_views(person, permit["id"])] == [BANK_NAME]


def test_revoked_letters_and_disabled_institutions_stay_so(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person)
    disaster = back_up(desk)
    at = datetime.now(UTC).isoformat()
    receive_event(desk, "disclosure", "letter.revoked", person.id, serial=person.letter.serial, revoked_at=at)
    details: dict[str, object] = {
        "contact": None,
        "verified_since": None,
        "purposes": [],
        "return_urls": [],
        "daily_quota": None,
    }
    receive_event(
        desk,
        "auth",
        "institution.changed",
        institution_id=str(BANK_ID),
        name=BANK_NAME,
        disabled=True,
        **details,
    )
    disaster.restore()
    assert desk.client.get(f"{API}/letters/{person.letter.serial}").get_json()["state"] == "revoked"
    assert desk.inquire(person.national_code, permit["code"]).status_code == 410


def test_closed_accounts_have_no_permits_after_a_restore(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person)
    disaster = back_up(desk)
    receive_event(desk, "auth", "account.closed", person.id)
    disaster.restore()
    assert desk.get_state(person, permit["id"]) == "revoked"
    # The other services learn of it, as of any revocation.
    assert len(desk.list_events("permit.revoked")) == 1


def test_destroyed_peppers_are_destroyed_in_restored_keys(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person)
    disaster, directory = back_up(desk), desk.settings.peppers_dir
    keys = {path: path.read_bytes() for path in directory.iterdir()}
    run = desk.app.test_cli_runner().invoke
    assert run(args=["peppers", "rotate"]).exit_code == 0
    assert run(args=["peppers", "destroy", "1", "--revoke-permits"]).exit_code == 0
    for path in directory.iterdir():
        path.unlink()
    for path, pepper in keys.items():
        path.write_bytes(pepper)
    disaster.restore()
    assert list_generations(directory) == [2]
    assert desk.get_state(person, permit["id"]) == "revoked"
    assert desk.inquire(person.national_code, desk.issue_permit(person)["code"]).status_code == 200


def test_without_a_journal_permits_wait_for_their_owners(desk: Desk) -> None:
    person = desk.add_person()
    permit, ended = desk.issue_permit(person), desk.issue_permit(person)
    desk.client.delete(f"{API}/permits/{ended['id']}", headers=person.headers)
    suspended = desk.app.test_cli_runner().invoke(args=["endings", "suspend"])
    assert "1 suspended" in suspended.output
    assert [desk.get_state(person, one["id"]) for one in (permit, ended)] == ["paused", "revoked"]
    desk.client.post(f"{API}/permits/{permit['id']}/resume", headers=person.headers)
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200


def test_a_replay_changes_nothing_that_is_not_in_the_backup(desk: Desk) -> None:
    disaster, person = back_up(desk), desk.add_person()
    permit = desk.issue_permit(person)
    desk.inquire(person.national_code, permit["code"])
    desk.client.delete(f"{API}/permits/{permit['id']}", headers=person.headers)
    disaster.restore()
    assert desk.client.get(f"{API}/permits/{permit['id']}", headers=person.headers).status_code == 404
    journal = desk.settings.open_endings()
    assert isinstance(journal, Journal)
    handlers = build_handlers(desk.settings.peppers_dir)
    assert replay_endings(desk.sessions, Ending, "inquiry", journal, handlers) == 0
