"""An institution's contact hears of failing inquiries, and its clients are a bounded number."""

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.auth.actions import clients
from services.auth.actions.clients import MAX_CLIENTS
from services.auth.actions.contacts import send_contact_notices
from services.auth.actions.notices import HANDLERS
from services.auth.errors import CommandRefused
from services.auth.models import ContactNotice, FeedCursor
from services.auth.store import delete_expired
from services.kit.feed import Event, consume
from services.kit.problems import Unavailable
from tests.service.auth.desk import Desk
from tests.service.auth.staff import INSTITUTION_NAME, add_institution

MOBILE = "09120000001"


def failing(number: int, institution_id: str, *, ago: timedelta = timedelta()) -> Event:
    now = datetime.now(UTC) - ago
    data = {"institution_id": institution_id, "failures": 25, "inquiries": 30, "since": now.isoformat()}
    return Event(number, str(uuid.uuid4()), "institution.failing", now, None, data, "a-request")


def feed(desk: Desk, *events: Event) -> None:
    read: Sequence[Event] = events
    consume(
        desk.sessions,
        FeedCursor,
        "inquiry",
        lambda after: [event for event in read if event.number > after],
        HANDLERS["inquiry"],
    )


def send(desk: Desk) -> list[tuple[str, str]]:
    while send_contact_notices(desk.sessions, desk.messages):
        pass
    return [(message.to, message.kind) for message in desk.messages.sent]


def test_the_contact_gets_one_message_an_event(either_desk: Desk) -> None:
    desk = either_desk
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, "+98 912 000 0001")
    event = failing(1, institution_id)
    feed(desk, event)
    feed(desk, event)
    assert send(desk) == [(MOBILE, "institution-failures")]
    assert send(desk) == [(MOBILE, "institution-failures")]
    feed(desk, failing(2, institution_id))
    assert len(send(desk)) == 2


def test_without_a_contact_nothing_goes_out_and_the_feed_goes_on(desk: Desk) -> None:
    institution_id, other = add_institution(desk), add_institution(desk, "بانک دیگر")
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    desk.run("institutions", "contact", INSTITUTION_NAME, "--off")
    desk.run("institutions", "contact", "بانك ديگر", "۰۹۱۲۰۰۰۰۰۰۲")
    feed(desk, failing(1, institution_id), failing(2, str(uuid.uuid4())), failing(3, other))
    assert send(desk) == [("09120000002", "institution-failures")]


def test_old_news_are_not_sent(desk: Desk) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    feed(desk, failing(1, institution_id, ago=timedelta(hours=25)))
    assert send(desk) == []


def test_a_contact_that_was_taken_away_meanwhile_gets_nothing(desk: Desk) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    feed(desk, failing(1, institution_id))
    desk.run("institutions", "contact", INSTITUTION_NAME, "--off")
    assert send(desk) == []
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    assert send(desk) == []


def test_a_gateway_that_is_away_is_tried_again_and_then_given_up(desk: Desk) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    feed(desk, failing(1, institution_id))
    desk.messages.failures = 1000
    for _ in range(20):
        try:
            send(desk)
        except Unavailable:
            desk.execute_sql("UPDATE contact_notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
    assert desk.messages.failures == 1000 - 7
    desk.execute_sql("UPDATE contact_notices SET occurred_at = '2020-01-01 00:00:00.000000'")
    with desk.sessions.begin() as session:
        delete_expired(session)
    with desk.sessions() as session:
        assert session.scalars(sa.select(ContactNotice)).all() == []


def test_what_cannot_be_set_is_told_in_a_sentence(desk: Desk) -> None:
    add_institution(desk)
    for words, status, sentence in [
        (("nobody", MOBILE), 1, "no institution"),
        ((INSTITUTION_NAME, "0912"), 2, "09123456789"),
        ((INSTITUTION_NAME,), 2, "either"),
        ((INSTITUTION_NAME, MOBILE, "--off"), 2, "either"),
    ]:
        result = desk.invoke_command("institutions", "contact", *words)
        assert (result.exit_code, sentence in result.output) == (status, True), (words, result.output)


def ensure(desk: Desk, name: str, institution_id: str, word: str = "ensure") -> tuple[int, str]:
    secret = desk.write_secret("x" * 43) if word == "ensure" else str(desk.directory / uuid.uuid4().hex)
    result = desk.invoke_command(
        "clients", word, name, "--institution", institution_id, "--secret-file", secret
    )
    return result.exit_code, result.output


def test_an_institution_has_at_most_twenty_enabled_clients(either_desk: Desk) -> None:
    desk = either_desk
    institution_id, other = add_institution(desk), add_institution(desk, "بانک دیگر")
    with desk.sessions.begin() as session:
        for number in range(MAX_CLIENTS - 1):
            clients.ensure_client(session, f"bank-{number}", uuid.UUID(institution_id), "x" * 43)
    assert ensure(desk, "bank-last", institution_id, "add")[0] == 0
    for word in ("add", "ensure"):
        status, said = ensure(desk, "bank-more", institution_id, word)
        assert status == 1
        assert "20 enabled clients" in said
        assert "clients disable" in said
    # Another institution, a new secret of one that is there, and the place of one that was disabled.
    assert ensure(desk, "other", other)[0] == 0
    assert ensure(desk, "bank-3", institution_id)[0] == 0
    desk.run("clients", "disable", "bank-3")
    assert ensure(desk, "bank-more", institution_id)[0] == 0
    assert ensure(desk, "bank-3", institution_id)[0] == 1


@pytest.mark.parametrize("word", ["ensure_client", "add_client"])
def test_clients_that_are_added_at_once_do_not_pass_the_bound_together(either_desk: Desk, word: str) -> None:
    desk = either_desk
    institution_id = uuid.UUID(add_institution(desk))
    with desk.sessions.begin() as session:
        for number in range(MAX_CLIENTS - 2):
            clients.ensure_client(session, f"bank-{number}", institution_id, "x" * 43)

    def add(number: int) -> bool:
        try:
            with desk.sessions.begin() as session:
                getattr(clients, word)(session, f"more-{number}", institution_id, "x" * 43)
        except CommandRefused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, range(6))) == 2
