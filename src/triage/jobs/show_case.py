"""What an officer should know beside a suggestion: what the law says now, what changed, and what does not fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date
from triage.domain.case import Deadlines, FactValue, Intake, RouteOptions
from triage.domain.contradictions import Contradiction, contradictions
from triage.domain.errors import LawError
from triage.domain.records import StoredIntake, StoredSuggestion, WorkItem
from triage.law.book import LawBook

KNOWN, UNKNOWN, NOT_ASKED = "known", "unknown", "not_asked"


@dataclass(frozen=True)
class Change:
    """A fact before and after: known (with its value), unknown (asked, no answer) or not asked."""

    fact: str
    before: str
    before_value: FactValue | None
    after: str
    after_value: FactValue | None


@dataclass(frozen=True)
class Grounds:
    """The intake that a suggestion rests on, what does not fit in it, and what changed since the suggestion before."""

    intake: Intake
    doubts: tuple[Contradiction, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Standing:
    """The route whose term and checklist count for a case now, and its deadlines; None where no rules hold."""

    route: str | None
    deadlines: Deadlines | None


@dataclass(frozen=True)
class CaseNow:
    """A case as known now: its newest intake and suggestion, and what the law of its lodging date says.

    `options` is None where the law book has no rules for the lodging date. Route and deadlines: see `standing_of`.
    """

    intake: Intake
    stored: StoredSuggestion | None
    options: RouteOptions | None
    deadlines: Deadlines | None
    route: str | None  # the route whose term and checklist count
    doubts: tuple[Contradiction, ...]
    changes: tuple[Change, ...]  # since the newest suggestion; where that is up to date, since the one before it
    today: date


def show_case(case_id: str, law: LawBook, store: Store, clock: Clock) -> CaseNow:
    """All that is known now of one case. Raises NotFoundError."""
    today, intake = local_date(clock()), store.intake(case_id)
    suggestions, log = store.suggestions_of(case_id), store.intake_log(case_id)
    stored = suggestions[0] if suggestions else None
    options = options_of(intake, law, today)
    standing = standing_of(WorkItem(intake, stored), law)
    since = suggestions[1:2] if stored is not None and not stored.is_stale else suggestions[:1]
    doubts = contradictions(intake, today, before=intake_before(log, intake))
    changes = _changes_since(since, log, intake)
    return CaseNow(intake, stored, options, standing.deadlines, standing.route, doubts, changes, today)


def standing_of(item: WorkItem, law: LawBook) -> Standing:
    """Which route and deadlines count for a case now; every list and page asks here.

    Those of the route that the officer decided, also where it differs; else those suggested. Where newer facts
    came in since, or nothing was suggested, those that the law gives the newest facts.
    """
    intake, stored = item.intake, item.stored
    if stored is not None and stored.decision is not None:
        route = stored.decision.route
        deadlines = law.deadlines(intake, route) if options_of(intake, law) else stored.suggestion.deadlines
        return Standing(route, deadlines)
    if stored is not None and not stored.is_stale:
        return Standing(stored.suggestion.route, stored.suggestion.deadlines)
    options = options_of(intake, law)
    if options is None:
        return Standing(None, None)
    return Standing(options.standing_route, law.deadlines(intake, options.standing_route))


def options_of(intake: Intake, law: LawBook, today: date | None = None) -> RouteOptions | None:
    """What the law leaves open now; None where the book has no rules for the lodging date."""
    try:
        return law.options(intake, today)
    except LawError:
        return None


def grounds_of(stored: StoredSuggestion, store: Store) -> Grounds:
    """What a suggestion rests on, as it was on the day it was made. Raises NotFoundError."""
    made = stored.suggestion
    log, today = store.intake_log(made.case_id), local_date(made.made_at)
    known = intake_under(stored, log) or store.intake(made.case_id)
    newest_first = store.suggestions_of(made.case_id)
    place = [one.suggestion.suggestion_id for one in newest_first].index(made.suggestion_id)
    changes = _changes_since(newest_first[place + 1 : place + 2], log, known)
    return Grounds(known, contradictions(known, today, before=intake_before(log, known)), changes)


def intake_under(stored: StoredSuggestion, log: Sequence[StoredIntake]) -> Intake | None:
    """The intake that a suggestion was made from: by its number, or by time where an older triage kept none."""
    if stored.intake_seq is not None:
        return next((one.intake for one in log if one.seq == stored.intake_seq), None)
    return next((one.intake for one in reversed(log) if one.received_at <= stored.suggestion.made_at), None)


def changes_between(before: Intake | None, after: Intake) -> tuple[Change, ...]:
    """Facts that are known differently, by name. What nobody knew before the first intake is no change."""
    if before is None:
        return ()
    names = sorted({*before.facts, *after.facts})
    pairs = [(name, *_stands(before.facts, name), *_stands(after.facts, name)) for name in names]
    return tuple(Change(*pair) for pair in pairs if pair[1:3] != pair[3:5])


def _changes_since(
    since: Sequence[StoredSuggestion], log: Sequence[StoredIntake], intake: Intake
) -> tuple[Change, ...]:
    return changes_between(intake_under(since[0], log), intake) if since else ()


def intake_before(log: Sequence[StoredIntake], intake: Intake) -> Intake | None:
    """The last intake that says something else and came in before this one."""
    place = next((k for k, one in reversed(list(enumerate(log))) if one.intake == intake), 0)
    return next((one.intake for one in reversed(log[:place]) if one.intake != intake), None)


def _stands(facts: Mapping[str, Any], name: str) -> tuple[str, FactValue | None]:
    if name not in facts:
        return NOT_ASKED, None
    return (UNKNOWN, None) if facts[name] is None else (KNOWN, facts[name])
