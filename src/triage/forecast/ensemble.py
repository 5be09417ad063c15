"""Several forecast distributions into one: their quantiles are averaged, and the mean is put back to joint paths."""

import numpy as np

WIDEST = 3.0  # times the median width of the other members
BLOCK = 500  # series at once


def averaged(members: list[np.ndarray], template: np.ndarray) -> np.ndarray:
    """Equal mean of distributions, level by level, in the order of `template`: paths x n x horizon.

    Every member is paths x n x horizon on one scale. Averaging quantiles keeps a distribution with one hump, where
    mixing draws would not. The order (Schaake shuffle) brings back which months and series go together.
    """
    out = np.empty_like(template)
    for start in range(0, template.shape[1], BLOCK):  # series stand alone here, and copies of all of them are large
        part = slice(start, start + BLOCK)
        ordered = [np.sort(member[:, part], axis=0) for member in members]
        weights = _guarded([_widths(member) for member in ordered])
        mean = sum(member * weight[:, None] for member, weight in zip(ordered, weights, strict=True))
        out[:, part] = in_order_of(template[:, part], np.asarray(mean))
    return out


def in_order_of(template: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Values that ascend along the first axis, in the order that `template` has there."""
    ranks = np.empty(template.shape, np.int32)
    place = template.argsort(axis=0, kind="stable")
    np.put_along_axis(ranks, place, np.arange(len(template), dtype=np.int32)[:, None, None], axis=0)
    return np.take_along_axis(ordered, ranks, axis=0)


def _widths(ordered: np.ndarray) -> np.ndarray:
    """Mean width of the 90 % band per series: n."""
    last = len(ordered) - 1
    low, high = round(0.05 * last), round(0.95 * last)
    return (ordered[high] - ordered[low]).mean(axis=1)


def _guarded(widths: list[np.ndarray]) -> np.ndarray:
    """Weights members x n that sum to 1: equal, but nothing for a member far wider than the others on a series."""
    every = np.stack(widths)
    if len(every) < 3:
        return np.full(every.shape, 1 / len(every))
    others = np.stack([np.median(np.delete(every, k, axis=0), axis=0) for k in range(len(every))])
    kept = every <= WIDEST * np.maximum(others, 1e-9)
    kept |= ~kept.any(axis=0)
    return kept / kept.sum(axis=0)
