"""A pooled direct ridge: one regression per step ahead, over all series and earlier origins."""

from dataclasses import dataclass

import numpy as np

from triage.forecast.features import NUMBER, earliest, features

PENALTY = 30.0  # on standardised features
LARGEST_TARGET = 2.0  # a change beyond that is clipped: one break must not bend the whole regression


@dataclass
class Moments:
    """Running sums per step ahead: of features by features (H x F+1 x F+1, a column of ones first) and by target."""

    square: np.ndarray
    target: np.ndarray

    @classmethod
    def none(cls, horizon: int, number: int) -> "Moments":
        """Before the first outcome."""
        return cls(np.zeros((horizon, number + 1, number + 1)), np.zeros((horizon, number + 1)))

    def add(self, step: int, x: np.ndarray, change: np.ndarray) -> None:
        """The outcomes (n) of one origin, `step` + 1 periods ahead, with their features n x F+1."""
        self.square[step] += x.T @ x
        self.target[step] += x.T @ np.clip(change, -LARGEST_TARGET, LARGEST_TARGET)

    def predicted(self, step: int, x: np.ndarray) -> np.ndarray:
        """Changes (n) that the ridge expects; none while fewer outcomes than features are known."""
        whole, sums = self.square[step], self.target[step]
        count = whole[0, 0]
        if count < len(sums):
            return np.zeros(len(x))
        mean, mean_target = whole[0, 1:] / count, sums[0] / count
        centred = whole[1:, 1:] - count * np.outer(mean, mean)
        spread = np.sqrt(np.maximum(np.diag(centred) / count, 1e-12))
        shrunk = centred / np.outer(spread, spread) + PENALTY * np.eye(len(mean))
        weights = np.linalg.solve(shrunk, (sums[1:] - count * mean * mean_target) / spread)
        return mean_target + ((x[:, 1:] - mean) / spread) @ weights


def ridge_forecasts(
    z: np.ndarray, lengths: np.ndarray, m: int, horizon: int, extra: np.ndarray | None = None
) -> np.ndarray:
    """Forecasts at origins that ascend: S x H x n. Target z_(t+h) - w3; only outcomes known at an origin are used.

    `extra` (T x n x k): more features, as known at each period; they count at origins from that period on.
    """
    moments = Moments.none(horizon, NUMBER + (0 if extra is None else extra.shape[2]))
    seen: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    found = []
    for length in range(min(earliest(len(z), m), int(lengths[0])), int(lengths[-1]) + 1):
        seen[length] = _row(z, m, length, horizon, extra)
        for step in range(min(horizon, length - min(seen))):
            x, base = seen[length - step - 1]
            moments.add(step, x[step], z[length - 1] - base)
        seen.pop(length - horizon, None)
        if length in lengths:
            x, base = seen[length]
            found.append(base + np.stack([moments.predicted(step, x[step]) for step in range(horizon)]))
    return np.stack(found)


def _row(z: np.ndarray, m: int, length: int, horizon: int, extra: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Features with a column of ones first (H x n x F+1), and the base (n)."""
    x, base = features(z, m, length, horizon)
    parts = [np.ones((*x.shape[:2], 1)), x]
    if extra is not None:
        parts.append(np.repeat(extra[length - 1][:, None], horizon, axis=1))
    return np.concatenate(parts, axis=2).swapaxes(0, 1), base
