"""Shares of locations: drawn per path, adding up to the nationality, with what was borrowed said aloud."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.errors import ForecastError, TableError
from triage.forecast.shares import shares_of, split

PLACES = ("budel", "ter apel", "zevenaar")
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
TRUE = {"ERI": (0.2, 0.5, 0.3), "SYR": (0.6, 0.3, 0.1)}


def counts_of(shares, size: int = 80, seed: int = 1, months=MONTHS) -> pd.DataFrame:
    """Counts by chance around fixed shares (or shares per month)."""
    rng = np.random.default_rng(seed)
    rows = []
    for name, share in shares.items():
        for k, month in enumerate(months):
            drawn = rng.multinomial(size, share[k] if np.ndim(share) == 2 else share)
            rows += [(month, name, place, int(x)) for place, x in zip(PLACES, drawn, strict=True)]
    return pd.DataFrame(rows, columns=["month", "nationality_iso3", "location", "persons"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 6))
def test_on_every_path_the_labels_add_up_to_the_nationality(seed, draws, horizon):
    rng = np.random.default_rng(seed)
    paths = rng.gamma(0.5, 60, size=(draws, 2, horizon)) * (rng.random((draws, 2, horizon)) > 0.2)
    out = split(paths, shares_of(counts_of(TRUE), "location", ["ERI", "SYR"], "2025-12"), rng)
    assert out.shape == (draws, 2, 3, horizon)
    assert np.isfinite(out).all() and (out >= 0).all()
    assert np.abs(out.sum(axis=2) - paths).max() <= 1e-6


def test_known_shares_are_found_again():
    shares = shares_of(counts_of(TRUE, size=400), "location", ["ERI", "SYR"], "2025-12")
    parts = split(np.full((2000, 2, 12), 400.0), shares, np.random.default_rng(1)).sum(axis=3).mean(axis=0)
    np.testing.assert_allclose(parts / 4800, [TRUE["ERI"], TRUE["SYR"]], atol=0.02)
    assert shares.notes == ()


@pytest.mark.parametrize("drift", [0.0, 0.08], ids=["steady shares", "drifting shares"])
def test_bands_of_yearly_sums_per_label_keep_their_promise(drift):
    inside = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        logits = np.log(TRUE["SYR"]) + np.cumsum(drift * rng.standard_normal((36, 3)), axis=0)
        share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        shares = shares_of(counts_of({"SYR": share[:24]}, seed=seed), "location", ["SYR"], "2025-12")
        truth = np.sum([rng.multinomial(80, share[24 + h]) for h in range(12)], axis=0)
        sums = split(np.full((400, 1, 12), 80.0), shares, rng)[:, 0].sum(axis=2)
        low, high = np.quantile(sums, (0.1, 0.9), axis=0)
        inside += list((low <= truth) & (truth <= high))
    assert 0.70 <= np.mean(inside) <= 0.95


def test_a_nationality_without_counts_borrows_the_pooled_shares_and_says_so():
    shares = shares_of(counts_of(TRUE, size=400), "location", ["ERI", "SYR", "YEM"], "2025-12")
    out = split(np.full((4000, 3, 6), 50.0), shares, np.random.default_rng(1)).sum(axis=3) / 300
    np.testing.assert_allclose(out[:, 2].mean(axis=0), (0.4, 0.4, 0.2), atol=0.03)
    assert out[:, 2].std(axis=0).min() > 2 * out[:, :2].std(axis=0).max()
    assert any("YEM" in note and "pooled" in note for note in shares.notes)


def test_a_label_nobody_came_to_lately_keeps_a_small_share_and_is_named():
    counts = counts_of(TRUE)
    is_closed = (counts["location"] == "zevenaar") & (counts["month"] > "2025-06")
    shares = shares_of(counts.assign(persons=counts["persons"].where(~is_closed, 0)), "location", ["SYR"], "2025-12")
    steady = shares_of(counts, "location", ["SYR"], "2025-12")
    place = shares.labels.index("zevenaar")
    small, before = (s.concentration(12)[0] / s.concentration(12)[0].sum() for s in (shares, steady))
    assert 0 < small[place] < before[place]
    assert any("zevenaar" in note for note in shares.notes)


def test_counts_after_the_forecast_change_nothing():
    later = counts_of({"ERI": (1, 0, 0), "SYR": (1, 0, 0)}, months=["2026-01", "2026-02"])
    early, both = counts_of(TRUE), pd.concat([counts_of(TRUE), later])
    a, b = (shares_of(frame, "location", ["ERI", "SYR"], "2025-12") for frame in (early, both))
    assert (a.concentration(12) == b.concentration(12)).all() and a.notes == b.notes


def test_older_counts_and_a_longer_horizon_make_the_shares_less_certain():
    counts = counts_of(TRUE)
    near, far = (
        shares_of(counts, "location", ["SYR"], until).concentration(6).sum() for until in ("2025-12", "2026-06")
    )
    assert far < near
    shares = shares_of(counts, "location", ["SYR"], "2025-12")
    assert shares.concentration(18).sum() < shares.concentration(6).sum()
    assert "6 months before" in shares_of(counts, "location", ["SYR"], "2026-06").notes[0]


@pytest.mark.parametrize(
    ("spoil", "error", "word"),
    [
        (lambda f: f.drop(columns="location"), TableError, "location"),
        (lambda f: f.assign(persons=-1), TableError, "row 1"),
        (lambda f: f.assign(persons="many"), TableError, "row 1"),
        (lambda f: pd.concat([f, f.head(1)]), TableError, "repeats"),
        (lambda f: f[f["month"] != "2025-03"], ForecastError, "missing in the middle"),
        (lambda f: f[f["month"] > "2025-04"], ForecastError, "8 of the 24 months"),
        (lambda f: f.assign(persons=0), ForecastError, "nobody"),
    ],
)
def test_counts_that_cannot_be_used_are_refused(spoil, error, word):
    with pytest.raises(error, match=word):
        shares_of(spoil(counts_of(TRUE)), "location", ["SYR"], "2025-12")


def test_a_row_without_nationality_is_refused_by_row():
    counts = counts_of(TRUE)
    counts.loc[3, "nationality_iso3"] = None
    with pytest.raises(TableError, match="row 4"):
        shares_of(counts, "location", ["ERI", "SYR"], "2025-12")
