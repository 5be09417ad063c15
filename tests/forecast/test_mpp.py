"""The MPP: our forecast in its form, its editions laid over ours, placed in it and scored."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from forecast_examples import CALENDAR, panel
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.adapters.sources import national_totals, shipped_mpp
from triage.domain.errors import ForecastError, TableError
from triage.forecast.mpp import (
    NATIONAL,
    SERIES_GIVEN,
    Edition,
    Outcome,
    editions_of,
    full_years,
    interval_score,
    mpp_form,
    mpp_overlay,
    places,
    score_edition,
    share_of_total,
    year_sums,
)

KNOWN = panel(48)  # 2015-01 to 2018-12, three series and their total
EDITION = Edition("2018-11", 2019, 4000.0, 5000.0, 9000.0, "all", "a test")


def coherent(horizon: int, draws: int = 400, seed: int = 3) -> np.ndarray:
    parts = np.random.default_rng(seed).gamma(4.0, 10.0, (draws, 3, horizon))
    return np.concatenate([parts, parts.sum(axis=1, keepdims=True)], axis=1)


def test_a_year_under_way_counts_its_known_months_as_known():
    known = KNOWN.until(45)  # to 2018-09
    sums = year_sums(known, coherent(3))
    expected = KNOWN.values[36:45, -1].sum() + coherent(3)[:, -1].sum(axis=1)
    np.testing.assert_allclose(sums[2018][:, -1], expected)


def test_a_year_that_the_forecast_does_not_finish_is_left_out():
    assert list(year_sums(KNOWN, coherent(18))) == [2019]
    assert year_sums(KNOWN, coherent(11)) == {}


def test_a_year_of_which_the_beginning_is_not_in_the_data_is_left_out():
    late = replace(KNOWN, first=KNOWN.first + 3, values=KNOWN.values[:24])  # from 2015-04 on
    assert 2015 not in full_years(late) and 2016 in full_years(late)


@pytest.mark.parametrize("name,periods", [("quarter", 4), ("week", 52)])
def test_quarters_and_weeks_make_years_too(name: str, periods: int):
    known = panel(4 * periods + 8, name=name)
    known = replace(known, first=CALENDAR[name].number(2015, 1))
    assert 2016 in full_years(known)
    assert next(iter(year_sums(known, coherent(2 * periods + 1, draws=5)))) >= 2018


def test_the_form_gives_the_10_50_and_90_percent_of_the_year_sum():
    form = mpp_form(KNOWN, coherent(12), "first_application")
    row = form.iloc[0]
    np.testing.assert_allclose(
        [row["min"], row["medio"], row["max"]], np.quantile(coherent(12)[:, -1].sum(axis=1), [0.1, 0.5, 0.9])
    )
    assert row["scope"] == SERIES_GIVEN and "not national" in row["scope"] and row["known_periods"] == 0


def test_with_a_remainder_there_is_a_national_row_too():
    form = mpp_form(KNOWN, coherent(12), "first_application", lambda year, sums: np.full(len(sums), 1000.0))
    assert list(form["scope"]) == [SERIES_GIVEN, NATIONAL]
    assert form["medio"].diff().iloc[1] == pytest.approx(1000)


def test_a_remainder_that_knows_nothing_of_a_year_makes_no_national_row():
    assert list(mpp_form(KNOWN, coherent(12), "k", lambda year, sums: None)["scope"]) == [SERIES_GIVEN]


def test_without_a_whole_year_ahead_the_form_is_empty_and_keeps_its_columns():
    form = mpp_form(KNOWN, coherent(3), "first_application")
    assert form.empty and {"year", "min", "medio", "max"} <= set(form)


def test_an_edition_laid_over_makes_its_min_and_max_our_10_and_90_percent():
    sums = mpp_overlay(coherent(12), KNOWN, [EDITION], 0.5)[:, -1].sum(axis=1)
    np.testing.assert_allclose(np.quantile(sums, [0.1, 0.9]), [2000, 4500], rtol=0.01)


def test_an_edition_keeps_ranks_and_the_pattern_within_the_year():
    base = coherent(12)
    found = mpp_overlay(base, KNOWN, [EDITION], 0.5)
    ratio = found / base
    np.testing.assert_allclose(ratio, ratio[:, :1, :1].repeat(4, axis=1).repeat(12, axis=2))
    assert (base[:, -1].sum(axis=1).argsort() == found[:, -1].sum(axis=1).argsort()).all()


def test_months_of_years_without_an_edition_stay_bit_for_bit():
    base = coherent(18)
    found = mpp_overlay(base, KNOWN, [EDITION], 0.5)
    assert found[:, :, 12:].tobytes() == base[:, :, 12:].tobytes()
    assert mpp_overlay(base, KNOWN, [replace(EDITION, year=2031)], 0.5).tobytes() == base.tobytes()


def test_of_a_year_under_way_only_the_months_ahead_change_and_the_year_meets_the_edition():
    known = KNOWN.until(39)  # to 2018-03
    edition = replace(EDITION, year=2018, low=6000, high=9000)
    found = year_sums(known, mpp_overlay(coherent(9), known, [edition], 1.0))[2018][:, -1]
    np.testing.assert_allclose(np.quantile(found, [0.1, 0.9]), [6000, 9000], rtol=0.01)


@given(
    low=st.floats(1, 1e5),
    ratio=st.floats(1, 10),
    share=st.floats(0.01, 1),
    length=st.integers(36, 48),
    seed=st.integers(0, 10**6),
)
@settings(max_examples=60, deadline=None)
def test_laid_over_paths_are_finite_not_negative_and_add_up(low, ratio, share, length, seed):
    edition = replace(EDITION, year=2018 if length < 48 else 2019, low=low, high=low * ratio)
    base = coherent(12, draws=20, seed=seed)
    base[0] = 0  # a path on which nobody comes
    found = mpp_overlay(base, KNOWN.until(length), [edition], share)
    assert np.isfinite(found).all() and (found >= 0).all()
    np.testing.assert_allclose(found[:, -1], found[:, :-1].sum(axis=1), rtol=1e-9, atol=1e-9)


def test_the_bridge_is_the_share_of_the_last_year_in_which_both_are_known():
    year, share = share_of_total(KNOWN, {2016: 1e4, 2017: 2e4, 2031: 1e4})
    assert year == 2017 and share == pytest.approx(full_years(KNOWN)[2017] / 2e4)


def test_without_a_year_in_common_there_is_no_bridge():
    with pytest.raises(ForecastError, match="cannot be bridged"):
        share_of_total(KNOWN, {2031: 1e4})


def test_an_edition_is_placed_by_the_share_of_draws_at_or_below_it():
    found = places(replace(EDITION, middle=None), np.arange(1, 11) * 1000.0)
    assert found == {"min": 0.4, "medio": None, "max": 0.9}


def test_the_interval_score_is_the_width_and_ten_times_the_miss():
    assert interval_score(40, 60, 50) == 20
    assert interval_score(40, 60, 70) == 20 + 10 * 10
    assert interval_score(40, 60, 30) == 20 + 10 * 10


def test_an_edition_is_scored_where_the_bridge_does_not_matter():
    found = score_edition(EDITION, Outcome(2019, 4500, 6500, "resettlement unknown"))
    assert found.score == 5000 and found.reason == "resettlement unknown"


def test_a_score_that_hangs_on_the_bridge_is_withheld_with_the_reason():
    found = score_edition(EDITION, Outcome(2019, 3900, 4500, "resettlement unknown"))
    assert found.score is None and "between 5000 and 6000" in found.reason


def test_an_edition_without_an_outcome_has_no_score():
    assert score_edition(EDITION, None).score is None


def test_min_above_max_is_refused_by_row():
    frame = pd.DataFrame(
        [{"edition": "2025-09", "year": 2026, "min": 9, "medio": None, "max": 3, "definition": "all", "source": "test"}]
    )
    with pytest.raises(TableError, match="row 1: expected min <= medio <= max"):
        editions_of(frame)


def test_the_shipped_editions_keep_their_definitions():
    found = {(one.edition, one.year): one for one in editions_of(shipped_mpp())}
    assert (found["2023-04", 2023].low, found["2023-04", 2023].middle, found["2023-04", 2023].high) == (
        49e3,
        67e3,
        77e3,
    )
    assert found["2025-09", 2026].middle is None and found["2025-spring", 2025].known_until == "2025-03"
    assert found["2022-11", 2022].definition != found["2023-04", 2023].definition


def test_the_national_totals_are_first_applications_and_nareis_of_cbs():
    assert national_totals()[2025] == 24140 + 16470
