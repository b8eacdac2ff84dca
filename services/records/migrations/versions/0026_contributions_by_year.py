"""On PostgreSQL contributions are partitioned by Jalali year; the table of before is the one of month 0.

Code of before reads all partitions, and adds its rows to that one. Nothing is copied here.
"""

from alembic import op

revision = "0026_serves_0002"
down_revision = "0025_serves_0002"
branch_labels = None
depends_on = None

_FIGURES = (
    "person_position, list_position, row, days, wage, premium, gross, job_title, job_code, start_date,"
    " leave_date, stated"
)


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    # The columns of eight bytes stand first, so that none is padded.
    for statement in (
        "ALTER TABLE contributions RENAME TO contributions_before",
        """
        CREATE TABLE contributions (
            person_position bigint NOT NULL,
            list_position bigint NOT NULL,
            wage bigint NOT NULL,
            premium bigint NOT NULL,
            gross bigint NOT NULL,
            workshop_position bigint,
            row integer NOT NULL,
            month integer NOT NULL DEFAULT 0,
            start_date date,
            leave_date date,
            days smallint NOT NULL,
            stated smallint,
            list_number varchar,
            job_title varchar,
            job_code varchar(6),
            CONSTRAINT ck_contributions_days CHECK (days BETWEEN 0 AND 31),
            CONSTRAINT ck_contributions_money CHECK (wage >= 0 AND premium >= 0 AND gross >= 0)
        ) PARTITION BY RANGE (month)
        """,
        """
        CREATE INDEX ix_contributions_list_position ON contributions
        USING brin (list_position) WITH (autosummarize = true)
        """,
        "ALTER TABLE contributions ATTACH PARTITION contributions_before FOR VALUES FROM (MINVALUE) TO (1)",
    ):
        op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for statement in (
        "ALTER TABLE contributions DETACH PARTITION contributions_before",
        f"INSERT INTO contributions_before ({_FIGURES}) SELECT {_FIGURES} FROM contributions",  # noqa: S608
        "DROP TABLE contributions",
        "ALTER TABLE contributions_before RENAME TO contributions",
    ):
        op.execute(statement)
