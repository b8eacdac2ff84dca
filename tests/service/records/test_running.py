"""How records is run: its commands, its relay, and reads that do not grow with the tables."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit.db import new_sessions
from services.kit.problems import Unavailable
from services.kit.schema import SchemaUnknown, check_schema, migrate
from services.records.background import LOOPS, new_consumers, new_loops
from services.records.settings import Settings
from tests.service.records.callers import Records, files_of
from tests.tokens import mint
from tests.unit.records.lists.lists import MARYAM

CODE = "0012345679"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The databases differ in nothing that is tested here."""
    return sqlite_url


def test_the_migrate_command_brings_the_schema(records: Records) -> None:
    migrate(records.engine, "services.records", "base")
    with pytest.raises(SchemaUnknown, match="migrate"):
        check_schema(records.engine, "services.records")
    assert records.app.test_cli_runner().invoke(args=["migrate"]).exit_code == 0
    check_schema(records.engine, "services.records")


def test_an_unknown_loop_is_refused(records: Records) -> None:
    result = records.app.test_cli_runner().invoke(args=["background", "sweeper"])
    assert result.exit_code == 2
    assert "relay" in result.output


@pytest.fixture
def settings(records: Records, tmp_path: Path) -> Settings:
    secret = tmp_path / "client.secret"
    secret.write_text("a secret of this test only", "utf-8")
    return Settings(
        database_url=str(records.engine.url),
        broker_url="memory://",
        public_url="https://govah.example",
        auth_url="http://127.0.0.1:9",
        client_secret_file=secret,
    )


def test_the_feed_of_auth_is_waited_for(records: Records, settings: Settings) -> None:
    sessions = new_sessions(records.engine)
    consumers = new_consumers(settings, sessions)
    loops = [*new_loops(settings, sessions), *consumers.values()]
    assert [loop.name for loop in loops] == list(LOOPS)
    with pytest.raises(Unavailable):
        consumers["auth"].step()


def test_the_relay_numbers_each_event_once(records: Records, settings: Settings) -> None:
    records.accept(files_of(MARYAM))
    [loop] = new_loops(settings, new_sessions(records.engine))
    assert [loop.step(), loop.step()] == [1, 0]
    token = mint("service", "disclosure", "records", scopes=["records:events"])
    events = records.call("GET", "/internal/events", token).get_json()
    assert (len(events["events"]), events["last"]) == (1, 1)


def test_an_event_is_unseen_until_it_is_numbered(records: Records) -> None:
    records.accept(files_of(MARYAM))
    token = mint("service", "disclosure", "records", scopes=["records:events"])
    assert records.call("GET", "/internal/events", token).get_json() == {"events": [], "last": 0}


def test_reading_a_record_scans_no_table(records: Records) -> None:
    records.accept(files_of(MARYAM))
    token = mint("citizen", records.person_id(CODE), scopes=["self"])
    reads: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            reads.append((statement, parameters))

    sa.event.listen(records.engine, "before_cursor_execute", note)
    for path in ("me", "me/contributions", "me/statement?type=wages"):
        assert records.call("GET", f"/api/v1/records/{path}", token).status_code == 200
    sa.event.remove(records.engine, "before_cursor_execute", note)
    assert any("contributions" in statement for statement, _ in reads)
    with records.engine.connect() as connection:
        for statement, parameters in reads:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert not [step for *_, step in plan if step.startswith("SCAN") and "CONSTANT ROW" not in step]
