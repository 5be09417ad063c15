"""Nouns of the domain -> answers on the wire."""

from collections.abc import Iterable
from typing import Any

from triage.domain.case import Deadlines, Decision, Depth, Intake, Reason, RouteVerdict, Suggestion
from triage.domain.records import WorkItem
from triage.entrypoints.messages import (
    AlternativeAnswer,
    CaseAnswer,
    CaseLine,
    DeadlinesAnswer,
    DecisionAnswer,
    ReasonAnswer,
    SuggestionAnswer,
    VerdictAnswer,
    WorkAnswer,
    work_answer,
)
from triage.entrypoints.problems import camel
from triage.entrypoints.texts import reason_text, shown_reasons
from triage.entrypoints.tools import Tools
from triage.jobs.predict_work import Work


def work_of(work: Work) -> WorkAnswer:
    """Expected work of one case."""
    reasons = None if work.reasons is None else reasons_of(work.reasons)
    return work_answer(work.prediction, _rounded(work.p_late), reasons, work.case_id)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def reasons_of(reasons: Iterable[Reason]) -> list[ReasonAnswer]:
    """Reasons with their Dutch sentence. This API serves the routing step; it never names the motive as a fact."""
    return [
        ReasonAnswer(
            code=one.code,
            fact="registration" if one.fact in HIDDEN else camel(one.fact),
            weight=round(one.weight, 4),
            supports=one.supports,
            text=reason_text(one.code),
        )
        for one in shown_reasons(reasons, routing_officer=True)
    ]


def verdict_of(verdict: RouteVerdict) -> VerdictAnswer:
    """What the law says about one route."""
    return VerdictAnswer(
        route=verdict.route,
        name=verdict.name,
        verdict=verdict.verdict.value,
        article=verdict.article,
        reason=verdict.reason,
        missing=[camel(name) for name in verdict.missing],
    )


def deadlines_of(deadlines: Deadlines) -> DeadlinesAnswer:
    """Both deadlines."""
    return DeadlinesAnswer(**vars(deadlines))


def decision_of(decision: Decision | None) -> DecisionAnswer | None:
    """The officer's route, where there is one."""
    return DecisionAnswer.model_validate(decision) if decision else None


def suggestion_answer(made: Suggestion, version: int, decision: Decision | None) -> SuggestionAnswer:
    """A suggestion as logged."""
    return SuggestionAnswer(
        suggestion_id=made.suggestion_id,
        case_id=made.case_id,
        made_at=made.made_at,
        moment=made.moment.value,
        outcome=made.outcome.value,
        route=made.route,
        depth=made.depth.value if made.depth else None,
        alternatives=[AlternativeAnswer(depth=depth, hours=round(hours, 2)) for depth, hours in made.alternatives],
        margin_hours=_rounded(made.margin_hours),
        probability_late=_rounded(made.p_late),
        work=work_answer(made.prediction, _rounded(made.p_late)) if made.prediction else None,
        reason_codes=list(made.reason_codes),
        reasons=reasons_of(made.reasons),
        verdicts=[verdict_of(verdict) for verdict in made.verdicts],
        missing=[camel(name) for name in made.missing],
        deadlines=deadlines_of(made.deadlines),
        law_version=made.law_version,
        model_version=made.model_version,
        policy_version=made.policy_version,
        version=version,
        decision=decision_of(decision),
    )


def case_line(item: WorkItem) -> CaseLine:
    """One line of the work list."""
    made = item.stored.suggestion if item.stored else None
    return CaseLine(
        case_id=item.intake.case_id,
        lodged_on=item.intake.lodged,
        moment=item.intake.moment.value,
        suggestion_id=made.suggestion_id if made else None,
        outcome=made.outcome.value if made else None,
        route=made.route if made else None,
        decided=bool(item.stored and item.stored.decision),
    )


def route_of(intake: Intake, tools: Tools) -> str:
    """The route whose term counts while nothing is decided: what a rule decides, else the standard one."""
    options = tools.law.options(intake)
    return options.decided.route if options.decided else options.depths[Depth.STANDARD]


def case_answer(item: WorkItem, tools: Tools) -> CaseAnswer:
    """One case as known now. The facts keep apart: known, unknown (asked, no answer), not asked."""
    intake, stored = item.intake, item.stored
    known, unknown, not_asked = facts_apart(intake, tools)
    deadlines = stored.suggestion.deadlines if stored else tools.law.deadlines(intake, route_of(intake, tools))
    return CaseAnswer(
        case_id=intake.case_id,
        lodged_on=intake.lodged,
        moment=intake.moment.value,
        regime=tools.law.regime(intake.lodged),
        known={camel(name): value for name, value in known.items()},
        unknown=[camel(name) for name in unknown],
        not_asked=[camel(name) for name in not_asked],
        deadlines=deadlines_of(deadlines),
        suggestion=suggestion_answer(stored.suggestion, stored.version, stored.decision) if stored else None,
    )


def facts_apart(intake: Intake, tools: Tools) -> tuple[dict[str, Any], list[str], list[str]]:
    """Known facts with value, names of unknown ones, names of those not asked, in the register's order.

    Ethnicity, religion and sex are not shown by this product; motive stays with the routing step.
    """
    shown = [f for f in tools.register.at(intake.moment) if f.name not in HIDDEN]
    known = {f.name: intake.facts[f.name] for f in shown if intake.facts.get(f.name) is not None}
    unknown = [f.name for f in shown if f.name in intake.facts and intake.facts[f.name] is None]
    return known, unknown, [f.name for f in shown if f.name not in intake.facts]


HIDDEN = frozenset({"ethnicity", "religion", "sex", "motive_group"})
