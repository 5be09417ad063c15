"""What the law says of one case, criterion by criterion: the trace that a lawyer or a court can follow."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date
from triage.domain.case import Deadlines, Intake, Moment, RouteOptions
from triage.domain.contradictions import Contradiction, contradictions
from triage.domain.errors import LawError
from triage.domain.facts import Register
from triage.jobs.show_case import intake_before
from triage.law.book import LawBook
from triage.law.trace import TraceLine


@dataclass(frozen=True)
class Explanation:
    """The verdicts with every criterion behind them, both deadlines and the clocks, as on a local date.

    `route` is the one whose deadlines count: that of the law, or the one that the officer chose (`is_chosen`).
    """

    intake: Intake
    options: RouteOptions
    route: str
    deadlines: Deadlines
    trace: tuple[TraceLine, ...]
    doubts: tuple[Contradiction, ...]
    today: date
    is_chosen: bool = False


def explain_law(intake: Intake, law: LawBook, clock: Clock) -> Explanation:
    """The law of the lodging date on one case. Nothing is kept, and no model is asked.

    Raises LawError for a lodging date after today or before the oldest rows of the law book.
    """
    today = local_date(clock())
    if intake.lodged > today:
        raise LawError("The lodging date lies after today. Correct the date; the law of a later day is not known.")
    options = law.options(intake, today)
    route = options.standing_route
    doubts = contradictions(intake, today)
    return Explanation(intake, options, route, law.deadlines(intake, route), law.trace(intake), doubts, today)


def explain_case(case_id: str, law: LawBook, store: Store, clock: Clock) -> Explanation:
    """The same for the newest intake of a case in the store, with the deadlines of the route that was decided.

    What cannot have changed since the intake before it is among the doubts. Raises NotFoundError.
    """
    intake = store.intake(case_id)
    said = explain_law(intake, law, clock)
    doubts = contradictions(intake, said.today, before=intake_before(store.intake_log(case_id), intake))
    stored = next(iter(store.suggestions_of(case_id)), None)
    if stored is None or stored.decision is None:
        return replace(said, doubts=doubts)
    route = stored.decision.route
    return replace(said, doubts=doubts, route=route, deadlines=law.deadlines(intake, route), is_chosen=True)


def intake_from(facts: Mapping[str, object], lodged: date, moment: Moment, register: Register) -> Intake:
    """An intake of facts that came from a file: names of the register, null for unknown. Raises FactError."""
    return Intake("-", lodged, moment, register.check(facts, moment))
