"""The store: what was published, received, suggested, decided and promoted. Nothing in it is overwritten.

SQLAlchemy Core on SQLite (default) or PostgreSQL. Each method is one transaction; when it returns, the write
survives a crash. Threads may share a store: each transaction takes its own connection from the pool.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import alembic.command
import pandas as pd
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from triage.adapters.cells import digest_of, of_parquet, payload_of
from triage.adapters.documents import decision_document, suggestion_document
from triage.adapters.queries import (
    SHOWN,
    all_newest_intakes,
    arm_row,
    arms_of_cases,
    champion_of,
    first_shown,
    intake_log,
    intake_of,
    intake_row,
    logged_of,
    newest_intakes,
    newest_suggestions,
    publication_of,
    receipt_under,
    refuse_going_back,
    seq_of,
    stored_of,
    suggestions_with_arm,
    suggestions_with_decision,
)
from triage.adapters.schema import (
    arms,
    audit_events,
    champions,
    decisions,
    intakes,
    open_engine,
    publications,
    receipts,
    suggestions,
)
from triage.domain.calendar import Clock, utc_now
from triage.domain.case import Decision, Intake, Suggestion
from triage.domain.errors import ConflictError, IdempotencyError, NotFoundError, StoreError
from triage.domain.records import (
    Arm,
    AuditEvent,
    Champion,
    Drawn,
    LoggedAdvice,
    Publication,
    Receipt,
    StoredIntake,
    StoredSuggestion,
    WorkItem,
)

MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "triage_alembic_version"
UPGRADE_LOCK = 7_203_911  # any number, as long as all of ours use the same
OURSELVES = "triage"


class Store:
    """All that must survive. Open it with `Store.open`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._clock = clock
        self._is_current = False

    @classmethod
    def open(cls, url: str, clock: Clock = utc_now) -> "Store":
        """Open a store by its SQLAlchemy address.

        Raises StoreError where the database does not answer, is not durable, or was made by a newer triage. An
        empty or older one opens, so that `upgrade` can be called; every other method refuses until then.
        """
        store = cls(open_engine(url), clock)
        version = store._version()
        if version is not None and version not in _revisions():
            raise StoreError("The store was made by a newer triage. Install that release; nothing was changed.")
        return store

    def upgrade(self) -> None:
        """Bring the schema to its newest version, whole or not at all; two at once wait for each other."""
        with self._transaction(self._writer) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(UPGRADE_LOCK)))
            config = _config()
            config.attributes["connection"] = connection
            try:
                alembic.command.upgrade(config, "head")
            except CommandError as error:
                raise StoreError(f"The schema cannot be brought up to date: {error}. Nothing was changed.") from error
        self._is_current = True

    def check(self) -> None:
        """Raise StoreError where the database does not answer or has another schema version: the readiness probe."""
        self._is_current = False
        with self._reading():
            pass

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    # Published tables

    def publish(self, table_name: str, frame: pd.DataFrame, label: str, actor: str = OURSELVES) -> Publication:
        """Publish a declared table anew under `label`; what stood there stays. Raises TableError, StoreError."""
        checked, payload = payload_of(table_name, frame)
        row = {
            "table_name": table_name,
            "label": label,
            "published_at": self._clock(),
            "rows": len(checked),
            "digest": digest_of(payload),
        }
        with self._writing() as connection:
            number = _insert(connection, publications, row | {"payload": payload})
            self._audit(connection, actor, "table-published", f"{table_name} {number}")
        return Publication(number, table_name, label, row["published_at"], row["rows"], row["digest"])

    def newest(self, table_name: str, label: str | None = None) -> tuple[Publication, pd.DataFrame] | None:
        """The newest publication of a table (with that label), and its rows; None where there is none."""
        query = sa.select(publications.c.seq).where(publications.c.table_name == table_name)
        if label is not None:
            query = query.where(publications.c.label == label)
        with self._reading() as connection:
            number = connection.scalar(query.order_by(publications.c.seq.desc()).limit(1))
        return None if number is None else self.published(number)

    def holds(self, table_name: str, frame: pd.DataFrame, label: str) -> bool:
        """Whether the newest publication of a table under `label` has exactly these rows."""
        query = sa.select(publications.c.digest).where(
            publications.c.table_name == table_name, publications.c.label == label
        )
        with self._reading() as connection:
            digest = connection.scalar(query.order_by(publications.c.seq.desc()).limit(1))
        return digest is not None and digest == digest_of(payload_of(table_name, frame)[1])

    def publications(self, table_name: str) -> list[Publication]:
        """All publications of a table, newest first, without their rows."""
        columns = [column for column in publications.c if column.name != "payload"]
        query = sa.select(*columns).where(publications.c.table_name == table_name).order_by(publications.c.seq.desc())
        with self._reading() as connection:
            return [publication_of(row) for row in connection.execute(query)]

    def published(self, publication_id: int) -> tuple[Publication, pd.DataFrame]:
        """One publication and its rows. Raises NotFoundError, or StoreError where the rows differ from their digest."""
        with self._reading() as connection:
            row = connection.execute(sa.select(publications).where(publications.c.seq == publication_id)).one_or_none()
        if row is None:
            raise NotFoundError("No publication stands under this number. See the list of publications.")
        if digest_of(row.payload) != row.digest:
            raise StoreError(f"Publication {publication_id} differs from its digest. Put the store back from a copy.")
        return publication_of(row), of_parquet(row.payload)

    # Intakes and the work list

    def receive(self, intakes_in: Iterable[Intake], actor: str, receipt: Receipt | None = None) -> int:
        """Append intakes with their receipt, all of them or none; how many.

        Raises ConflictError for an intake that would take a case back (an earlier moment, another lodging date) and
        for a receipt that stands already, IdempotencyError for a receipt with another message.
        """
        given = list(intakes_in)
        if given:
            with self._writing() as connection:
                self._keep_receipt(connection, receipt)
                self._append_intakes(connection, given, self._clock(), actor)
        return len(given)

    def intake(self, case_id: str) -> Intake:
        """The newest intake of a case. Raises NotFoundError."""
        query = sa.select(intakes).where(intakes.c.case_id == case_id).order_by(intakes.c.seq.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError("No case stands under this id. Send the intake first.")
        return intake_of(row)

    def intakes(self) -> list[Intake]:
        """The newest intake of every case, by lodging date, then id."""
        with self._reading() as connection:
            return [intake_of(row) for row in connection.execute(all_newest_intakes())]

    def intake_log(self, case_id: str) -> list[StoredIntake]:
        """Every intake of a case with its number, oldest first; none for an unknown case."""
        with self._reading() as connection:
            return intake_log(connection, case_id)

    def work_list(self, limit: int = 50, after: str | None = None) -> list[WorkItem]:
        """Cases by lodging date, then id, each with its newest intake and newest suggestion.

        `after` is the case id that the page before ended with. Raises NotFoundError where it is unknown. Two
        queries a page, however many cases there are.
        """
        query = all_newest_intakes().limit(limit)
        if after is not None:
            place = sa.tuple_(intakes.c.lodged, intakes.c.case_id)
            query = query.where(place > sa.tuple_(sa.literal(self.intake(after).lodged), sa.literal(after)))
        with self._reading() as connection:
            found = [intake_of(row) for row in connection.execute(query)]
            stored = newest_suggestions(connection, [intake.case_id for intake in found])
        return [WorkItem(intake, stored.get(intake.case_id)) for intake in found]

    # Suggestions and decisions

    def append_suggestion(
        self,
        suggestion: Suggestion,
        actor: str,
        receipt: Receipt | None = None,
        rests_on: Intake | None = None,
        is_news: bool = False,
        drawn: Drawn | None = None,
    ) -> None:
        """Log a suggestion as the officer sees it, with its arm, audit event and receipt in one transaction.

        `rests_on` is the intake it was made from; where that `is_news`, come in with the same message, it is appended
        too, unless exactly this stands already. Raises ConflictError for an id or receipt that stands already and for
        an intake that would take the case back, IdempotencyError for a receipt with another message.
        """
        row: dict[str, Any] = {
            "suggestion_id": suggestion.suggestion_id,
            "case_id": suggestion.case_id,
            "made_at": suggestion.made_at,
            "document": suggestion_document(suggestion),
        }
        with self._writing() as connection:
            self._keep_receipt(connection, receipt)
            if rests_on is not None:
                if is_news and newest_intakes(connection, [rests_on.case_id]).get(rests_on.case_id) != rests_on:
                    self._append_intakes(connection, [rests_on], suggestion.made_at, actor)
                row["intake_seq"] = seq_of(connection, rests_on)
            _insert(connection, suggestions, row, "A suggestion stands under this id already. Make a new one.")
            _insert(connection, arms, arm_row(suggestion, drawn or Drawn()))
            self._audit(connection, actor, "suggestion-made", suggestion.suggestion_id)

    def suggestion(self, suggestion_id: str) -> StoredSuggestion:
        """One suggestion with its decision. Raises NotFoundError."""
        found = self._suggestions_where(suggestions.c.suggestion_id == suggestion_id)
        if not found:
            raise NotFoundError("No suggestion stands under this id. Ask for a new one.")
        return found[0]

    def suggestions_of(self, case_id: str) -> list[StoredSuggestion]:
        """All suggestions about a case, newest first."""
        return self._suggestions_where(suggestions.c.case_id == case_id)

    def record_decision(
        self, decision: Decision, expected_version: int, actor: str, receipt: Receipt | None = None
    ) -> None:
        """Record the officer's decision, with its audit event and receipt in one transaction.

        Raises NotFoundError for an unknown suggestion, ConflictError where it was decided already or
        `expected_version` is not its version, IdempotencyError for a receipt with another message.
        """
        taken = "This suggestion was decided already. Load the case again to see the decision."
        row = {
            "decision_id": decision.decision_id,
            "suggestion_id": decision.suggestion_id,
            "decided_at": decision.decided_at,
            "document": decision_document(decision),
        }
        with self._writing() as connection:
            self._keep_receipt(connection, receipt)
            query = suggestions_with_decision().where(suggestions.c.suggestion_id == decision.suggestion_id)
            row_found = connection.execute(query).one_or_none()
            if row_found is None:
                raise NotFoundError("No suggestion stands under this id. Ask for a new one.")
            stored = stored_of(row_found)
            if stored.is_stale and stored.decision is None:
                raise ConflictError("Newer facts came in after this suggestion. Ask for a new one, then decide.")
            if stored.suggestion.case_id != decision.case_id:
                raise StoreError("The decision is about another case than its suggestion. Load the case again.")
            if expected_version != 1:
                raise ConflictError(taken)
            _insert(connection, decisions, row, taken)  # the unique constraint settles races
            self._audit(connection, actor, "decision-recorded", decision.suggestion_id)

    def mark_shown(self, suggestion_id: str, actor: str) -> None:
        """Log that a suggestion was shown to somebody. Raises NotFoundError."""
        known = sa.select(suggestions.c.seq).where(suggestions.c.suggestion_id == suggestion_id)
        with self._writing() as connection:
            if connection.scalar(known) is None:
                raise NotFoundError("No suggestion stands under this id. Ask for a new one.")
            self._audit(connection, actor, SHOWN, suggestion_id)

    def first_shown(self, suggestion_id: str, actor: str) -> datetime | None:
        """When a suggestion was first shown to somebody; None where it was not."""
        with self._reading() as connection:
            return connection.scalar(first_shown(suggestion_id, actor))

    # For evaluation only: what no door shows

    def advice_log(self) -> list[LoggedAdvice]:
        """Every suggestion with its arm, its advice and its decision, oldest first."""
        with self._reading() as connection:
            return [logged_of(row) for row in connection.execute(suggestions_with_arm())]

    def arms(self) -> dict[str, Arm]:
        """The arm of every case that had a suggestion, as drawn for its newest one."""
        with self._reading() as connection:
            return {row.case_id: Arm(row.arm) for row in connection.execute(arms_of_cases())}

    def receipt(self, key: str) -> Receipt | None:
        """What was answered to an idempotency key; None where it is new."""
        with self._reading() as connection:
            return receipt_under(connection, key)

    # Champions

    def champion(self, name: str) -> Champion | None:
        """The model version in use; None where none was promoted yet."""
        with self._reading() as connection:
            return champion_of(connection, name)

    def promote(self, name: str, version: str, location: str, run_id: str, expected_sequence: int) -> Champion:
        """Make a version the champion, if the champion is still the one of `expected_sequence` (0: none yet).

        Raises ConflictError where somebody promoted in the meantime. Earlier champions stay in the table.
        """
        earlier = "Somebody promoted another version in the meantime. Look at triage models and try again."
        new = Champion(name, version, location, run_id, expected_sequence + 1, self._clock())
        with self._writing() as connection:
            standing = champion_of(connection, name)
            if (standing.sequence if standing else 0) != expected_sequence:
                raise ConflictError(earlier)
            _insert(connection, champions, vars(new), earlier)  # the primary key settles races
            self._audit(connection, OURSELVES, "champion-promoted", f"{name} {version}")
        return new

    def audit_events(self, limit: int = 100) -> list[AuditEvent]:
        """The newest audit events, newest first."""
        query = sa.select(audit_events).order_by(audit_events.c.seq.desc()).limit(limit)
        with self._reading() as connection:
            return [AuditEvent(*row) for row in connection.execute(query)]

    # Within

    def _suggestions_where(self, condition: Any) -> list[StoredSuggestion]:
        query = suggestions_with_decision().where(condition).order_by(suggestions.c.seq.desc())
        with self._reading() as connection:
            return [stored_of(row) for row in connection.execute(query)]

    def _append_intakes(self, connection: sa.Connection, given: list[Intake], at: datetime, actor: str) -> None:
        standing = newest_intakes(connection, [intake.case_id for intake in given])
        for intake in given:
            refuse_going_back(standing.get(intake.case_id), intake)
            standing[intake.case_id] = intake
        connection.execute(sa.insert(intakes), [intake_row(intake, at) for intake in given])
        self._audit(connection, actor, "intake-received", *(intake.case_id for intake in given))

    def _keep_receipt(self, connection: sa.Connection, receipt: Receipt | None) -> None:
        if receipt is None:
            return
        standing = receipt_under(connection, receipt.key)
        if standing is not None and standing.fingerprint != receipt.fingerprint:
            raise IdempotencyError("This Idempotency-Key came with another message before. Use a new key.")
        _insert(
            connection,
            receipts,
            vars(receipt) | {"made_at": self._clock()},
            "This Idempotency-Key was handled already. Ask again to get the same answer.",
        )

    def _audit(self, connection: sa.Connection, actor: str, action: str, *subjects: str) -> None:
        now = self._clock()
        rows = [{"at": now, "actor": actor, "action": action, "subject": subject} for subject in subjects]
        connection.execute(sa.insert(audit_events), rows)

    def _reading(self) -> Any:
        self._require_current()
        return self._transaction(self._engine)

    def _writing(self) -> Any:
        self._require_current()
        return self._transaction(self._writer)

    def _require_current(self) -> None:
        if not self._is_current and self._version() != _revisions()[0]:
            raise StoreError("The store has another schema version than this triage. Run triage db upgrade.")
        self._is_current = True

    def _version(self) -> str | None:
        with self._transaction(self._engine) as connection:
            if not sa.inspect(connection).has_table(VERSION_TABLE):
                return None
            return connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 (a constant)

    @contextmanager
    def _transaction(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        """One transaction; what the database refuses becomes a StoreError without SQL or values in it."""
        try:
            with engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            if "append-only" in str(getattr(error, "orig", "")):
                raise StoreError("What stands in the store is never changed. Append a new row instead.") from error
            raise StoreError(
                f"The database did not do this ({_cause(error)}); nothing was written. Check that it runs, has room "
                f"and is not held by another program, then try again."
            ) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _revisions() -> Sequence[str]:
    """All schema versions this triage knows, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]


def _cause(error: Exception) -> str:
    """Name of what went wrong; the message itself may hold values or addresses."""
    return type(getattr(error, "orig", None) or error).__name__


def _insert(connection: sa.Connection, table: sa.Table, row: dict[str, Any], taken: str | None = None) -> int:
    """Insert a row; its number. A key that is taken raises ConflictError with that sentence."""
    try:
        key = connection.execute(sa.insert(table), row).inserted_primary_key
    except IntegrityError as error:
        raise ConflictError(taken or "This row stands in the store already.") from error
    return key[0] if key else 0
