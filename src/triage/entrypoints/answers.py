"""Nouns of the domain -> answers on the wire."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from triage.domain.case import (
    Deadlines,
    Decision,
    Explanation,
    Intake,
    Need,
    Reason,
    RouteOptions,
    RouteVerdict,
    Suggestion,
    TermClock,
)
from triage.domain.contradictions import EVENT_BEFORE_LODGING, EVENT_IN_FUTURE, Contradiction
from triage.domain.records import StoredSuggestion, WorkItem
from triage.entrypoints.audience import HIDDEN, shown_reasons
from triage.entrypoints.explanation_messages import ExplanationAnswer
from triage.entrypoints.explanation_views import explanation_answer
from triage.entrypoints.messages import (
    AlternativeAnswer,
    CaseAnswer,
    CaseLine,
    ChangeAnswer,
    ClockAnswer,
    DeadlinesAnswer,
    DecisionAnswer,
    FlagAnswer,
    ItemAnswer,
    NeedAnswer,
    NeedMeaning,
    ReasonAnswer,
    SuggestionAnswer,
    VerdictAnswer,
    WarningAnswer,
    WorkAnswer,
    work_answer,
)
from triage.entrypoints.problems import camel
from triage.entrypoints.texts import fact_label, flag_text, reason_text
from triage.entrypoints.tools import Tools, chase_rules
from triage.jobs.explain_advice import explain_suggestion
from triage.jobs.predict_work import Work
from triage.jobs.show_case import CaseNow, Change, grounds_of
from triage.jobs.show_dossier import dossier_of


def work_of(work: Work, explanation: ExplanationAnswer | None = None) -> WorkAnswer:
    """Expected work of one case."""
    reasons = None if work.reasons is None else reasons_of(work.reasons)
    answer = work_answer(work.prediction, _rounded(work.p_late), reasons, work.case_id)
    return answer if explanation is None else answer.model_copy(update={"explanation": explanation})


def explained(made: Suggestion, intake: Intake, tools: Tools) -> Explanation | None:
    """What stands behind a suggestion that rests on `intake`; None where it can no longer be told."""
    return explain_suggestion(made, intake, tools.register, tools.law, tools.complexity, tools.policy, tools.neighbours)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def reasons_of(reasons: Iterable[Reason]) -> list[ReasonAnswer]:
    """Reasons with their Dutch sentence, without those that rest on a hidden fact."""
    return [
        ReasonAnswer(
            code=one.code,
            fact=camel(one.fact),
            weight=round(one.weight, 4),
            supports=one.supports,
            text=reason_text(one.code),
        )
        for one in shown_reasons(reasons)
    ]


def verdict_of(verdict: RouteVerdict) -> VerdictAnswer:
    """What the law says about one route."""
    return VerdictAnswer(
        route=verdict.route,
        name=verdict.name,
        verdict=verdict.verdict.value,
        article=verdict.article,
        reason=verdict.reason,
        missing=[camel(name) for name in verdict.missing if name not in HIDDEN],
    )


def verdicts_of(verdicts: Iterable[RouteVerdict]) -> list[VerdictAnswer]:
    """What the law says about several routes or grounds."""
    return [verdict_of(verdict) for verdict in verdicts]


def needs_of(needs: Iterable[Need]) -> list[NeedAnswer]:
    """Facts that could still decide, with what each answer would mean."""
    return [
        NeedAnswer(
            fact=camel(need.fact),
            label=fact_label(need.fact),
            answers=[NeedMeaning(value=value, text=text) for value, text in need.answers],
        )
        for need in needs
        if need.fact not in HIDDEN
    ]


def flags_of(codes: Iterable[str]) -> list[FlagAnswer]:
    """What an officer must look at first, with its sentence."""
    return [FlagAnswer(code=code, text=flag_text(code)) for code in codes]


def deadlines_of(deadlines: Deadlines, today: date) -> DeadlinesAnswer:
    """Both deadlines and the other clocks, with the days left from `today`."""
    return DeadlinesAnswer(
        applied=deadlines.applied,
        lawful=deadlines.lawful,
        applied_basis=deadlines.applied_basis,
        lawful_basis=deadlines.lawful_basis,
        as_of=today,
        days_left_applied=days_between(today, deadlines.applied),
        days_left_lawful=days_between(today, deadlines.lawful),
        clocks=[_clock_of(clock, today) for clock in deadlines.clocks],
    )


def days_between(today: date, last: date | None) -> int | None:
    """Days left until the last day, negative once it has passed; None where there is none."""
    return None if last is None else (last - today).days


def _clock_of(clock: TermClock, today: date) -> ClockAnswer:
    event = "lodged_on" if clock.start_event == LODGED else clock.start_event
    plain: dict[str, Any] = vars(clock) | {"start_event": camel(event)}
    return ClockAnswer(
        **plain,
        start_label=event_label(clock.start_event),
        days_left=days_between(today, clock.ends),
    )


def event_label(event: str) -> str:
    """What starts a clock, in Dutch."""
    return "Indiening" if event == LODGED else fact_label(event)


def awaited_event(clock: TermClock, intake: Intake) -> str | None:
    """The event that a clock without dates waits for; None where it happened, and the clock's basis says why not."""
    happened = clock.start_event == LODGED or intake.known(clock.start_event) is not None
    return None if clock.ends or happened else clock.start_event


def changes_of(changes: Iterable[Change]) -> list[ChangeAnswer]:
    """Changed facts; of a fact that is not shown, its change is not shown either."""
    shown = [change for change in changes if change.fact not in HIDDEN]
    return [
        ChangeAnswer(**(vars(change) | {"fact": camel(change.fact), "label": fact_label(change.fact)}))
        for change in shown
    ]


