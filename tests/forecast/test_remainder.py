"""The remainder of the national figure: a quarterly series of its own, joined to the nationalities path by path."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from forecast_examples import panel
from scipy.stats import spearmanr

from triage.adapters.national_totals import quarterly_totals, yearly_totals
from triage.adapters.sources import shipped_inflow
from triage.domain.errors import ForecastError
from triage.forecast.remainder import (
    join_by_rank,
    national_paths,
    national_year_sums,
    quarters_of,
    remainder_of,
)
from triage.forecast.series import panel_of

KINDS = ("first_application", "family_member_nareis")


@pytest.fixture(scope="module")
def known():
    return panel_of(shipped_inflow(), kind="first_application")


@pytest.fixture(scope="module")
def remainder(known):
    return remainder_of(known, quarterly_totals("first_application"))


def ahead(known, months: int = 18, draws: int = 200) -> np.ndarray:
    return known.values[-1, -1] * np.exp(
        np.cumsum(0.1 * np.random.default_rng(1).standard_normal((draws, months)), axis=1)
    )


def test_only_whole_quarters_are_summed():
    sums, first = quarters_of(np.arange(8.0), 2020 * 12 + 1)  # February to September
    assert (sums == [2 + 3 + 4, 5 + 6 + 7]).all() and first == 2020 * 4 + 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_remainder_and_the_nationalities_add_up_to_the_official_total(kind):
    found = remainder_of(panel_of(shipped_inflow(), kind=kind), quarterly_totals(kind))
    assert (found.panel.values[:, -1] == quarterly_totals(kind).to_numpy()).all()
    assert (found.others > 0).all() and found.last == "2024Q2"
    assert found.panel.names[-2:] == ("OTH", "total")


def test_a_remainder_below_zero_is_noted_within_rounding_and_refused_beyond_it():
    monthly = panel(periods=84)
    sums, first = quarters_of(monthly.values[:, -1], monthly.first)
    totals = pd.Series(sums + 100, index=[f"{q // 4}Q{q % 4 + 1}" for q in range(first, first + len(sums))])
    totals.iloc[3] = sums[3] - 10
    found = remainder_of(monthly, totals)
    assert found.others[3] == 0 and totals.index[3] in " ".join(found.notes)
    totals.iloc[3] = sums[3] - 200
    with pytest.raises(ForecastError, match=str(totals.index[3])):
        remainder_of(monthly, totals)


def test_a_missing_quarter_is_refused_never_filled(known):
    with pytest.raises(ForecastError, match="quarter is missing"):
        remainder_of(known, quarterly_totals("first_application").drop("2021Q2"))
    with pytest.raises(ForecastError, match="24 or more"):
        remainder_of(known, quarterly_totals("first_application").iloc[-20:])


def test_known_quarters_are_certain_of_the_nationalities_and_open_for_the_remainder(known, remainder):
    found = national_paths(remainder, known, ahead(known), np.random.default_rng(1))
    assert found.quarters[0] == "2024Q3" and found.quarters[-1] == "2027Q2"
    counted = np.array(found.quarters) <= "2025Q4"
    assert (np.ptp(found.seven[:, counted], axis=0) == 0).all()
    assert (np.ptp(found.others, axis=0) > 0).all() and (found.others >= 0).all()
    assert np.isfinite(found.total).all()
    np.testing.assert_allclose(found.total, found.seven + found.others)


def test_the_remainder_grows_less_certain_ahead(known, remainder):
    found = national_paths(remainder, known, ahead(known), np.random.default_rng(1))
    low, high = np.quantile(found.others, (0.1, 0.9), axis=0)
    assert (high - low)[-4:].mean() > (high - low)[:2].mean()


@pytest.mark.parametrize("kind", KINDS)
def test_known_yearly_totals_are_met_on_every_path_and_narrow_what_follows(kind):
    known = panel_of(shipped_inflow(), kind=kind)
    rest, years = remainder_of(known, quarterly_totals(kind)), yearly_totals(kind)
    with_years, without = (
        national_paths(rest, known, ahead(known), np.random.default_rng(1), years=asked) for asked in (years, None)
    )
    sums = national_year_sums(with_years.quarters, with_years.total, quarterly_totals(kind)).set_index("year")
    for year in ("2024", "2025"):
        np.testing.assert_allclose(sums.loc[year, ["p10", "p50", "p90"]].astype(float), years[int(year)], atol=1e-6)
    bands = [np.quantile(found.others[:, -4:].sum(axis=1), (0.1, 0.9)) for found in (with_years, without)]
    assert bands[0][1] / bands[0][0] < bands[1][1] / bands[1][0]
    assert any("2025" in note for note in with_years.notes)


@pytest.mark.parametrize("kind", KINDS)
def test_years_that_came_lie_in_the_band_that_did_not_know_them(kind):
    known = panel_of(shipped_inflow(), kind=kind)
    rest = remainder_of(known, quarterly_totals(kind))
    found = national_paths(rest, known, ahead(known, draws=1000), np.random.default_rng(1))
    sums = national_year_sums(found.quarters, found.total, quarterly_totals(kind)).set_index("year")
    for year in ("2024", "2025"):
        assert sums.loc[year, "p10"] <= yearly_totals(kind)[int(year)] <= sums.loc[year, "p90"]


@pytest.mark.parametrize("relation", [0.0, 0.5, 1.0])
def test_joining_by_rank_reaches_the_relation_asked_for_and_keeps_both_distributions(relation):
    rng = np.random.default_rng(1)
    a, b = rng.gamma(2, 10, 4000), rng.lognormal(3, 1, 4000)
    place = join_by_rank(a, b, relation, rng)
    assert sorted(place) == list(range(4000))
    assert spearmanr(a, b[place]).statistic == pytest.approx(relation, abs=0.05)


def test_the_band_widens_with_the_relation_between_the_parts(known, remainder):
    widths = []
    for relation in (0.0, None, 1.0):
        found = national_paths(
            remainder, known, ahead(known, draws=2000), np.random.default_rng(1), rank_relation=relation
        )
        widths.append(np.ptp(np.quantile(found.total[:, 6:10].sum(axis=1), (0.1, 0.9))))
        measured = found.rank_relation if relation is None else None
        assert measured is None or 0.2 < measured < 0.8
    assert widths[0] < widths[1] < widths[2]


def test_a_year_with_a_quarter_that_nobody_knows_is_left_out():
    paths = np.ones((10, 3))
    assert national_year_sums(("2025Q3", "2025Q4", "2026Q1"), paths).empty
    official = pd.Series({"2025Q1": 5.0, "2025Q2": 6.0})
    sums = national_year_sums(("2025Q3", "2025Q4", "2026Q1"), paths, official)
    assert sums["year"].tolist() == ["2025"] and sums["p50"].tolist() == [13.0]


def test_what_came_after_the_forecast_changes_nothing(known, remainder):
    until = known.until(known.length_at("2025-06"))
    changed = replace(known, values=np.vstack([until.values, until.values[:6] * 7]))
    again = remainder_of(changed.until(len(until.values)), quarterly_totals("first_application"))
    np.testing.assert_array_equal(again.panel.values, remainder.panel.values)
