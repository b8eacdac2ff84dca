"""INSERT in each database's dialect: with conflict handling, and for many rows in one statement."""

from collections.abc import Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def build_insert(session: Session, model: type[DeclarativeBase]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT with conflict handling, in the dialect of the session's database."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)


def insert_rows(session: Session, model: type[DeclarativeBase], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns: numbers, texts and dates, without defaults."""
    if not rows:
        return
    # On the connection: the session's bulk insert takes 1.5 times as long for the same rows.
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(sa.insert(model), rows)
        return
    # JSON has no dates; the columns of the record set make dates of their texts.
    if dates := [name for name in rows[0] if isinstance(model.__table__.columns[name].type, sa.Date)]:
        rows = [row | {name: row[name] and row[name].isoformat() for name in dates} for row in rows]
    # One statement for all rows takes PostgreSQL half the time of one for each row, also if they are
    # pipelined.
    columns = [sa.column(name, model.__table__.columns[name].type) for name in rows[0]]
    recordset = sa.func.json_to_recordset(sa.literal(rows, sa.JSON())).table_valued(*columns)
    query = sa.select(recordset.render_derived(with_types=True))
    connection.execute(sa.insert(model).from_select([*rows[0]], query))


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
