"""Looking back: coverage, bias, and the months that were missed most."""

import pandas as pd
import pytest

from triage.forecast.hindsight import by_stretch, hindsight, history_of, with_outcomes, worst

WIDTHS = {"p05": -20, "p10": -15, "p25": -7, "p50": 0, "p75": 7, "p90": 15, "p95": 20}


def forecast(*cells: tuple[str, str, float]) -> pd.DataFrame:
    """(series, month, median), each with a band of 15 persons on both sides."""
    return pd.DataFrame([{"series": s, "month": m, **{q: p + w for q, w in WIDTHS.items()}} for s, m, p in cells])


def judged(*cells: tuple[str, str, float, float, int]) -> pd.DataFrame:
    """(series, month, median, outcome, periods ahead)."""
    rows = forecast(*(cell[:3] for cell in cells))
    return rows.assign(actual=[cell[3] for cell in cells], h=[cell[4] for cell in cells])


def test_only_months_that_came_are_judged_and_none_is_filled():
    made = forecast(("SYR", "2026-01", 100), ("SYR", "2026-02", 100), ("ERI", "2026-01", 50), ("ERI", "2026-02", 50))
    history = pd.DataFrame({"SYR": [90.0]}, index=["2026-01"])
    known = with_outcomes(made, history)
    assert known[["series", "month", "h", "actual"]].to_numpy().tolist() == [["SYR", "2026-01", 1, 90.0]]


def test_nothing_known_is_no_score():
    assert hindsight(with_outcomes(forecast(("SYR", "2026-01", 100)), history_of(None, "first_application"))) is None


def test_coverage_counts_the_ends_of_a_band_and_bias_is_positive_when_too_high():
    found = hindsight(judged(("SYR", "2026-01", 100, 85, 1), ("SYR", "2026-02", 100, 84, 2)))
    assert found is not None
    assert (found.coverage_80, found.coverage_90, found.coverage_50) == (0.5, 1.0, 0.0)
    assert found.bias == pytest.approx(31 / 169)


def test_stretches_without_outcome_are_left_out():
    rows = judged(("SYR", "2026-01", 100, 100, 1), ("SYR", "2026-08", 100, 200, 8))
    assert [(a, b, one.coverage_80) for a, b, one in by_stretch(rows)] == [(1, 3, 1.0), (7, 8, 0.0)]


def test_the_worst_months_are_told_once_each_without_the_total():
    rows = judged(
        ("SYR", "2026-01", 100, 300, 1),
        ("SYR", "2026-01", 100, 290, 4),
        ("total", "2026-02", 100, 900, 1),
        ("SYR", "2026-03", 100, 180, 1),
        ("SYR", "2026-04", 100, 100, 1),
    )
    found = worst(rows, 2)
    assert found[["series", "month", "h"]].to_numpy().tolist() == [["SYR", "2026-01", 1], ["SYR", "2026-03", 1]]


def test_a_small_series_can_be_missed_as_well_as_a_large_one():
    rows = judged(("SYR", "2026-01", 1000, 1100, 1), ("SYR", "2026-02", 1000, 1000, 1), ("YEM", "2026-03", 20, 60, 1))
    assert worst(rows, 1)["series"].tolist() == ["YEM"]
