"""The migrations of records lead to what the models say, up and down, on either database."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.kit.db import check_schema, migrate, new_engine
from services.records.models import Base


def test_head_is_the_models(database_url: str) -> None:
    engine = new_engine(database_url)
    migrate(engine, "services.records")
    check_schema(engine, "services.records")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_down_leaves_nothing_and_up_again_works(database_url: str) -> None:
    engine = new_engine(database_url)
    migrate(engine, "services.records")
    migrate(engine, "services.records", "base")
    assert sa.inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine, "services.records")
    check_schema(engine, "services.records")
    engine.dispose()
