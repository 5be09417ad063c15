"""First tables: publications, intakes, suggestions, decisions, champions, receipts, audit events.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from triage.adapters.schema import Document, UtcTime

revision = "0001"
down_revision = None

APPEND_ONLY = ("publications", "intakes", "suggestions", "decisions", "champions", "audit_events")


def upgrade() -> None:
    """Make the tables, and let the database itself refuse changes to what is append-only."""
    _make_publications()
    _make_intakes()
    _make_suggestions()
    _make_decisions()
    _make_champions()
    _make_receipts()
    _make_audit_events()
    for table in APPEND_ONLY:
        _refuse_changes(table)


def _seq() -> sa.Column[int]:
    return sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True)


def _make_publications() -> None:
    op.create_table(
        "publications",
        _seq(),
        sa.Column("table_name", sa.String(40), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("published_at", UtcTime, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_publications_newest", "publications", ["table_name", "label", "seq"])


def _make_intakes() -> None:
    op.create_table(
        "intakes",
        _seq(),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("moment", sa.String(20), nullable=False),
        sa.Column("lodged", sa.Date, nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_intakes_newest", "intakes", ["case_id", "seq"])
    op.create_index("ix_intakes_work_list", "intakes", ["lodged", "case_id"])


def _make_suggestions() -> None:
    op.create_table(
        "suggestions",
        _seq(),
        sa.Column("suggestion_id", sa.String(64), nullable=False, unique=True),
        sa.Column("case_id", sa.String(64), nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.Column("document", Document, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_suggestions_newest", "suggestions", ["case_id", "seq"])


def _make_decisions() -> None:
    op.create_table(
        "decisions",
        _seq(),
        sa.Column("decision_id", sa.String(64), nullable=False, unique=True),
        sa.Column("suggestion_id", sa.String(64), nullable=False, unique=True),
        sa.Column("decided_at", UtcTime, nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.ForeignKeyConstraint(["suggestion_id"], ["suggestions.suggestion_id"], name="fk_decisions_suggestion"),
        sqlite_autoincrement=True,
    )


def _make_champions() -> None:
    op.create_table(
        "champions",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.String(120), nullable=False),
        sa.Column("location", sa.String(400), nullable=False),
        sa.Column("run_id", sa.String(120), nullable=False),
        sa.Column("since", UtcTime, nullable=False),
    )


def _make_receipts() -> None:
    op.create_table(
        "receipts",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
    )


def _make_audit_events() -> None:
    op.create_table(
        "audit_events",
        _seq(),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sqlite_autoincrement=True,
    )


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
