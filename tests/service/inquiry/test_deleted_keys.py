"""A wrapped key that was deleted is in no file of SQLite: not in the database, not in its log."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.inquiry.actions.upkeep import close_expired, empty_write_ahead_log
from services.inquiry.models import DocumentTicket, SealedCopy
from tests.service.inquiry.desk import API, Desk, Person

Deleted = Callable[[Desk, Person, dict[str, str]], None]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is searched here are files of SQLite; docs/retention.md says what PostgreSQL does."""
    return sqlite_url


def files(desk: Desk) -> dict[str, bytes]:
    path = Path(desk.engine.url.database or "")
    return {file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file()}


def places(desk: Desk, secret: bytes) -> list[str]:
    """The files that hold these bytes, or a half of them."""
    half = len(secret) // 2
    return [
        name
        for name, content in files(desk).items()
        if any(part in content for part in (secret, secret[:half], secret[half:]))
    ]


def keys_of(desk: Desk, permit_id: str) -> list[bytes]:
    """The wrapped keys of a permit's copy and of its tickets."""
    with desk.sessions() as session:
        return [
            *session.scalars(
                sa.select(SealedCopy.wrapped_key).where(SealedCopy.permit_id == uuid.UUID(permit_id))
            ),
            *session.scalars(
                sa.select(DocumentTicket.wrapped_key).where(DocumentTicket.permit_id == uuid.UUID(permit_id))
            ),
        ]


def revoke(desk: Desk, person: Person, permit: dict[str, str]) -> None:
    assert desk.client.delete(f"{API}/permits/{permit['id']}", headers=person.headers).status_code == 204


def expire(desk: Desk, person: Person, permit: dict[str, str]) -> None:
    desk.expire(permit["id"])
    desk.let_pass(minutes=5)
    assert close_expired(desk.sessions) == 2


def use_up(desk: Desk, person: Person, permit: dict[str, str]) -> None:
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200
    # The last views' tickets live for five minutes more.
    desk.let_pass(minutes=5)
    assert close_expired(desk.sessions) == 2


def destroy_peppers(desk: Desk, person: Person, permit: dict[str, str]) -> None:
    runner = desk.app.test_cli_runner()
    assert runner.invoke(args=["peppers", "rotate"]).exit_code == 0
    destroyed = runner.invoke(args=["peppers", "destroy", "1", "--revoke-permits"])
    assert destroyed.exit_code == 0, destroyed.output


@pytest.mark.parametrize("end", [revoke, expire, use_up, destroy_peppers], ids=lambda end: end.__name__)
def test_the_keys_of_an_ended_permit_are_nowhere(desk: Desk, end: Deleted) -> None:
    person = desk.person()
    permit = desk.permit(person, max_views=2)
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200
    keys = keys_of(desk, permit["id"])
    assert len(keys) == 2
    assert all(places(desk, key) for key in keys)
    end(desk, person, permit)
    assert keys_of(desk, permit["id"]) == []
    assert {name for key in keys for name in places(desk, key)} == set()


def test_the_keys_of_a_pause_are_nowhere(desk: Desk) -> None:
    person = desk.person()
    permit = desk.permit(person)
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200
    copy, ticket = keys_of(desk, permit["id"])
    desk.client.post(f"{API}/permits/{permit['id']}/pause", headers=person.headers)
    assert places(desk, ticket) == []
    assert places(desk, copy) != []


def test_one_of_many_permits_leaves_no_copy_on_any_page(desk: Desk) -> None:
    people = [desk.person(number) for number in range(1, 31)]
    permits = [desk.permit(person) for person in people]
    keys = [keys_of(desk, permit["id"])[0] for permit in permits]
    for number in range(0, 30, 2):
        revoke(desk, people[number], permits[number])
        assert places(desk, keys[number]) == []
    assert all(places(desk, key) for key in keys[1::2])
    assert [name for key in keys[::2] for name in places(desk, key)] == []


@contextmanager
def reading(desk: Desk) -> Iterator[None]:
    """Somebody who has begun to read and does not end, such as a backup."""
    with closing(sqlite3.connect(str(desk.engine.url.database), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM permits").fetchall()
        yield


def test_a_reader_in_the_way_holds_nobody_up_and_the_loop_does_it_afterwards(desk: Desk) -> None:
    person = desk.person()
    permit = desk.permit(person)
    [key] = keys_of(desk, permit["id"])
    with reading(desk):
        # With a wait for the reader this would take the busy timeout of thirty seconds.
        revoke(desk, person, permit)
        assert places(desk, key) != []
        assert empty_write_ahead_log(desk.sessions) == 0
        assert places(desk, key) != []
        # Writers are not held up either.
        assert desk.permit(person)
    assert empty_write_ahead_log(desk.sessions) == 0
    assert places(desk, key) == []


def test_a_writer_in_the_way_is_not_waited_for(desk: Desk) -> None:
    person = desk.person()
    permit = desk.permit(person)
    [key] = keys_of(desk, permit["id"])
    with reading(desk):
        revoke(desk, person, permit)
    # On SQLite every transaction of ours takes the writer's lock.
    with desk.sessions.begin() as session:
        session.execute(sa.select(SealedCopy))
        empty_write_ahead_log(desk.sessions)
        assert places(desk, key) != []
    empty_write_ahead_log(desk.sessions)
    assert places(desk, key) == []
