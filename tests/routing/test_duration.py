"""Days until decision: a recent level, any term, open cases counted."""

from datetime import date, timedelta

import numpy as np
import pytest

from triage.routing.duration import STEPS, Duration, fit_duration, steps_of
from triage.routing.suggest import chance_late


def learned(change: float, n: int = 6000, seed: int = 1) -> Duration:
    """Durations whose level changed by `change` log-days half a year before the snapshot; open ones included."""
    random = np.random.default_rng(seed)
    years = random.uniform(-4, 0, n)
    days = np.exp(5.0 + change * (years > -0.75) + 0.4 * random.normal(size=n))
    age = np.maximum(-years * 365.25, 1.0)
    nothing = np.zeros(n)
    return fit_duration(np.zeros((n, 1)), years, nothing, nothing, np.minimum(days, age), days <= age)


def ahead(found: Duration) -> float:
    nothing = np.zeros(1)
    return float(found.log_days(np.zeros((1, 1)), np.array([0.2]), nothing, nothing)[0])


@pytest.mark.parametrize("change", [-0.5, 0.0, 0.4])
def test_what_was_learned_of_the_last_quarters_holds_ahead(change):
    assert ahead(learned(change)) == pytest.approx(5.0 + change, abs=0.09)


def test_a_steady_level_is_not_drawn_out_as_a_trend():
    found, nothing = learned(0.0), np.zeros(2)
    said = found.log_days(np.zeros((2, 1)), np.array([0.1, 5.0]), nothing, nothing)
    assert said[0] == said[1]


def test_any_term_can_be_asked_afterwards():
    found = learned(0.0)
    log_days = (ahead(found), found.sd)
    lodged = date(2026, 1, 1)
    chances = [chance_late(log_days, lodged, lodged + timedelta(term)) for term in (60, 148, 400)]
    assert chances[0] > 0.95 and chances[1] == pytest.approx(0.5, abs=0.06) and chances[2] < 0.03


def test_steps_count_the_quarters_that_have_passed():
    assert steps_of(np.array([-9.0, -0.1, 1.0])).sum(axis=1).tolist() == [0, STEPS, STEPS]
