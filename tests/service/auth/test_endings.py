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
from services.kit.revocation import KEEP_ENDED
from services.kit.tokens import LEEWAY
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk
from tests.service.auth.endings import (
    OTHER_SECRET,
    SECRET,
    WAYS,
    Neighbour,
    add_bank,
    auth_accepts,
    client_token,
    neighbour_of,
    reset,
    staff_tokens,
)
from tests.service.auth.staff import add_officer

AT_ONCE = 6


@pytest.fixture
def neighbour(either_desk: Desk, tmp_path: Path) -> Iterator[Neighbour]:
    with neighbour_of(either_desk, f"sqlite:///{tmp_path / 'neighbour.sqlite3'}") as one:
        yield one


@pytest.mark.parametrize("name", WAYS)
def test_tokens_end_with_what_they_belong_to(neighbour: Neighbour, name: str) -> None:
    desk, way = neighbour.desk, WAYS[name](neighbour.desk)
    before = next(way)
    neighbour.read_feed()
    for token in before.refused + before.accepted:
        assert neighbour.accepts(token)
        assert auth_accepts(desk, token)
    living = before.accepted
    for after in way:
        living = living + after.accepted
        # auth looks for itself, others hear of it.
        assert [auth_accepts(desk, token) for token in before.refused] == [False] * len(before.refused)
        assert [auth_accepts(desk, token) for token in living] == [True] * len(living)
        neighbour.read_feed()
        assert [neighbour.accepts(token) for token in before.refused] == [False] * len(before.refused)
        assert [neighbour.accepts(token) for token in living] == [True] * len(living)


def test_until_the_feed_is_read_the_tokens_life_is_the_bound(neighbour: Neighbour) -> None:
    token = neighbour.desk.fetch_tokens(neighbour.desk.add_citizen())["access_token"]
    neighbour.desk.call("DELETE", "/sessions/current", token=token)
    assert neighbour.accepts(token)
    assert min(KEEP_ENDED, families.TOKENS_LIVE) > ACCESS_SECONDS + 2 * LEEWAY


def test_sessions_that_were_long_not_refreshed_are_not_named(desk: Desk) -> None:
    person = desk.add_citizen()
    desk.fetch_tokens(person)
    desk.execute_sql("UPDATE refresh_families SET refreshed_at = '2020-01-01 00:00:00.000000'")
    with desk.sessions.begin() as session:
        families.end_sessions(session, person.id, "password-reset")
    with desk.engine.connect() as connection:
        [told] = connection.exec_driver_sql("SELECT data FROM outbox WHERE name = 'sessions.ended'").all()
    assert told[0] == '{"reason": "password-reset", "sids": []}'


def test_a_session_that_auth_does_not_know_has_ended(desk: Desk) -> None:
    token = desk.fetch_tokens(desk.add_citizen())["access_token"]
    assert auth_accepts(desk, token)
    desk.execute_sql("DELETE FROM refresh_families")
    assert not auth_accepts(desk, token)


def test_no_session_begins_with_a_password_that_has_changed_since_it_was_compared(either_desk: Desk) -> None:
    desk, person = either_desk, either_desk.add_citizen()
    add_officer(desk, "officer.one", "audit")
    here = staff_tokens(desk, "officer.one")["access_token"]
    with desk.sessions.begin() as session:
        account = store.find_account(session, person.national_code)
        officer = store.find_staff(session, "officer.one")
    assert account
    assert officer
    reset(desk, person)
    body = {"old_password": OTHER_PASSWORD, "new_password": PASSWORD}
    assert desk.post("/password", body, token=here).status_code == 204
    for holder, role in ((account, Role.CITIZEN), (officer, Role.OFFICER)):
        with pytest.raises(CredentialsNotAccepted), desk.sessions.begin() as session:
            families.start_session(session, holder, role)


def collect_meanwhile(ask: Callable[[], str | None], end: Callable[[], None]) -> list[str]:
    """The tokens that several callers got, one after the other, while something ended them."""
    begun, ended = Event(), Event()

    def go_on(_: int) -> list[str]:
        got = []
        while not ended.is_set():
            if token := ask():
                got.append(token)
            begun.set()
        return got

    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = pool.map(go_on, range(AT_ONCE))
        assert begun.wait(60)
        try:
            end()
        finally:
            ended.set()
        return [token for got in asked for token in got]


def test_who_signs_in_with_the_old_password_during_a_reset_is_out(neighbour: Neighbour) -> None:
    desk = neighbour.desk
    person = desk.add_citizen()
    first = desk.fetch_tokens(person)["access_token"]

    def sign_in() -> str | None:
        answer = desk.sign_in(person)
        return str(answer.get_json()["access_token"]) if answer.status_code == 200 else None

    tokens = [first, *collect_meanwhile(sign_in, lambda: reset(desk, person))]
    neighbour.read_feed()
    assert [token for token in tokens if auth_accepts(desk, token)] == []
    assert [token for token in tokens if neighbour.accepts(token)] == []


def test_who_asks_for_tokens_while_the_secret_changes_has_none(neighbour: Neighbour) -> None:
    desk = neighbour.desk
    words = add_bank(desk)
    first = client_token(desk, "bank")

    def ask() -> str | None:
        answer = desk.call("POST", "/token", auth=("bank", SECRET), data={"grant_type": "client_credentials"})
        return str(answer.get_json()["access_token"]) if answer.status_code == 200 else None

    def change_secret() -> None:
        desk.run(*words, desk.write_secret(OTHER_SECRET))

    tokens = [first, *collect_meanwhile(ask, change_secret)]
    neighbour.read_feed()
    assert [token for token in tokens if auth_accepts(desk, token)] == []
    assert [token for token in tokens if neighbour.accepts(token)] == []
