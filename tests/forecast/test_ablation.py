"""The gate: Frontex detections stay out, a feature that helps comes in."""

import numpy as np
import pandas as pd
import pytest
from forecast_examples import rows

from triage.adapters.sources import shipped_file, shipped_inflow
from triage.domain.errors import ForecastError, TableError
from triage.forecast.ablation import FeatureRidge, judge, judge_parts, leading_indicator, trial_of
from triage.forecast.scores import Scale
from triage.forecast.series import panel_of
from triage.jobs.ablate_inflow import ablate_indicator

NAMES = ("N0", "N1", "N2")


def frontex() -> pd.DataFrame:
    return pd.read_csv(shipped_file("frontex_monthly_route_nationality.csv"))


def announced(useful: bool, months: int = 168, seed: int = 3):
    """Inflow whose level follows a signal five months later; the indicator is that signal, or another one."""
    rng = np.random.default_rng(seed)
    signal, other = (np.cumsum(0.15 * rng.standard_normal((months, 3)), axis=0) for _ in range(2))
    level = np.vstack([np.zeros((5, 3)), signal[:-5]])
    counts = rng.poisson(300 * np.exp(level))[24:]
    inflow = rows({n: [float(x) for x in counts[:, i]] for i, n in enumerate(NAMES)}, start=2015 * 12)
    shown = rng.poisson(1000 * np.exp(signal if useful else other))
    when = [f"{(2013 * 12 + k) // 12}-{(2013 * 12 + k) % 12 + 1:02d}" for k in range(months)]
    table = [(month, n, int(shown[k, i])) for k, month in enumerate(when) for i, n in enumerate(NAMES)]
    return inflow, pd.DataFrame(table, columns=["month", "nationality_iso3", "value"])


def test_frontex_detections_do_not_pass_on_the_shipped_series():
    found = ablate_indicator(shipped_inflow(), "first_application", frontex(), "detections", "Frontex")
    rulings = dict(found.rulings)
    assert not found.enters and not rulings["bottom"].passes
    assert rulings["bottom"].ratio > 1 and rulings["bottom"].origins == 27
    assert "does not pass" in rulings["bottom"].sentence
    assert any("2025-09" in note for note in found.notes)  # detections end in 2025-04


@pytest.mark.parametrize("useful", [True, False], ids=["announces the inflow", "says nothing"])
def test_only_an_indicator_that_announces_the_inflow_passes(useful):
    inflow, table = announced(useful)
    found = ablate_indicator(inflow, "first_application", table, "value", "Signal", origins="2019-01:2026-01:6")
    assert found.enters is useful


def test_an_indicator_is_not_used_before_it_is_published():
    panel = panel_of(shipped_inflow(), kind="first_application")
    rows_ = frontex()
    spoiled = rows_.assign(detections=rows_["detections"].where(rows_["month"] <= "2021-04", 99_999))
    a, b = (leading_indicator(frame, "detections", panel)[0] for frame in (rows_, spoiled))
    known = panel.length_at("2021-06")  # two months later
    assert (a[:known] == b[:known]).all() and (a[known] != b[known]).any()


def test_features_after_the_origin_change_nothing():
    inflow, table = announced(True)
    panel = panel_of(inflow)
    extra, _ = leading_indicator(table, "value", panel)
    later = extra.copy()
    later[100:] = 7
    origin = [panel.periods[99]]
    a, b = (trial_of(FeatureRidge(x), panel, origin, 12) for x in (extra, later))
    assert (a == b).all()


def quantiles(width: float, at: np.ndarray) -> np.ndarray:
    return at[..., None] + width * np.array([-1.6, -1.3, -0.7, 0, 0.7, 1.3, 1.6])


def test_the_gate_asks_for_one_percent_and_more_than_chance():
    rng = np.random.default_rng(1)
    y = 100 + 10 * rng.standard_normal((24, 12, 3))
    scale = Scale(np.full((24, 3), 10.0), np.full((24, 3), 10.0))
    usual, bad = quantiles(10, np.full(y.shape, 100.0)), quantiles(10, np.full(y.shape, 130.0))
    assert judge("better", usual, bad, y, scale).passes
    assert not judge("worse", bad, usual, y, scale).passes
    same = judge("equal", usual, usual, y, scale)
    assert not same.passes and same.ratio == 1 and same.diebold_mariano == 0
    hair = judge("a hair better", usual, usual + 0.2 * (bad - usual) / 30, y, scale)
    assert not hair.passes and hair.ratio > 0.99
    lucky = usual.copy()
    lucky[::2] += 12  # as often worse
    lucky[1::2] = quantiles(1, y[1::2])
    few = judge("gain at some origins", lucky[:8], usual[:8], y[:8], Scale(scale.mean[:8], scale.square[:8]))
    assert few.passes == (few.mean < 0 and few.ratio <= 0.99 and (few.diebold_mariano < -1.64 or few.high < 0))


def test_too_few_origins_are_refused():
    y = np.ones((5, 12, 1))
    with pytest.raises(ForecastError, match="8 origins"):
        judge("x", quantiles(1, y), quantiles(1, y), y, Scale(np.ones((5, 1)), np.ones((5, 1))))


def test_an_indicator_that_cannot_be_used_is_refused():
    panel = panel_of(shipped_inflow(), kind="first_application")
    with pytest.raises(TableError, match="searches"):
        leading_indicator(frontex(), "searches", panel)
    with pytest.raises(TableError, match="row 3"):
        leading_indicator(
            frontex().assign(detections=lambda f: f["detections"].where(f.index != 2, -1)), "detections", panel
        )
    with pytest.raises(ForecastError, match="SYR"):
        leading_indicator(frontex().query("nationality_iso3 != 'SYR'"), "detections", panel)
    with pytest.raises(ForecastError, match="starts too late"):
        leading_indicator(frontex().query("month >= '2015-01'"), "detections", panel)


def test_rulings_come_per_group():
    inflow, table = announced(True)
    panel = panel_of(inflow)
    origins = [panel.periods[k] for k in range(70, 130, 6)]
    extra, _ = leading_indicator(table, "value", panel)
    a, b = trial_of(FeatureRidge(extra), panel, origins, 6), trial_of(FeatureRidge(), panel, origins, 6)
    assert set(judge_parts("x", a, b, panel, origins)) == {"bottom", "total"}
