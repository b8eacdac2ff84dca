"""INSERT … ON CONFLICT, which SQLAlchemy spells once for each database."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_into(session: Session, model: type[DeclarativeBase]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that can settle conflicts, in the words of the session's database."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)
