"""Canonical numbers of the rows that are stored already; a later row with an older one's number gets none.

No record changes: what is stored as it was listed stays. Rows that code of before adds from now on have no
canonical number either, and are found by every way to write theirs.
"""

from alembic import op

revision = "0009_serves_0002"
down_revision = "0008_serves_0002"
branch_labels = None
depends_on = None

# Numbers with other characters than digits are canonical as they are.
_ONLY_DIGITS = {"postgresql": "{0} !~ '[^0-9]'", "sqlite": "{0} NOT GLOB '*[^0-9]*'"}
_PAD = {"postgresql": "lpad(code, 10, '0')", "sqlite": "substr('0000000000' || code, -10)"}


def _canonicalise(column: str, canonical: str) -> str:
    """Return the SQL of a column's canonical value."""
    condition = _ONLY_DIGITS[op.get_context().dialect.name].format(column)
    return f"CASE WHEN {condition} THEN {canonical} ELSE {column} END"


def upgrade() -> None:
    code = _canonicalise("code", _PAD[op.get_context().dialect.name])
    number = _canonicalise("list_number", "coalesce(nullif(ltrim(list_number, '0'), ''), '1')")
    insurance = "nullif(ltrim(insurance_number, '0'), '')"
    op.execute(
        f"UPDATE workshops SET canonical_code = {code} WHERE position IN"  # noqa: S608 -- constants
        f" (SELECT min(position) FROM workshops GROUP BY {code})"
    )
    op.execute(
        f"UPDATE lists SET canonical_number = {number} WHERE position IN"  # noqa: S608 -- constants
        " (SELECT min(lists.position) FROM lists JOIN workshops ON workshops.position = workshop_position"
        f" GROUP BY {code}, month, {number})"
    )
    op.execute(
        f"UPDATE people SET canonical_insurance_number = {insurance} WHERE"  # noqa: S608 -- constants
        " insurance_number IS NOT NULL"
        " AND (national_code IS NOT NULL OR position IN (SELECT min(position) FROM people"
        f" WHERE national_code IS NULL GROUP BY {insurance}))"
    )


def downgrade() -> None:
    """Leave the numbers: the columns go with the migration before."""
