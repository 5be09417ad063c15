"""How sure a figure of a group is: exact tests of said against came, Holm, intervals, and what could have been seen.

"No significant difference" is not "fair": a small group can hide a large difference. So every tested figure comes
with the difference that would have been found in 80 of 100 reports.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft, sparse
from scipy.special import ndtri
from scipy.stats import binom

#: The promise is at most 5 % false alarms per *report*; it is shared out before anything is looked at.
ALPHA_GATE = 0.035  # calibration gaps of single slices: what the gate rests on
ALPHA_REST = 0.01  # all other tests of the report together; the two leave room, since 300 reports vary by chance
POWER = 0.8
DRAWS = 400  # bootstrap
AT_A_TIME = 50  # bootstrap draws held in memory at once
LARGE = 1_000  # cases from which on a mean is normal
LEVEL = float(ndtri(0.975))


def count_chances(said: np.ndarray) -> np.ndarray:
    """P(exactly k of the cases came), k = 0 .. n, for independent cases with a chance each.

    said: (groups, n); gives (groups, n + 1). The exact Poisson-binomial distribution: the polynomials 1 - p + p x
    are multiplied in pairs, all pairs of a round at once by Fourier transform. Exact to about 1e-15 in every cell.
    """
    groups, n = said.shape
    chances = np.zeros((groups, 1 << max(0, int(np.ceil(np.log2(max(n, 1)))))))
    chances[:, :n] = said
    parts = np.stack([1 - chances, chances], axis=-1)
    while parts.shape[1] > 1:
        size = 2 * parts.shape[2] - 1
        fast = 1 << (size - 1).bit_length()
        left, right = (np.asarray(fft.rfft(parts[:, k::2], fast)) for k in (0, 1))
        parts = np.asarray(fft.irfft(left * right, fast))[..., :size]
    return np.clip(parts[:, 0, : n + 1], 0.0, 1.0)


def chance_of_gap(said: np.ndarray, came: np.ndarray) -> np.ndarray:
    """p per group: the chance of a gap as large as this one, either way, where every case had its own chance `said`.

    Exact, so it holds for rare classes and small groups too. said: (groups, n); came: counts (groups,).
    """
    chances, expected = count_chances(said), said.sum(axis=1, keepdims=True)
    gap = np.abs(np.arange(said.shape[1] + 1) - expected)
    as_large = gap >= np.abs(came[:, None] - expected) - 1e-9
    return np.minimum((chances * as_large).sum(axis=1), 1.0)


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values after Holm's step-down correction, in the same order; each holds for the whole family."""
    order = np.argsort(p_values, kind="stable")
    steps = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * steps))
    return adjusted


def detectable_difference(sd: float, cases: float, alpha: float, tests: int = 1) -> float:
    """Smallest difference found with 80 % power. `sd` is that of one case; `tests` share `alpha` (Holm's first step).

    In the unit of the figure. Source: (z of alpha / (2 tests) + z of the power) standard errors.
    """
    return float((ndtri(1 - alpha / (2 * max(tests, 1))) + ndtri(POWER)) * sd / np.sqrt(max(cases, 1)))


def share_interval(part: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a share (Wilson), which stays sensible at 0 and at 1."""
    share, z2 = part / whole, LEVEL**2
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = LEVEL / (1 + z2 / whole) * np.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def median_interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the median from the order of the values: no shape is assumed."""
    ordered, n = np.sort(values), len(values)
    first = max(int(binom.ppf(0.025, n, 0.5)), 1)
    return float(ordered[first - 1]), float(ordered[n - first])


def mean_intervals(values: np.ndarray, members: sparse.csc_matrix, random: np.random.Generator) -> np.ndarray:
    """95 % intervals of the mean in every slice, shape (slices, 2): bootstrapped, one draw of cases for all slices.

    From 1,000 cases on the bootstrap only repeats the normal interval, at a price, so that one is taken there.

    Parameters
    ----------
    values : (cases,), nan where the figure does not hold of a case.
    members : (cases, slices) of 0 and 1.
    """
    known = ~np.isnan(values)
    filled, slices = np.where(known, values, 0.0), members.T.tocsr()
    counts = np.maximum(slices @ known.astype(float), 1)
    mean = (slices @ filled) / counts
    half = LEVEL * np.sqrt(np.maximum((slices @ filled**2) / counts - mean**2, 0.0) / counts)
    out, small = np.column_stack([mean - half, mean + half]), np.flatnonzero(counts < LARGE)
    if len(small):
        out[small] = np.quantile(_drawn_means(filled, known, slices[small], random), [0.025, 0.975], axis=1).T
    return out


def _drawn_means(
    filled: np.ndarray, known: np.ndarray, slices: sparse.csr_matrix, random: np.random.Generator
) -> np.ndarray:
    """Means of the slices under Poisson weights on the cases, shape (slices, draws)."""
    rows = np.unique(slices.indices)
    own, filled, known = slices[:, rows], filled[rows], known[rows].astype(float)
    means = []
    for start in range(0, DRAWS, AT_A_TIME):
        weights = random.poisson(1.0, (len(rows), min(AT_A_TIME, DRAWS - start))).astype(float)
        means.append((own @ (weights * filled[:, None])) / np.maximum(own @ (weights * known[:, None]), 1e-9))
    return np.hstack(means)


@dataclass(frozen=True)
class PlantedBias:
    """What the planted-bias trial gave: counts over simulated reports, and the trial's own settings."""

    reports: int
    slices: int
    cases: int
    base: float
    points: float
    found: int  # reports in which the planted slice was named
    false_alarms: int  # reports without bias in which any slice was named
    seed: int

    @property
    def share_found(self) -> float:
        """Power: reports that found the bias, of all with a bias."""
        return self.found / self.reports

    @property
    def share_false(self) -> float:
        """Reports with a false alarm, of all without a bias."""
        return self.false_alarms / self.reports


def planted_bias(
    reports: int = 300,
    slices: int = 40,
    cases: int = 400,
    base: float = 0.30,
    points: float = 0.10,
    spread: float = 0.0,
    seed: int = 1,
) -> PlantedBias:
    """Simulated reports with and without a bias in one slice, judged by the tests that the real report uses.

    A model says `base` for every case (with `spread`: chances drawn around it, as a model that can tell cases
    apart); in the planted slice heavy work comes `points` more often than said. Alike is the hardest case.
    """
    random = np.random.default_rng(seed)
    found = false_alarms = 0
    for _ in range(reports):
        said = _chances_said(base, spread, (slices, cases), random)
        clean = (random.random(said.shape) < said).sum(axis=1)
        planted = int(random.integers(slices))
        biased = (random.random(cases) < np.minimum(said[planted] + points, 1.0)).sum()
        p_values = chance_of_gap(said, clean)
        false_alarms += bool((holm(p_values) <= ALPHA_GATE).any())
        p_values[planted] = chance_of_gap(said[[planted]], np.array([biased]))[0]
        found += bool(holm(p_values)[planted] <= ALPHA_GATE)
    return PlantedBias(reports, slices, cases, base, points, found, false_alarms, seed)


def _chances_said(base: float, spread: float, shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    if spread == 0:
        return np.full(shape, base)
    strength = base * (1 - base) / spread**2 - 1
    return random.beta(base * strength, (1 - base) * strength, shape)
