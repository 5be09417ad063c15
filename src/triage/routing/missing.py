"""What is missing, and what it could change: the expected work over the possible answers of each open fact."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from triage.domain.case import FactValue, OpenFact
from triage.domain.facts import Fact
from triage.routing.policy import Range
from triage.routing.variants import Ground, Said, said_of

STEP = 5  # per cent: finer than that the model does not know
MOST_NUMBERS = 200  # answers tried of one number; all whole numbers where there are no more
#: Stands for any value of an open list that learning did not meet.
OTHER = "other"


def open_facts(ground: Ground, facts: Iterable[Fact]) -> tuple[OpenFact, ...]:
    """Each fact without an answer, with the range of the expected work over its answers; widest hours first.

    Parameters
    ----------
    ground : the case as it is known, and what advises on it.
    facts : the model facts that may be known at this moment; those with an answer are left out.

    A fact stays out where no range of answers is known: a number that nobody learned from and without bounds.
    """
    tried = {f: answers for f in facts if ground.intake.known(f.name) is None and (answers := _answers(f, ground))}
    variants = [{fact.name: value} for fact, answers in tried.items() for value in answers]
    now, *said = said_of(ground, [{}, *variants])
    found, at = [], 0
    for fact, answers in tried.items():
        found.append(_item(fact, ground, now, said[at : at + len(answers)]))
        at += len(answers)
    return tuple(sorted(found, key=lambda item: item.hours[0] - item.hours[1]))


def _item(fact: Fact, ground: Ground, now: Said, said: Sequence[Said]) -> OpenFact:
    return OpenFact(
        fact=fact.name,
        was_asked=fact.name in ground.intake.facts,
        share=_outward([100 * one.share for one in said], STEP),
        hours=_outward([one.hours for one in said], 1),
        could_change_advice=any(one.advice != now.advice for one in said),
    )


def _outward(values: Sequence[float], step: int) -> tuple[int, int]:
    """Lowest and highest, rounded outward to whole steps, so that the range holds every value."""
    return step * math.floor(min(values) / step), step * math.ceil(max(values) / step)


def _answers(fact: Fact, ground: Ground) -> list[FactValue]:
    """The answers to try for a fact."""
    if fact.kind == "flag":
        return [True, False]
    if fact.kind == "category":
        known = (c.codes for c in ground.model.features.columns if c.fact == fact.name)
        return [*next(known, ()), OTHER] if fact.is_open else list(fact.values)
    met = ground.policy.met.get(fact.name)
    if met is None and len(fact.values) == 2:
        met = (float(fact.values[0]), float(fact.values[1]))
    return [] if met is None or fact.kind == "date" else _numbers(met)


def _numbers(met: Range) -> list[FactValue]:
    """All whole numbers of a range; of a wide one as many, close together where they are small."""
    low, high = math.floor(met[0]), math.ceil(met[1])
    if high - low < MOST_NUMBERS:
        return [float(n) for n in range(low, high + 1)]
    steps = low + np.expm1(np.linspace(0.0, np.log1p(high - low), MOST_NUMBERS))
    return np.unique(np.round(steps)).tolist()
