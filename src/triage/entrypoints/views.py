"""What the pages show, in Dutch words: nouns of the domain -> values for the templates. No request, no HTML."""

import math
from datetime import date
from typing import Any

from triage.domain.case import (
    Deadlines,
    Decision,
    Depth,
    Intake,
    Need,
    Prediction,
    RouteOptions,
    RouteVerdict,
    Suggestion,
    TermClock,
    Verdict,
)
from triage.domain.records import StoredSuggestion, WorkItem
from triage.entrypoints.answers import awaited_event, event_label, explained, facts_apart, missing_items, warnings_of
from triage.entrypoints.audience import HIDDEN, MOTIVES, shown_reasons
from triage.entrypoints.explanation_views import explanation_view, gain_texts
from triage.entrypoints.pages import coarse_percent, days_left, dutch_date, dutch_number
from triage.entrypoints.texts import fact_label, flag_text, reason_text, texts, word
from triage.entrypoints.tools import Tools
from triage.jobs.record_decision import has_advice
from triage.jobs.show_case import KNOWN, CaseNow, Change, standing_of

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


def advice_title(made: Suggestion, tools: Tools) -> str:
    """The suggested route; where there is no advice just that, whatever the cause: a standard route would steer too."""
    return route_title(made.route, made.depth, tools) if has_advice(made) else texts()["advice"]["none"]


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
        "route": advice_title(made, tools) if made else "–",
        "outcome": word("outcomes", made.outcome) if made and has_advice(made) else "",
        "hours": hours_band(made.prediction if made else None),
        "deadline": lawful,
        "left": "" if decided else left,
        "status": status,
        "status_look": look,
    }


def _last_day(item: WorkItem, tools: Tools, today: date) -> tuple[date | None, str]:
    """The last lawful day and what is left; one case without rules must not take the whole list down."""
    deadlines = standing_of(item, tools.law).deadlines
    if deadlines is None:
        return None, NO_RULES
    return deadlines.lawful, days_left(deadlines.lawful, today)


def case_view(now: CaseNow, tools: Tools) -> dict[str, Any]:
    """All that the page of a case shows, the facts before the suggestion.

    While newer facts wait for a new suggestion, the law speaks of the newer facts; the suggestion stays as it was.
    """
    stored, made = now.stored, now.stored.suggestion if now.stored else None
    is_stale = bool(stored and stored.is_stale and not stored.decision)
    said = now.options if now.options and (made is None or is_stale) else made
    return {
        "intake": now.intake,
        "moment": word("moments", now.intake.moment),
        "regime": word("regimes", tools.law.regime(now.intake.lodged)),
        **_facts_view(now.intake, tools),
        "warnings": [warning.text for warning in warnings_of(now.doubts)],
        "changes": [_change_view(change, tools) for change in now.changes if change.fact not in HIDDEN],
        "items": missing_items(now.intake, now.route, tools, now.today),
        **(_law_view(said, tools) if said else {}),
        **_deadlines_view(now.deadlines, now.intake, now.today),
        "suggestion": suggestion_view(stored, tools, now.today) if stored else None,
        "explanation": _explanation(now, tools),
        "is_stale": is_stale,
        "law_changed": bool(made and now.options and made.law_version != now.options.law_version),
        "decision": decision_view(stored.decision, tools) if stored and stored.decision else None,
        "choices": choices_of(stored.suggestion, tools) if stored else [],
    }


def _explanation(now: CaseNow, tools: Tools) -> dict[str, Any] | None:
    """What stands behind the suggestion; nothing while newer facts wait, for those it does not rest on."""
    if now.stored is None or now.stored.is_stale:
        return None
    return explanation_view(explained(now.stored.suggestion, now.intake, tools), tools.law)


def _facts_view(intake: Intake, tools: Tools) -> dict[str, Any]:
    """Known, unknown and not asked apart. The days on which clocks start stand with the clocks instead."""
    known, unknown, not_asked = facts_apart(intake, tools)
    clocks = {name for name, fact in tools.register.facts.items() if fact.group == "term"}
    return {
        "known": [(fact_label(name), told(name, value, tools)) for name, value in known.items() if name not in clocks],
        "unknown": [fact_label(name) for name in unknown if name not in clocks],
        "not_asked": [fact_label(name) for name in not_asked if name not in clocks],
        "hidden_motive": any(name in intake.facts for name in MOTIVES),
    }


