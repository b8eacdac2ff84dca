"""The migrations make exactly the tables of the models, and take them away again."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.disclosure.models import Base
from services.kit.db import SchemaUnknown, check_schema, migrate, new_engine

PACKAGE = "services.disclosure"


def test_head_equals_the_models_up_and_down(database_url: str) -> None:
    engine = new_engine(database_url)
    with pytest.raises(SchemaUnknown):
        check_schema(engine, PACKAGE)
    migrate(engine, PACKAGE)
    migrate(engine, PACKAGE)
    check_schema(engine, PACKAGE)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrate(engine, PACKAGE, "base")
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
