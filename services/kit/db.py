"""Engines, sessions and column types, alike on SQLite and PostgreSQL.

Every service has its own `DeclarativeBase` and its own database; it builds both with what is here.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker
from sqlalchemy.sql.functions import FunctionElement

from services.kit import tracing
from services.kit.postgresql import new_postgresql_engine, parse_database_url
from services.kit.sqlite import listen_for_deletions, new_sqlite_engine

Sessions = sessionmaker[Session]
Columns = TypeVarTuple("Columns")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite assigns keys automatically only to INTEGER columns.
BigKey = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UtcDateTime(sa.TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops time zones, so they are put on and taken off here."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TYPES: dict[Any, Any] = {
    datetime: UtcDateTime(),
    dict[str, Any]: sa.JSON(),
    list[str]: sa.JSON(),
    uuid.UUID: sa.Uuid(),
}


class sql_now(FunctionElement[datetime]):  # noqa: N801 -- reads like an SQL function
    """The database's clock inside a statement, moved by whole seconds: ``sql_now(-60)``."""

    inherit_cache = True
    type = UtcDateTime()

    def __init__(self, seconds: int | sa.BindParameter[int] = 0) -> None:
        moved = sa.literal(seconds, sa.Integer()) if isinstance(seconds, int) else seconds
        super().__init__(moved)


@compiles(sql_now, "sqlite")
def _compile_sqlite_now(element: Any, compiler: Any, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    # Six digits of fraction, as SQLAlchemy writes its own values: text compares like time.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(sql_now, "postgresql")
def _compile_postgresql_now(element: Any, compiler: Any, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


def select_sql_now(seconds: int = 0) -> sa.ScalarSelect[datetime]:
    """Return `sql_now` as a subquery, which is evaluated once per statement.

    In a condition PostgreSQL would evaluate `sql_now` for every row and use no index. Order the rows by the
    column that is compared: the planner cannot estimate how many there are.
    """
    return sa.select(sql_now(seconds)).scalar_subquery()


def new_enum_type(values: type[StrEnum], *, length: int | None = None, name: str | None = None) -> sa.Enum:
    """Return a column type that stores the values of an enumeration as text with a CHECK."""
    return sa.Enum(
        values,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        **({} if length is None else {"length": length}),
        **({} if name is None else {"name": name}),
    )


def new_metadata() -> sa.MetaData:
    """Return metadata whose constraints have the same names on every database."""
    return sa.MetaData(naming_convention=NAMING)


def new_engine(url: str) -> sa.Engine:
    """Return an engine for a ``sqlite:///`` or ``postgresql://`` URL; the latter may name several servers."""
    parts = parse_database_url(url)
    engine = (
        new_sqlite_engine(parts) if parts.get_backend_name() == "sqlite" else new_postgresql_engine(parts)
    )
    tracing.follow_statements(engine)
    return engine


def new_sessions(engine: sa.Engine) -> Sessions:
    """Return sessions whose objects stay readable after their transaction has ended."""
    sessions = sessionmaker(engine, expire_on_commit=False)
    if engine.dialect.name == "sqlite":
        listen_for_deletions(sessions)
    return sessions


def ping_database(engine: sa.Engine) -> None:
    """Raise what the driver raises when the database does not answer."""
    with engine.connect() as connection:
        connection.execute(sa.select(1))


def look_up(sessions: Sessions, query: sa.Select[*Columns], **values: Any) -> Sequence[sa.Row[*Columns]]:
    """Return the rows of one query outside of any transaction of the caller.

    On PostgreSQL it is one statement without a transaction, half of what a session would cost; on SQLite it
    waits for no writer.
    """
    engine: sa.Engine = sessions.kw["bind"]
    # SQLite's driver must stay as `sqlite` left it.
    options = (
        {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {"is_lookup": True}
    )
    with engine.connect().execution_options(**options) as connection:
        return connection.execute(query, values).all()


def is_any(sessions: Sessions, condition: sa.ColumnElement[bool], by: InstrumentedAttribute[Any]) -> bool:
    """Return whether a table has a row of that condition, for loops that poll often and mostly find none.

    `by` is the column whose index finds it: PostgreSQL cannot tell how few rows are due, and would read the
    table.
    """
    query = sa.select(sa.literal_column("1", sa.Integer())).where(condition).order_by(by).limit(1)
    return bool(look_up(sessions, query))


def read_database_time(session: Session) -> datetime:
    """Return the time by the database's clock, in UTC."""
    return session.scalars(sa.select(sql_now())).one()
