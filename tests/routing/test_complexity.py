"""The learned model: probabilities, round trip, exact contributions, one case as many."""

from dataclasses import replace
from datetime import date
from threading import Thread

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from routing_intakes import REGISTER, intakes

from triage.domain.case import Intake, Moment
from triage.domain.errors import BundleError, MomentError
from triage.routing.complexity import ComplexityModel, sets
from triage.routing.duration import fit_duration
from triage.routing.labels import labels_at
from triage.routing.learning import fit
from triage.simulation.world import make_world

SNAPSHOT = date(2026, 11, 24)


@pytest.fixture(scope="module")
def cases():
    return make_world(3000, 5).cases_at(SNAPSHOT)


@pytest.fixture(scope="module")
def model(cases):
    labels = labels_at(cases, REGISTER, SNAPSHOT)
    return fit(labels, labels.window()[0], REGISTER, 0.5, (0.9, 0.8, 0.9))


relaxed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@relaxed
@given(intakes())
def test_probabilities_sum_to_one_for_any_intake(model, intake):
    said = model.predict_one(intake).probabilities
    assert sum(said) == pytest.approx(1) and min(said) >= 0


@relaxed
@given(intakes())
def test_hours_rise_from_p10_to_p90(model, intake):
    said = model.predict_one(intake)
    assert 0 < said.hours_p10 <= said.hours_p50 <= said.hours_p90 and said.hours_mean > 0


@relaxed
@given(intakes())
def test_contributions_and_baseline_sum_to_the_log_odds(model, intake):
    parts = sum(weight for _, weight in model.contributions(intake))
    assert parts + model.baseline(intake) == pytest.approx(model.log_odds(intake), abs=1e-8)


@pytest.fixture(scope="module")
def moved(model):
    """The same heads at another level."""
    level = {"slope": 0.8, "shifts": (0.3, -0.1), "intercept": 0.4, "hours_level": 0.2, "hours_widening": 0.1}
    return model.with_facts(replace(model.about, **level))


@relaxed
@given(intakes())
def test_contributions_and_baseline_sum_to_the_log_odds_at_any_level(moved, intake):
    parts = sum(weight for _, weight in moved.contributions(intake))
    assert parts + moved.baseline(intake) == pytest.approx(moved.log_odds(intake), abs=1e-8)


def test_the_level_moves_log_odds_and_hours_and_survives_the_files(model, moved, cases):
    some = cases.tail(30)
    plain, said = (m.log_odds_of(some, Moment.REGISTERED) for m in (model, moved))
    assert np.allclose(said, 0.8 * plain + [0.7, 0.3])
    hours = [m.predict(some, Moment.REGISTERED) for m in (model, moved)]
    assert np.allclose(hours[1]["hours_p50"], hours[0]["hours_p50"] * np.exp(0.2))
    assert np.allclose(hours[1]["hours_p90"], hours[0]["hours_p90"] * np.exp(0.3))
    assert ComplexityModel.of_files(moved.to_files()).about == moved.about


@relaxed
@given(intakes())
def test_one_case_from_arrays_equals_lightgbm(model, intake):
    row = model.features.vector(intake)
    for trees in (model._classes, model._hours):
        said = [lgb.Booster(model_str=text).predict(row[None], raw_score=True)[0] for text in trees.texts]
        assert trees.raw_one(row) == pytest.approx(said, abs=1e-9)


@pytest.mark.parametrize("moment", Moment)
def test_one_case_is_predicted_as_in_a_table(model, cases, moment):
    some = cases.tail(50)
    table = model.predict(some, moment)
    for row, (_, said) in zip(some.to_dict("records"), table.iterrows(), strict=True):
        one = model.predict_one(REGISTER.intake(row, moment))
        assert one.probabilities == pytest.approx([said[f"p_{name}"] for name in model.classes])
        assert (one.hours_mean, *one.log_days) == pytest.approx(
            (said["hours_mean"], said["log_days_mean"], said["log_days_sd"])
        )
        assert "|".join(one.set90) == said["set90"] and one.known_regime == said["known_regime"]


def test_a_model_read_from_its_files_predicts_the_same(model, cases):
    again = ComplexityModel.of_files(model.to_files())
    assert again.predict(cases, Moment.REGISTERED).equals(model.predict(cases, Moment.REGISTERED))
    assert again.to_files() == model.to_files()


def test_a_missing_file_is_refused(model):
    files = {name: text for name, text in model.to_files().items() if name != "linear.json"}
    with pytest.raises(BundleError):
        ComplexityModel.of_files(files)


def test_torn_trees_are_refused(model):
    with pytest.raises(BundleError):
        ComplexityModel.of_files(model.to_files() | {"class_0.txt": "no trees"})


def test_no_file_of_a_model_is_a_pickle(model):
    assert all(name.endswith((".txt", ".json")) for name in model.to_files())


def test_a_registration_fact_at_identification_is_refused(model):
    with pytest.raises(MomentError):
        model.predict_one(Intake("A-1", date(2026, 1, 1), Moment.IDENTIFIED, {"adviser_present": True}))


def test_a_regime_without_labels_is_flagged(model):
    before, under = (Intake("A-1", day, Moment.IDENTIFIED, {}) for day in (date(2026, 6, 11), date(2026, 6, 12)))
    assert model.predict_one(before).known_regime and not model.predict_one(under).known_regime


def test_threads_predict_the_same(model, cases):
    intakes_of = [REGISTER.intake(row, Moment.REGISTERED) for row in cases.tail(40).to_dict("records")]
    alone = [(model.predict_one(i), model.contributions(i)) for i in intakes_of]
    found = {}

    def work(number: int) -> None:
        found[number] = [(model.predict_one(i), model.contributions(i)) for i in intakes_of]

    threads = [Thread(target=work, args=(number,)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert all(found[number] == alone for number in range(4))


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_sets_are_contiguous_and_never_empty(limits, weights):
    chances = np.array([weights]) / sum(weights)
    held = np.flatnonzero(sets(chances, np.array(limits))[0])
    assert len(held) and np.array_equal(held, np.arange(held[0], held[-1] + 1))


def test_duration_is_found_back_from_closed_and_open_cases():
    random = np.random.default_rng(1)
    heavy = random.integers(0, 2, 4000).astype(float)
    days, age = np.exp(5 + 0.5 * heavy + 0.4 * random.normal(size=4000)), random.uniform(30, 400, 4000)
    zeros = np.zeros(4000)
    found = fit_duration(heavy[:, None], zeros, zeros, zeros, np.minimum(days, age), days <= age)
    assert (found.intercept, found.weights[0], found.sd) == pytest.approx((5, 0.5, 0.4), abs=0.05)
