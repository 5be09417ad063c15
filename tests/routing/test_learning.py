"""Learning: labels as known then, split by time, refusals and flags."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from triage.adapters.contracts import contract
from triage.domain.case import Moment
from triage.domain.errors import LearningError
from triage.domain.facts import Register
from triage.routing import fitting, folds, learning, level
from triage.routing import labels as rules
from triage.routing.card import card, report
from triage.routing.labels import chance_of_label, classes_at_level, labels_at, trend_per_year
from triage.routing.learning import learn
from triage.routing.measures import hand_rules, heavy_signs
from triage.routing.scores import calibration_error, log_loss, ranking
from triage.simulation.world import make_world

REGISTER = Register.load()
SNAPSHOT = date(2026, 11, 24)
OTHER = Register.of(
    {
        "classes": {"names": ["short", "long"], "cutoffs_hours": [10]},
        "facts": [
            {"name": "pages", "type": "number", "in_model": "yes"},
            {"name": "appeal", "type": "flag", "in_model": "yes"},
            {"name": "office", "type": "category", "values": ["*"], "in_model": "yes"},
            {"name": "never_filled", "type": "number", "in_model": "yes"},
        ],
    },
    "other",
)


def other_cases(n: int = 900, signal: float = 1.0) -> pd.DataFrame:
    """Cases of another service: other facts, one moment, an empty column, hours that follow the pages."""
    random = np.random.default_rng(4)
    pages = random.integers(1, 60, n).astype(float)
    lodged = pd.date_range("2024-01-01", periods=n, freq="D")
    hours = np.exp(2.2 + signal * 0.02 * (pages - 30) + 0.3 * random.normal(size=n))
    facts = {
        "pages": pages.tolist(),
        "appeal": [True, None, "unknown"] * (n // 3),
        "office": ["a", "b", "c"] * (n // 3),
    }
    cells = pd.DataFrame(facts | {"never_filled": [None] * n}, dtype=object)
    ids = [f"O-{number}" for number in range(n)]
    decided = lodged + pd.to_timedelta(20 + hours, unit="D")
    return cells.assign(case_id=ids, lodged_on=lodged, hours_booked=hours, decided_on=decided)


@pytest.fixture(scope="module")
def world():
    return make_world(4000, 2)


@pytest.fixture(scope="module")
def learned(world):
    return learn(world.cases_at(SNAPSHOT), REGISTER, SNAPSHOT, world.truth)


def test_the_model_beats_prior_and_hand_rules_on_later_cases(learned):
    for m in learned.backtest.measured:
        assert m.log_loss < m.log_loss_hand_rules < m.log_loss_prior and m.better_than_prior


def test_registration_tells_more_than_identification(learned):
    identified, registered = learned.backtest.measured
    assert registered.log_loss < identified.log_loss


def test_the_measured_cases_were_lodged_after_the_first_split(learned):
    mature = learned.labels.mature
    later = mature[mature["lodged_on"] > pd.Timestamp(learned.backtest.splits[0])]
    assert len(later) >= learned.backtest.measured[0].cases


def test_the_model_is_measured_as_learned_on_three_dates(learned):
    assert len(set(learned.backtest.splits)) == 3 and list(learned.backtest.splits) == sorted(learned.backtest.splits)


def test_few_mature_labels_are_said(learned):
    assert any("few mature labels" in flag for flag in learned.flags)


def test_outcomes_decided_after_the_snapshot_are_not_known(world):
    labels = labels_at(world.cases, REGISTER, date(2024, 1, 1))
    known = labels.labelled
    assert (known["decided_on"] <= "2024-01-01").all() and (labels.cases["lodged_on"] <= "2024-01-01").all()


def test_strange_hours_are_listed_and_kept(world):
    cases = world.cases.copy()
    cases.loc[0, "hours_booked"] = 900.0
    labels = labels_at(cases, REGISTER, SNAPSHOT)
    assert "M-000001" in set(labels.for_review()["case_id"]) and "M-000001" in set(labels.labelled["case_id"])


def test_weighting_for_label_delay_brings_the_heavy_share_back():
    world = make_world(20_000, 2)
    labels = labels_at(world.cases, REGISTER, date(2025, 6, 30))
    window, _ = labels.window()
    cohorts = labels.cases["lodged_on"].between(window["lodged_on"].min(), window["lodged_on"].max())
    heavy = window["label_hours"] >= 26
    lodged = world.truth["class_true"].to_numpy()[: len(labels.cases)][cohorts.to_numpy()] == 2
    plain, weighted = heavy.mean(), np.average(heavy, weights=window["label_weight"])
    assert abs(weighted - lodged.mean()) < abs(plain - lodged.mean())


def test_the_chance_of_a_label_falls_with_hours(world):
    labelled = labels_at(world.cases, REGISTER, date(2025, 6, 30)).labelled.tail(500)
    chance, _ = chance_of_label(labelled, date(2025, 6, 30))
    heavy = labelled["label_hours"].to_numpy() > 40
    assert chance[heavy].mean() < chance[~heavy].mean()


def test_another_service_with_other_facts_and_one_moment_can_learn():
    found = learn(other_cases(), OTHER, date(2026, 12, 1))
    assert [m.moment for m in found.backtest.measured] == [Moment.IDENTIFIED]
    assert found.model.classes == ("short", "long") and found.backtest.measured[0].better_than_prior


def test_no_signal_is_said():
    found = learn(other_cases(signal=0.0), OTHER, date(2026, 12, 1))
    assert any("no better than the prior" in flag for flag in found.flags)


def test_the_limits_that_the_contract_tells_are_those_that_learning_keeps():
    assert contract("complexity")["limits"] == {
        "fewest_labels": fitting.FEWEST_LABELS,
        "mature_cohort_share_closed": rules.MATURE_SHARE,
        "mature_cases_below_which_the_report_warns": rules.FEWEST_MATURE,
        "least_chance_of_a_label_of_a_heavy_case": rules.OLD_ENOUGH,
        "window_cases": rules.WINDOW,
        "snapshots_of_the_backtest": folds.SPLITS,
        "fewest_audit_cases_that_set_the_level": level.FEWEST_AUDITED,
        "goal_of_audit_cases": learning.GOAL_AUDITED,
        "audit_cases_by_which_a_regime_is_known": rules.AUDITED_REGIME,
        "share_closed_below_which_the_sets_hold_every_class": learning.FEWEST_CLOSED,
    }


def test_a_fact_that_tells_what_came_under_another_name_is_flagged():
    cases = other_cases()
    known = learn(cases.assign(pages=(10 * cases["hours_booked"]).round()), OTHER, date(2026, 12, 1))
    honest = learn(cases, OTHER, date(2026, 12, 1))
    assert any("too good" in flag for flag in known.flags)
    assert not any("too good" in flag for flag in honest.flags)


def test_labels_that_are_mostly_not_known_yet_are_flagged():
    found = learn(other_cases(), OTHER, date(2026, 12, 1))
    late = other_cases()
    late["decided_on"] = late["decided_on"].where(late.index % 5 < 2)
    immature = learn(late, OTHER, date(2026, 12, 1))
    assert any("immature" in flag for flag in immature.flags)
    assert not any("immature" in flag for flag in found.flags)


def test_too_few_labels_are_refused():
    with pytest.raises(LearningError, match="300"):
        learn(other_cases(240), OTHER, date(2026, 12, 1))


def test_one_class_only_is_refused():
    with pytest.raises(LearningError, match="short"):
        learn(other_cases().assign(hours_booked=5.0), OTHER, date(2026, 12, 1))


def test_hand_rules_say_more_work_with_more_signs(world):
    labels = labels_at(world.cases, REGISTER, SNAPSHOT).labelled.assign(label_weight=1.0)
    said = hand_rules(labels, labels, REGISTER, Moment.REGISTERED)
    signs = heavy_signs(labels, REGISTER, Moment.REGISTERED)
    assert said[signs == 4, 2].mean() > said[signs == 0, 2].mean()


def test_a_trend_is_found_and_none_is_not_invented():
    random = np.random.default_rng(2)
    years, noise = random.uniform(-3, 0, 3000), 0.3 * random.normal(size=3000)
    nothing = np.zeros((3000, 1))
    assert trend_per_year(nothing, years, 0.05 * years + noise) == pytest.approx(0.05, abs=0.02)
    assert abs(trend_per_year(nothing, years, noise)) < 0.02


def test_hours_are_carried_along_the_trend_to_the_learning_date():
    assert classes_at_level(np.array([13.0]), np.array([-2.0]), 0.05, (14.0,))[0] == 1


def test_a_sure_and_right_forecast_has_no_loss():
    chances, labels = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])
    assert log_loss(chances, labels) == 0 and calibration_error(chances, labels) == 0
    assert ranking(chances[:, 1], labels == 1) == 1.0


def test_cases_lodged_on_one_day_are_refused_in_a_sentence(world):
    one_day = world.cases.assign(lodged_on=world.cases["lodged_on"].min())
    with pytest.raises(LearningError, match="longer time"):
        learn(one_day, REGISTER, SNAPSHOT)


def test_report_and_card_say_that_decision_dates_are_missing():
    found = learn(other_cases().assign(decided_on=pd.NaT), OTHER, date(2026, 12, 1))
    assert "no decision dates" in report(found) and "no decision dates" in card(found, OTHER, "none")


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("decided", ["missing", "the same day", "before lodging"])
def test_odd_decision_dates_raise_no_warnings(decided):
    cases = other_cases()
    days = {"missing": pd.NaT, "the same day": cases["lodged_on"], "before lodging": pd.Timestamp("2023-01-01")}
    assert len(labels_at(cases.assign(decided_on=days[decided]), OTHER, date(2026, 12, 1)).window()[0]) == len(cases)


@pytest.mark.parametrize("part", [slice(0, 719), slice(500, None)])
def test_one_class_before_or_after_the_split_is_refused(part):
    cases = other_cases()
    cases.loc[part, "hours_booked"] = 5.0
    with pytest.raises(LearningError, match="the measured cases fall in class short"):
        learn(cases, OTHER, date(2026, 12, 1))


def test_the_share_of_the_achievable_is_reported_in_a_made_up_world(learned):
    assert all(0.3 < m.achievable < 1.1 for m in learned.backtest.measured) and "achievable" in report(learned)


@pytest.mark.parametrize("name", ["days", "years", "closed", "hours", "mature", "weight"])
def test_noise_tells_the_same_whatever_it_is_called(name):
    losses = [_loss_with_noise(called) for called in (name, "stay_days")]
    assert losses[0] == losses[1]


def _loss_with_noise(name: str) -> float:
    raw = {"classes": {"names": ["short", "long"], "cutoffs_hours": [10]}}
    register = Register.of(raw | {"facts": [{"name": name, "type": "number", "in_model": "yes"}]}, "noise")
    cases = other_cases(600).assign(**{name: np.random.default_rng(7).normal(size=600).tolist()})
    return learn(cases, register, date(2026, 12, 1)).backtest.measured[0].log_loss
