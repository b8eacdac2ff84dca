"""Objections to an identity, withdrawn objections, an officer's question and the person's answer.

Code of the previous release reads every objection that it knows. It cannot read the new kind and status.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from services.kit.db import BigKey, UtcDateTime

revision = "0013_serves_0002"
down_revision = "0012_serves_0002"
branch_labels = None
depends_on = None

_PROPOSED = (
    " THEN accept IS NULL AND reason IS NULL AND proposed_by IS NULL AND proposed_at IS NULL"
    " ELSE accept IS NOT NULL AND reason IS NOT NULL AND proposed_by IS NOT NULL"
    " AND proposed_at IS NOT NULL END"
)
_NO_PERIOD = (
    "workshop_name IS NULL AND workshop_code IS NULL AND city IS NULL"
    " AND start_date IS NULL AND end_date IS NULL AND days IS NULL"
)
_PERIOD = (
    "workshop_name IS NOT NULL AND city IS NOT NULL"
    " AND start_date IS NOT NULL AND end_date IS NOT NULL AND days IS NOT NULL"
    " AND start_date <= end_date AND days >= 1"
)
_OLD: Mapping[str, str] = {
    "kind": "kind IN ('days', 'missing-period')",
    "status": "status IN ('draft', 'submitted', 'proposed', 'accepted', 'rejected')",
    "fields_of_kind": f"CASE kind WHEN 'days' THEN {_NO_PERIOD} ELSE {_PERIOD} END",
    "proposed": "CASE WHEN status IN ('draft', 'submitted')" + _PROPOSED,
}
_NEW: Mapping[str, str] = {
    "kind": "kind IN ('days', 'missing-period', 'identity')",
    "status": "status IN ('draft', 'submitted', 'proposed', 'accepted', 'rejected', 'withdrawn')",
    "fields_of_kind": f"CASE kind WHEN 'missing-period' THEN {_PERIOD} ELSE {_NO_PERIOD} END",
    "identity_of_kind": "(kind = 'identity') = (identity IS NOT NULL)",
    "proposed": "CASE WHEN status IN ('draft', 'submitted', 'withdrawn')" + _PROPOSED,
    "withdrawn": "(status = 'withdrawn') = (withdrawn_at IS NOT NULL)",
    "question": (
        "(question IS NULL) = (question_by IS NULL) AND (question IS NULL) = (question_at IS NULL)"
        " AND (answer IS NULL) = (answer_at IS NULL) AND (answer IS NULL OR question IS NOT NULL)"
    ),
}
_COLUMNS: Mapping[str, sa.types.TypeEngine[Any]] = {
    "withdrawn_at": UtcDateTime(),
    "question": sa.String(),
    "question_by": sa.String(length=36),
    "question_at": UtcDateTime(),
    "answer": sa.String(),
    "answer_at": UtcDateTime(),
    "identity": sa.JSON(),
}


def upgrade() -> None:
    columns = [sa.Column(name, kind, nullable=True) for name, kind in _COLUMNS.items()]
    _change_table(_OLD, _NEW, add=columns)
    op.create_table(
        "objection_attachments",
        sa.Column("position", BigKey, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("objection_position", BigKey, nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("object_key", sa.String(length=100), nullable=False),
        sa.Column("attached_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_position"],
            ["objections.position"],
            name=op.f("fk_objection_attachments_objection_position_objections"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_objection_attachments")),
        sa.UniqueConstraint("id", name=op.f("uq_objection_attachments_id")),
        sa.UniqueConstraint("object_key", name=op.f("uq_objection_attachments_object_key")),
    )
    op.create_index(
        op.f("ix_objection_attachments_objection_position"), "objection_attachments", ["objection_position"]
    )
    op.add_column("corrections", sa.Column("assigned_workshop_code", sa.String(length=10), nullable=True))


def downgrade() -> None:
    op.drop_column("corrections", "assigned_workshop_code")
    # Its objects remain in the store until the housekeeping of a later upgrade removes them.
    op.execute(
        "UPDATE stored_objects SET is_kept = false"
        " WHERE key IN (SELECT object_key FROM objection_attachments)"
    )
    op.drop_table("objection_attachments")
    for months in ("objection_months", "corrections"):
        op.execute(
            f"DELETE FROM {months} WHERE objection_position IN"  # noqa: S608 -- names of tables
            " (SELECT position FROM objections WHERE kind = 'identity' OR status = 'withdrawn')"
        )
    op.execute("DELETE FROM objections WHERE kind = 'identity' OR status = 'withdrawn'")
    _change_table(_NEW, _OLD, drop=list(_COLUMNS))


def _change_table(
    old: Mapping[str, str],
    new: Mapping[str, str],
    *,
    add: list[sa.Column[Any]] | None = None,
    drop: list[str] | None = None,
) -> None:
    """Replace the conditions `old` by `new`, and add or drop columns; SQLite does it with one copy."""
    with op.batch_alter_table("objections") as objections:
        for name in old:
            objections.drop_constraint(op.f(f"ck_objections_{name}"), type_="check")
        for column in add or ():
            objections.add_column(column)
        for name in drop or ():
            objections.drop_column(name)
        for name, condition in new.items():
            objections.create_check_constraint(op.f(f"ck_objections_{name}"), condition)
