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

    def add(self, x: np.ndarray, change: np.ndarray) -> None:
        """Outcomes 1 to k periods ahead (k x n) with the features of their origins (k x n x F+1)."""
        known, clipped = len(x), np.clip(change, -LARGEST_TARGET, LARGEST_TARGET)
        self.square[:known] += x.swapaxes(1, 2) @ x
        self.target[:known] += np.einsum("hnf,hn->hf", x, clipped)

    def predicted(self, x: np.ndarray) -> np.ndarray:
        """Changes (H x n) that the ridge expects; none while fewer outcomes than features are known."""
        count = np.maximum(self.square[:, 0, 0], 1)[:, None]
        mean, mean_target = self.square[:, 0, 1:] / count, self.target[:, :1] / count
        centred = self.square[:, 1:, 1:] - count[:, :, None] * mean[:, :, None] * mean[:, None]
        spread = np.sqrt(np.maximum(np.diagonal(centred, axis1=1, axis2=2) / count, 1e-12))
        shrunk = centred / (spread[:, :, None] * spread[:, None]) + PENALTY * np.eye(mean.shape[1])
        slope = (self.target[:, 1:] - count * mean * mean_target) / spread
        weights = np.linalg.solve(shrunk, slope[:, :, None])
        change = mean_target + (((x[:, :, 1:] - mean[:, None]) / spread[:, None]) @ weights)[:, :, 0]
        return np.where(self.square[:, :1, 0] < x.shape[2], 0, change)


def ridge_forecasts(
    z: np.ndarray, lengths: np.ndarray, m: int, horizon: int, extra: np.ndarray | None = None
) -> np.ndarray:
    """Forecasts at origins that ascend: S x H x n. Target z_(t+h) - w3; only outcomes known at an origin are used.

    `extra` (T x n x k): more features, as known at each period; they count at origins from that period on.
    """
    moments = Moments.none(horizon, NUMBER + (0 if extra is None else extra.shape[2]))
    seen: list[tuple[np.ndarray, np.ndarray]] = []  # of the newest origins, the last one first
    wanted, found = set(map(int, lengths)), []
    for length in range(min(earliest(len(z), m), int(lengths[0])), int(lengths[-1]) + 1):
        if seen:  # period `length` is now known: one step ahead of the newest origin, two of the one before, …
            x = np.stack([row[step] for step, (row, _) in enumerate(seen)])
            moments.add(x, np.stack([z[length - 1] - base for _, base in seen]))
        seen = [_row(z, m, length, horizon, extra), *seen[: horizon - 1]]
        if length in wanted:
            x, base = seen[0]
            found.append(base + moments.predicted(x))
    return np.stack(found)


def _row(z: np.ndarray, m: int, length: int, horizon: int, extra: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Features with a column of ones first (H x n x F+1), and the base (n)."""
    x, base = features(z, m, length, horizon)
    parts = [np.ones((*x.shape[:2], 1)), x]
    if extra is not None:
        parts.append(np.repeat(extra[length - 1][:, None], horizon, axis=1))
    return np.concatenate(parts, axis=2).swapaxes(0, 1), base
