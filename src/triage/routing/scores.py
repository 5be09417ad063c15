"""Proper scores and calibration of class probabilities and hours."""

import numpy as np

FLOOR = 1e-6
BINS = 10


def log_loss(chances: np.ndarray, labels: np.ndarray) -> float:
    """Mean of -ln P(class that came), in nats; lower is better. chances: (cases, classes); labels: class index."""
    return float(-np.log(np.maximum(chances[np.arange(len(labels)), labels], FLOOR)).mean())


def share_of_achievable(chances: np.ndarray, prior: np.ndarray, best: np.ndarray, labels: np.ndarray) -> float:
    """(prior - model) / (prior - optimum), in log-loss; 1 is the optimum of a made-up world."""
    worst = log_loss(prior, labels)
    return (worst - log_loss(chances, labels)) / (worst - log_loss(best, labels))


def ranked_probability_score(chances: np.ndarray, labels: np.ndarray) -> float:
    """Mean squared gap of cumulative probabilities over classes - 1; two steps off costs more than one."""
    below = chances.cumsum(axis=1)[:, :-1]
    came = labels[:, None] <= np.arange(chances.shape[1] - 1)
    return float(((below - came) ** 2).mean())


def share_heavy(chances: np.ndarray) -> np.ndarray:
    """P(heavy): the upper two classes of four or more, the upper one of two or three."""
    return chances[:, -heavy_count(chances.shape[1]) :].sum(axis=1)


def heavy_count(classes: int) -> int:
    """How many upper classes count as heavy."""
    return 2 if classes >= 4 else 1


def calibration_bins(chances: np.ndarray, labels: np.ndarray) -> list[tuple[float, float, int]]:
    """(mean P(heavy), share heavy, cases) in ten bins of equal count."""
    heavy = labels >= chances.shape[1] - heavy_count(chances.shape[1])
    said = share_heavy(chances)
    parts = np.array_split(np.argsort(said, kind="stable"), BINS)
    return [(float(said[i].mean()), float(heavy[i].mean()), len(i)) for i in parts if len(i)]


def calibration_error(chances: np.ndarray, labels: np.ndarray) -> float:
    """ECE: mean gap between said and come, over ten equal-count bins of P(heavy), weighted by cases."""
    bins = calibration_bins(chances, labels)
    return sum(n * abs(said - came) for said, came, n in bins) / max(1, len(labels))


def pinball(values: np.ndarray, quantile: np.ndarray, level: float) -> float:
    """Mean quantile loss in the unit of the values (hours)."""
    gap = values - quantile
    return float(np.maximum(level * gap, (level - 1) * gap).mean())


def ranking(said: np.ndarray, heavy: np.ndarray) -> float:
    """AUC: the chance that a heavy case got the higher score; nan with one kind only."""
    order = said.argsort(kind="stable")
    _, inverse, counts = np.unique(said[order], return_inverse=True, return_counts=True)
    rank = (counts.cumsum() - (counts - 1) / 2)[inverse]
    came = heavy[order].astype(bool)
    ups, downs = came.sum(), (~came).sum()
    return float((rank[came].sum() - ups * (ups + 1) / 2) / (ups * downs)) if ups and downs else float("nan")
