"""Rows and what they stand for: suggestions with their decision, intakes, champions, receipts."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from triage.adapters.documents import decision_of, facts_document, facts_of, suggestion_document, suggestion_of
from triage.adapters.schema import arms, audit_events, champions, decisions, intakes, receipts, suggestions
from triage.domain.case import Intake, Moment, Suggestion
from triage.domain.errors import ConflictError
from triage.domain.records import (
    Arm,
    Champion,
    Drawn,
    LoggedAdvice,
    Publication,
    Receipt,
    StoredIntake,
    StoredSuggestion,
)

SHOWN = "suggestion-shown"


def receipt_under(connection: sa.Connection, key: str) -> Receipt | None:
    """The receipt that stands under an idempotency key."""
    query = sa.select(receipts.c.key, receipts.c.fingerprint, receipts.c.answer).where(receipts.c.key == key)
    row = connection.execute(query).one_or_none()
    return None if row is None else Receipt(*row)


def champion_of(connection: sa.Connection, name: str) -> Champion | None:
    """The newest champion of a model."""
    query = sa.select(champions).where(champions.c.name == name).order_by(champions.c.sequence.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Champion(**row._mapping)


def suggestions_with_decision() -> Any:
    """Suggestions with their decision, and number and time of the case's newest intake."""
    both = suggestions.outerjoin(decisions, decisions.c.suggestion_id == suggestions.c.suggestion_id)
    of_case = intakes.c.case_id == suggestions.c.case_id
    newest = sa.select(sa.func.max(intakes.c.seq)).where(of_case).scalar_subquery().label("newest_intake")
    since = sa.select(sa.func.max(intakes.c.received_at)).where(of_case).scalar_subquery().label("known_since")
    columns = (suggestions.c.document, suggestions.c.made_at, suggestions.c.intake_seq)
    return sa.select(*columns, decisions.c.document.label("decided"), newest, since).select_from(both)


def newest_suggestions(connection: sa.Connection, case_ids: list[str]) -> dict[str, StoredSuggestion]:
    """The newest suggestion per case, in one query."""
    later = suggestions.alias()
    newest = ~sa.exists().where(later.c.case_id == suggestions.c.case_id, later.c.seq > suggestions.c.seq)
    query = suggestions_with_decision().where(suggestions.c.case_id.in_(case_ids), newest)
    found = [stored_of(row) for row in connection.execute(query)] if case_ids else []
    return {stored.suggestion.case_id: stored for stored in found}


def stored_of(row: Any) -> StoredSuggestion:
    """A row of suggestions_with_decision; it is stale where a newer intake stands than the one it was made from.

    Of a suggestion without that number (an older triage made it) only the times can be compared.
    """
    decision = None if row.decided is None else decision_of(row.decided)
    if row.intake_seq is None:
        is_stale = row.known_since is not None and row.known_since > row.made_at
    else:
        is_stale = (row.newest_intake or 0) > row.intake_seq
    version = 1 if decision is None else 2
    return StoredSuggestion(suggestion_of(row.document), version, decision, is_stale, row.intake_seq)


def intake_of(row: Any) -> Intake:
    """A row of intakes."""
    return Intake(row.case_id, row.lodged, Moment(row.moment), facts_of(row.facts))


def intake_row(intake: Intake, at: datetime) -> dict[str, Any]:
    """An intake that came in at `at` as a row of intakes; `intake_of` gives it back."""
    moment, facts = intake.moment.value, facts_document(intake.facts)
    return {"case_id": intake.case_id, "moment": moment, "lodged": intake.lodged, "facts": facts, "received_at": at}


def intake_log(connection: sa.Connection, case_id: str) -> list[StoredIntake]:
    """Every intake of a case, oldest first."""
    query = sa.select(intakes).where(intakes.c.case_id == case_id).order_by(intakes.c.seq)
    return [StoredIntake(row.seq, row.received_at, intake_of(row)) for row in connection.execute(query)]


