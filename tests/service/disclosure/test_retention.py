"""What is old enough is deleted, letter and object; serials, younger letters and running requests stay."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.disclosure.actions import numbers, requests
from services.disclosure.actions.letters import replace_outdated_letters
from services.disclosure.actions.retention import build_rules
from services.disclosure.background import HANDLERS, REPAIRS
from services.disclosure.models import (
    Activity,
    DeletedLetter,
    DisclosureRequest,
    FeedCursor,
    FigureCheck,
    Letter,
    LetterState,
)
from services.disclosure.settings import Settings
from services.kit import storage
from services.kit.db import sql_now
from services.kit.feed import Event, EventsDeleted, Synchronisation, consume_feed
from services.kit.retention import MIN_DAYS, Rule
from tests.service.disclosure.desk import AHMADI, API, KARIMI, Desk, authorise, build_settings

DAYS = 3650


@pytest.fixture
def rules(desk: Desk) -> dict[str, Rule]:
    days = {"letters_days": DAYS, "failed_requests_days": DAYS, "activity_days": DAYS}
    settings = desk.settings.model_copy(update=days)
    return {rule.name: rule for rule in build_rules(desk.sessions, settings, desk.objects)}


def make_older(desk: Desk, *disclosure_ids: uuid.UUID, days: float = DAYS + 1) -> None:
    with desk.sessions.begin() as session:
        session.execute(
            sa.update(DisclosureRequest)
            .where(DisclosureRequest.id.in_(disclosure_ids))
            .values(requested_at=sql_now(-int(days * 86400)))
        )


def list_keys(desk: Desk) -> Iterator[str]:
    for page in storage.list_pages(desk.objects):
        yield from (item["path"] for item in page)


def find_letter(desk: Desk, letter_id: str) -> Letter:
    with desk.sessions() as session:
        return session.scalars(sa.select(Letter).where(Letter.id == uuid.UUID(letter_id))).one()


def test_old_letter_goes_with_object_and_request_and_leaves_its_serial(
    desk: Desk, rules: dict[str, Rule]
) -> None:
    old = find_letter(desk, desk.deliver_letter())
    young = find_letter(desk, desk.deliver_letter())
    with desk.sessions.begin() as session:
        session.add(FigureCheck(letter_id=old.id, changed_at=datetime.now(UTC)))
    make_older(desk, old.disclosure_id)
    make_older(desk, young.disclosure_id, days=DAYS - 1)
    with desk.sessions() as session:
        assert rules["letters"].count(session, DAYS, 10) == 1
    assert [rules["letters"].delete_batch() for _ in range(2)] == [1, 0]
    assert [letter.id for letter in desk.list_letters()] == [young.id]
    assert list(list_keys(desk)) == [young.object_key]
    assert desk.get_document(str(old.id)).status_code == 404
    assert desk.get_document(str(young.id)).status_code == 200
    with desk.sessions() as session:
        assert session.scalars(sa.select(DisclosureRequest.id)).all() == [young.disclosure_id]
        assert session.get(DeletedLetter, old.serial) is not None


def test_line_of_the_activity_page_stays_and_leads_nowhere(desk: Desk, rules: dict[str, Rule]) -> None:
    letter = find_letter(desk, desk.deliver_letter())
    path = f"{API}/activity?kind=letter.ready"
    [before] = desk.client.get(path, headers=authorise()).get_json()["items"]
    assert before["references"]["letter_id"] == str(letter.id)
    make_older(desk, letter.disclosure_id)
    rules["letters"].delete_batch()
    [after] = desk.client.get(path, headers=authorise()).get_json()["items"]
    assert after["state"] is None
    assert after["references"] == {"serial": letter.serial}


def test_letter_that_another_one_succeeded_goes_first_or_last(desk: Desk, rules: dict[str, Rule]) -> None:
    first, second = (find_letter(desk, desk.deliver_letter()) for _ in range(2))
    with desk.sessions.begin() as session:
        outdated = session.get_one(Letter, first.position)
        outdated.state, outdated.superseded_at = LetterState.SUPERSEDED, datetime.now(UTC)
        session.flush()
        replace_outdated_letters(session, session.get_one(Letter, second.position))
    # Clocks that were set back make the successor the older one.
    make_older(desk, second.disclosure_id)
    assert rules["letters"].delete_batch() == 1
    assert find_letter(desk, str(first.id)).superseded_by is None


def test_crash_before_the_objects_are_removed_leaves_nothing_behind(
    desk: Desk, rules: dict[str, Rule], monkeypatch: pytest.MonkeyPatch
) -> None:
    disclosure_id = desk.create_request()
    # Before the letter, since its object is named after the year of the request.
    make_older(desk, uuid.UUID(disclosure_id))
    posted = desk.put_document(disclosure_id, desk.start_attempt(disclosure_id))
    letter = find_letter(desk, posted.get_json()["letter_id"])
    with monkeypatch.context() as patch:
        patch.setattr(storage, "remove", _fail)
        with pytest.raises(OSError, match="away"):
            rules["letters"].delete_batch()
    assert desk.get_document(str(letter.id)).status_code == 404
    assert rules["letters"].delete_batch() == 1
    assert list(list_keys(desk)) == []
    assert rules["letters"].delete_batch() == 0


def _fail(*_: object) -> None:
    raise OSError("the store is away")


def test_failed_request_goes_and_one_that_waits_or_is_retried_stays(
    desk: Desk, rules: dict[str, Rule]
) -> None:
    failed, waiting, retried = (uuid.UUID(desk.create_request(KARIMI)) for _ in range(3))
    for disclosure_id in (failed, retried):
        token = desk.start_attempt(str(disclosure_id))
        desk.report_failure(str(disclosure_id), token, retriable=False)
    make_older(desk, failed, waiting, retried)
    reply = desk.client.post(f"{API}/requests/{retried}/retry", headers=authorise(KARIMI))
    assert reply.status_code == 202
    assert [rules["failed-requests"].delete_batch() for _ in range(2)] == [1, 0]
    with desk.sessions() as session:
        assert set(session.scalars(sa.select(DisclosureRequest.id))) == {waiting, retried}


def test_old_lines_of_the_activity_page_are_deleted(desk: Desk, rules: dict[str, Rule]) -> None:
    desk.create_request()
    desk.create_request(KARIMI)
    with desk.sessions.begin() as session:
        moment = sql_now(-(DAYS * 86400 + 60))
        session.execute(sa.update(Activity).where(Activity.person_id == KARIMI).values(at=moment))
        assert rules["activity"].count(session, DAYS, 10) == 1
    assert [rules["activity"].delete_batch() for _ in range(2)] == [1, 0]
    for person, lines in ((KARIMI, 0), (AHMADI, 1)):
        page = desk.client.get(f"{API}/activity", headers=authorise(person)).get_json()
        assert len(page["items"]) == lines


def test_serial_of_a_deleted_letter_is_never_drawn_again(
    desk: Desk, rules: dict[str, Rule], monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = find_letter(desk, desk.deliver_letter())
    make_older(desk, letter.disclosure_id)
    rules["letters"].delete_batch()
    other = numbers.generate_serial()
    drawn = iter([letter.serial, other])
    monkeypatch.setattr(requests, "generate_serial", lambda: next(drawn))
    disclosure_id = desk.create_request()
    with desk.sessions() as session:
        serial = session.scalars(
            sa.select(DisclosureRequest.serial).where(DisclosureRequest.id == uuid.UUID(disclosure_id))
        ).one()
    assert serial == other


def test_everything_stays_unless_the_operator_says_otherwise(sqlite_desk: Desk) -> None:
    letter = find_letter(sqlite_desk, sqlite_desk.deliver_letter())
    make_older(sqlite_desk, letter.disclosure_id, days=36_000)
    for rule in build_rules(sqlite_desk.sessions, sqlite_desk.settings, sqlite_desk.objects):
        assert rule.delete_batch() == 0
    assert len(sqlite_desk.list_letters()) == 1
    output = sqlite_desk.run_command("retention", "show", "--days", 400).output
    assert "letters\tGOVAH_LETTERS_DAYS\tfor good\tto delete: 1" in output
    assert len(sqlite_desk.list_letters()) == 1


@pytest.mark.parametrize("days", [1, MIN_DAYS - 1, -1])
def test_days_that_could_end_what_still_runs_are_refused(tmp_path: Path, days: int) -> None:
    given = build_settings("sqlite://", tmp_path).model_dump() | {"letters_days": days}
    with pytest.raises(ValueError, match="letters_days"):
        Settings.model_validate(given)


def test_after_a_gap_of_records_every_valid_letter_is_compared(desk: Desk) -> None:
    outdated, valid = (find_letter(desk, desk.deliver_letter(person)) for person in (AHMADI, KARIMI))
    desk.figures.changed, desk.figures.strangers = set(), {outdated.person_id}
    feed: list[Event] = []

    def fetch(after: int) -> list[Event]:
        if after < 40:
            raise EventsDeleted(40)
        return feed

    synchronisation = Synchronisation(lambda _after: [], REPAIRS["records"])
    while consume_feed(desk.sessions, FeedCursor, "records", fetch, HANDLERS["records"], synchronisation):
        pass
    while desk.check_figures():
        pass
    states = {letter.id: letter.state for letter in desk.list_letters()}
    assert states == {outdated.id: LetterState.SUPERSEDED, valid.id: LetterState.VALID}
    with desk.sessions() as session:
        assert session.get_one(FeedCursor, "records").last == 40
