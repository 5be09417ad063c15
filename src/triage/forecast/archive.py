"""The recipe of `path_fast`: log point forecasts of three plain members, and the archive of the errors they made.

Notation: z = log(y + c), m periods a year, T periods, n series (the total is one of them), S origins,
H horizons. An origin is a number of visible periods L; only z[:L] enters its forecast.
"""

from dataclasses import dataclass

import numpy as np

ALPHAS = np.array([0.2, 0.35, 0.5, 0.7, 0.9])
DISCOUNT = 0.98  # of a one-step error, per period
FLOOR = 0.03  # smallest error scale, in logs
HALF_LIFE_YEARS = 10  # of an archived error
DONOR_SHARE = 0.8
CAP = 2.5  # no path rises above e^2.5 = 12 times the largest count seen
LARGEST_ARCHIVE = 120_000  # series x origins; beyond that every k-th origin is kept


def season(z: np.ndarray, m: int) -> np.ndarray:
    """Seasonal pattern by position counted from the end of `z` (T x n): m x n, in logs, centred on zero.

    Per position the median over the years, shrunk to the pooled pattern: w = v / (v + noise), where v is the
    variance of the pattern beyond what noise explains. Zero with less than three full years.
    """
    k = len(z) // m
    if k < 3:
        return np.zeros((m, z.shape[1]))
    years = z[len(z) - k * m :].reshape(k, m, -1)
    years = years - years.mean(axis=1, keepdims=True)
    middle = np.median(years, axis=0)
    noise = np.mean((1.48 * np.median(np.abs(years - middle), axis=0)) ** 2 / k, axis=0)
    extra = np.maximum(middle.var(axis=0) - noise, 0)
    w = extra / np.maximum(extra + noise, 1e-12)
    shape = w * middle + (1 - w) / 2 * middle.mean(axis=1, keepdims=True)
    return shape - shape.mean(axis=0)


def smoothed_levels(z: np.ndarray, lengths: np.ndarray, seasons: np.ndarray) -> np.ndarray:
    """Simple exponential smoothing of z - season at every origin at once: level S x n.

    Starts at the mean of the first three; alpha per series and origin by one-step absolute error, discounted
    .98 a period. `lengths` ascend, so that the origins still running at period k are a slice.
    """
    m = seasons.shape[1]
    rows = np.arange(len(lengths))
    adjusted = [z[k] - seasons[rows, (k - lengths) % m] for k in range(3)]
    level = np.repeat(np.mean(adjusted, axis=0)[:, None, :], len(ALPHAS), axis=1)
    loss = np.zeros_like(level)
    alphas = ALPHAS[:, None]
    for k in range(3, int(lengths[-1])):
        on = slice(int(np.searchsorted(lengths, k, side="right")), None)
        error = (z[k] - seasons[on][rows[: len(lengths[on])], (k - lengths[on]) % m])[:, None, :] - level[on]
        loss[on] = DISCOUNT * loss[on] + np.abs(error)
        level[on] += alphas * error
    best = loss.argmin(axis=1)
    return np.take_along_axis(level, best[:, None, :], axis=1)[:, 0]


def point_forecasts(z: np.ndarray, lengths: np.ndarray, m: int, horizon: int) -> np.ndarray:
    """Equal mean of smoothing, last value and the mean of the last year, at every origin: S x H x n, in logs."""
    seasons = np.stack([season(z[:length], m) for length in lengths])
    ahead = seasons[:, np.arange(horizon) % m]  # position of step h is (h - 1) mod m
    smooth = smoothed_levels(z, lengths, seasons)[:, None] + ahead
    last = z[lengths - 1][:, None]
    year = np.log(np.stack([np.exp(z[max(length - m, 0) : length]).mean(axis=0) for length in lengths]))
    return (smooth + last + year[:, None] + ahead) / 3


def error_scales(z: np.ndarray, lengths: np.ndarray, m: int) -> np.ndarray:
    """v: half own, half pooled mean absolute change over the last two years, floor .03; S x n, in logs."""
    steps = np.abs(np.diff(z, axis=0))
    own = np.stack([steps[max(length - 1 - 2 * m, 0) : length - 1].mean(axis=0) for length in lengths])
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
    ceiling: np.ndarray
    offset: float

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
        origin = rng.choice(len(self.full), size=paths, p=self.weights)
        shift = rng.integers(1, max(n, 2), size=paths) * (rng.random(paths) < DONOR_SHARE)
        donor = (np.arange(n) + shift[:, None]) % n
        centred = (self.full - self.bias[:, None]) * self.scale[:, None]
        return centred[origin[:, None, None], np.arange(length), donor[:, :, None]]

    def sample(self, horizon: int, paths: int, rng: np.random.Generator) -> np.ndarray:
        """X = exp(f + v * scale * (E - bias)) - c, capped and clipped at 0: paths x n x horizon (persons)."""
        x = self.errors(horizon, paths, rng)
        x *= self.spread[:, None]
        x += self.point[:horizon].T
        np.minimum(x, self.ceiling[:, None], out=x)
        np.exp(x, out=x)
        x -= self.offset
        return np.maximum(x, 0, out=x)


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


def archive_of(z: np.ndarray, m: int, horizon: int, offset: float) -> Archive:
    """Forecast from every past origin, and keep the errors known today: E = (z - f) / v."""
    T, n = z.shape
    past, block = origins_of(T, m, horizon, n)
    lengths = np.append(past, T)
    points = point_forecasts(z, lengths, m, horizon)
    spreads = error_scales(z, lengths, m)
    errors = _known_errors(z, past, points[:-1, :block], spreads[:-1])
    weights = 0.5 ** ((T - past) / (HALF_LIFE_YEARS * m))
    is_full = past + block <= T
    full, w = errors[is_full], weights[is_full] / weights[is_full].sum()
    bias = np.tensordot(w, np.median(full, axis=2), axes=1)
    known = np.where(np.isnan(errors), 0, errors)
    reach = weights[:, None] * ~np.isnan(errors[:, :, 0])
    every = (reach * (known**2).mean(axis=2)).sum(axis=0) / reach.sum(axis=0)
    whole = np.tensordot(w, (full**2).mean(axis=2), axes=1)
    scale = np.clip(np.sqrt(every / np.maximum(whole, 1e-12)), 0.7, 1.5)
    return Archive(points[-1], spreads[-1], full, w, bias, scale, z.max(axis=0) + CAP, offset)


def _known_errors(z: np.ndarray, past: np.ndarray, points: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    """S x block x n, not a number where the outcome lies after today."""
    when = past[:, None] + np.arange(points.shape[1])
    outcome = z[np.minimum(when, len(z) - 1)]
    return np.where((when < len(z))[:, :, None], (outcome - points) / spreads[:, None], np.nan)
