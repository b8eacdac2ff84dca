"""Alembic runs this; the kit does the work."""

from services.disclosure.models import Base
from services.kit.schema import run_migrations

run_migrations(Base.metadata)
