"""What stands behind an advice, in Dutch words and as answers. Of a fact that no door shows, nothing is told."""

from typing import Any

from triage.domain.case import Counterfactual, Depth, Explanation, OpenFact, Outcome, Suggestion
from triage.entrypoints.audience import HIDDEN
from triage.entrypoints.explanation_messages import (
    CorrectionAnswer,
    CounterfactualAnswer,
    ExplanationAnswer,
    OpenFactAnswer,
    SpreadAnswer,
)
from triage.entrypoints.pages import dutch_number
from triage.entrypoints.problems import camel
from triage.entrypoints.texts import fact_label, texts, word
from triage.law.book import LawBook

FIRST = 5  # open items that stand on the page unfolded


def explanation_answer(explanation: Explanation, law: LawBook) -> ExplanationAnswer:
    """What an advice rests on, as answer."""
    return ExplanationAnswer(
        missing=[_open_fact(item) for item in explanation.missing if item.fact not in HIDDEN],
        counterfactuals=[_counterfactual(one, law) for one in _shown(explanation)],
        nearest_hours=list(explanation.nearest_hours),
    )


def _open_fact(item: OpenFact) -> OpenFactAnswer:
    return OpenFactAnswer(
        fact=camel(item.fact),
        label=fact_label(item.fact),
        was_asked=item.was_asked,
        heavy_percent=SpreadAnswer(lowest=item.share[0], highest=item.share[1]),
        hours=SpreadAnswer(lowest=item.hours[0], highest=item.hours[1]),
        could_change_advice=item.could_change_advice,
    )


def _shown(explanation: Explanation) -> list[Counterfactual]:
    """The counterfactuals without those that change a hidden fact."""
    return [one for one in explanation.counterfactuals if HIDDEN.isdisjoint(fact for fact, _ in one.changes)]


def _counterfactual(one: Counterfactual, law: LawBook) -> CounterfactualAnswer:
    return CounterfactualAnswer(
        changes=[CorrectionAnswer(fact=camel(f), label=fact_label(f), value=value) for f, value in one.changes],
        outcome=one.outcome.value,
        route=one.route,
        depth=one.depth.value if one.depth else None,
        text=counterfactual_text(one, law),
    )


def counterfactual_text(one: Counterfactual, law: LawBook) -> str:
    """Als de identiteitsdocumenten echt bevonden zijn, dan zou het voorstel zijn: ..., standaard."""
    said = texts()["corrections"]
    fact, value = one.changes[0]
    condition = said.get(f"{fact}.{_code(value)}") or f"'{fact_label(fact)}' anders is"
    return said["sentence"].format(condition=condition, advice=_advice(one, law))


def _code(value: object) -> str:
    return dutch_number(value) if isinstance(value, (int, float)) else str(value)


def _advice(one: Counterfactual, law: LawBook) -> str:
    """The advice in words, with the outcome where it is no suggestion."""
    name = law.route(one.route).name_nl
    title = f"{name}, {word('depths', one.depth).lower()}" if one.depth else name
    return title if one.outcome is Outcome.SUGGESTION else f"{title} ({texts()['corrections'][one.outcome.value]})"


def explanation_view(explanation: Explanation | None, law: LawBook) -> dict[str, Any] | None:
    """What the page of a case shows of it; None where the model that advised is no longer in use."""
    if explanation is None:
        return None
    items = [item for item in explanation.missing if item.fact not in HIDDEN]
    tell = [item for item in items if item.hours[0] != item.hours[1] or item.could_change_advice]
    return {
        "missing": [_item_view(item) for item in tell],
        "first": FIRST,
        "corrections": [counterfactual_text(one, law) for one in _shown(explanation)],
        "nearest": [str(hours) for hours in explanation.nearest_hours],
    }


def _item_view(item: OpenFact) -> dict[str, Any]:
    return {
        "label": fact_label(item.fact),
        "asked": "gevraagd, geen antwoord" if item.was_asked else "niet gevraagd",
        "hours": _spread(item.hours),
        "share": f"{_spread(item.share)}%",
        "changes": item.could_change_advice,
    }


def _spread(pair: tuple[int, int]) -> str:
    low, high = pair
    return str(low) if low == high else f"{low} tot {high}"


def gain_texts(made: Suggestion) -> list[str]:
    """What the advised depth saves, with and without the assumption on misfit, and the price of a scarce place."""
    if made.margin_hours is None or made.outcome is not Outcome.SUGGESTION:
        return _price_texts(made)
    said = [f"Deze diepte scheelt naar verwachting {dutch_number(made.margin_hours, 1)} uur met standaard."]
    if made.saved_at_phi_0 is not None:
        flat = dutch_number(abs(made.saved_at_phi_0), 1)
        said.append(
            f"Dat rust op een aanname: een diepte die niet past, kost extra tijd. Zonder die aanname is het {flat} uur."
        )
    return said + _price_texts(made)


def _price_texts(made: Suggestion) -> list[str]:
    return [
        f"{word('depths', Depth(depth))} telt {dutch_number(hours, 1)} uur extra, omdat er weinig plaats is."
        for depth, hours in made.prices
        if hours > 0
    ]
