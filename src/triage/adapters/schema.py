"""The store's tables, and how a database is opened so that an acknowledged write survives.

SQLite: WAL with synchronous=FULL; the usual advice (NORMAL) loses acknowledged decisions at a power cut.
PostgreSQL: fsync and full_page_writes on, synchronous_commit on in every session.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from triage.domain.errors import StoreError

BUSY_TIMEOUT_MS = 5000
#: Rows that are only ever added. Triggers in the database refuse UPDATE and DELETE on them.
APPEND_ONLY = ("publications", "intakes", "suggestions", "decisions", "champions", "audit_events", "arms")


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An instant, stored in UTC and given back in UTC; one without time zone is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone.")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = sa.JSON().with_variant(JSONB, "postgresql")
#: A document that may be absent: None is then an empty cell, not the JSON word null.
NullableDocument = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
metadata = sa.MetaData()


def _counter() -> sa.Column[int]:
    """Sequence number: it orders events, time does not."""
    return sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True)


publications = sa.Table(
    "publications",
    metadata,
    _counter(),
    sa.Column("table_name", sa.String(40), nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("published_at", UtcTime, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    sa.Index("ix_publications_newest", "table_name", "label", "seq"),
    sqlite_autoincrement=True,
)
intakes = sa.Table(
    "intakes",
    metadata,
    _counter(),
    sa.Column("case_id", sa.String(64), nullable=False),
    sa.Column("moment", sa.String(20), nullable=False),
    sa.Column("lodged", sa.Date, nullable=False),
    sa.Column("facts", Document, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Index("ix_intakes_newest", "case_id", "seq"),
    sa.Index("ix_intakes_work_list", "lodged", "case_id"),
    sqlite_autoincrement=True,
)
suggestions = sa.Table(
    "suggestions",
    metadata,
    _counter(),
    sa.Column("suggestion_id", sa.String(64), nullable=False, unique=True),
    sa.Column("case_id", sa.String(64), nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("document", Document, nullable=False),
    sa.Column("intake_seq", sa.Integer),  # the intake it was made from; 0: none that stood, empty: made before 0002
    sa.Index("ix_suggestions_newest", "case_id", "seq"),
    sqlite_autoincrement=True,
)
decisions = sa.Table(
    "decisions",
    metadata,
    _counter(),
    sa.Column("decision_id", sa.String(64), nullable=False, unique=True),
    sa.Column(  # unique: one decision per suggestion, whoever races
        "suggestion_id",
        sa.String(64),
        sa.ForeignKey("suggestions.suggestion_id", name="fk_decisions_suggestion"),
        nullable=False,
        unique=True,
    ),
    sa.Column("decided_at", UtcTime, nullable=False),
    sa.Column("document", Document, nullable=False),
    sqlite_autoincrement=True,
)
champions = sa.Table(
    "champions",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.String(120), nullable=False),
    sa.Column("location", sa.String(400), nullable=False),
    sa.Column("run_id", sa.String(120), nullable=False),
    sa.Column("since", UtcTime, nullable=False),
)
receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("fingerprint", sa.String(128), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
)
audit_events = sa.Table(
    "audit_events",
    metadata,
    _counter(),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("actor", sa.String(200), nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Index("ix_audit_events_subject", "subject", "action"),
    sqlite_autoincrement=True,
)
arms = sa.Table(  # apart from the suggestions, so that nothing that reads those for a door can give an arm away
    "arms",
    metadata,
    _counter(),
    sa.Column(
        "suggestion_id",
        sa.String(64),
        sa.ForeignKey("suggestions.suggestion_id", name="fk_arms_suggestion"),
        nullable=False,
        unique=True,
    ),
    sa.Column("case_id", sa.String(64), nullable=False),
    sa.Column("arm", sa.String(10), nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("whole", NullableDocument),  # empty where the officer saw the whole suggestion
    sa.Index("ix_arms_case", "case_id"),
    sqlite_autoincrement=True,
)


def open_engine(url: str) -> sa.Engine:
    """An engine whose connections keep what they acknowledge.

    Threads may share it: every transaction takes a connection of its own from the pool. Only a SQLite store
    in memory lives on one single connection, so it is for one thread.
    """
    try:
        address = sa.make_url(url)
    except ArgumentError as error:
        raise StoreError(
            "The store's address cannot be read. Give sqlite:///FILE or postgresql+psycopg://…."
        ) from error
    if address.get_backend_name() == "sqlite":
        return _open_sqlite(address)
    if address.get_backend_name() == "postgresql":
        return _open_postgres(address.set(drivername="postgresql+psycopg"))
    raise StoreError("The store is SQLite or PostgreSQL. Give sqlite:///FILE or postgresql+psycopg://….")


def _open_sqlite(address: sa.URL) -> sa.Engine:
    in_memory = address.database in (None, "", ":memory:")
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {"pool_size": 5, "max_overflow": 20}
    engine = sa.create_engine(address, connect_args={"check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN is deferred: it takes the lock too late
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _open_postgres(address: sa.URL) -> sa.Engine:
    engine = sa.create_engine(address, pool_size=5, max_overflow=20, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def _set_durable(connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            cursor.execute("SET timezone = 'UTC'")
            unsafe = [s for s in ("fsync", "full_page_writes") if cursor.execute(f"SHOW {s}").fetchone() != ("on",)]
        connection.commit()
        if unsafe:
            raise StoreError(f"PostgreSQL runs with {' and '.join(unsafe)} off: decisions could be lost. Switch it on.")

    return engine
