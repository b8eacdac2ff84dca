"""Officers find lists by words of their files' names without reading all lists; SQLite has no such index."""

from alembic import op

from services.kit.ddl import add_index, drop_index

revision = "0032_serves_0002"
down_revision = "0031_serves_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        words = "gin (array_to_tsvector(string_to_array(file_words, ' ')))"
        add_index("ix_lists_file_words", "lists", ["file_words"], using=words)


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        drop_index("ix_lists_file_words", "lists")
