"""The audit sample: per suggestion its arm, and the whole suggestion where the officer saw it without its advice.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from triage.adapters.schema import NullableDocument

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table, append-only as the others, and an index to find when a suggestion was first shown."""
    op.create_table(
        "arms",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("suggestion_id", sa.String(64), nullable=False, unique=True),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("arm", sa.String(10), nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("whole", NullableDocument, nullable=True),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestions.suggestion_id"], name="fk_arms_suggestion"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_arms_case", "arms", ["case_id"])
    op.create_index("ix_audit_events_subject", "audit_events", ["subject", "action"])
    _refuse_changes("arms")


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuses_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuses_change()"
    )
