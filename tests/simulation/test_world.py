"""The made-up world: invented, seeded, with a known optimum."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.simulation.world import OUTCOMES, make_world

SNAPSHOT = date(2026, 11, 24)


@pytest.fixture(scope="module")
def world():
    return make_world(20_000, 3)


def test_the_same_seed_makes_the_same_world():
    pd.testing.assert_frame_equal(make_world(50, 7).cases, make_world(50, 7).cases)


def test_another_seed_makes_another_world():
    assert not make_world(50, 7).cases.equals(make_world(50, 8).cases)


def test_every_case_is_marked_as_made_up(world):
    assert world.cases["case_id"].str.startswith("M-").all()


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


@pytest.mark.parametrize("moment", ["1", "2"])
def test_the_optimum_is_calibrated(world, moment):
    truth = world.truth
    for k, name in enumerate(Register.load().class_names):
        said, came = truth[f"p{moment}_{name}"], truth["class_true"] == k
        for part in np.array_split(np.argsort(said.to_numpy()), 5):
            error = np.sqrt(said.iloc[part].mean() / len(part))
            assert abs(said.iloc[part].mean() - came.iloc[part].mean()) < 4 * error + 0.002


@pytest.mark.parametrize("moment", ["1", "2"])
def test_expected_hours_of_the_optimum_are_unbiased(world, moment):
    assert world.truth[f"hours{moment}"].mean() == pytest.approx(world.truth["hours_true"].mean(), rel=0.02)


def test_the_registration_interview_tells_more(world):
    rows, y = np.arange(len(world.truth)), world.truth["class_true"].to_numpy()
    first, second = (world.truth.filter(regex=f"^p{m}_").to_numpy()[rows, y] for m in "12")
    assert np.log(second).mean() > np.log(first).mean() + 0.05


def test_outcomes_of_later_decisions_are_hidden(world):
    cases = world.cases_at(date(2024, 1, 1))
    assert (cases["lodged_on"] <= "2024-01-01").all()
    assert not (cases["decided_on"] > "2024-01-01").any()
    assert cases.loc[cases["decided_on"].isna(), list(OUTCOMES)].isna().all().all()


def test_heavy_cases_stay_open_longer(world):
    is_open = world.cases_at(SNAPSHOT)["decided_on"].isna()
    hours = world.truth["hours_true"]
    assert hours[is_open].mean() > 1.05 * hours[~is_open].mean()


def test_hard_cases_miss_documents_more_often(world):
    heavy = world.truth["hours_true"] > 40
    missing = world.cases["documents"] == "unknown"
    assert missing[heavy].mean() > 1.15 * missing[~heavy].mean()


def test_nationality_tells_nothing_of_work_given_the_facts(world):
    gap = world.truth["hours_true"] - world.truth["hours1"]
    by_origin = gap.groupby(world.cases["nationality_iso3"]).agg(["mean", "sem"])
    assert (by_origin["mean"].abs() < 4 * by_origin["sem"]).all()


def test_both_regimes_are_in_the_default_range(world):
    assert (world.cases["lodged_on"] >= "2026-06-12").any() and (world.cases["lodged_on"] < "2026-06-12").any()


def test_a_world_without_cases_is_refused():
    with pytest.raises(TableError):
        make_world(0, 1)
