"""The migrations lead to what the models say, from nothing, and take all of it away again."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.kit.schema import SchemaUnknown, check_schema, migrate
from tests.upgrade.releases import MODELS
from tests.upgrade.rows import OF_ALEMBIC, list_partitions, read_tables


def describe_schema(engine: sa.Engine) -> dict[str, Any]:
    """Return everything that the database enforces, by table: also what Alembic's comparison omits."""
    inspector = sa.inspect(engine)
    with engine.connect() as connection:
        tables = read_tables(connection)
    return {
        table.name: {
            "columns": {column.name: (str(column.type), column.nullable) for column in table.columns},
            "key": inspector.get_pk_constraint(table.name),
            "unique": index_by_name(inspector.get_unique_constraints(table.name)),
            "checks": index_by_name(inspector.get_check_constraints(table.name)),
            "indexes": index_by_name(inspector.get_indexes(table.name)),
            "refers": index_by_name(inspector.get_foreign_keys(table.name)),
        }
        for table in tables
    }


def index_by_name(items: Any) -> dict[str, str]:
    return {one["name"]: json.dumps(one, default=str, sort_keys=True) for one in items}


# Alembic compares no such index on SQLite; `describe_schema` does.
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_head_equals_the_models(service: str, empty: sa.Engine) -> None:
    with pytest.raises(SchemaUnknown):
        check_schema(empty, f"services.{service}")
    for _ in range(2):
        migrate(empty, f"services.{service}")
        check_schema(empty, f"services.{service}")
    with empty.connect() as connection:
        partitions = list_partitions(connection)
        opts = {
            "compare_type": True,
            "render_as_batch": True,
            "include_name": lambda name, kind, _: kind != "table" or name not in partitions,
        }
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, MODELS[service]) == []
    migrated = describe_schema(empty)
    migrate(empty, f"services.{service}", "base")
    assert set(sa.inspect(empty).get_table_names()) == {OF_ALEMBIC}
    MODELS[service].create_all(empty)
    made = describe_schema(empty)
    assert migrated.keys() == made.keys()
    for table, what in made.items():
        assert migrated[table] == what


def test_down_to_nothing_and_up_again(service: str, empty: sa.Engine) -> None:
    for _ in range(2):
        migrate(empty, f"services.{service}", "base")
        assert set(sa.inspect(empty).get_table_names()) <= {OF_ALEMBIC}
        migrate(empty, f"services.{service}")
        check_schema(empty, f"services.{service}")
