"""Reading inflow rows: what is taken, and what is refused with where and why."""

import numpy as np
import pandas as pd
import pytest
from forecast_examples import CALENDAR, panel, poisson, rows
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.errors import ForecastError, TableError, TriageError
from triage.forecast.backtest import origins_of
from triage.forecast.series import check_horizon, check_length, number_of, panel_of


def test_the_total_is_the_row_sum_and_stands_last():
    read = panel_of(rows({"SYR": [10.0] * 24, "ERI": [3.0] * 24}))
    assert read.names == ("ERI", "SYR", "total")
    assert (read.values[:, -1] == 13).all()


@pytest.mark.parametrize(("name", "season", "last"), [("month", 12, "2021-08"), ("quarter", 4, "2034Q4")])
def test_months_and_quarters_know_their_season(name, season, last):
    read = panel(80, name=name)
    assert (read.season, read.periods[-1]) == (season, last)


def test_a_year_of_53_weeks_has_no_gap():
    read = panel(320, name="week")
    assert "2020-W53" in read.periods and read.periods[read.periods.index("2020-W53") + 1] == "2021-W01"


@given(st.sampled_from(["month", "quarter", "week"]), st.integers(0, 5000))
def test_a_period_written_and_read_again_is_the_same(name, ahead):
    calendar = CALENDAR[name]
    number = calendar.number(2000, 1) + ahead
    assert number_of(calendar.text(number), calendar) == number


def test_rows_of_one_series_at_two_locations_are_summed():
    one = rows({"SYR": [4.0] * 24})
    both = pd.concat([one.assign(location="Ter Apel"), one.assign(location="Budel")])
    assert (panel_of(both).values == 8).all()


def test_two_labels_make_a_series_together():
    one = rows({"SYR": [4.0] * 24})
    both = pd.concat([one.assign(location="Ter Apel"), one.assign(location="Budel")])
    assert panel_of(both, "nationality_iso3,location").names == ("SYR|Budel", "SYR|Ter Apel", "total")


def test_a_series_that_starts_later_moves_the_start_with_a_note():
    late = rows(poisson(36, 1)).iloc[6:]
    read = panel_of(pd.concat([late, rows({"SYR": [1.0] * 36})]))
    assert read.periods[0] == "2015-07" and "6 months were left out" in read.notes[0]


def test_a_file_without_nationality_is_one_series():
    read = panel_of(rows(poisson(24, 1)).drop(columns="nationality_iso3"))
    assert read.names == ("TOT", "total")


@pytest.mark.parametrize(("count", "offset"), [(15.0, 5.0), (16.0, 1.0)])
def test_the_log_offset_is_five_for_counts_rounded_to_five(count, offset):
    assert panel_of(rows({"SYR": [count] * 24})).offset == offset


def broken(change):
    return change(rows({"ERI": [5.0] * 30, "SYR": [9.0] * 30}))


BAD = {
    "a month stands twice": (lambda f: pd.concat([f, f.iloc[[7]]]), "row 61 repeats 2015-08"),
    "a negative count": (lambda f: f.assign(persons=f["persons"].where(f.index != 4, -1)), "row 5, column persons"),
    "text for a count": (
        lambda f: f.assign(persons=f["persons"].astype(object).where(f.index != 4, "veel")),
        "row 5, column persons",
    ),
    "infinitely many": (lambda f: f.assign(persons=f["persons"].where(f.index != 4, np.inf)), "row 5, column persons"),
    "a hole in the middle": (lambda f: f.drop(index=40), "Series SYR has a hole: 2015-11"),
    "an empty cell": (lambda f: f.assign(persons=f["persons"].where(f.index != 40)), "Series SYR has a hole: 2015-11"),
    "an end too early": (lambda f: f.drop(index=59), "Series SYR ends earlier"),
    "no month": (lambda f: f.assign(month=f["month"].where(f.index != 2, "2015-13")), "row 3, column period"),
    "two frequencies": (lambda f: f.assign(month=f["month"].where(f.index != 2, "2015Q1")), "row 3, column period"),
    "two vintages": (lambda f: f.assign(vintage=["2018-01", "2019-06"] * 30), "two vintages"),
    "two kinds": (lambda f: f.assign(kind=["first_application", "nareis"] * 30), "2 kinds"),
    "a total among the series": (
        lambda f: f.assign(nationality_iso3=f["nationality_iso3"].replace("ERI", "TOT")),
        "twice",
    ),
    "23 months": (lambda f: f[f["month"] < "2016-12"], "23 months; a forecast needs 24"),
    "no rows": (lambda f: f.iloc[:0], "no rows"),
    "no persons": (lambda f: f.drop(columns="persons"), "a column persons"),
    "no period": (lambda f: f.drop(columns="month"), "a column month"),
    "an empty label": (
        lambda f: f.assign(nationality_iso3=f["nationality_iso3"].where(f.index != 3)),
        "row 4, column nationality_iso3: is empty",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_where_and_why(name):
    change, said = BAD[name]
    with pytest.raises((TableError, ForecastError), match=said):
        panel_of(broken(change))


def test_a_refusal_never_repeats_the_value():
    change, _ = BAD["text for a count"]
    with pytest.raises(TableError) as caught:
        panel_of(broken(change))
    assert "veel" not in str(caught.value)


@pytest.mark.parametrize("horizon", [0, -1, 61, 2.5, True])
def test_a_horizon_outside_1_to_60_is_refused(horizon):
    with pytest.raises(ForecastError, match="1 to 60"):
        check_horizon(horizon)


@pytest.mark.parametrize(
    "text", ["2019-13", "2030-01", "2014-01", "2018-01:2017-01", "a:b:c", "2017-01:2018-12:0", "", "2015-06", "2018Q1"]
)
def test_origins_that_cannot_be_are_refused(text):
    with pytest.raises(TriageError):
        origins_of(text, panel(48))


def test_origins_go_from_first_to_last_by_step():
    assert origins_of("2017-06:2018-01:3", panel(48)) == ["2017-06", "2017-09", "2017-12"]


def test_two_years_are_enough():
    assert check_length(panel(24)) is not None
