"""The migrations lead to what the models say, from nothing, and take all of it away again."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.kit.schema import SchemaUnknown, check_schema, migrate
from tests.upgrade.releases import MODELS
from tests.upgrade.rows import OF_ALEMBIC, tables_of


def described(engine: sa.Engine) -> dict[str, Any]:
    """Everything that the database enforces, by table: also what Alembic's comparison passes over."""
    inspector = sa.inspect(engine)
    with engine.connect() as connection:
        tables = tables_of(connection)
    return {
        table.name: {
            "columns": {column.name: (str(column.type), column.nullable) for column in table.columns},
            "key": inspector.get_pk_constraint(table.name),
            "unique": by_name(inspector.get_unique_constraints(table.name)),
            "checks": by_name(inspector.get_check_constraints(table.name)),
            "indexes": by_name(inspector.get_indexes(table.name)),
            "refers": by_name(inspector.get_foreign_keys(table.name)),
        }
        for table in tables
    }


def by_name(found: Any) -> dict[str, str]:
    return {one["name"]: json.dumps(one, default=str, sort_keys=True) for one in found}


def test_head_is_the_models(service: str, empty: sa.Engine) -> None:
    with pytest.raises(SchemaUnknown):
        check_schema(empty, f"services.{service}")
    for _ in range(2):
        migrate(empty, f"services.{service}")
        check_schema(empty, f"services.{service}")
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, MODELS[service]) == []
    migrated = described(empty)
    migrate(empty, f"services.{service}", "base")
    assert set(sa.inspect(empty).get_table_names()) == {OF_ALEMBIC}
    MODELS[service].create_all(empty)
    made = described(empty)
    assert migrated.keys() == made.keys()
    for table, what in made.items():
        assert migrated[table] == what


def test_down_to_nothing_and_up_again(service: str, empty: sa.Engine) -> None:
    for _ in range(2):
        migrate(empty, f"services.{service}", "base")
        assert set(sa.inspect(empty).get_table_names()) <= {OF_ALEMBIC}
        migrate(empty, f"services.{service}")
        check_schema(empty, f"services.{service}")
