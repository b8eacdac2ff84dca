"""INSERT in each database's dialect: with conflict handling, and for many rows in one statement."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

Insert = sqlite.Insert | postgresql.Insert


def build_insert(session: Session, model: type[DeclarativeBase]) -> Insert:
    """Return an INSERT with conflict handling, in the dialect of the session's database."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)


def insert_rows(
    session: Session,
    model: type[DeclarativeBase],
    rows: Sequence[dict[str, Any]],
    handle_conflicts: Callable[[Insert], Insert] = lambda insert: insert,
) -> None:
    """Insert rows that all have the same columns, in this order. They have what Python makes by default."""
    if not rows:
        return
    # On the connection: the session's bulk insert takes 1.5 times as long for the same rows.
    connection = session.connection()
    insert = build_insert(session, model)
    if connection.dialect.name == "sqlite":
        connection.execute(handle_conflicts(insert), rows)
        return
    types = {name: model.__table__.columns[name].type for name in rows[0]}
    forms = {name: _find_json_form(type_, connection.dialect) for name, type_ in types.items()}
    if changed := {name: form for name, form in forms.items() if form}:
        rows = [
            row | {name: None if row[name] is None else form(row[name]) for name, form in changed.items()}
            for row in rows
        ]
    # One statement for all rows takes PostgreSQL half the time of one for each row, also if they are
    # pipelined.
    columns = [sa.column(name, type_) for name, type_ in types.items()]
    recordset = sa.func.json_to_recordset(sa.literal(rows, sa.JSON())).table_valued(*columns)
    query = sa.select(recordset.render_derived(with_types=True))
    connection.execute(handle_conflicts(insert.from_select([*types], query)))


def _find_json_form(type_: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """Return what makes JSON of a column's values, for the columns of a record set; None if they are JSON."""
    if isinstance(type_, sa.Date):
        return date.isoformat
    if isinstance(type_, sa.Uuid):
        return str
    if isinstance(type_, sa.types.TypeDecorator):
        return lambda value: type_.process_bind_param(value, dialect)
    return None


def copy_rows(session: Session, model: type[DeclarativeBase], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns, on PostgreSQL by COPY.

    COPY writes a record of the log for each page, an INSERT one for each row: a fifth of the log of a row.
    """
    connection = session.connection()
    if not rows or connection.dialect.name == "sqlite":
        insert_rows(session, model, rows)
        return
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model.__tablename__), sql.SQL(", ").join(map(sql.Identifier, rows[0]))
    )
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(copy) as lines:
            for row in rows:
                lines.write_row([*row.values()])
    except psycopg.Error as error:
        # As SQLAlchemy raises it from other statements.
        text = copy.as_string(driver)
        raise sa.exc.DBAPIError.instance(
            text, None, error, psycopg.Error, dialect=connection.dialect
        ) from error
