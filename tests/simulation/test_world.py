"""The made-up world: invented, seeded, and with what makes learning hard."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from sklearn.metrics import roc_auc_score

from triage.domain.case_tables import CASES
from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.simulation.history import OUTCOMES
from triage.simulation.settings import Settings
from triage.simulation.world import make_world

SNAPSHOT = date(2026, 11, 24)


def test_the_same_seed_makes_the_same_world():
    one, other = make_world(50, 7), make_world(50, 7)
    pd.testing.assert_frame_equal(one.cases, other.cases)
    pd.testing.assert_frame_equal(one.truth, other.truth)


def test_another_seed_makes_another_world():
    assert not make_world(50, 7).cases.equals(make_world(50, 8).cases)


def test_what_one_cause_draws_does_not_hang_on_another():
    usual = make_world(400, 7)
    other = make_world(400, 7, settings=Settings(audit_share=0.5, typing_error_share=0.2, referral_share=0.9))
    facts = list(Register.load().facts)
    known = [name for name in facts if name in usual.cases]
    pd.testing.assert_frame_equal(usual.cases[known], other.cases[known])
    assert (usual.truth["hours_true"] == other.truth["hours_true"]).all()
    assert (usual.truth["days_true"] == other.truth["days_true"]).all()


def test_every_case_is_marked_as_made_up(world):
    assert world.cases["case_id"].str.startswith("M-").all()


def test_the_cases_are_a_table_that_the_product_accepts(world):
    CASES.check(world.cases.head(500))


def test_every_cell_passes_the_register(world):
    register = Register.load()
    for fact in register.facts.values():
        if fact.name in world.cases:
            for cell in world.cases[fact.name].head(300):
                if cell is not None and cell != "unknown":
                    fact.check(cell)


def test_not_asked_and_unknown_both_occur_and_stay_apart(world):
    cells = world.cases["medical_advice"]
    assert cells.isna().any() and (cells == "unknown").any()


def test_a_fact_that_came_with_the_pact_is_mostly_not_asked_before_it(world):
    before = world.cases["lodged_on"] < "2026-06-12"
    asked = world.cases["vulnerability_screening"].notna()
    assert asked[before].mean() < 0.25 and asked[~before].mean() > 0.95


def test_outcomes_of_later_decisions_are_hidden(world):
    cases = world.cases_at(date(2024, 1, 1))
    assert (cases["lodged_on"] <= "2024-01-01").all()
    assert not (cases["decided_on"] > "2024-01-01").any()
    assert cases.loc[cases["decided_on"].isna(), list(OUTCOMES)].isna().all().all()


def test_a_later_snapshot_does_not_change_the_past(world):
    early, late = world.cases_at(date(2024, 1, 1)), world.cases_at(date(2025, 1, 1))
    decided = early["decided_on"].notna()
    pd.testing.assert_frame_equal(early[decided], late.head(len(early))[decided])


def test_heavy_cases_stay_open_longer(world):
    is_open = world.cases_at(SNAPSHOT)["decided_on"].isna()
    hours = world.truth["hours_true"]
    assert hours[is_open].mean() > 1.05 * hours[~is_open].mean()


def test_hard_cases_miss_documents_more_often(world):
    heavy = world.truth["hours_true"] > 40
    missing = world.cases["documents"] == "unknown"
    assert missing[heavy].mean() > 1.15 * missing[~heavy].mean()


def test_work_grows_slowly(world):
    hours, year = np.log(world.truth["hours_true"]), world.cases["lodged_on"].dt.year
    assert 0.02 < np.polyfit(year, hours, 1)[0] < 0.06


def test_unaccompanied_minors_take_more_work_at_once_from_a_date():
    usual, without = make_world(4000, 5), make_world(4000, 5, settings=Settings(sudden_effect=0.0))
    grown = np.log(usual.truth["hours_true"] / without.truth["hours_true"]).round(9)
    minor = (usual.cases["unaccompanied_minor"] == True).to_numpy()  # noqa: E712 - cells may be "unknown" or None
    after = (usual.cases["lodged_on"] >= pd.Timestamp(Settings().sudden_from)).to_numpy()
    assert (grown[minor & after] == Settings().sudden_effect).all() and (grown[~(minor & after)] == 0).all()


def test_both_regimes_are_in_the_default_range(world):
    assert (world.cases["lodged_on"] >= "2026-06-12").any() and (world.cases["lodged_on"] < "2026-06-12").any()


def test_what_is_invented_only_for_the_audit_stays_out_of_the_cases(world):
    assert not {"granted", "hours_true", "class_true", "days_true", "wait_days"} & set(world.cases)


def test_the_invented_outcome_hardly_follows_the_work(world):
    assert abs(roc_auc_score(world.truth["granted"], world.truth["hours_true"]) - 0.5) < 0.06


def test_a_world_without_cases_is_refused():
    with pytest.raises(TableError):
        make_world(0, 1)


def test_dates_the_wrong_way_round_are_refused():
    with pytest.raises(TableError):
        make_world(10, 1, date(2025, 1, 2), date(2025, 1, 1))


@pytest.mark.parametrize("column", ["class_true", "nationality_iso3", "location", "year"])
def test_the_audit_sample_is_drawn_without_regard_to_the_case(world, column):
    frame = world.cases.assign(class_true=world.truth["class_true"], year=world.cases["lodged_on"].dt.year)
    table = pd.crosstab(frame[column], frame["audit_sample"].astype(bool))
    assert chi2_contingency(table).pvalue > 0.001


def test_one_case_in_forty_is_in_the_audit_sample(world):
    assert world.cases["audit_sample"].mean() == pytest.approx(0.025, abs=0.004)


def test_audit_cases_are_decided_within_weeks_whatever_their_work(world):
    audit = world.cases["audit_sample"].astype(bool)
    days = (world.cases["decided_on"] - world.cases["lodged_on"]).dt.days
    assert days[audit].quantile(0.95) < 80
    assert abs(np.corrcoef(days[audit], np.log(world.truth["hours_true"][audit]))[0, 1]) < 0.15


def test_other_cases_take_the_days_of_normal_handling(world):
    other = ~world.cases["audit_sample"].astype(bool)
    days = (world.cases["decided_on"] - world.cases["lodged_on"]).dt.days
    assert (days[other] == world.truth["days_true"][other]).all()


def test_nearly_everybody_took_the_same_route(world):
    before = world.cases["lodged_on"] < "2026-06-12"
    assert world.cases.loc[before, "route_followed"].value_counts(normalize=True).iloc[0] > 0.8
    assert (world.cases.loc[~before, "route_followed"] == "PACT-REG").all()


def test_referral_follows_interpreters_more_than_work(world):
    before = world.cases[world.cases["lodged_on"] < "2026-06-12"]
    referred = before["route_followed"] == "PRE-S4-VA"
    scarce = before["language"].isin(["tir", "som", "kat"])
    assert referred[scarce].mean() > 2 * referred[~scarce].mean()
    heavy = world.truth["class_true"][before.index] == 2
    assert 0.5 < roc_auc_score(heavy, referred) < 0.56


def test_without_errors_and_effects_the_booked_hours_are_the_true_ones():
    plain = Settings(phi_over=0, phi_under=0, typing_error_share=0, booking_factors={})
    made = make_world(2000, 4, settings=plain)
    assert ((made.cases["hours_booked"] - made.truth["hours_true"]).abs() <= 0.125 + 1e-9).all()


def test_a_location_books_the_same_work_by_its_reported_factor(world):
    usual = world.cases["route_followed"] != "PRE-S4-VA"
    ratio = (world.cases["hours_booked"] / world.truth["hours_true"])[usual].groupby(world.cases["location"]).median()
    for location, factor in Settings().booking_factors.items():
        assert ratio[location] == pytest.approx(factor, abs=0.01)


def test_some_hours_are_typed_ten_times_too_high(world):
    ratio = world.cases["hours_booked"] / world.truth["hours_true"]
    assert 0 < (ratio > 5).mean() < 0.003
