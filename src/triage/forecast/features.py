"""What the pooled models learn from at an origin: differences of means, so that small and large series compare."""

import numpy as np

NUMBER = 11  # features of one series and step ahead


def earliest(length: int, m: int) -> int:
    """Visible periods of the first origin to learn from: two years, one when the history is short."""
    return 2 * m if length >= 3 * m else min(m + 1, length - 2)


def features(z: np.ndarray, m: int, length: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Features (series x horizon x 11) and w3 (series) at an origin with `length` visible periods of z (T x n).

    w3 is the mean of the last three, the base from which a change is predicted. Windows that reach before the data
    are cut short.
    """
    past = z[:length]
    w3, before = past[-3:].mean(axis=0), past[-6:-3].mean(axis=0)
    year, previous = past[-m:].mean(axis=0), past[-2 * m : -m]
    previous = previous.mean(axis=0) if len(previous) else year
    change = np.abs(np.diff(past[-2 * m - 1 :], axis=0)).mean(axis=0)
    momentum = w3 - before
    fixed = [past[-1] - w3, past[-1] - past[-2], momentum, w3 - year, year - previous, change, w3]
    fixed.append(np.full(len(w3), momentum.mean()))
    step = np.arange(horizon)
    same_month = past[length - m + step % m].T - year[:, None] if length >= m else np.zeros((len(w3), horizon))
    angle = 2 * np.pi * ((length + step) % m) / m
    moving = [np.broadcast_to(a, same_month.shape) for a in (np.sin(angle), np.cos(angle))]
    wide = [np.repeat(a[:, None], horizon, axis=1) for a in fixed]
    return np.stack([*wide, same_month, *moving], axis=-1), w3
