"""What was known on a day is read off the vintages, and a later revision never reaches an older forecast."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vintage_examples import growing, publication, text

from triage.adapters.sources import shipped_vintages
from triage.domain.errors import ForecastError, TableError
from triage.forecast.completion import FINAL_AGE, completed, completion_of, sample_completed
from triage.forecast.models import MODELS
from triage.forecast.quantiles import LEVELS
from triage.forecast.series import panel_of
from triage.forecast.vintages import as_of, day_reported, latest, releases, revision, triangle

FRAMES, FINAL = growing()
HISTORY = triangle(FRAMES)
FEW = FRAMES[20:30:3]  # for what is tried often
QUICK = settings(deadline=None, max_examples=10)
NEWEST = HISTORY["reported"].max()


def forecast_hash(history: pd.DataFrame, day: str) -> str:
    """Digest of the quantiles of a completed forecast made on `day`."""
    panel = panel_of(as_of(history, day), kind="first_application")
    known = completion_of(history, day_reported(day), kind="first_application")
    streams = np.random.default_rng(5), np.random.default_rng([5, 3])
    paths = sample_completed(MODELS["path_fast"](), panel, known, 6, 60, *streams, histories=5)
    return hashlib.sha256(np.quantile(paths, LEVELS, axis=0).tobytes()).hexdigest()


@QUICK
@given(month=st.integers(0, 71), persons=st.integers(0, 100_000), later=st.integers(0, 40))
def test_a_later_revision_never_changes_what_was_known(month, persons, later):
    revised = FINAL.copy()
    revised[month] = persons
    more = triangle([*FEW, publication(revised, 72 + later)])
    pd.testing.assert_frame_equal(as_of(more, text(60)), as_of(triangle(FEW), text(60)))


def test_a_later_revision_never_changes_an_older_forecast():
    revised = triangle([*FRAMES, publication(FINAL * 3, 80)])
    assert forecast_hash(revised, text(60)) == forecast_hash(HISTORY, text(60))
    assert forecast_hash(revised, text(80)) != forecast_hash(HISTORY, text(80))


@QUICK
@given(first=st.integers(33, 80), further=st.integers(0, 20))
def test_what_is_known_only_grows_with_the_day(first, further):
    early, late = as_of(HISTORY, text(first)), as_of(HISTORY, text(first + further))
    keys = ["period", "kind", "nationality_iso3"]
    both = early.merge(late, on=keys, how="left", suffixes=("", "_late"))
    assert len(both) == len(early) <= len(late)
    assert (both["reported_late"] >= both["reported"]).all()
    assert not late[["persons", "reported", "vintage"]].isna().any().any()
    assert late["vintage"].nunique() == 1


def test_before_the_first_vintage_nothing_was_known():
    with pytest.raises(ForecastError, match="the first vintage is of"):
        as_of(HISTORY, "2010-01")


def test_two_vintages_of_one_file_become_the_newest_or_the_day_asked_for():
    pair = shipped_vintages()
    newest, early = latest(pair), latest(pair, "2018-01")
    value = newest.set_index("period")["persons"]
    assert value["2017-04"] == 1320 and early.set_index("period")["persons"]["2017-04"] == 1185
    assert value["2008-01"] == 1060, "a month that the newer vintage leaves out keeps its older value"
    assert early["period"].max() == "2017-11" and set(early["vintage"]) == {"2018-01-31"}


def test_a_file_without_report_dates_cannot_say_what_was_known():
    plain = FRAMES[0].drop(columns="vintage")
    pd.testing.assert_frame_equal(latest(plain), plain)
    with pytest.raises(ForecastError, match="--as-of"):
        latest(plain, "2020-01-01")


@pytest.mark.parametrize("vintage", ["yesterday", "2026-13", "2026-02-31", "", None, 2026])
def test_a_report_date_that_is_none_is_refused(vintage):
    with pytest.raises(TableError, match="vintage"):
        day_reported(vintage)


def test_a_cell_with_two_values_on_one_day_is_refused():
    with pytest.raises(TableError, match="two values"):
        triangle([FRAMES[0], FRAMES[0].assign(persons=1.0)])


def test_rows_without_report_date_and_no_rows_at_all_are_refused():
    with pytest.raises(TableError, match="report date"):
        triangle([FRAMES[0].drop(columns="vintage")])
    with pytest.raises(TableError, match="no vintage"):
        triangle([])


def test_the_two_dutch_vintages_differ_as_the_source_says():
    pair = shipped_vintages()
    found = revision(pair[pair["vintage"] == "2018-01"], pair[pair["vintage"] == "2019-06"])
    assert found.cells == 70 and found.share_changed == pytest.approx(0.31, abs=0.01)
    assert found.largest == 135 and found.largest_percent is not None and 7 < found.largest_percent < 11.5
    cells = releases(triangle([pair])).set_index("period")
    early = cells.loc["2017-02":"2017-07"]
    assert (early["latest"] / early["first"]).between(1.07, 1.12).all()


def test_completion_factors_find_how_young_counts_grow():
    known = completion_of(HISTORY, NEWEST)
    young, old = known.factors[1], known.factors[FINAL_AGE - 1]
    assert 1.08 < young < 1.25, "the true factor is 1.25; shrinking to 1 takes a part of it"
    assert old == pytest.approx(1, abs=0.005) and np.all(np.diff(known.factors[1:13]) < 0.02)


def test_completed_counts_cover_the_final_values():
    panel = panel_of(as_of(HISTORY, NEWEST), kind="first_application")
    known, rng = completion_of(HISTORY, NEWEST), np.random.default_rng(1)
    draws = np.stack([completed(panel, known, rng).values[-6:, :2] for _ in range(200)])
    truth = FINAL[len(panel.values) - 6 : len(panel.values)][:, [1, 0]]  # names in the order of the alphabet
    inside = (truth >= np.quantile(draws, 0.05, axis=0)) & (truth <= np.quantile(draws, 0.95, axis=0))
    assert inside.mean() >= 0.75
    before = np.abs(panel.values[-6:, :2] - truth).mean()
    assert np.abs(np.median(draws, axis=0) - truth).mean() < before / 2


def test_completed_counts_are_whole_rounded_and_leave_old_months_alone():
    panel = panel_of(as_of(HISTORY, NEWEST), kind="first_application")
    drawn = completed(panel, completion_of(HISTORY, NEWEST), np.random.default_rng(3))
    assert np.isfinite(drawn.values).all() and (drawn.values >= 0).all()
    assert drawn.offset == panel.offset == 5.0
    np.testing.assert_array_equal(drawn.values[:-FINAL_AGE], panel.values[:-FINAL_AGE])
    np.testing.assert_allclose(drawn.values[:, :-1].sum(axis=1), drawn.values[:, -1])


def test_one_vintage_completes_nothing_and_says_so():
    one = triangle(FRAMES[-1:])
    panel, known = panel_of(as_of(one, NEWEST)), completion_of(one, NEWEST)
    assert known.is_empty and "as they are" in known.note
    straight = MODELS["path_fast"]().fit(panel).sample(4, 30, np.random.default_rng(2))
    drawn = sample_completed(
        MODELS["path_fast"](), panel, known, 4, 30, np.random.default_rng(2), np.random.default_rng(9)
    )
    np.testing.assert_array_equal(drawn, straight)


@QUICK
@given(paths=st.integers(2, 41), histories=st.integers(1, 50))
def test_the_number_of_paths_is_the_one_asked_for(paths, histories):
    panel, known = panel_of(as_of(HISTORY, NEWEST)), completion_of(HISTORY, NEWEST)
    streams = np.random.default_rng(2), np.random.default_rng(3)
    drawn = sample_completed(MODELS["path_fast"](), panel, known, 2, paths, *streams, histories=min(histories, 4))
    assert drawn.shape == (paths, 3, 2) and np.isfinite(drawn).all()


def test_a_single_dutch_correction_hardly_moves_the_middle_but_widens_the_draws():
    history = triangle([shipped_vintages()])
    known = completion_of(history, "2019-06-30")
    assert len(known.errors) == 1 and known.factors.max() < 1.01
    panel = panel_of(as_of(history, "2019-06-30"))
    rng = np.random.default_rng(1)
    draws = np.stack([completed(panel, known, rng).values[-1, 0] for _ in range(200)])
    assert 1.05 < np.quantile(draws, 0.95) / panel.values[-1, 0] < 1.13


def test_quarters_are_not_completed():
    frame = FRAMES[-1].assign(period=[f"{2000 + k // 8}Q{k // 2 % 4 + 1}" for k in range(len(FRAMES[-1]))])
    assert completion_of(triangle([frame]), NEWEST).is_empty
