"""Weeks become months on working days, and what was rounded, doubled or missing is drawn and flagged."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.adapters.sources import shipped_weeks
from triage.domain.errors import ForecastError, TableError
from triage.forecast.nowcast import bridge, nowcast, week_draws, weeks_of, working_days
from triage.jobs.nowcast_inflow import nowcast_inflow

MONDAY = date(2025, 9, 1)


def weekly(counts: list[float | None], first: date = MONDAY, rounding: float = 100) -> pd.DataFrame:
    """One row per week from `first` on; None leaves the week out."""
    rows = []
    for k, count in enumerate(counts):
        year, week, _ = (first + timedelta(weeks=k)).isocalendar()
        if count is not None:
            rows.append({"year": year, "iso_week": week, "persons": count, "ambiguous": 0, "rounding": rounding})
    return pd.DataFrame(rows)


def made_up_days(seed: int, weeks: int = 40) -> dict[date, int]:
    """Persons per working day at a level that drifts a little from week to week."""
    rng = np.random.default_rng(seed)
    level = 170 * np.exp(np.cumsum(0.04 * rng.standard_normal(weeks)))
    days = working_days(MONDAY, MONDAY + timedelta(weeks=weeks) - timedelta(days=1))
    return {day: int(rng.poisson(level[(day - MONDAY).days // 7])) for day in days}


def published(days: dict[date, int], weeks: int, missing: int) -> pd.DataFrame:
    """The weeks as a page would give them: rounded to 100, one missing."""
    sums = [0] * weeks
    for day, persons in days.items():
        if (week := (day - MONDAY).days // 7) < weeks:
            sums[week] += persons
    return weekly([None if k == missing else round(total / 100) * 100 for k, total in enumerate(sums)])


def share_inside(status: str, weeks: int, missing: int = 99, trials: int = 60) -> float:
    """Share of made-up months whose true number lies between p10 and p90."""
    inside = []
    for seed in range(trials):
        days = made_up_days(seed)
        months = nowcast(weeks_of(published(days, weeks, missing)), 400, np.random.default_rng(seed))
        wanted = [m for m in months if m.status == status and (missing == 99 or m.weeks_missing)]
        for month in wanted[-2:]:
            true = sum(persons for day, persons in days.items() if f"{day:%Y-%m}" == month.month)
            inside.append(month.p10 <= true <= month.p90)
    return float(np.mean(inside))


def test_months_of_rounded_weeks_are_covered_as_often_as_said():
    assert 0.68 <= share_inside("complete", 36) <= 0.95


def test_a_month_with_a_missing_week_is_covered_as_often_as_said():
    assert 0.68 <= share_inside("complete", 36, missing=25) <= 0.97


def test_the_running_month_is_covered_as_often_as_said():
    assert 0.65 <= share_inside("running", 33, trials=100) <= 0.95


def test_the_running_month_narrows_as_weeks_come_in():
    days = made_up_days(3)
    widths = []
    for weeks in (31, 32, 33, 34):
        month = nowcast(weeks_of(published(days, weeks, 99)), 2000, np.random.default_rng(1))[-1]
        assert (month.month, month.status) == ("2026-04", "running")
        widths.append(month.p90 - month.p10)
    assert widths[-1] < widths[0] / 1.5


@settings(deadline=None, max_examples=40)
@given(
    counts=st.lists(st.integers(0, 3000), min_size=10, max_size=60), start=st.integers(0, 500), seed=st.integers(0, 9)
)
def test_the_months_add_up_to_the_weeks_and_nothing_is_lost(counts, start, seed):
    first = (MONDAY + timedelta(weeks=start)).toordinal() // 7
    values = np.array([counts, counts], dtype=float)
    parts = bridge(values, first, np.random.default_rng(seed))
    np.testing.assert_array_equal(sum(parts.values()), values)
    assert all((part >= 0).all() for part in parts.values())


@settings(deadline=None, max_examples=25)
@given(
    early=st.lists(st.one_of(st.none(), st.integers(0, 3000)), max_size=40),
    late=st.lists(st.integers(0, 3000), min_size=12, max_size=20),
    ahead=st.integers(0, 5),
)
def test_draws_are_finite_and_never_below_zero(early, late, ahead):
    drawn = week_draws(weeks_of(weekly([*early, *late])), ahead, 20, np.random.default_rng(1))
    assert np.isfinite(drawn).all() and (drawn >= 0).all()


def test_a_week_over_new_year_is_divided_on_working_days():
    first = date(2025, 12, 29).toordinal() // 7  # 2026-W01: Monday to Wednesday in 2025, 1 January free, Friday
    parts = bridge(np.full((4000, 1), 1000.0), first, np.random.default_rng(1))
    assert parts["2025-12"].mean() == pytest.approx(750, abs=3) and parts["2026-01"].mean() == pytest.approx(250, abs=3)


def test_week_53_is_a_week_of_a_long_year_only():
    long = weeks_of(weekly([800.0] * 12, date(2020, 11, 2)))
    assert long.text(8) == "2020-W53" and long.text(9) == "2021-W01"
    bad = weekly([800.0] * 12).assign(year=2025, iso_week=[*range(42, 54)])
    with pytest.raises(TableError, match=r"row 12: expected a week"):
        weeks_of(bad)


def test_a_missing_and_a_doubled_week_are_flagged_in_the_month_they_touch():
    months = {m["month"]: m for m in nowcast_inflow(shipped_weeks(), 400)["months"]}
    assert months["2026-06"]["weeks_missing"] == ("2026-W25",)
    assert months["2026-06"]["weeks_ambiguous"] == ("2026-W24",)
    assert months["2026-01"]["weeks_missing"] == ("2026-W04",), "not in the file's own list, and missing all the same"
    assert months["2026-07"]["status"] == "running" and months["2026-07"]["weeks_ahead"] == ("2026-W31",)
    assert months["2026-02"]["weeks_missing"] == ()


def test_a_doubled_week_is_drawn_over_both_values_and_a_known_one_over_its_rounding():
    weeks = weeks_of(shipped_weeks())
    drawn = week_draws(weeks, 0, 4000, np.random.default_rng(1))
    doubled, plain = drawn[:, 23], drawn[:, 9]
    assert weeks.text(23) == "2026-W24" and (doubled < 720).mean() == pytest.approx(0.5, abs=0.03)
    assert plain.min() >= 750 and plain.max() <= 850 and plain.std() == pytest.approx(100 / np.sqrt(12), rel=0.05)


def test_old_weeks_before_a_long_hole_are_left_out_and_counted():
    found = nowcast_inflow(shipped_weeks(), 200)
    assert (found["first_week"], found["rows_left_out"]) == ("2026-W01", 3)


def test_the_nowcast_says_that_it_is_not_first_applications():
    assert "not first applications" in nowcast_inflow(shipped_weeks(), 200)["definition"]


def test_the_same_seed_gives_the_same_nowcast():
    assert nowcast_inflow(shipped_weeks(), 200) == nowcast_inflow(shipped_weeks(), 200)
    assert nowcast_inflow(shipped_weeks(), 200) != nowcast_inflow(shipped_weeks(), 200, seed=2)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("persons", "veel"),
        ("persons", -1),
        ("persons", None),
        ("persons", float("inf")),
        ("iso_week", 54),
        ("iso_week", 0),
        ("iso_week", 7.5),
        ("year", "x"),
        ("rounding", -100),
        ("ambiguous", "ja"),
    ],
)
def test_a_wrong_cell_is_refused_by_row(column, value):
    frame = weekly([800.0] * 12).astype(object)
    frame.loc[4, column] = value
    if column == "ambiguous":
        frame = pd.concat([frame, frame.iloc[[4]]])
    with pytest.raises(TableError, match="row 5"):
        weeks_of(frame)


def test_a_week_that_stands_twice_without_a_mark_is_refused():
    frame = weekly([800.0] * 12)
    with pytest.raises(TableError, match="row 13 repeats its week"):
        weeks_of(pd.concat([frame, frame.iloc[[3]]]))


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), weekly([800.0] * 12).drop(columns="persons"), pd.DataFrame({"a": [1]})]
)
def test_a_file_without_weeks_is_refused(frame):
    with pytest.raises(TableError, match="Weeks"):
        weeks_of(frame)


def test_too_few_weeks_are_refused():
    with pytest.raises(ForecastError, match="fewer than 10"):
        weeks_of(weekly([800.0] * 9))


def test_a_week_may_be_written_as_text():
    frame = pd.DataFrame({"week": [f"2026-W{k:02d}" for k in range(1, 13)], "persons": ["800"] * 12})
    assert weeks_of(frame).values[0] == (800.0,)
