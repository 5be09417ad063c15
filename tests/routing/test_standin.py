"""A score of work may go along with grants as far as work does, and no further; the refusals and passes of A6."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.routing.learning import learn
from triage.routing.standin import ablation, at_equal_work, expected_work, proxies, stand_in, telltale_facts
from triage.simulation.world import make_world

CLASSES = {"classes": {"names": ["short", "long"], "cutoffs_hours": [10]}}
FACTS = [{"name": "pages", "type": "number", "in_model": "yes"}, {"name": "signal", "type": "flag", "in_model": "yes"}]
PAGES = Register.of(CLASSES | {"facts": FACTS}, "pages")


def drawn(seed: int, n: int = 3000) -> tuple[np.ndarray, ...]:
    """(expected log-hours, booked hours, grant): grants go along with work a little."""
    random = np.random.default_rng(seed)
    work = random.normal(2.5, 0.5, n)
    hours = np.exp(work + random.normal(0, 0.3, n))
    return work, hours, random.random(n) < 1 / (1 + np.exp(0.5 * (np.log(hours) - 2.5)))


def cases_with(work: np.ndarray, signal: np.ndarray) -> pd.DataFrame:
    pages = np.exp(work).tolist()
    cells = pd.DataFrame({"pages": pages, "signal": signal.tolist()}, dtype=object)
    return cells.assign(lodged_on=pd.date_range("2020-01-01", periods=len(work), freq="h"))


@pytest.mark.parametrize("seed", range(5))
def test_a_score_of_work_passes(seed):
    work, hours, granted = drawn(seed)
    score = work + np.random.default_rng(seed).normal(0, 0.1, len(work))
    assert stand_in(score, work, hours, granted, "the optimum").passes


@pytest.mark.parametrize("seed", range(5))
def test_a_score_that_knows_the_outcome_is_refused(seed):
    work, hours, granted = drawn(seed)
    told = stand_in(work - 0.3 * granted, work, hours, granted, "the optimum")
    assert not told.passes and told.excess > 0.02 and told.p_at_equal_work < 0.001


def test_knowing_the_outcome_the_other_way_round_is_knowing_it():
    work, hours, granted = drawn(1)
    assert not stand_in(work + 0.6 * granted, work, hours, granted, "the optimum").passes


def test_too_few_outcomes_of_one_kind_are_no_test():
    work, hours, _ = drawn(1)
    assert stand_in(work, work, hours, np.arange(len(work)) < 99, "the optimum") is None


def test_at_equal_work_noise_tells_nothing_and_the_outcome_all():
    work, _, granted = drawn(2)
    noise, p_value = at_equal_work(np.random.default_rng(1).normal(size=len(work)), work, granted)
    assert noise == pytest.approx(0.5, abs=0.04) and p_value > 0.01
    assert at_equal_work(granted.astype(float), work, granted)[0] == 1.0


def test_a_fact_that_is_the_outcome_under_another_name_is_named():
    work, hours, granted = drawn(3)
    assert telltale_facts(cases_with(work, granted), PAGES, Moment.IDENTIFIED, np.log(hours), granted) == ("signal",)


def test_a_fact_that_has_nothing_to_do_with_it_is_not_named():
    work, hours, granted = drawn(3)
    signal = np.random.default_rng(1).random(len(work)) < 0.5
    assert telltale_facts(cases_with(work, signal), PAGES, Moment.IDENTIFIED, np.log(hours), granted) == ()


def test_work_learned_anew_does_not_use_the_facts_left_out():
    work, hours, granted = drawn(4)
    one, other = (
        expected_work(cases_with(work, signal), PAGES, Moment.IDENTIFIED, hours, without=("signal",))
        for signal in (granted, ~granted)
    )
    assert np.array_equal(one, other)


def test_a_trait_that_the_facts_carry_is_told_and_one_that_they_do_not_is_not():
    work, _, granted = drawn(5)
    cases = cases_with(work, granted)
    carried = np.where(work > 2.5, "A", "B")
    by_chance = np.where(np.random.default_rng(1).random(len(work)) < 0.5, "A", "B")
    assert proxies(cases, PAGES, Moment.IDENTIFIED, carried).mean > 0.95
    assert proxies(cases, PAGES, Moment.IDENTIFIED, by_chance).mean < 0.56


def test_no_proxy_is_told_of_a_small_group():
    work, _, granted = drawn(5)
    trait = np.where(np.arange(len(work)) < 100, "few", np.where(np.arange(len(work)) < 1500, "A", "B"))
    assert {name for name, _ in proxies(cases_with(work, granted), PAGES, Moment.IDENTIFIED, trait).groups} == {
        "A",
        "B",
    }


def test_a_trait_that_adds_nothing_gives_no_gain_and_one_that_carries_work_gives_an_alarm():
    work, hours, granted = drawn(6)
    cases, target = cases_with(np.zeros(len(work)), granted), (hours > 12).astype(int)
    random = np.random.default_rng(1)
    by_chance = np.where(random.random(len(work)) < 0.5, "A", "B")
    assert not ablation(cases, PAGES, Moment.IDENTIFIED, target, by_chance).is_alarm
    assert ablation(cases, PAGES, Moment.IDENTIFIED, target, np.where(work > 2.5, "A", "B")).is_alarm


# A6: whole runs ------------------------------------------------------------------------------------------------------

SHIPPED, SNAPSHOT = Register.load(), date(2025, 11, 30)


def leaky(register: Register) -> Register:
    """The shipped facts of the model with one more, that is the outcome under another name."""
    rows = [
        {"name": f.name, "type": f.kind, "in_model": "yes", "moment": str(f.moment), "values": list(f.values)}
        for f in register.model_facts()
    ]
    fact = {"name": "signal_7", "type": "flag", "in_model": "yes", "moment": "identified"}
    classes = {"names": list(register.class_names), "cutoffs_hours": list(register.cutoffs_hours)}
    return Register.of({"classes": classes, "facts": [*rows, fact]}, "leaky")


def refusing(seed: int, leak: str = "", n: int = 20000):
    """The stand-in test of a model learned on a made-up world, clean or with the outcome leaked into its training.

    Leaks: `fact`, the outcome among the facts under another name; `noisy`, the same with one in ten cells wrong.
    """
    world, register = make_world(n, seed), SHIPPED
    granted = dict(zip(world.truth["case_id"], world.truth["granted"].astype(bool), strict=True))
    known = world.cases_at(SNAPSHOT).tail(4000).reset_index(drop=True)
    later = world.cases.loc[world.cases["lodged_on"] > pd.Timestamp(SNAPSHOT)].head(2500).reset_index(drop=True)
    if leak:
        register, wrong = leaky(SHIPPED), np.random.default_rng(seed).random(n) < 0.1 * (leak == "noisy")
        signal = {case: told ^ bool(slip) for (case, told), slip in zip(granted.items(), wrong, strict=True)}
        known, later = (cases.assign(signal_7=[signal[i] for i in cases["case_id"]]) for cases in (known, later))
    score = learn(known, register, SNAPSHOT).model.predict(later, Moment.REGISTERED)["hours_mean"].to_numpy()
    came = np.array([granted[i] for i in later["case_id"]])
    best = world.truth.set_index("case_id").loc[later["case_id"], "hours2"].to_numpy()
    hours = later["hours_booked"].to_numpy()
    facts = telltale_facts(later, register, Moment.REGISTERED, np.log(hours), came)
    return stand_in(score, best, hours, came, "the optimum", facts)


def test_a_model_with_the_outcome_among_its_facts_is_refused():
    assert not refusing(1, "fact", 6000).passes


@pytest.mark.slow
def test_a_leak_is_refused_in_20_of_20_worlds_and_a_clean_model_passes_in_19():
    refused = sum(not refusing(seed, "fact" if seed % 2 else "noisy").passes for seed in range(1, 21))
    passed = sum(refusing(seed).passes for seed in range(1, 21))
    assert (refused, passed >= 19) == (20, True)
