"""The measures of the public protocol, on figures that can be checked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from triage.forecast.scores import (
    Scale,
    block_interval,
    coverage,
    diebold_mariano,
    energy_score,
    group_scores,
    pinball,
    relative_wis,
    scale_of,
    scaled_difference,
    sum_scores,
    wis,
)

BAND = np.array([5.0, 10, 25, 50, 75, 90, 95])


def test_wis_of_an_outcome_at_the_median_is_the_width_alone():
    by_hand = (0.25 * 50 + 0.1 * 80 + 0.05 * 90) / 3.5
    assert wis(BAND, np.array(50.0)) == pytest.approx(by_hand)


def test_wis_adds_what_the_outcome_lies_outside():
    # Above all bands by 10: half the error of 55, and (y - u) of each band in full.
    by_hand = (55 / 2 + 0.25 * 50 + 30 + 0.1 * 80 + 15 + 0.05 * 90 + 10) / 3.5
    assert wis(BAND, np.array(105.0)) == pytest.approx(by_hand)


@given(arrays(float, 7, elements=st.floats(0, 1e5)), st.floats(0, 1e5))
def test_wis_is_twice_the_mean_pinball_loss(levels, outcome):
    q = np.sort(levels)
    assert wis(q, np.array(outcome)) == pytest.approx(2 * pinball(q, np.array(outcome)), abs=1e-6)


def test_the_ends_of_a_band_are_inside():
    assert coverage(np.tile(BAND, (3, 1)), np.array([10.0, 90.0, 91.0]), 0.2) == pytest.approx(2 / 3)


def test_an_outcome_not_known_is_left_out_of_coverage():
    assert coverage(np.tile(BAND, (2, 1)), np.array([50.0, np.nan]), 0.2) == 1


def test_relative_wis_of_a_model_against_itself_is_one():
    q = np.random.default_rng(1).gamma(2, 10, (4, 3, 2, 7))
    np.testing.assert_allclose(relative_wis(np.sort(q), np.sort(q), np.ones((4, 3, 2))), 1)


def test_the_group_takes_the_geometric_mean_over_its_series():
    y = np.zeros((1, 1, 2))
    reference = np.tile(BAND, (1, 1, 2, 1))
    q = reference * np.array([4.0, 1.0])[:, None]
    scale = Scale(np.ones((1, 2)), np.ones((1, 2)))
    assert group_scores(q, reference, y, scale)["rel_wis"] == pytest.approx(2)


def test_a_median_above_the_outcome_is_a_positive_bias():
    y, q = np.full((1, 2, 1), 40.0), np.tile(BAND, (1, 2, 1, 1))
    scale = Scale(np.ones((1, 1)), np.ones((1, 1)))
    assert group_scores(q, q, y, scale)["bias"] == pytest.approx(0.25)


def test_the_scale_of_a_quiet_series_is_one_person():
    assert scale_of(np.full((30, 1), 7.0), 12).mean == 1


def test_the_energy_score_of_a_certain_forecast_is_its_error():
    paths = np.full((10, 1, 2), 8.0)
    assert energy_score(paths, np.array([[5.0], [5.0]])) == pytest.approx(3)


def test_a_path_of_which_one_month_is_not_known_has_no_energy_score():
    paths = np.random.default_rng(1).gamma(2, 10, (8, 2, 3))
    y = np.array([[5.0, 5], [5, 5], [5, np.nan]])
    assert list(np.isnan(energy_score(paths, y))) == [False, True]


def test_diebold_mariano_of_no_difference_is_not_a_number():
    assert np.isnan(diebold_mariano(np.zeros(10)))


def test_diebold_mariano_is_negative_for_the_better_model():
    assert diebold_mariano(np.random.default_rng(1).normal(-1, 0.3, 28)) < -2


def test_the_block_interval_holds_the_mean():
    d = np.random.default_rng(1).normal(-1, 0.3, 28)
    low, high = block_interval(d)
    assert low < d.mean() < high


# The protocol's formulas once more, one number at a time, as they stand in the text.

LEVEL = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def slow_interval_score(low: float, high: float, y: float, alpha: float) -> float:
    return (high - low) + 2 / alpha * max(low - y, 0) + 2 / alpha * max(y - high, 0)


def slow_wis(q: np.ndarray, y: float) -> float:
    bands = [(0.5, q[2], q[4]), (0.2, q[1], q[5]), (0.1, q[0], q[6])]
    return (abs(y - q[3]) / 2 + sum(a / 2 * slow_interval_score(low, high, y, a) for a, low, high in bands)) / 3.5


def cells(y: np.ndarray) -> list[tuple[int, int, int]]:
    return [(int(o), int(h), int(i)) for o, h, i in np.argwhere(~np.isnan(y))]


def mean(values) -> float:
    values = list(values)
    return sum(values) / len(values)


def slow_group(q: np.ndarray, r: np.ndarray, y: np.ndarray, s: np.ndarray, s2: np.ndarray) -> dict[str, float]:
    known, n = cells(y), y.shape[2]
    series = [[c for c in known if c[2] == i] for i in range(n)]
    ratios = [mean(slow_wis(q[c], y[c]) for c in own) / mean(slow_wis(r[c], y[c]) for c in own) for own in series]
    whole = sum(y[c] for c in known)
    error = {c: y[c] - q[c][3] for c in known}
    rooted = []
    for o in range(y.shape[0]):
        for i in range(n):
            own = [error[c] ** 2 for c in known if c[0] == o and c[2] == i]
            rooted += [np.sqrt(mean(own)) / s2[o, i]] if own else []
    losses = [
        mean(max(a * (y[c] - v), (a - 1) * (y[c] - v)) for a, v in zip(LEVEL, q[c], strict=True)) / s[c[0], c[2]]
        for c in known
    ]
    return {
        "rel_wis": float(np.prod(ratios) ** (1 / n)),
        "wis": mean(slow_wis(q[c], y[c]) for c in known),
        "rwis": sum(slow_wis(q[c], y[c]) for c in known) / whole,
        "swis": mean(slow_wis(q[c], y[c]) / s[c[0], c[2]] for c in known),
        "wape": sum(abs(e) for e in error.values()) / whole,
        "mase": mean(abs(e) / s[c[0], c[2]] for c, e in error.items()),
        "rmsse": mean(rooted),
        "bias": -sum(error.values()) / whole,
        "pinball": mean(losses),
        "coverage_50": mean(q[c][2] <= y[c] <= q[c][4] for c in known),
        "coverage_80": mean(q[c][1] <= y[c] <= q[c][5] for c in known),
        "coverage_90": mean(q[c][0] <= y[c] <= q[c][6] for c in known),
        "width_90": sum(q[c][6] - q[c][0] for c in known) / whole,
    }


@pytest.fixture(params=range(5))
def scored(request):
    """Quantiles of a model and of the reference, outcomes of which the newest are not known yet, and scales."""
    rng = np.random.default_rng(request.param)
    q, r = (np.sort(rng.gamma(2, 50, (6, 4, 3, 7))) for _ in range(2))
    y = rng.gamma(2, 50, (6, 4, 3))
    y[-1, 2:], y[-2, 3:] = np.nan, np.nan
    return q, r, y, Scale(rng.gamma(2, 10, (6, 3)) + 1, rng.gamma(2, 10, (6, 3)) + 1)


def test_every_measure_of_a_group_is_that_of_the_protocol(scored):
    q, r, y, scale = scored
    assert group_scores(q, r, y, scale) == pytest.approx(slow_group(q, r, y, scale.mean, scale.square))


def test_sums_are_scored_where_every_month_is_known_and_nowhere_else():
    rng = np.random.default_rng(3)
    q, r = (np.sort(rng.gamma(2, 50, (6, 3, 7))) for _ in range(2))
    months = rng.gamma(2, 5, (6, 3, 12))
    months[-2, :, -1] = np.nan  # one month short: the sum is not known
    y = months.sum(axis=-1)
    known = [0, 1, 2, 3, 5]
    ratios = [
        mean(slow_wis(q[o, i], y[o, i]) for o in known) / mean(slow_wis(r[o, i], y[o, i]) for o in known)
        for i in range(3)
    ]
    inside = mean(q[o, i, 1] <= y[o, i] <= q[o, i, 5] for o in known for i in range(3))
    found = sum_scores(q, r, y)
    assert found["sum_rel_wis"] == pytest.approx(np.prod(ratios) ** (1 / 3))
    assert found["sum_coverage_80"] == pytest.approx(inside)


def test_the_scale_is_the_seasonal_change_of_the_window():
    values = np.random.default_rng(4).gamma(2, 50, (40, 2))
    changes = [[abs(values[t, i] - values[t - 12, i]) for t in range(12, 40)] for i in range(2)]
    found = scale_of(values, 12)
    assert found.mean == pytest.approx([mean(c) for c in changes])
    assert found.square == pytest.approx([np.sqrt(mean(x**2 for x in c)) for c in changes])


def test_the_energy_score_pairs_the_first_path_with_the_second_and_so_on():
    paths = np.random.default_rng(5).gamma(2, 50, (10, 3, 12))
    y = np.random.default_rng(6).gamma(2, 50, (12, 3))
    for i in range(3):
        far = mean(np.sqrt(mean((x - o) ** 2 for x, o in zip(p[i], y[:, i], strict=True))) for p in paths)
        pairs = [(paths[k, i], paths[k + 1, i]) for k in (0, 2, 4, 6, 8)]
        apart = mean(np.sqrt(mean((a - b) ** 2 for a, b in zip(*pair, strict=True))) for pair in pairs)
        assert energy_score(paths, y)[i] == pytest.approx(far - apart / 2)


def test_the_difference_of_an_origin_is_the_mean_over_all_its_known_cells(scored):
    q, r, y, scale = scored
    for o, found in enumerate(scaled_difference(q, r, y, scale)):
        own = [c for c in cells(y) if c[0] == o]
        by_hand = mean((slow_wis(q[c], y[c]) - slow_wis(r[c], y[c])) / scale.mean[o, c[2]] for c in own)
        assert found == pytest.approx(by_hand)


def test_diebold_mariano_weighs_three_lags_down():
    d = np.random.default_rng(7).normal(-0.1, 1, 28)
    n, m = len(d), d.mean()
    g = [sum((d[t] - m) * (d[t - lag] - m) for t in range(lag, n)) / n for lag in range(4)]
    v = g[0] + 2 * (3 / 4 * g[1] + 2 / 4 * g[2] + 1 / 4 * g[3])
    assert diebold_mariano(d) == pytest.approx(m / np.sqrt(v / n))


def test_the_interval_is_that_of_blocks_of_four_origins_drawn_two_thousand_times():
    d = np.random.default_rng(8).normal(0, 1, 28)
    starts = np.random.default_rng(7).integers(0, 25, size=(2000, 7))
    means = [mean(d[start + k] for start in row for k in range(4)) for row in starts]
    assert block_interval(d) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])))
