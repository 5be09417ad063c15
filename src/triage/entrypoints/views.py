"""What the pages show, in Dutch words: nouns of the domain -> values for the templates. No request, no HTML."""

import math
from datetime import date
from typing import Any

from triage.domain.case import Decision, Depth, Intake, Prediction, RouteVerdict, Suggestion, Verdict
from triage.domain.errors import LawError
from triage.domain.records import StoredSuggestion, WorkItem
from triage.entrypoints.answers import facts_apart, route_of
from triage.entrypoints.pages import coarse_percent, days_left, dutch_date, dutch_number
from triage.entrypoints.texts import fact_label, reason_text, shown_reasons, texts, word
from triage.entrypoints.tools import Tools

NO_RULES = "geen regels voor deze datum"


def value_text(value: object) -> str:
    """A known fact's value in words."""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, (int, float)):
        return dutch_number(value, 0 if float(value).is_integer() else 1)
    if isinstance(value, date):
        return dutch_date(value)
    return texts()["values"].get(str(value), str(value))


def hours_band(prediction: Prediction | None) -> str:
    """8 tot 21 uur: the 80 % band, rounded outwards, so that it promises no more than it holds."""
    if prediction is None:
        return "–"
    return f"{math.floor(prediction.hours_p10)} tot {math.ceil(prediction.hours_p90)} uur"


def route_title(route: str, depth: Depth | None, tools: Tools) -> str:
    """Name of a route as officers say it, with its depth."""
    name = tools.law.route(route).name_nl
    return f"{name}, {word('depths', depth).lower()}" if depth else name


def line_view(item: WorkItem, tools: Tools, today: date) -> dict[str, Any]:
    """One line of the work list."""
    made = item.stored.suggestion if item.stored else None
    decided = item.stored.decision if item.stored else None
    lawful, left = _last_day(item, tools, today)
    status, look = ("Gekozen", "good") if decided else ("Nog te kiezen", "plain") if made else ("Geen voorstel", "warn")
    return {
        "case_id": item.intake.case_id,
        "lodged": item.intake.lodged,
        "moment": "Na " + word("moments", item.intake.moment),
        "route": route_title(made.route, made.depth, tools) if made else "–",
        "outcome": word("outcomes", made.outcome) if made else "",
        "hours": hours_band(made.prediction if made else None),
        "deadline": lawful,
        "left": "" if decided else left,
        "status": status,
        "status_look": look,
    }


def _last_day(item: WorkItem, tools: Tools, today: date) -> tuple[date | None, str]:
    """The last lawful day and what is left; one case without rules must not take the whole list down."""
    try:
        lawful = _deadlines(item, tools).lawful
    except LawError:
        return None, NO_RULES
    return lawful, days_left(lawful, today)


def _deadlines(item: WorkItem, tools: Tools) -> Any:
    if item.stored:
        return item.stored.suggestion.deadlines
    return tools.law.deadlines(item.intake, route_of(item.intake, tools))


def has_rules(intake: Intake, tools: Tools) -> bool:
    """Whether the law book reaches back to the lodging date of a case."""
    try:
        tools.law.options(intake)
    except LawError:
        return False
    return True


def case_view(item: WorkItem, tools: Tools, today: date) -> dict[str, Any]:
    """All that the page of a case shows, the facts before the suggestion."""
    intake, stored = item.intake, item.stored
    known, unknown, not_asked = facts_apart(intake, tools)
    deadlines = _deadlines(item, tools)
    options = tools.law.options(intake)
    return {
        "intake": intake,
        "moment": word("moments", intake.moment),
        "regime": word("regimes", options.regime),
        "known": [(fact_label(name), value_text(value)) for name, value in known.items()],
        "unknown": [fact_label(name) for name in unknown],
        "not_asked": [fact_label(name) for name in not_asked],
        "hidden_motive": "motive_group" in intake.facts,
        "verdicts": _verdict_groups(stored.suggestion.verdicts if stored else options.verdicts),
        "law_version": stored.suggestion.law_version if stored else options.law_version,
        "deadlines": deadlines,
        "left_applied": days_left(deadlines.applied, today),
        "left_lawful": days_left(deadlines.lawful, today),
        "suggestion": suggestion_view(stored, tools) if stored else None,
        "is_stale": bool(stored and stored.is_stale and not stored.decision),
        "decision": decision_view(stored.decision, tools) if stored and stored.decision else None,
        "choices": choices_of(stored.suggestion, tools) if stored else [],
    }


