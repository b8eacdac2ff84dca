"""The migrations lead to the schema that the code works with."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.inquiry.models import Base
from services.kit.db import migrate, new_engine


def test_the_newest_schema_is_that_of_the_models(database_url: str) -> None:
    engine = new_engine(database_url)
    migrate(engine, "services.inquiry")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrate(engine, "services.inquiry", "base")
    migrate(engine, "services.inquiry")
    engine.dispose()
