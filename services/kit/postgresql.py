"""Connections to PostgreSQL that notice within a stated time that nobody is there any more.

`db.new_engine` opens its connections here. A path that takes packets and loses them tells neither end:
without these bounds a thread here waits for ever, and a transaction there holds its locks for hours.
"""

import math
import time
from collections.abc import Mapping
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.abc import RV, PQGen
from psycopg.errors import OperationalError

ACTIVE = psycopg.pq.TransactionStatus.ACTIVE

# Seconds. The longest statement of a service took 4 s when measured, a list of 20 MiB.
ANSWER_WITHIN = 30.0

# Seconds that a connection may lie in the pool and be taken for alive. A question at every use was an eighth
# of a service's own time when measured; whoever meets a server's restart sooner than this hears a 503.
PING_AFTER = 1.0

# Seconds, the last in milliseconds: for libpq, which gives up a machine that is gone after about 15 s.
PARAMETERS: Mapping[str, str] = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
# The same for the server, which gives up sessions whose client is gone. No transaction waits for anything
# but the database, so one that is idle for long belongs to nobody.
SERVER_SETTINGS: Mapping[str, str] = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",
    "idle_in_transaction_session_timeout": "30000",
}


class BoundedConnection(psycopg.Connection[Any]):
    """Is closed when an answer takes longer than `answer_within` seconds; None is no bound."""

    answer_within: float | None = ANSWER_WITHIN

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """What the server answers. Raises OperationalError and is closed when it does not in time."""
        try:
            return super().wait(gen, interval, self.answer_within if timeout is None else timeout)
        except OperationalError:
            if timeout is None and not self.closed and self.pgconn.transaction_status == ACTIVE:
                self.close()
            raise


def new_postgresql_engine(url: sa.URL) -> sa.Engine:
    """An engine for a ``postgresql://`` URL.

    The URL's own query outdoes `PARAMETERS`; its ``answer_within`` is in seconds, 0 for no bound.
    """
    said = url.query.get("answer_within")
    answer_within = ANSWER_WITHIN if said is None else float(str(said)) or None
    options = " ".join(f"-c {name}={value}" for name, value in SERVER_SETTINGS.items())
    defaults = {**PARAMETERS, "options": options}
    url = url.difference_update_query(["answer_within"])
    engine = sa.create_engine(
        url.update_query_dict({**defaults, **url.query}), pool_size=10, max_overflow=10, pool_use_lifo=True
    )

    def connect(_dialect: Any, _record: Any, words: list[Any], parameters: dict[str, Any]) -> Any:
        connection = BoundedConnection.connect(*words, **parameters)
        connection.answer_within = answer_within
        return connection

    sa.event.listen(engine, "do_connect", connect)
    _ping_idle_connections(engine)
    return engine


def _ping_idle_connections(engine: sa.Engine) -> None:
    def lay_down(_connection: Any, record: Any) -> None:
        record.info["lies_since"] = time.monotonic()

    def take_up(connection: Any, record: Any, _fairy: Any) -> None:
        if time.monotonic() - record.info.get("lies_since", math.inf) <= PING_AFTER:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            # The pool opens another one, and trusts none that is as old.
            raise sa.exc.InvalidatePoolError from error

    sa.event.listen(engine, "checkin", lay_down)
    sa.event.listen(engine, "checkout", take_up)