def _verdict_groups(verdicts: tuple[RouteVerdict, ...]) -> list[dict[str, Any]]:
    """Open, not to say yet, and closed; the closed ones folded, because they are many."""
    titles = ((Verdict.MET, "Kan"), (Verdict.UNKNOWN, "Nog niet te zeggen"), (Verdict.NOT_MET, "Kan niet"))
    return [
        {
            "title": title,
            "folded": verdict is Verdict.NOT_MET,
            "rows": [
                {
                    "name": row.name,
                    "article": row.article,
                    "reason": row.reason,
                    "missing": [fact_label(name) for name in row.missing],
                }
                for row in verdicts
                if row.verdict is verdict
            ],
        }
        for verdict, title in titles
    ]


def suggestion_view(stored: StoredSuggestion, tools: Tools) -> dict[str, Any]:
    """A suggestion with its reasons for and against."""
    made = stored.suggestion
    reasons = shown_reasons(made.reasons, routing_officer=True)  # these pages serve the routing step only
    model = f"Model {made.model_version}, beleid {made.policy_version}." if made.model_version else ""
    return {
        "id": made.suggestion_id,
        "version": stored.version,
        "title": route_title(made.route, made.depth, tools),
        "outcome": " ".join([word("outcomes", made.outcome), *map(reason_text, made.reason_codes)]),
        "late": coarse_percent(made.p_late) if made.p_late is not None else "",
        "pro": [reason_text(reason.code) for reason in reasons if reason.supports],
        "con": [reason_text(reason.code) for reason in reasons if not reason.supports],
        "pro_word": "zwaarder" if made.depth is Depth.HEAVY else "lichter",
        "missing": [fact_label(name) for name in made.missing],
        "hours": [(word("depths", depth), dutch_number(hours, 1)) for depth, hours in _by_depth(made)],
        "band": f"Met 80% zekerheid {hours_band(made.prediction)} in totaal." if made.prediction else "",
        "made": made.made_at,
        "versions": model,
    }


def _by_depth(made: Suggestion) -> list[tuple[str, float]]:
    """Hours per depth, light first: an order that does not point at the suggestion."""
    order = list(Depth)
    return sorted(made.alternatives, key=lambda pair: order.index(Depth(pair[0])))


def decision_view(decision: Decision, tools: Tools) -> dict[str, Any]:
    """The officer's decision."""
    return {
        "title": route_title(decision.route, decision.depth, tools),
        "followed": "Zoals voorgesteld" if decision.followed else "Anders dan voorgesteld",
        "reason": reason_text(decision.reason_code),
        "text": decision.reason_text,
        "officer": "de medewerker (ontwikkelmodus)",
        "at": decision.decided_at,
    }


def choices_of(made: Suggestion, tools: Tools) -> list[dict[str, Any]]:
    """Every route and depth that the law leaves open, those that hold first; each takes the same effort."""
    pairs: list[tuple[RouteVerdict, Depth | None]] = []
    for row in made.verdicts:
        depths = tools.law.route(row.route).depths or (None,)
        if row.verdict is not Verdict.NOT_MET:
            pairs += [(row, Depth(depth) if depth else None) for depth in depths]
    pairs.sort(key=lambda pair: pair[0].verdict is Verdict.UNKNOWN)
    return [
        {
            "value": f"{row.route}|{depth or ''}",
            "title": route_title(row.route, depth, tools),
            "note": row.article if row.verdict is Verdict.MET else f"{row.article}. {row.reason}",
            "suggested": row.route == made.route and depth is made.depth,
        }
        for row, depth in pairs
    ]