def told(name: str, value: object, tools: Tools) -> str:
    """A known fact in words; of a nationality the country."""
    return tools.law.country(str(value)) if name == "nationality_iso3" else value_text(value)


def _change_view(change: Change, tools: Tools) -> dict[str, str]:
    def side(stands: str, value: object) -> str:
        return told(change.fact, value, tools) if stands == KNOWN else word("stands", stands)

    return {
        "label": fact_label(change.fact),
        "before": side(change.before, change.before_value),
        "after": side(change.after, change.after_value),
    }


def _law_view(said: Suggestion | RouteOptions, tools: Tools) -> dict[str, Any]:
    """What the law says: routes, grounds, order of work and ways of hearing, and what is still to know."""
    return {
        "law_version": said.law_version,
        "verdicts": _verdict_groups(said.verdicts, OPEN),
        "more_law": [
            {"title": title, "about": about, "groups": _verdict_groups(rows, HOLDS)}
            for (title, about), rows in zip(MORE_LAW, (said.grounds, said.priority, said.modality), strict=True)
            if rows
        ],
        "flags": [flag_text(code) for code in said.flags if code not in TOLD_AS_WARNING],
        "needs": [_need_view(need, tools) for need in said.needs if need.fact not in HIDDEN],
    }


#: Flags that the warnings on the same page say in more words.
TOLD_AS_WARNING = frozenset({"contradiction", "nationality_code_not_known"})

#: Title and explanation of what the law says beside the routes.
MORE_LAW = (
    ("Gronden voor de versnelde procedure", "Geldt er een grond, dan is de versnelde procedure verplicht."),
    ("Voorrang", "Deze zaken mogen eerder aan de beurt komen. Voorrang zegt niets over de route."),
    ("Manier van horen", "Dit laat de wet toe. Het systeem stelt hier niets voor."),
)


def _need_view(need: Need, tools: Tools) -> dict[str, Any]:
    return {
        "label": fact_label(need.fact),
        "answers": [(answer_words(values, tools), text) for values, text in need.answers],
    }


def answer_words(values: str, tools: Tools) -> str:
    """Possible answers to a fact, as the law book lists them, in Dutch: codes of facts, or of countries."""
    found = [texts()["answers"].get(v) or texts()["values"].get(v) or tools.law.country(v) for v in values.split(", ")]
    return " of ".join([", ".join(found[:-1]), found[-1]] if found[1:] else found)


def _deadlines_view(deadlines: Deadlines | None, intake: Intake, today: date) -> dict[str, Any]:
    """Both deadlines and the other clocks, those that run first, by their last day."""
    told = {deadlines.applied_basis, deadlines.lawful_basis} if deadlines else set()
    clocks = [clock for clock in (deadlines.clocks if deadlines else ()) if clock.basis not in told]
    views = [_clock_view(clock, intake, today) for clock in sorted(clocks, key=lambda c: c.ends or date.max)]
    return {
        "deadlines": deadlines,
        "left_applied": days_left(deadlines.applied, today) if deadlines else "",
        "left_lawful": days_left(deadlines.lawful, today) if deadlines else "",
        "running": [view for view in views if view["ends"]],
        "waiting": [view for view in views if not view["ends"]],
    }


def _clock_view(clock: TermClock, intake: Intake, today: date) -> dict[str, Any]:
    awaited = awaited_event(clock, intake)
    return {
        "name": clock.name,
        "article": clock.article,
        "event": event_label(clock.start_event).lower(),
        "waits_for": event_label(awaited).lower() if awaited else "",
        "start": clock.start,
        "ends": clock.ends,
        # Of the other clocks we only know that they ran: whether the act was done in time stands in no fact.
        "left": "voorbij" if clock.ends and clock.ends < today else days_left(clock.ends, today),
        "basis": clock.basis,
        "lawful": clock.lawful,
    }


