"""Connections to PostgreSQL do not wait for ever; what a lost network does to them is in tests/chaos."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from services.kit import postgresql
from services.kit.db import new_engine
from services.kit.postgresql import SERVER_SETTINGS, parse_database_url
from services.kit.settings import SettingsError


@contextmanager
def _engine(url: str, query: str = "") -> Iterator[sa.Engine]:
    engine = new_engine(f"{url}{'&' if '?' in url else '?'}{query}")
    yield engine
    engine.dispose()


def test_the_server_gives_up_sessions_whose_client_is_gone(postgresql_url: str) -> None:
    with _engine(postgresql_url) as engine, engine.connect() as connection:
        idle = connection.scalars(sa.text("SHOW idle_in_transaction_session_timeout")).one()
    assert idle == "30s"
    assert SERVER_SETTINGS["tcp_user_timeout"] == "15000"


def test_a_statement_that_is_not_answered_ends_its_connection(postgresql_url: str) -> None:
    with _engine(postgresql_url, "answer_within=0.5") as engine:
        with engine.connect() as connection:
            began = time.monotonic()
            with pytest.raises(OperationalError) as caught:
                connection.execute(sa.text("SELECT pg_sleep(3600)"))
        assert caught.value.connection_invalidated
        assert time.monotonic() - began > 0.4
        with engine.connect() as connection:
            assert connection.scalars(sa.text("SELECT 1")).one() == 1


def test_other_errors_leave_the_connection_open(postgresql_url: str) -> None:
    with _engine(postgresql_url) as engine, engine.connect() as connection:
        connection.execute(sa.text("SET statement_timeout = 100"))
        with pytest.raises(OperationalError) as caught:
            connection.execute(sa.text("SELECT pg_sleep(20)"))
        assert not caught.value.connection_invalidated
        connection.rollback()
        assert connection.scalars(sa.text("SELECT 1")).one() == 1


def test_the_address_has_the_last_word(postgresql_url: str) -> None:
    query = "options=-c%20statement_timeout%3D77&answer_within=0"
    with _engine(postgresql_url, query) as engine, engine.connect() as connection:
        assert connection.scalars(sa.text("SHOW statement_timeout")).one() == "77ms"
        assert getattr(connection.connection.driver_connection, "answer_within") is None  # noqa: B009


def _end_all(url: str) -> None:
    """End the server's sessions, as its restart does."""
    with _engine(url) as engine, engine.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def _lay_two(engine: sa.Engine) -> None:
    with engine.connect(), engine.connect():
        pass


def _look(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.select(1))


def test_a_connection_that_has_lain_is_looked_at_before_its_use(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "PING_AFTER", 0.0)
    with _engine(postgresql_url) as engine:
        _lay_two(engine)
        _end_all(postgresql_url)
        _look(engine)


def test_one_use_at_most_meets_a_server_that_has_just_restarted(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "PING_AFTER", 60.0)
    with _engine(postgresql_url) as engine:
        _lay_two(engine)
        _end_all(postgresql_url)
        with pytest.raises(OperationalError):
            _look(engine)
        for _ in range(3):
            _look(engine)


def test_the_password_is_read_from_its_file_for_each_connection(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests' server trusts everyone, so a password that cannot be read is what shows."""
    file = tmp_path / "password"
    file.write_text("drawn\n", "ascii")
    monkeypatch.setenv("PGPASSWORD_FILE", str(file))
    with _engine(postgresql_url) as engine:
        with engine.connect() as connection:
            assert connection.connection.driver_connection.info.password == "drawn"  # type: ignore[union-attr]
            file.write_text("renewed\n", "ascii")
            with engine.connect() as other:
                assert other.connection.driver_connection.info.password == "renewed"  # type: ignore[union-attr]
        engine.dispose()
        file.unlink()
        with pytest.raises(SettingsError, match="secret file password cannot be read"), engine.connect():
            pass


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://auth@one:5432,two:5433/auth", ("one:5432", "two:5433")),
        ("postgresql://auth:p%40,ss@one,two:5433/auth?sslmode=verify-full", ("one:5432", "two:5433")),
        ("postgresql+psycopg://one,two,three/auth", ("one:5432", "two:5432", "three:5432")),
    ],
)
def test_an_address_may_name_several_servers(url: str, hosts: tuple[str, ...]) -> None:
    parts = parse_database_url(url)
    assert (parts.query["host"], parts.host, parts.database) == (hosts, None, "auth")
    assert parts.password in {None, "p@,ss"}
    engine = new_engine(url)
    _, parameters = engine.dialect.create_connect_args(engine.url)
    assert parameters["host"] == ",".join(host.partition(":")[0] for host in hosts)
    assert parameters["port"] == ",".join(host.partition(":")[2] for host in hosts)
    assert (parameters["target_session_attrs"], parameters["connect_timeout"]) == ("read-write", "2")
    chosen = new_engine(f"{url}{'&' if '?' in url else '?'}target_session_attrs=any")
    assert chosen.dialect.create_connect_args(chosen.url)[1]["target_session_attrs"] == "any"


@pytest.mark.parametrize(
    "url",
    ["sqlite:////tmp/a,b.sqlite3", "postgresql://a:b,c@one/auth", "postgresql:///auth?host=/run/a,b"],
)
def test_other_addresses_stay_as_they_are(url: str) -> None:
    assert parse_database_url(url) == sa.make_url(url)


def test_a_server_that_takes_no_writes_any_more_is_left(postgresql_url: str) -> None:
    table = sa.table("things", sa.column("name"))
    with _engine(postgresql_url) as engine:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE things (name text)"))
            connection.execute(sa.text("SET SESSION default_transaction_read_only = on"))
        with pytest.raises(OperationalError) as caught, engine.begin() as connection:
            connection.execute(table.insert().values(name="a secret"))
        assert caught.value.connection_invalidated
        assert "a secret" not in str(caught.value)
        with engine.begin() as connection:
            connection.execute(table.insert().values(name="written"))
