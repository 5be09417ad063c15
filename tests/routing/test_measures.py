"""Baselines: they carry the model's own weights, and none is reported that is another one under a new name."""

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.routing.measures import SIGNS, class_prior, hand_rules, hand_rules_or_none, signs_of

CLASSES = {"classes": {"names": ["short", "long"], "cutoffs_hours": [10]}}
PAGES = Register.of(CLASSES | {"facts": [{"name": "pages", "type": "number", "in_model": "yes"}]}, "pages")
APPEAL = Register.of(CLASSES | {"facts": [{"name": "appeal", "type": "flag", "in_model": "yes"}]}, "appeal")


def window(weight_of_long: float) -> pd.DataFrame:
    """100 short cases and 100 long ones, all with an appeal."""
    hours, weights = np.repeat([5.0, 20.0], 100), np.repeat([1.0, weight_of_long], 100)
    return pd.DataFrame({"appeal": [True] * 200, "pages": 1.0, "label_hours": hours, "label_weight": weights})


def test_the_class_prior_carries_the_weights_of_the_model():
    prior = class_prior(window(3.0), PAGES)
    assert np.allclose(prior, [101 / 402, 301 / 402])


def test_the_hand_rules_carry_the_weights_of_the_model():
    cases = window(3.0)
    said = hand_rules(cases, cases, APPEAL, Moment.IDENTIFIED)
    assert np.allclose(said[:, 1], 0.75, atol=0.01)


def test_a_register_without_signs_has_no_hand_rules():
    cases = window(1.0)
    assert hand_rules_or_none(cases, cases, PAGES, Moment.IDENTIFIED) is None
    assert hand_rules_or_none(cases, cases, APPEAL, Moment.IDENTIFIED) is not None


def test_a_motive_is_no_sign_of_a_heavy_file():
    cases = pd.DataFrame(columns=list(Register.load().facts))
    assert "motive_group" not in signs_of(Register.load(), cases, Moment.REGISTERED) and "motive_group" not in SIGNS
