"""Codes and notices wait for the end of an outage of a gateway; the oldest go out first."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from services.auth.actions.account_notices import add_account_notice
from services.auth.actions.deliveries import PER_HOUR, take_due_codes
from services.auth.actions.message_metrics import measure_messages
from services.auth.actions.notice_deliveries import MAX_SENDS
from services.auth.clients import Message
from services.auth.gateways import GatewaySilent, GatewayUnavailable
from services.auth.models import AccountNotice, AccountNoticeKind, CodeRequest
from services.kit.problems import Unavailable
from tests.service.auth.desk import Desk

MAKE_DUE = "UPDATE code_requests SET due_at = asked_at WHERE due_at IS NOT NULL"
EXPIRE = "UPDATE code_requests SET expires_at = asked_at"


def request_code(desk: Desk) -> str:
    """Return the id of a new person's registration."""
    response = desk.post("/registrations", desk.add_person().registration)
    return str(response.get_json()["registration_id"])


def measure(desk: Desk) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels.get("cause", "")): sample.value
        for metric in measure_messages(desk.sessions)
        for sample in metric.samples
    }


def send_until_unavailable(desk: Desk, error: type[Unavailable]) -> None:
    with pytest.raises(error):
        desk.send()


def fail_with(error: type[Unavailable]) -> Callable[[Message], None]:
    def send(_: Message) -> None:
        raise error

    return send


def test_a_code_that_waited_longer_than_its_life_gets_a_new_one(
    either_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = either_desk
    registration_id = request_code(desk)
    with monkeypatch.context() as outage:
        outage.setattr(desk.messages, "send", fail_with(GatewayUnavailable))
        for _ in range(10):
            send_until_unavailable(desk, GatewayUnavailable)
            desk.execute_sql(MAKE_DUE)
    measured = measure(desk)
    assert measured["govah_codes_waiting", "gateway-unavailable"] == 1
    assert measured["govah_codes_waiting", "turn"] == 0
    desk.execute_sql(EXPIRE)
    desk.send()
    [message] = desk.messages.sent
    assert "۱۰ دقیقه" in message.text
    assert measure(desk)["govah_codes_waiting", "gateway-unavailable"] == 0
    assert desk.activate(registration_id, str(message.code)).status_code == 201


def test_an_outage_of_the_check_of_mobiles_waits_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    request_code(desk)

    def is_owner(*_: Any) -> bool:
        raise GatewayUnavailable

    with monkeypatch.context() as outage:
        outage.setattr(desk.mobiles, "is_owner", is_owner)
        send_until_unavailable(desk, GatewayUnavailable)
    assert measure(desk)["govah_codes_waiting", "gateway-unavailable"] == 1
    desk.execute_sql(MAKE_DUE)
    desk.send()
    assert len(desk.messages.sent) == 1


def test_a_request_without_a_person_gets_a_new_life_too(desk: Desk) -> None:
    """A code that goes to nobody looks the same to its caller, also after an outage."""
    person = desk.add_person()
    response = desk.post("/registrations", {**person.registration, "birth_date_jalali": "1301-01-01"})
    registration_id = response.get_json()["registration_id"]
    desk.execute_sql(EXPIRE)
    assert desk.get(f"/registrations/{registration_id}").get_json()["status"] == "expired"
    desk.send()
    assert desk.get(f"/registrations/{registration_id}").get_json()["status"] == "code-sent"


def test_a_code_is_not_sent_days_later(desk: Desk) -> None:
    request_code(desk)
    desk.execute_sql("UPDATE code_requests SET asked_at = '2026-01-01 00:00:00.000000'")
    desk.send()
    assert (desk.messages.sent, measure(desk)["govah_codes_waiting", "turn"]) == ([], 0)


def test_a_gateway_that_may_have_sent_a_code_sends_no_flood(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_code(desk)
    calls: list[Message] = []

    def accept_silently(message: Message) -> None:
        calls.append(message)
        raise GatewaySilent

    monkeypatch.setattr(desk.messages, "send", accept_silently)
    for _ in range(10):
        try:
            desk.send()
        except GatewaySilent:
            desk.execute_sql(MAKE_DUE)
    assert len(calls) == PER_HOUR[0].failures
    # It waits for the limit, and is not given up.
    assert measure(desk)["govah_codes_waiting", "gateway-unavailable"] == 1


@pytest.mark.parametrize(("error", "tries"), [(GatewayUnavailable, 0), (GatewaySilent, MAX_SENDS)])
def test_a_notice_waits_for_a_gateway_and_may_go_out_only_so_often(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: type[Unavailable], tries: int
) -> None:
    citizen = desk.add_citizen()
    desk.send()
    with desk.sessions.begin() as session:
        add_account_notice(session, AccountNoticeKind.ACCOUNT_EXISTS, citizen.id, cause="a test")
    with monkeypatch.context() as outage:
        outage.setattr(desk.messages, "send", fail_with(error))
        for _ in range(2 * MAX_SENDS):
            with suppress(error):
                desk.send()
            desk.execute_sql("UPDATE account_notices SET due_at = occurred_at WHERE due_at IS NOT NULL")
    with desk.sessions() as session:
        [notice] = session.scalars(sa.select(AccountNotice)).all()
    assert (notice.sends, notice.due_at is None) == (tries, bool(tries))
    desk.messages.sent.clear()
    desk.send()
    assert len(desk.messages.sent) == (0 if tries else 1)


def test_the_oldest_code_is_taken_first_also_after_a_retry(desk: Desk) -> None:
    for _ in range(3):
        request_code(desk)
    desk.execute_sql("UPDATE code_requests SET due_at = datetime(due_at, '+1 seconds') WHERE position = 1")
    desk.execute_sql("UPDATE code_requests SET due_at = datetime(due_at, '-60 seconds')")
    positions = [due.code_request.position for due in take_due_codes(desk.sessions, 2)]
    assert positions == [1, 2]
    assert [due.code_request.position for due in take_due_codes(desk.sessions, 9)] == [3]
    with desk.sessions() as session:
        assert session.query(CodeRequest).count() == 3