def seq_of(connection: sa.Connection, rests_on: Intake) -> int:
    """Number of the newest intake of a case that says exactly this; 0 where none does."""
    log = intake_log(connection, rests_on.case_id)
    return next((one.seq for one in reversed(log) if one.intake == rests_on), 0)


def refuse_going_back(standing: Intake | None, new: Intake) -> None:
    """Raise ConflictError for an intake that takes a case back: another lodging date, an earlier moment."""
    if standing is None:
        return
    if standing.lodged != new.lodged:
        raise ConflictError(
            "This case stands with another lodging date. The date decides the law: check which is right."
        )
    if standing.moment is Moment.REGISTERED and new.moment is Moment.IDENTIFIED:
        raise ConflictError("This case is past the registration interview. Send its facts with moment registered.")


def publication_of(row: Any) -> Publication:
    """A row of publications, without its table."""
    return Publication(row.seq, row.table_name, row.label, row.published_at, row.rows, row.digest)


def all_newest_intakes() -> Any:
    """Query of the newest intake of every case, by lodging date, then id."""
    later = intakes.alias()
    newest = ~sa.exists().where(later.c.case_id == intakes.c.case_id, later.c.seq > intakes.c.seq)
    return sa.select(intakes).where(newest).order_by(intakes.c.lodged, intakes.c.case_id)


def newest_intakes(connection: sa.Connection, case_ids: list[str]) -> dict[str, Intake]:
    """The newest intake per case, in queries of at most 500 cases."""
    later, found = intakes.alias(), {}
    newest = ~sa.exists().where(later.c.case_id == intakes.c.case_id, later.c.seq > intakes.c.seq)
    for start in range(0, len(case_ids), 500):
        query = sa.select(intakes).where(intakes.c.case_id.in_(case_ids[start : start + 500]), newest)
        found |= {row.case_id: intake_of(row) for row in connection.execute(query)}
    return found


# The audit sample ----------------------------------------------------------------------------------------------------


def arm_row(suggestion: Suggestion, drawn: Drawn) -> dict[str, Any]:
    """A row of arms."""
    whole = None if drawn.whole is None else suggestion_document(drawn.whole)
    about = {"suggestion_id": suggestion.suggestion_id, "case_id": suggestion.case_id, "whole": whole}
    return about | {"arm": drawn.arm.value, "share": drawn.share, "key_id": drawn.key_id}


def suggestions_with_arm() -> Any:
    """Query of every suggestion with its arm and decision, oldest first."""
    of_arms = suggestions.outerjoin(arms, arms.c.suggestion_id == suggestions.c.suggestion_id)
    every = of_arms.outerjoin(decisions, decisions.c.suggestion_id == suggestions.c.suggestion_id)
    columns = (suggestions.c.document, arms.c.arm, arms.c.whole, decisions.c.document.label("decided"))
    return sa.select(*columns).select_from(every).order_by(suggestions.c.seq)


def logged_of(row: Any) -> LoggedAdvice:
    """A row of suggestions_with_arm."""
    shown = suggestion_of(row.document)
    whole = shown if row.whole is None else suggestion_of(row.whole)
    arm = None if row.arm is None else Arm(row.arm)
    return LoggedAdvice(shown, whole, arm, None if row.decided is None else decision_of(row.decided))


def arms_of_cases() -> Any:
    """Query of (case_id, arm), oldest first, so that the newest of a case comes last."""
    return sa.select(arms.c.case_id, arms.c.arm).order_by(arms.c.seq)


def first_shown(suggestion_id: str, actor: str) -> Any:
    """Query of the first time that a suggestion was shown to somebody."""
    events = audit_events.c
    to_whom = sa.and_(events.subject == suggestion_id, events.action == SHOWN, events.actor == actor)
    return sa.select(sa.func.min(events.at)).where(to_whom)