#: How the three verdicts are called: of a route, and of a ground.
OPEN = {Verdict.MET: "Kan", Verdict.UNKNOWN: "Nog niet te zeggen", Verdict.NOT_MET: "Kan niet"}
HOLDS = {Verdict.MET: "Geldt", Verdict.UNKNOWN: "Nog niet te zeggen", Verdict.NOT_MET: "Geldt niet"}


def _verdict_groups(verdicts: tuple[RouteVerdict, ...], titles: dict[Verdict, str]) -> list[dict[str, Any]]:
    """Open, not to say yet, and closed; the closed ones folded, because they are many."""
    return [
        {
            "title": title,
            "folded": verdict is Verdict.NOT_MET,
            "rows": [
                {
                    "name": row.name,
                    "article": row.article,
                    "reason": row.reason,
                    "missing": [fact_label(name) for name in row.missing if name not in HIDDEN],
                }
                for row in verdicts
                if row.verdict is verdict
            ],
        }
        for verdict, title in titles.items()
    ]


def suggestion_view(stored: StoredSuggestion, tools: Tools, today: date) -> dict[str, Any]:
    """A suggestion with its reasons for and against."""
    made = stored.suggestion
    reasons = shown_reasons(made.reasons)
    model = f"Model {made.model_version}, beleid {made.policy_version}." if made.model_version else ""
    return {
        "id": made.suggestion_id,
        "version": stored.version,
        "title": advice_title(made, tools),
        "outcome": " ".join([*_outcome_words(made), *map(reason_text, made.reason_codes)]),
        "late": _late_text(made, today),
        "pro": [reason_text(reason.code) for reason in reasons if reason.supports],
        "con": [reason_text(reason.code) for reason in reasons if not reason.supports],
        "pro_word": "zwaarder" if made.depth is Depth.HEAVY else "lichter",
        "missing": [fact_label(name) for name in _unexplained(made)],
        "hours": [(word("depths", depth), dutch_number(hours, 1)) for depth, hours in _by_depth(made)],
        "gains": gain_texts(made),
        "band": f"Met 80% zekerheid {hours_band(made.prediction)} in totaal." if made.prediction else "",
        "made": made.made_at,
        "versions": model,
    }


def _outcome_words(made: Suggestion) -> list[str]:
    return [word("outcomes", made.outcome)] if has_advice(made) else []


def _late_text(made: Suggestion, today: date) -> str:
    """The chance to decide too late; of a term that has passed there is no chance left to tell."""
    if made.p_late is None:
        return ""
    if made.deadlines.lawful and made.deadlines.lawful < today:
        return "De termijn om te beslissen is voorbij."
    return f"Kans dat de beslissing na de uiterste datum komt: {coarse_percent(made.p_late)}."


def _unexplained(made: Suggestion) -> list[str]:
    """Missing facts without a need of their own, which would say what each answer means."""
    told = {need.fact for need in made.needs}
    return [name for name in made.missing if name not in told | HIDDEN]


def _by_depth(made: Suggestion) -> list[tuple[str, float]]:
    """Hours per depth, light first: an order that does not point at the suggestion."""
    order = list(Depth)
    return sorted(made.alternatives, key=lambda pair: order.index(Depth(pair[0])))


def decision_view(decision: Decision, tools: Tools) -> dict[str, Any]:
    """The officer's decision."""
    return {
        "title": route_title(decision.route, decision.depth, tools),
        "followed": _followed_text(decision),
        "reason": reason_text(decision.reason_code),
        "text": decision.reason_text,
        "officer": "de medewerker (ontwikkelmodus)",
        "at": decision.decided_at,
    }


def _followed_text(decision: Decision) -> str:
    if decision.had_advice is False:
        return texts()["advice"]["not_used"]
    return "Zoals voorgesteld" if decision.followed else "Anders dan voorgesteld"


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
            "suggested": has_advice(made) and row.route == made.route and depth is made.depth,
        }
        for row, depth in pairs
    ]
