"""An institution's contact gets a message about failing inquiries; the number of its clients is limited."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.auth.actions import clients
from services.auth.actions.clients import MAX_CLIENTS
from services.auth.actions.contacts import send_contact_notices
from services.auth.actions.notice_deliveries import MAX_SENDS
from services.auth.actions.notices import HANDLERS
from services.auth.clients import Message
from services.auth.errors import CommandRefused
from services.auth.gateways import GatewayUnavailable
from services.auth.models import ContactNotice, FeedCursor
from services.auth.store import delete_expired
from services.kit.feed import Event, consume_feed
from services.kit.problems import Unavailable
from tests.service.auth.desk import Desk
from tests.service.auth.staff import INSTITUTION_NAME, add_institution

MOBILE = "09120000001"


def make_failing_event(number: int, institution_id: str, *, ago: timedelta = timedelta()) -> Event:
    now = datetime.now(UTC) - ago
    data = {"institution_id": institution_id, "failures": 25, "inquiries": 30, "since": now.isoformat()}
    return Event(number, str(uuid.uuid4()), "institution.failing", now, None, data, "a-request")


def consume_events(desk: Desk, *events: Event) -> None:
    consume_feed(
        desk.sessions,
        FeedCursor,
        "inquiry",
        lambda after: [event for event in events if event.number > after],
        HANDLERS["inquiry"],
    )


def send_notices(desk: Desk) -> list[tuple[str, str]]:
    while send_contact_notices(desk.sessions, desk.messages):
        pass
    return [(message.to, message.kind) for message in desk.messages.sent]


def test_the_contact_gets_one_message_per_event(either_desk: Desk) -> None:
    desk = either_desk
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, "+98 912 000 0001")
    event = make_failing_event(1, institution_id)
    consume_events(desk, event)
    consume_events(desk, event)
    assert send_notices(desk) == [(MOBILE, "institution-failures")]
    assert send_notices(desk) == [(MOBILE, "institution-failures")]
    consume_events(desk, make_failing_event(2, institution_id))
    assert len(send_notices(desk)) == 2


def test_without_a_contact_nothing_is_sent_and_the_feed_continues(desk: Desk) -> None:
    institution_id, other = add_institution(desk), add_institution(desk, "بانک دیگر")
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    desk.run("institutions", "contact", INSTITUTION_NAME, "--off")
    desk.run("institutions", "contact", "بانك ديگر", "۰۹۱۲۰۰۰۰۰۰۲")
    consume_events(
        desk,
        make_failing_event(1, institution_id),
        make_failing_event(2, str(uuid.uuid4())),
        make_failing_event(3, other),
    )
    assert send_notices(desk) == [("09120000002", "institution-failures")]


def test_old_events_cause_no_message(desk: Desk) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    consume_events(desk, make_failing_event(1, institution_id, ago=timedelta(hours=25)))
    assert send_notices(desk) == []


def test_a_contact_that_was_removed_meanwhile_gets_nothing(desk: Desk) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    consume_events(desk, make_failing_event(1, institution_id))
    desk.run("institutions", "contact", INSTITUTION_NAME, "--off")
    assert send_notices(desk) == []
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    assert send_notices(desk) == []


def test_a_gateway_that_takes_no_message_costs_no_try(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    consume_events(desk, make_failing_event(1, institution_id))

    def raise_unavailable(_: Message) -> None:
        raise GatewayUnavailable

    with monkeypatch.context() as outage:
        outage.setattr(desk.messages, "send", raise_unavailable)
        for _ in range(MAX_SENDS + 1):
            with pytest.raises(GatewayUnavailable):
                send_notices(desk)
            desk.execute_sql("UPDATE contact_notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
    assert send_notices(desk) == [(MOBILE, "institution-failures")]


def test_an_unavailable_gateway_is_retried_and_then_given_up(desk: Desk) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "contact", INSTITUTION_NAME, MOBILE)
    consume_events(desk, make_failing_event(1, institution_id))
    desk.messages.failures = 1000
    for _ in range(20):
        try:
            send_notices(desk)
        except Unavailable:
            desk.execute_sql("UPDATE contact_notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
    assert desk.messages.failures == 1000 - MAX_SENDS
    desk.execute_sql("UPDATE contact_notices SET occurred_at = '2020-01-01 00:00:00.000000'")
    with desk.sessions.begin() as session:
        delete_expired(session)
    with desk.sessions() as session:
        assert session.scalars(sa.select(ContactNotice)).all() == []


def test_an_invalid_contact_prints_one_sentence(desk: Desk) -> None:
    add_institution(desk)
    for arguments, status, sentence in [
        (("nobody", MOBILE), 1, "no institution"),
        ((INSTITUTION_NAME, "0912"), 2, "09123456789"),
        ((INSTITUTION_NAME,), 2, "either"),
        ((INSTITUTION_NAME, MOBILE, "--off"), 2, "either"),
    ]:
        result = desk.invoke_command("institutions", "contact", *arguments)
        assert (result.exit_code, sentence in result.output) == (status, True), (arguments, result.output)


def ensure_client(desk: Desk, name: str, institution_id: str, command: str = "ensure") -> tuple[int, str]:
    secret = desk.write_secret("x" * 43) if command == "ensure" else str(desk.directory / uuid.uuid4().hex)
    result = desk.invoke_command(
        "clients", command, name, "--institution", institution_id, "--secret-file", secret
    )
    return result.exit_code, result.output


def test_an_institution_has_at_most_twenty_enabled_clients(either_desk: Desk) -> None:
    desk = either_desk
    institution_id, other = add_institution(desk), add_institution(desk, "بانک دیگر")
    with desk.sessions.begin() as session:
        for number in range(MAX_CLIENTS - 1):
            clients.ensure_client(session, f"bank-{number}", uuid.UUID(institution_id), "x" * 43)
    assert ensure_client(desk, "bank-last", institution_id, "add")[0] == 0
    for command in ("add", "ensure"):
        status, output = ensure_client(desk, "bank-more", institution_id, command)
        assert status == 1
        assert "20 enabled clients" in output
        assert "clients disable" in output
    # Another institution, a new secret of one that is there, and the place of one that was disabled.
    assert ensure_client(desk, "other", other)[0] == 0
    assert ensure_client(desk, "bank-3", institution_id)[0] == 0
    desk.run("clients", "disable", "bank-3")
    assert ensure_client(desk, "bank-more", institution_id)[0] == 0
    assert ensure_client(desk, "bank-3", institution_id)[0] == 1


@pytest.mark.each_database
@pytest.mark.parametrize("action", ["ensure_client", "add_client"])
def test_simultaneously_added_clients_do_not_exceed_the_limit(either_desk: Desk, action: str) -> None:
    desk = either_desk
    institution_id = uuid.UUID(add_institution(desk))
    with desk.sessions.begin() as session:
        for number in range(MAX_CLIENTS - 2):
            clients.ensure_client(session, f"bank-{number}", institution_id, "x" * 43)

    def is_added(number: int) -> bool:
        try:
            with desk.sessions.begin() as session:
                getattr(clients, action)(session, f"more-{number}", institution_id, "x" * 43)
        except CommandRefused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(is_added, range(6))) == 2
