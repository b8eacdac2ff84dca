"""What a service keeps of ended sessions: which tokens it refuses, for how long, and what a look costs."""

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.db import Sessions, new_sessions
from services.kit.feed import Event
from services.kit.revocation import INSERT_BATCH, RETENTION_SECONDS, EndedSessions, apply_ending
from services.kit.tokens import Principal
from tests.service.kit import tiny
from tests.service.kit.calls import NOTES, read_problem
from tests.service.kit.tiny import EndedSession
from tests.tokens import build_bearer_header, mint

SID = str(uuid.uuid4())


@pytest.fixture
def sessions(engine: sa.Engine) -> Sessions:
    return new_sessions(engine)


def apply_events(sessions: Sessions, name: str, at: datetime, **data: Any) -> None:
    event = Event(1, str(uuid.uuid4()), name, at, None, data, "request")
    with sessions.begin() as session:
        apply_ending(EndedSession, session, event)


def list_ended(sessions: Sessions) -> set[str]:
    with sessions() as session:
        return set(session.scalars(sa.select(EndedSession.id)))


def build_principal(
    session_id: str | None = None, subject: str = "somebody", issued_at: datetime | None = None
) -> Principal:
    issued = (issued_at or datetime.now(UTC)).timestamp()
    return Principal(subject, "officer", frozenset(), session_id=session_id, issued_at=issued)


def test_a_session_has_ended_whenever_its_token_was_issued(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    apply_events(sessions, "sessions.ended", now, reason="signed-out", sids=[SID])
    endings = EndedSessions(sessions, EndedSession)
    for moment in (now - timedelta(minutes=9), now, now + timedelta(seconds=20)):
        assert endings.has_ended(build_principal(SID, issued_at=moment))
    assert not endings.has_ended(build_principal(str(uuid.uuid4())))
    assert not endings.has_ended(build_principal(None))


def test_of_an_account_the_older_tokens_have_ended(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    apply_events(sessions, "account.disabled", now, account="bank")
    endings = EndedSessions(sessions, EndedSession)
    just = timedelta(milliseconds=1)
    for session_id in (None, SID):
        assert endings.has_ended(build_principal(session_id, "bank", now))
        assert endings.has_ended(build_principal(session_id, "bank", now - timedelta(minutes=9)))
        assert not endings.has_ended(build_principal(session_id, "bank", now + just))
    assert not endings.has_ended(build_principal(None, "another"))
    later = now + timedelta(seconds=5)
    apply_events(sessions, "account.disabled", later, account="bank")
    assert endings.has_ended(build_principal(None, "bank", later))
    assert not endings.has_ended(build_principal(None, "bank", later + just))


def test_an_event_of_an_older_auth_names_no_session(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    apply_events(sessions, "sessions.ended", now, reason="signed-out")
    assert list_ended(sessions) == set()


def test_rows_go_when_no_token_can_need_them(sessions: Sessions) -> None:
    # The clock of this test's own beginning: the module may have been read long before.
    now = datetime.now(UTC)
    long_ago = now - timedelta(seconds=RETENTION_SECONDS + 60)
    apply_events(sessions, "sessions.ended", long_ago, reason="signed-out", sids=[str(uuid.uuid4())])
    assert list_ended(sessions) == set()
    with sessions.begin() as session:
        session.add(EndedSession(id="old", ended_at=long_ago))
        session.add(EndedSession(id="young", ended_at=now - timedelta(seconds=RETENTION_SECONDS - 60)))
    apply_events(sessions, "sessions.ended", now, reason="signed-out", sids=[SID])
    assert list_ended(sessions) == {"young", SID}


def test_many_sessions_end_together_and_twice_is_once(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    sids = [str(uuid.uuid4()) for _ in range(2 * INSERT_BATCH + 1)]
    for _ in range(2):
        apply_events(sessions, "sessions.ended", now, reason="password-reset", sids=[*sids, sids[0]])
    assert list_ended(sessions) == set(sids)


def list_statements(engine: sa.Engine, what: Any) -> list[str]:
    """Return the statements that an engine ran meanwhile."""
    statements: list[str] = []

    def note_statement(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note_statement)
    what()
    sa.event.remove(engine, "before_cursor_execute", note_statement)
    return statements


def test_a_look_is_one_statement_by_the_primary_key(sqlite_engine: sa.Engine) -> None:
    endings = EndedSessions(new_sessions(sqlite_engine), EndedSession)
    statements = list_statements(sqlite_engine, lambda: endings.has_ended(build_principal(SID)))
    assert statements[0] == "BEGIN DEFERRED"
    [query] = statements[1:]
    with sqlite_engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (SID, "somebody")).all()
    assert [step[-1] for step in plan if "ended_sessions" in step[-1]] == [
        "SEARCH ended_sessions USING INDEX sqlite_autoindex_ended_sessions_1 (id=?)"
    ]


@pytest.fixture
def writer(sqlite_engine: sa.Engine) -> Iterator[sa.Connection]:
    """Somebody who is writing all the while."""
    with sqlite_engine.connect() as connection:
        connection.execute(sa.insert(EndedSession).values(id="uncommitted", ended_at=datetime.now(UTC)))
        yield connection
        connection.rollback()


def test_on_sqlite_a_look_waits_for_no_writer(sqlite_engine: sa.Engine, writer: sa.Connection) -> None:
    endings = EndedSessions(new_sessions(sqlite_engine), EndedSession)
    looked = threading.Event()

    def look() -> None:
        if not endings.has_ended(build_principal("uncommitted")):
            looked.set()

    thread = threading.Thread(target=look)
    thread.start()
    # The writer goes on until it is done: who waited for it would never be.
    assert looked.wait(20)
    assert writer.in_transaction()
    thread.join()


def test_every_route_refuses_the_token_and_its_successor_is_let_in(engine: sa.Engine) -> None:
    now = datetime.now(UTC)
    client, sessions = tiny.create_app(engine).test_client(), new_sessions(engine)
    person = uuid.uuid4()
    ended, living = (
        build_bearer_header(mint("citizen", person, "tiny", ["self"], sid=sid))
        for sid in (SID, str(uuid.uuid4()))
    )
    assert client.get(NOTES, headers=ended).status_code == 200
    apply_events(sessions, "sessions.ended", now, reason="signed-out", sids=[SID])
    answer = client.get(NOTES, headers=ended)
    read_problem(answer, 401, "token-invalid")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="govah", error="invalid_token"'
    assert client.get(NOTES, headers=living).status_code == 200
    assert client.get("/api/v1/tiny/open", headers=ended).status_code == 200


def test_a_database_that_is_away_lets_nobody_in(sqlite_engine: sa.Engine) -> None:
    client = tiny.create_app(sqlite_engine).test_client()
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ended_sessions RENAME TO gone")
    token = mint("citizen", uuid.uuid4(), "tiny", ["self"], sid=SID, iat=int(time.time()))
    read_problem(client.get(NOTES, headers=build_bearer_header(token)), 503, "unavailable")
