"""The rows of a list are found without reading all contributions; the rows there are have month 0."""

from alembic import op

from services.kit.ddl import add_index, drop_index

revision = "0025_serves_0002"
down_revision = "0024_serves_0002"
branch_labels = None
depends_on = None

# On PostgreSQL the name of the whole table's index is for the migration after this.
_NAMES = {"sqlite": "ix_contributions_list_position", "postgresql": "ix_contributions_before_list_position"}


def upgrade() -> None:
    name = _NAMES[op.get_context().dialect.name]
    brin = "brin (list_position) WITH (autosummarize = true)"
    add_index(name, "contributions", ["list_position"], using=brin)
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE contributions VALIDATE CONSTRAINT ck_contributions_unmoved")


def downgrade() -> None:
    drop_index(_NAMES[op.get_context().dialect.name], "contributions")
