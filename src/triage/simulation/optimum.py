"""The best anybody could say of a made-up case: class probabilities and hours given exactly the facts on file.

Facts are independent given hardness, so P(hardness | facts) is a product; hours are log-normal given facts and
hardness. After identification the facts of the registration interview are summed out: their added work has one
distribution per hardness (and per state of documents, for the pair across moments), by convolution on a grid.
"""

from functools import cache

import numpy as np
from scipy.special import ndtr

from triage.simulation.recipe import (
    GRID,
    HARDNESS,
    HARDNESS_EFFECT,
    HARDNESS_WEIGHTS,
    NOISE_LOG_HOURS,
    PAIR_ACROSS,
    PAIR_REGISTERED,
    REGISTERED,
    Recipe,
)

STEPS = np.arange(-6, 6, 0.01)  # log-hours at which chances are tabled
HALF = 1200  # grid points on each side of zero: plus and minus 6 log-hours


def posterior(
    states: dict[str, np.ndarray], recipes: tuple[Recipe, ...], pact: np.ndarray, prior: np.ndarray
) -> np.ndarray:
    """P(hardness | states of these facts), shape (cases, hardness levels). `prior` has the same shape."""
    log = np.log(prior)
    for recipe in recipes:
        before, under = (np.log(np.maximum(recipe.chances(p).T, 1e-300)) for p in (False, True))
        log = log + np.where(pact[:, None], under[states[recipe.name]], before[states[recipe.name]])
    log -= log.max(axis=1, keepdims=True)
    share = np.exp(log)
    return share / share.sum(axis=1, keepdims=True)


def flat_prior(n: int) -> np.ndarray:
    """Hardness before any fact is known, one row per case."""
    return np.tile(HARDNESS_WEIGHTS, (n, 1))


def chances_given_log_hours(mean: np.ndarray, share: np.ndarray, cutoffs: np.ndarray) -> np.ndarray:
    """P(class) where all facts are on file. mean: log-hours without hardness (cases,); share: (cases, levels)."""
    centre = mean[:, None] + HARDNESS_EFFECT * HARDNESS
    below = [(share * ndtr((cut - centre) / NOISE_LOG_HOURS)).sum(axis=1) for cut in np.log(cutoffs)]
    return np.diff(np.column_stack([np.zeros(len(mean)), *below, np.ones(len(mean))]), axis=1)


def hours_given_log_hours(mean: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Expected hours where all facts are on file."""
    centre = mean[:, None] + HARDNESS_EFFECT * HARDNESS
    return (share * np.exp(centre + NOISE_LOG_HOURS**2 / 2)).sum(axis=1)


class Ahead:
    """Work that the registration interview will still add, as a distribution per (stratum, hardness).

    Stratum 1 holds the cases whose documents are in the pair across moments, stratum 0 the others.
    """

    def __init__(self) -> None:
        self.spread = np.array([[_added_work(z, stratum) for z in range(len(HARDNESS))] for stratum in (0, 1)])
        self.points = np.arange(-HALF, HALF + 1) * GRID
        self.tables = [[self._table(spread) for spread in row] for row in self.spread]

    def chances(
        self, mean: np.ndarray, share: np.ndarray, stratum: np.ndarray, cutoffs: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(P(class), expected hours) after identification; arguments as above, stratum (cases,) of 0 or 1."""
        below = np.zeros((len(mean), len(cutoffs)))
        hours = np.zeros(len(mean))
        for s in (0, 1):
            rows = np.flatnonzero(stratum == s)
            for z, hardness in enumerate(HARDNESS):
                centre, weight = mean[rows] + HARDNESS_EFFECT * hardness, share[rows, z]
                below[rows] += weight[:, None] * np.interp(np.log(cutoffs) - centre[:, None], STEPS, self.tables[s][z])
                growth = (self.spread[s, z] * np.exp(self.points)).sum()
                hours[rows] += weight * np.exp(centre + NOISE_LOG_HOURS**2 / 2) * growth
        edges = np.column_stack([np.zeros(len(mean)), below, np.ones(len(mean))])
        return np.diff(edges, axis=1), hours

    def _table(self, spread: np.ndarray) -> np.ndarray:
        """P(added work + noise < step) for every step."""
        keep = spread > 1e-12
        return ndtr((STEPS[:, None] - self.points[keep]) / NOISE_LOG_HOURS) @ spread[keep]


@cache
def ahead() -> Ahead:
    """The one table of work ahead; the same for every world."""
    return Ahead()


def _added_work(z: int, stratum: int) -> np.ndarray:
    """Distribution of the log-hours that all registration facts add together, on the grid."""
    one, _, other, _, _ = PAIR_REGISTERED
    spread = _spread_of_pair(z)
    for recipe in REGISTERED:
        if recipe.name in (one, other):
            continue
        work = recipe.work + (_across(recipe) if stratum else 0.0)
        spread = _convolved(spread, _on_grid(work, recipe.chances()[z]))
    return spread


def _across(recipe: Recipe) -> np.ndarray:
    _, _, name, states, added = PAIR_ACROSS
    return added * np.array([recipe.name == name and state in states for state in recipe.states])


def _spread_of_pair(z: int) -> np.ndarray:
    one, ones, other, others, added = PAIR_REGISTERED
    first, second = (next(r for r in REGISTERED if r.name == name) for name in (one, other))
    both = np.outer([s in ones for s in first.states], [s in others for s in second.states])
    work = first.work[:, None] + second.work[None, :] + added * both
    return _on_grid(work.ravel(), np.outer(first.chances()[z], second.chances()[z]).ravel())


def _on_grid(work: np.ndarray, chances: np.ndarray) -> np.ndarray:
    cells = np.rint(work / GRID).astype(int) + HALF
    return np.bincount(cells, weights=chances, minlength=2 * HALF + 1)


def _convolved(spread: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Sum of two independent amounts of work, on the same grid."""
    return np.convolve(spread, more)[HALF : 3 * HALF + 1]
