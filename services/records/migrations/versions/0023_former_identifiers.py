"""Codes and numbers that people had before they were corrected, also by proposals confirmed already."""

import json

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey

revision = "0023_serves_0002"
down_revision = "0022_serves_0002"
branch_labels = None
depends_on = None

_COLUMNS = ("national_code", "insurance_number")


def upgrade() -> None:
    former = op.create_table(
        "former_identifiers",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("person_position", BigKey, nullable=False),
        sa.Column("national_code", sa.String(length=10), nullable=True),
        sa.Column("insurance_number", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_position"],
            ["people.position"],
            name=op.f("fk_former_identifiers_person_position_people"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_former_identifiers")),
    )
    for column in ("person_position", *_COLUMNS):
        op.create_index(op.f(f"ix_former_identifiers_{column}"), "former_identifiers", [column])
    corrections = op.get_bind().execute(
        sa.text(
            "SELECT people.position, differences FROM proposals JOIN people ON people.id = target"
            " WHERE kind = 'person-correction' AND status = 'confirmed' ORDER BY proposals.position"
        )
    )
    rows = [
        {
            "person_position": position,
            "national_code": None,
            "insurance_number": None,
            one["field"]: one["old"],
        }
        for position, differences in corrections
        for one in (json.loads(differences) if isinstance(differences, str) else differences)
        if one["field"] in _COLUMNS and one["old"]
    ]
    if rows:
        op.bulk_insert(former, rows)


def downgrade() -> None:
    op.drop_table("former_identifiers")
