"""No access token outlives its session or its account: not at auth, and not where auth's feed was read."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from services.auth import store
from services.auth.actions import families
from services.auth.actions.tokens import ACCESS_SECONDS
from services.auth.errors import CredentialsNotAccepted
from services.auth.models import Role
from services.auth.store import users
from services.kit.revocation import RETENTION_SECONDS
from services.kit.tokens import LEEWAY
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk
from tests.service.auth.endings import (
    OTHER_SECRET,
    SECRET,
    WAYS,
    Neighbour,
    add_bank,
    fetch_client_token,
    fetch_staff_tokens,
    is_accepted_by_auth,
    open_neighbour,
    reset,
)
from tests.service.auth.staff import add_officer

CALLERS = 6


@pytest.fixture
def neighbour(either_desk: Desk, tmp_path: Path) -> Iterator[Neighbour]:
    with open_neighbour(either_desk, f"sqlite:///{tmp_path / 'neighbour.sqlite3'}") as opened:
        yield opened


@pytest.mark.parametrize("name", WAYS)
def test_tokens_end_with_their_session_or_account(neighbour: Neighbour, name: str) -> None:
    desk, way = neighbour.desk, WAYS[name](neighbour.desk)
    before = next(way)
    neighbour.read_feed()
    for token in before.refused + before.accepted:
        assert neighbour.is_accepted(token)
        assert is_accepted_by_auth(desk, token)
    living = before.accepted
    for after in way:
        living = living + after.accepted
        # auth reads its own tables, other services read the feed.
        assert [is_accepted_by_auth(desk, token) for token in before.refused] == [False] * len(before.refused)
        assert [is_accepted_by_auth(desk, token) for token in living] == [True] * len(living)
        neighbour.read_feed()
        assert [neighbour.is_accepted(token) for token in before.refused] == [False] * len(before.refused)
        assert [neighbour.is_accepted(token) for token in living] == [True] * len(living)


def test_until_the_feed_is_read_tokens_end_by_their_lifetime(neighbour: Neighbour) -> None:
    token = neighbour.desk.fetch_tokens(neighbour.desk.add_citizen())["access_token"]
    neighbour.desk.call("DELETE", "/sessions/current", token=token)
    assert neighbour.is_accepted(token)
    assert min(RETENTION_SECONDS, families.TOKENS_LIVE) > ACCESS_SECONDS + 2 * LEEWAY


def test_sessions_without_valid_tokens_are_not_published(desk: Desk) -> None:
    person = desk.add_citizen()
    desk.fetch_tokens(person)
    desk.execute_sql("UPDATE refresh_families SET refreshed_at = '2020-01-01 00:00:00.000000'")
    with desk.sessions.begin() as session:
        families.end_sessions(session, person.id, "password-reset")
    with desk.engine.connect() as connection:
        [rows] = connection.exec_driver_sql("SELECT data FROM outbox WHERE name = 'sessions.ended'").all()
    assert rows[0] == '{"reason": "password-reset", "sids": []}'


def test_an_unknown_session_has_ended(desk: Desk) -> None:
    token = desk.fetch_tokens(desk.add_citizen())["access_token"]
    assert is_accepted_by_auth(desk, token)
    desk.execute_sql("DELETE FROM refresh_families")
    assert not is_accepted_by_auth(desk, token)


def test_no_session_starts_with_a_password_that_changed_after_its_comparison(either_desk: Desk) -> None:
    desk, person = either_desk, either_desk.add_citizen()
    add_officer(desk, "officer.one", "audit")
    here = fetch_staff_tokens(desk, "officer.one")["access_token"]
    with desk.sessions.begin() as session:
        account = users.find_account(session, person.national_code)
        officer = store.find_staff(session, "officer.one")
    assert account
    assert officer
    reset(desk, person)
    body = {"old_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert desk.post("/password", body, token=here).status_code == 204
    for holder, role in ((account, Role.CITIZEN), (officer, Role.OFFICER)):
        with pytest.raises(CredentialsNotAccepted), desk.sessions.begin() as session:
            families.start_session(session, holder, role)


def collect_meanwhile(request: Callable[[], str | None], end: Callable[[], None]) -> list[str]:
    """Return the tokens that several callers got in a loop while `end` ran."""
    begun, ended = Event(), Event()

    def collect(_: int) -> list[str]:
        got = []
        while not ended.is_set():
            if token := request():
                got.append(token)
            begun.set()
        return got

    with ThreadPoolExecutor(CALLERS) as pool:
        collected = pool.map(collect, range(CALLERS))
        assert begun.wait(60)
        try:
            end()
        finally:
            ended.set()
        return [token for got in collected for token in got]


def test_sign_ins_with_the_old_password_during_a_reset_are_ended(neighbour: Neighbour) -> None:
    desk = neighbour.desk
    person = desk.add_citizen()
    first = desk.fetch_tokens(person)["access_token"]

    def sign_in() -> str | None:
        response = desk.sign_in(person)
        return str(response.get_json()["access_token"]) if response.status_code == 200 else None

    tokens = [first, *collect_meanwhile(sign_in, lambda: reset(desk, person))]
    neighbour.read_feed()
    assert [token for token in tokens if is_accepted_by_auth(desk, token)] == []
    assert [token for token in tokens if neighbour.is_accepted(token)] == []


def test_tokens_granted_while_the_secret_changes_are_revoked(neighbour: Neighbour) -> None:
    desk = neighbour.desk
    arguments = add_bank(desk)
    first = fetch_client_token(desk, "bank")

    def request_token() -> str | None:
        response = desk.call(
            "POST", "/token", auth=("bank", SECRET), data={"grant_type": "client_credentials"}
        )
        return str(response.get_json()["access_token"]) if response.status_code == 200 else None

    def change_secret() -> None:
        desk.run(*arguments, desk.write_secret(OTHER_SECRET))

    tokens = [first, *collect_meanwhile(request_token, change_secret)]
    neighbour.read_feed()
    assert [token for token in tokens if is_accepted_by_auth(desk, token)] == []
    assert [token for token in tokens if neighbour.is_accepted(token)] == []
