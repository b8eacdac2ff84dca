"""Connections to PostgreSQL that detect a dead server or path within a bounded time.

`db.new_engine` opens its connections here. A path that silently loses packets informs neither end: without
these bounds a thread here waits indefinitely, and a transaction there holds its locks for hours.
"""

import math
import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.abc import RV, PQGen
from psycopg.errors import OperationalError, ReadOnlySqlTransaction

from services.kit.settings import iterate_secrets, read_secrets

ACTIVE = psycopg.pq.TransactionStatus.ACTIVE

# Seconds. The longest statement of a service took 4 s when measured, a list of 20 MiB.
ANSWER_WITHIN = 30.0

# Seconds that a connection may be idle in the pool and count as alive. A ping at every use took an eighth of
# a service's own time when measured; a request sooner than this after a server's restart gets a 503.
PING_AFTER = 1.0

# Seconds, the last in milliseconds: with these libpq gives up a dead machine after about 15 s.
PARAMETERS: Mapping[str, str] = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
# The same for the server, which ends sessions whose client is gone. No transaction waits for anything but the
# database, so one that is idle for long has lost its client.
SERVER_SETTINGS: Mapping[str, str] = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "idle_in_transaction_session_timeout": "30000",
}


# The same for an address of several servers: the first that answers and takes writes is used, and one that is
# silent may cost as much at each new connection. psycopg takes no less than two seconds.
SEVERAL_SERVERS: Mapping[str, str] = {"connect_timeout": "2", "target_session_attrs": "read-write"}


def parse_database_url(url: str) -> sa.URL:
    """Return an address, which may name several servers as libpq's do: ``postgresql://auth@one:5432,two/auth``.

    Raises sa.exc.ArgumentError or ValueError.
    """
    head, separator, rest = url.partition("://")
    servers, slash, tail = rest.partition("/")
    user, at, hosts = servers.rpartition("@")
    if not head.startswith("postgresql") or "," not in hosts:
        return sa.make_url(url)
    # SQLAlchemy has them in the query.
    parts = sa.make_url(f"{head}{separator}{user}{at}{slash}{tail}")
    addresses = [host if ":" in host else f"{host}:5432" for host in hosts.split(",")]
    return parts.update_query_dict({"host": addresses})


def check_database_url(url: str) -> None:
    """Raise sa.exc.ArgumentError or ValueError for an address that no engine could be made of."""
    parts = parse_database_url(url)
    if parts.get_backend_name() == "sqlite":
        return
    if parts.drivername not in {"postgresql", "postgresql+psycopg"} or not parts.database:
        raise ValueError("neither PostgreSQL nor SQLite, or without a name")
    if (answer_within := parts.query.get("answer_within")) is not None:
        float(str(answer_within))
    parts = parts.difference_update_query(["answer_within"])
    _, parameters = parts.get_dialect()().create_connect_args(parts)
    try:
        psycopg.conninfo.make_conninfo(**parameters)
    except psycopg.Error as error:
        raise ValueError("a parameter that libpq does not know") from error


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that closes when a response takes longer than `answer_within` seconds (None: no bound)."""

    answer_within: float | None = ANSWER_WITHIN

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Return the server's response. Raises OperationalError, and closes the connection, if it is late."""
        try:
            return super().wait(gen, interval, self.answer_within if timeout is None else timeout)
        except OperationalError:
            if timeout is None and not self.closed and self.pgconn.transaction_status == ACTIVE:
                self.close()
            raise


def new_postgresql_engine(url: sa.URL) -> sa.Engine:
    """Return an engine for a ``postgresql://`` URL.

    The URL's own query overrides `PARAMETERS`; its ``answer_within`` is in seconds, 0 for no bound.
    """
    given = url.query.get("answer_within")
    answer_within = ANSWER_WITHIN if given is None else float(str(given)) or None
    options = " ".join(f"-c {name}={value}" for name, value in SERVER_SETTINGS.items())
    several = SEVERAL_SERVERS if isinstance(url.query.get("host"), tuple) else {}
    defaults = {**PARAMETERS, **several, "options": options}
    url = url.difference_update_query(["answer_within"])
    engine = sa.create_engine(
        url.update_query_dict({**defaults, **url.query}), pool_size=10, max_overflow=10, pool_use_lifo=True
    )

    def connect(_dialect: Any, _record: Any, arguments: list[Any], parameters: dict[str, Any]) -> Any:
        # libpq reads PGPASSWORD only. A file is read for each connection, so that its password can change.
        if file := os.environ.get("PGPASSWORD_FILE"):
            connection = _connect_by_file(Path(file), arguments, parameters)
        else:
            connection = BoundedConnection.connect(*arguments, **parameters)
        connection.answer_within = answer_within
        return connection

    sa.event.listen(engine, "do_connect", connect)
    _ping_idle_connections(engine)
    sa.event.listen(engine, "handle_error", _leave_standby)
    return engine


def _connect_by_file(file: Path, arguments: list[Any], parameters: dict[str, Any]) -> BoundedConnection:
    # The server has one password a role. While it is rotated, the file has the new and the former one.
    refusal: OperationalError | None = None
    for secret in iterate_secrets(partial(read_secrets, file)):
        parameters["password"] = secret.get_secret_value()
        try:
            return BoundedConnection.connect(*arguments, **parameters)
        except OperationalError as error:
            if not _is_password_refused(error):
                raise
            refusal = error
    assert refusal
    raise refusal


def _is_password_refused(error: OperationalError) -> bool:
    # libpq does not say the SQLSTATE of a connection's failure, and the sentence is of the server's language.
    return bool(error.pgconn and error.pgconn.used_password)


def _ping_idle_connections(engine: sa.Engine) -> None:
    def note_return(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    def ping_if_idle(connection: Any, record: Any, _fairy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", math.inf) <= PING_AFTER:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            # The pool opens another one, and discards all that are as old.
            raise sa.exc.InvalidatePoolError from error

    sa.event.listen(engine, "checkin", note_return)
    sa.event.listen(engine, "checkout", ping_if_idle)


def _leave_standby(context: sa.engine.ExceptionContext) -> BaseException | None:
    """Have a server that takes no writes any more count as one that is gone, and the pool be emptied."""
    error = context.original_exception
    if not isinstance(error, ReadOnlySqlTransaction):
        return None
    context.is_disconnect = True
    return sa.exc.OperationalError(context.statement, None, error, connection_invalidated=True)
