"""Running records: its commands, its loops, and reads that do not scan tables."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.db import new_sessions, sql_now
from services.kit.problems import Unavailable
from services.kit.schema import SchemaUnknown, check_schema, migrate
from services.kit.storage import new_key_line
from services.records.background import LOOPS, new_consumers, new_loops
from services.records.models import Outbox
from services.records.settings import Settings
from tests.fakes.lists import MARYAM
from tests.service.records.desk import Desk, write_files
from tests.tokens import mint

CODE = "0012345679"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return a SQLite database: the kinds do not differ in what is tested here."""
    return sqlite_url


def test_migrate_command_creates_the_schema(desk: Desk) -> None:
    migrate(desk.engine, "services.records", "base")
    with pytest.raises(SchemaUnknown, match="migrate"):
        check_schema(desk.engine, "services.records")
    assert desk.app.test_cli_runner().invoke(args=["migrate"]).exit_code == 0
    check_schema(desk.engine, "services.records")


def test_an_unknown_loop_is_refused(desk: Desk) -> None:
    result = desk.app.test_cli_runner().invoke(args=["background", "sweeper"])
    assert result.exit_code == 2
    assert "relay" in result.output


@pytest.fixture
def settings(desk: Desk, tmp_path: Path) -> Settings:
    secret = tmp_path / "client.secret"
    secret.write_text("a secret of this test only", "utf-8")
    keys = tmp_path / "test.storage"
    keys.write_text(new_key_line() + "\n", "utf-8")
    return Settings(
        database_url=str(desk.engine.url),
        broker_url="memory://",
        public_url="https://govah.example",
        auth_url="http://127.0.0.1:9",
        client_secret_file=secret,
        storage_url="memory:///",
        storage_keys_file=keys,
    )


def test_unavailable_feed_of_auth_is_retried(desk: Desk, settings: Settings) -> None:
    sessions = new_sessions(desk.engine)
    consumers = new_consumers(settings, sessions)
    loops = [*new_loops(settings, sessions), *consumers.values()]
    assert [loop.name for loop in loops] == list(LOOPS)
    with pytest.raises(Unavailable):
        consumers["auth"].step()


def test_the_relay_numbers_each_event_once(desk: Desk, settings: Settings) -> None:
    desk.import_list(write_files(MARYAM))
    loop = new_loops(settings, new_sessions(desk.engine))[0]
    assert [loop.step(), loop.step()] == [1, 0]
    token = mint("service", "disclosure", "records", scopes=["records:events"])
    events = desk.call("GET", "/internal/events", token).get_json()
    assert (len(events["events"]), events["last"], events["waiting_seconds"]) == (1, 1, 0)


def test_event_is_not_in_the_feed_until_it_is_numbered(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    token = mint("service", "disclosure", "records", scopes=["records:events"])
    assert desk.call("GET", "/internal/events", token).get_json()["waiting_seconds"] >= 0
    with desk.sessions.begin() as session:
        session.execute(sa.update(Outbox).values(occurred_at=sql_now(-60)))
    reply = desk.call("GET", "/internal/events", token).get_json()
    assert (reply["events"], reply["last"]) == ([], 0)
    # Readers learn that the feed is behind.
    assert reply["waiting_seconds"] >= 60


def test_reading_a_record_scans_no_table(desk: Desk) -> None:
    desk.import_list(write_files(MARYAM))
    token = mint("citizen", desk.find_person_id(CODE), scopes=["self"])
    reads: list[tuple[str, Any]] = []

    def record_read(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            reads.append((statement, parameters))

    sa.event.listen(desk.engine, "before_cursor_execute", record_read)
    for path in ("me", "me/contributions", "me/statement?type=wages"):
        assert desk.call("GET", f"/api/v1/records/{path}", token).status_code == 200
    sa.event.remove(desk.engine, "before_cursor_execute", record_read)
    assert any("contributions" in statement for statement, _ in reads)
    with desk.engine.connect() as connection:
        for statement, parameters in reads:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert not [step for *_, step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]