def decision_of(decision: Decision | None) -> DecisionAnswer | None:
    """The officer's route, where there is one."""
    return DecisionAnswer.model_validate(decision) if decision else None


def suggestion_answer(
    stored: StoredSuggestion, tools: Tools, today: date, with_explanation: bool = False
) -> SuggestionAnswer:
    """A suggestion as logged, with what did not fit or had changed in the intake it rests on.

    `today` is the local date from which days left are counted.
    """
    made = stored.suggestion
    grounds = grounds_of(stored, tools.store)
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
        margin_hours_at_phi_zero=_rounded(made.saved_at_phi_0),
        prices=[AlternativeAnswer(depth=depth, hours=round(hours, 2)) for depth, hours in made.prices],
        probability_late=_rounded(made.p_late),
        work=work_answer(made.prediction, _rounded(made.p_late)) if made.prediction else None,
        reason_codes=list(made.reason_codes),
        reasons=reasons_of(made.reasons),
        explanation=_explanation(made, grounds.intake, tools) if with_explanation else None,
        **_law_of(made),
        deadlines=deadlines_of(made.deadlines, today),
        contradictions=warnings_of(grounds.doubts),
        changed_facts=changes_of(grounds.changes),
        missing_items=missing_items(grounds.intake, made.route, tools, today),
        model_version=made.model_version,
        policy_version=made.policy_version,
        version=stored.version,
        decision=decision_of(stored.decision),
    )


def _explanation(made: Suggestion, intake: Intake, tools: Tools) -> ExplanationAnswer | None:
    found = explained(made, intake, tools)
    return explanation_answer(found, tools.law) if found else None


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


#: What stands for the law of a lodging date that no rule covers.
NO_RULES = RouteOptions("", "", (), None, {}, (), flags=("no_rules",))


def _law_of(said: Suggestion | RouteOptions) -> dict[str, Any]:
    """What the law said: at a suggestion, or what it says now."""
    return {
        "law_version": said.law_version or None,
        "verdicts": verdicts_of(said.verdicts),
        "missing": [camel(name) for name in said.missing if name not in HIDDEN],
        "needs": needs_of(said.needs),
        "grounds": verdicts_of(said.grounds),
        "priority": verdicts_of(said.priority),
        "modality": verdicts_of(said.modality),
        "flags": flags_of(said.flags),
    }


def case_answer(now: CaseNow, tools: Tools) -> CaseAnswer:
    """One case as known now. The facts keep apart: known, unknown (asked, no answer), not asked.

    A case whose lodging date no rule covers is answered too, with a flag: the store keeps what an earlier release took.
    """
    intake = now.intake
    known, unknown, not_asked = facts_apart(intake, tools)
    return CaseAnswer(
        case_id=intake.case_id,
        lodged_on=intake.lodged,
        moment=intake.moment.value,
        regime=tools.law.regime(intake.lodged),
        known={camel(name): value for name, value in known.items()},
        unknown=[camel(name) for name in unknown],
        not_asked=[camel(name) for name in not_asked],
        **_law_of(now.options or NO_RULES),
        deadlines=deadlines_of(now.deadlines, now.today) if now.deadlines else None,
        contradictions=warnings_of(now.doubts),
        changed_facts=changes_of(now.changes),
        missing_items=missing_items(intake, now.route, tools, now.today),
        suggestion=suggestion_answer(now.stored, tools, now.today) if now.stored else None,
    )


def warnings_of(doubts: Iterable[Contradiction]) -> list[WarningAnswer]:
    """Facts that do not fit together; nothing of a fact that is not shown."""
    return [
        WarningAnswer(code=one.code, facts=[camel(name) for name in one.facts], text=doubt_text(one))
        for one in shown_doubts(doubts)
    ]


def shown_doubts(doubts: Iterable[Contradiction]) -> list[Contradiction]:
    """The contradictions without those of a hidden fact."""
    return [one for one in doubts if not HIDDEN.intersection(one.facts)]


def doubt_text(doubt: Contradiction) -> str:
    """A contradiction in words; a sentence that holds for any date is told after the name of this one."""
    if doubt.sentence not in (EVENT_IN_FUTURE, EVENT_BEFORE_LODGING):
        return doubt.sentence
    return f"{fact_label(doubt.facts[0])}: {doubt.sentence[0].lower()}{doubt.sentence[1:]}"


def missing_items(intake: Intake, route: str | None, tools: Tools, today: date) -> list[ItemAnswer] | None:
    """Items that the file still needs, what to chase first on top; None where no checklist covers the route."""
    if route is None:
        return None
    file = dossier_of(tools.store, intake.case_id, route, today, chase_rules(tools.settings), intake)
    if file.completeness is None and not file.items:
        return None
    return [
        ItemAnswer(
            item=one.item,
            name=one.name,
            text=one.sentence,
            blocking=one.blocking,
            certain=one.certain,
            expected_on=one.expected_on,
        )
        for one in file.items
    ]


def facts_apart(intake: Intake, tools: Tools) -> tuple[dict[str, Any], list[str], list[str]]:
    """Known facts with value, names of unknown ones, names of those not asked, in the register's order."""
    shown = [f for f in tools.register.at(intake.moment) if f.name not in HIDDEN]
    known = {f.name: intake.facts[f.name] for f in shown if intake.facts.get(f.name) is not None}
    unknown = [f.name for f in shown if f.name in intake.facts and intake.facts[f.name] is None]
    # An event that has not happened is no question that was forgotten.
    asked = [f.name for f in shown if f.group != "term"]
    return known, unknown, [name for name in asked if name not in intake.facts]


LODGED = "lodged"
