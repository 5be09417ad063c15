"""The archive of errors: what the same forecast missed at every past origin, pooled over series, as joint paths.

Notation as in members.py. An archived error is E = (z - f) / v, v the size of a usual change at that origin.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from triage.forecast.members import Past

FLOOR = 0.03  # smallest error scale; near the level of a series a share of it
SHORTEST_YEAR = 12  # periods behind an error scale: four quarters alone would be noise
HALF_LIFE_YEARS = 10  # of an archived error
DONOR_SHARE = 0.8
LARGEST_ARCHIVE = 120_000  # series x origins; beyond that every k-th origin is kept
LARGEST_SHIFT, SMALLEST_SHIFT = 1.5, 0.7  # of the error size by what recent short errors say

Forecasts = Callable[[Past], np.ndarray]


def error_scales(z: np.ndarray, lengths: np.ndarray, m: int) -> np.ndarray:
    """v: half own, half pooled mean absolute change over the last year, floor .03; S x n."""
    window = max(m, SHORTEST_YEAR)
    steps = np.abs(np.diff(z, axis=0))
    own = np.stack([steps[max(length - 1 - window, 0) : length - 1].mean(axis=0) for length in lengths])
    return np.maximum((own + own.mean(axis=1, keepdims=True)) / 2, FLOOR)


@dataclass(frozen=True)
class Archive:
    """Forecast from the last period, and scaled errors of earlier origins. `block` is the longest full error.

    `full` (S x block x n): errors of origins whose whole block is known; `weights` (S) sum to 1;
    `bias` and `scale` (block); `point` (H x n) and `spread` (n) are the forecast to which errors are put.
    """

    point: np.ndarray
    spread: np.ndarray
    full: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    scale: np.ndarray

    @property
    def block(self) -> int:
        """Periods that one archived error path is long."""
        return self.full.shape[1]

    def errors(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Joint error paths in units of `spread`: paths x n x horizon.

        A whole error matrix of one past origin is taken, so that months and series stay together; with
        probability .8 every series takes the error of a donor, the same step further for all. Beyond the
        longest block known, another block continues where the first ended.
        """
        out = self._draw(min(horizon, self.block), paths, rng)
        while out.shape[2] < horizon:
            more = self._draw(min(horizon - out.shape[2], self.block), paths, rng)
            out = np.concatenate([out, out[:, :, -1:] + more], axis=2)
        return out

    def _draw(self, length: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        n = self.full.shape[2]
        origin, shift = self._origins(paths, rng), _shifts(n, paths, rng)
        donor = (np.arange(n) + shift[:, None]) % n
        centred = (self.full - self.bias[:, None]) * self.scale[:, None]
        return centred[origin[:, None, None], np.arange(length), donor[:, :, None]]

    def _origins(self, paths: int, rng: np.random.Generator) -> np.ndarray:
        """Past origins by weight, in random order; systematic, so that 400 paths are not at the mercy of luck."""
        at = (np.arange(paths) + rng.random()) / paths
        found = np.minimum(np.searchsorted(np.cumsum(self.weights), at), len(self.weights) - 1)
        return rng.permutation(found)

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """f + v * scale * (E - bias): joint paths x n x horizon."""
        x = self.errors(horizon, paths, rng)
        x *= self.spread[:, None]
        x += self.point[:horizon].T
        return x


def _shifts(n: int, paths: int, rng: np.random.Generator) -> np.ndarray:
    """Step to the donor series per path: 0 for a fifth of the paths, every other step as often as the next."""
    shifts = np.zeros(paths, int)
    donated = round(DONOR_SHARE * paths)
    shifts[:donated] = 1 + (rng.integers(n) + np.arange(donated)) % max(n - 1, 1)
    return rng.permutation(shifts) % n


def origins_of(length: int, m: int, horizon: int, n: int) -> tuple[np.ndarray, int]:
    """Past origins (numbers of visible periods, ascending) and the longest error block that they know in full.

    From two and a half years of data on; with a short history earlier, so that a dozen full origins remain
    where the data allow it, but never before one year.
    """
    start = min(int(np.ceil(2.5 * m)), max(m, length - horizon - 11), max(m, length - 2))
    block = max(1, min(horizon, length - start))
    step = max(1, int(np.ceil((length - start) * n / LARGEST_ARCHIVE)))
    newest_full = length - block  # thinning keeps the newest full origin
    lengths = np.arange(start, length)
    return lengths[(lengths - newest_full) % step == 0], block


def archive_of(z: np.ndarray, m: int, horizon: int, forecasts: Forecasts) -> Archive:
    """Forecast from every past origin of z (T x n), and keep the errors known today."""
    T, n = z.shape
    past, block = origins_of(T, m, horizon, n)
    lengths = np.append(past, T)
    points = forecasts(Past(z, lengths, m, horizon))
    spreads = error_scales(z, lengths, m)
    errors = _known_errors(z, past, points[:-1, :block], spreads[:-1])
    weights = 0.5 ** ((T - past) / (HALF_LIFE_YEARS * m))
    is_full = past + block <= T
    full, w = errors[is_full], weights[is_full] / weights[is_full].sum()
    bias = np.tensordot(w, np.median(full, axis=2), axes=1)
    return Archive(points[-1], spreads[-1], full, w, bias, _recent_scale(errors, weights, full, w))


def _recent_scale(errors: np.ndarray, weights: np.ndarray, full: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Root mean square over all origins known at a step over that of the full ones: recent short errors speak here."""
    known = np.where(np.isnan(errors), 0, errors)
    reach = weights[:, None] * ~np.isnan(errors[:, :, 0])
    every = (reach * (known**2).mean(axis=2)).sum(axis=0) / reach.sum(axis=0)
    whole = np.tensordot(w, (full**2).mean(axis=2), axes=1)
    return np.clip(np.sqrt(every / np.maximum(whole, 1e-12)), SMALLEST_SHIFT, LARGEST_SHIFT)


def _known_errors(z: np.ndarray, past: np.ndarray, points: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    """S x block x n, not a number where the outcome lies after today."""
    when = past[:, None] + np.arange(points.shape[1])
    outcome = z[np.minimum(when, len(z) - 1)]
    return np.where((when < len(z))[:, :, None], (outcome - points) / spreads[:, None], np.nan)
