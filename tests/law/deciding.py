"""Which facts decide whether a route holds, by trying every combination of answers to them at once.

Only for tests. Nothing is shared with triage.law.sheet and triage.law.needs: each criterion is asked of every answer
to the facts that it reads, and the rows are worked out over the whole grid of answers with numpy. No fact is drawn by
chance, so that what comes out is a proof and never a matter of luck.
"""

from dataclasses import replace
from itertools import product

import numpy as np

from triage.domain.case import Verdict
from triage.law import criteria

#: Kleene logic in numbers: AND is the lowest, OR the highest, NOT is 2 minus.
NUMBERS = {Verdict.NOT_MET: 0, Verdict.UNKNOWN: 1, Verdict.MET: 2}


def deciding(row, intake, known, answers):
    """The facts out of `answers` of which the answer decides whether the row is met, for some other answers.

    `known` are the criteria by name; `answers` are the open facts with all their possible values.
    """
    names = sorted(row.criteria())
    read = {fact for name in names for fact in criteria.FACTS_READ[name]}
    axes = [fact for fact in sorted(answers) if fact in read]
    said = {name: _grid(known[name], criteria.FACTS_READ[name], intake, axes, answers) for name in names}
    verdicts = np.minimum(_any_of(row.entry, said), 2 - _any_of(row.exclusion, said))
    is_met = np.broadcast_to(verdicts == NUMBERS[Verdict.MET], [len(answers[fact]) for fact in axes])
    return {fact for k, fact in enumerate(axes) if (is_met.any(axis=k) != is_met.all(axis=k)).any()}


def _any_of(clauses, said):
    found = np.zeros((), dtype=np.int8)
    for clause in clauses:
        both = said[clause[0]]
        for name in clause[1:]:
            both = np.minimum(both, said[name])
        found = np.maximum(found, both)
    return found


def _grid(criterion, reads, intake, axes, answers):
    """What a criterion says for every answer to the open facts that it reads; one long in every other direction."""
    own = [fact for fact in axes if fact in reads]
    said = [
        NUMBERS[criterion(replace(intake, facts=intake.facts | dict(zip(own, values, strict=True))))]
        for values in product(*(answers[fact] for fact in own))
    ]
    shape = [len(answers[fact]) if fact in own else 1 for fact in axes]
    return np.array(said, dtype=np.int8).reshape(shape)
