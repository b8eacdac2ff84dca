"""Commits wake the loops that wait for them, in both kinds of database; a lost connection comes back."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from services.kit import listening
from services.kit.db import Sessions
from services.kit.endings import add_ending
from services.kit.listening import new_database_listeners
from services.kit.loops import Loop
from services.kit.notifications import ENDINGS, EVENTS, TASKS, notify
from services.kit.outbox import add_event, add_task
from tests.service.kit.tiny import Ending, Outbox
from tests.waiting import PATIENCE, wait_until


def build_loop(channel: str) -> Loop:
    return Loop(channel, lambda: 0, 1.0, channel=channel)


@contextmanager
def listen(engine: sa.Engine, *channels: str) -> Iterator[Sequence[Loop]]:
    """Provide a loop of each channel, which is not run, while its listener is."""
    loops, stop = [build_loop(channel) for channel in channels], threading.Event()
    [run] = new_database_listeners(engine, loops)
    threading.Thread(target=run, args=(stop,), daemon=True).start()
    try:
        for loop in loops:
            # What was committed before the listener began is looked for.
            assert loop.wake.wait(PATIENCE)
            loop.wake.clear()
        yield loops
    finally:
        stop.set()
        with engine.begin() as connection:
            # So that the thread sees that it is to end.
            if engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_notify(channels[0], "")))


def test_a_commit_wakes_the_loop_of_its_channel(sessions: Sessions) -> None:
    engine = sessions.kw["bind"]
    with listen(engine, EVENTS, TASKS, ENDINGS) as (events, tasks, endings):
        with sessions() as session:
            add_event(session, Outbox, "note.written", data={})
            add_task(session, Outbox, "render", {})
            session.rollback()
        with sessions.begin() as session:
            add_task(session, Outbox, "render", {})
            assert not tasks.wake.wait(0.05)
        assert tasks.wake.wait(PATIENCE)
        if engine.dialect.name == "postgresql":
            # SQLite does not say what was committed.
            assert not events.wake.is_set()
        with sessions.begin() as session:
            add_event(session, Outbox, "note.written", data={})
        assert events.wake.wait(PATIENCE)
        with sessions.begin() as session:
            add_ending(session, Ending, "note.ended", note=1)
        assert endings.wake.wait(PATIENCE)


def test_a_session_notifies_a_channel_of_its_own(postgresql_sessions: Sessions) -> None:
    with listen(postgresql_sessions.kw["bind"], "codes") as [codes]:
        with postgresql_sessions.begin() as session:
            notify(session, "codes")
        assert codes.wake.wait(PATIENCE)


def test_a_lost_connection_is_opened_again_and_loops_poll_meanwhile(
    postgresql_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "FIRST_DELAY", 0.05)
    engine, heard_until = postgresql_sessions.kw["bind"], threading.Event()
    with listen(engine, TASKS) as [tasks]:
        wait_until(tasks.is_heard.is_set)
        clear = tasks.is_heard.clear

        def note_loss() -> None:
            clear()
            heard_until.set()

        tasks.is_heard.clear = note_loss  # type: ignore[method-assign]
        ended = end_listeners(engine)
        assert ended == 1
        assert heard_until.wait(PATIENCE)
        wait_until(tasks.is_heard.is_set)
        # Waked, since something may have been committed while nobody listened.
        assert tasks.wake.is_set()
        tasks.wake.clear()
        with postgresql_sessions.begin() as session:
            add_task(session, Outbox, "render", {})
        assert tasks.wake.wait(PATIENCE)


def end_listeners(engine: sa.Engine) -> int:
    """Return how many sessions of this database that listen were ended by the server."""
    with engine.begin() as connection:
        ended = connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        )
        return len(ended.all())


def test_a_program_without_such_loops_opens_no_connection(sessions: Sessions) -> None:
    assert new_database_listeners(sessions.kw["bind"], [Loop("sweeper", lambda: 0, 1.0)]) == []
