"""A deleted wrapped key is in no file of SQLite: neither in the database nor in its log."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.inquiry.actions.housekeeping import clear_write_ahead_log
from services.inquiry.models import DocumentTicket, SealedCopy
from tests.service.inquiry.desk import API, Desk, Person

EndPermit = Callable[[Desk, Person, dict[str, str]], None]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return a database of SQLite, whose files can be searched; see docs/retention.md for PostgreSQL."""
    return sqlite_url


def read_files(desk: Desk) -> dict[str, bytes]:
    path = Path(desk.engine.url.database or "")
    return {file.name: file.read_bytes() for file in path.parent.glob(f"{path.name}*") if file.is_file()}


def find_secret(desk: Desk, secret: bytes) -> list[str]:
    """Return the names of the files that contain these bytes, or half of them."""
    half = len(secret) // 2
    return [
        name
        for name, content in read_files(desk).items()
        if any(part in content for part in (secret, secret[:half], secret[half:]))
    ]


def list_keys(desk: Desk, permit_id: str) -> list[bytes]:
    """Return the wrapped keys of a permit's copy and of its tickets."""
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
    desk.pass_time(minutes=5)
    assert desk.delete_expired_keys() == 2


def use_up(desk: Desk, person: Person, permit: dict[str, str]) -> None:
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200
    # The tickets of the last view are valid for five more minutes.
    desk.pass_time(minutes=5)
    assert desk.delete_expired_keys() == 2


def destroy_peppers(desk: Desk, person: Person, permit: dict[str, str]) -> None:
    runner = desk.app.test_cli_runner()
    assert runner.invoke(args=["peppers", "rotate"]).exit_code == 0
    destroyed = runner.invoke(args=["peppers", "destroy", "1", "--revoke-permits"])
    assert destroyed.exit_code == 0, destroyed.output


@pytest.mark.parametrize(
    "end_permit", [revoke, expire, use_up, destroy_peppers], ids=lambda end: end.__name__
)
def test_keys_of_an_ended_permit_are_in_no_file(desk: Desk, end_permit: EndPermit) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person, max_views=2)
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200
    keys = list_keys(desk, permit["id"])
    assert len(keys) == 2
    assert all(find_secret(desk, key) for key in keys)
    end_permit(desk, person, permit)
    assert list_keys(desk, permit["id"]) == []
    assert {name for key in keys for name in find_secret(desk, key)} == set()


def test_ticket_of_a_paused_permit_is_in_no_file(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person)
    assert desk.inquire(person.national_code, permit["code"]).status_code == 200
    copy, ticket = list_keys(desk, permit["id"])
    desk.client.post(f"{API}/permits/{permit['id']}/pause", headers=person.headers)
    assert find_secret(desk, ticket) == []
    assert find_secret(desk, copy) != []


def test_one_of_many_permits_leaves_no_copy_on_any_page(desk: Desk) -> None:
    people = [desk.add_person(number) for number in range(1, 31)]
    permits = [desk.issue_permit(person) for person in people]
    keys = [list_keys(desk, permit["id"])[0] for permit in permits]
    for number in range(0, 30, 2):
        revoke(desk, people[number], permits[number])
        assert find_secret(desk, keys[number]) == []
    assert all(find_secret(desk, key) for key in keys[1::2])
    assert [name for key in keys[::2] for name in find_secret(desk, key)] == []


@contextmanager
def reading(desk: Desk) -> Iterator[None]:
    """Open a read transaction that does not end, such as that of a backup."""
    with closing(sqlite3.connect(str(desk.engine.url.database), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM permits").fetchall()
        yield


def test_log_is_emptied_after_a_reader_without_waiting_for_it(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person)
    [key] = list_keys(desk, permit["id"])
    with reading(desk):
        # Waiting for the reader would take the busy timeout of thirty seconds.
        revoke(desk, person, permit)
        assert find_secret(desk, key) != []
        clear_write_ahead_log(desk.sessions)
        assert find_secret(desk, key) != []
        # Writers do not wait either.
        assert desk.issue_permit(person)
    clear_write_ahead_log(desk.sessions)
    assert find_secret(desk, key) == []


def test_log_is_emptied_after_a_writer_without_waiting_for_it(desk: Desk) -> None:
    person = desk.add_person()
    permit = desk.issue_permit(person)
    [key] = list_keys(desk, permit["id"])
    with reading(desk):
        revoke(desk, person, permit)
    # On SQLite each of our transactions takes the writer's lock.
    with desk.sessions.begin() as session:
        session.execute(sa.select(SealedCopy))
        clear_write_ahead_log(desk.sessions)
        assert find_secret(desk, key) != []
    clear_write_ahead_log(desk.sessions)
    assert find_secret(desk, key) == []
