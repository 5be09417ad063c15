"""Reasons are of the model: what they name moves its score most, and a small change of a number keeps them."""

from dataclasses import replace

import numpy as np
import pytest
from tests.routing.routing_model import ASKABLE, before_the_pact, example

from triage.domain.case import Depth, Moment
from triage.routing.explain import reasons_for

CASES = before_the_pact(120)
OTHERS = CASES[::4]  # whose answers stand in for those of a case
NUMBERS = {"registration_interview_minutes": 2.0, "days_since_entry": 1.0}


@pytest.fixture(scope="module")
def model():
    return example().model


def named(model, case):
    return [reason.fact for reason in reasons_for(model.contributions(case), case, Depth.HEAVY)]


def moved(model, case, facts):
    """How far the score moves on average when these facts have the answers of other cases."""
    own = model.log_odds(case)
    changed = [
        {name: value for name, value in case.facts.items() if name not in facts}
        | {name: other.facts[name] for name in facts if name in other.facts}
        for other in OTHERS
    ]
    return np.mean([model.log_odds(replace(case, facts=facts_then)) for facts_then in changed]) - own


def test_neutralising_the_named_reasons_moves_the_score_more_than_as_many_others(model):
    random = np.random.default_rng(1)
    told, untold = [], []
    for case in CASES[:60]:
        reasons = named(model, case)[:3]
        rest = [name for name in case.facts if name in ASKABLE and name not in named(model, case)]
        told.append(abs(moved(model, case, reasons)))
        untold.append(abs(moved(model, case, list(random.permutation(rest)[: len(reasons)]))))
    assert np.mean(told) > 3 * np.mean(untold)
    assert np.mean(np.array(told) > np.array(untold)) > 0.8


def test_the_strongest_reason_for_moves_the_score_the_other_way(model):
    turned = []
    for case in CASES[:60]:
        first = next(
            (r for r in reasons_for(model.contributions(case), case, Depth.HEAVY) if abs(r.weight) > 0.2), None
        )
        if first is not None:
            turned.append(np.sign(moved(model, case, [first.fact])) == -np.sign(first.weight))
    assert len(turned) > 30 and np.mean(turned) > 0.95


@pytest.mark.parametrize("number", sorted(NUMBERS))
def test_a_small_change_of_a_number_keeps_the_reasons(model, number):
    kept = []
    for case in CASES:
        value = case.known(number)
        if value is None or number not in case.facts:
            continue
        nudged = replace(case, facts={**case.facts, number: value + NUMBERS[number]})
        before, after = set(named(model, case)), set(named(model, nudged))
        kept.append(len(before & after) / max(len(before | after), 1))
    assert len(kept) > 50 and np.mean(kept) > 0.9


def test_the_same_case_always_has_the_same_reasons(model):
    case = before_the_pact(1, Moment.IDENTIFIED)[0]
    assert named(model, case) == named(model, replace(case, case_id="another"))
