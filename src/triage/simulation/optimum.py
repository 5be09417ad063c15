"""The best anybody could say of a made-up case, given exactly the facts on file at a moment.

Facts are independent given hardness, so P(hardness | facts) is a product; hours are log-normal given facts and
hardness, and days log-normal given hours. After identification the facts of the registration interview are summed
out: their added work has one distribution per hardness (and per state of documents, for the pair across moments),
by convolution on a grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from triage.simulation.recipe import (
    GRID,
    HARDNESS,
    HARDNESS_WEIGHTS,
    PAIR_ACROSS,
    PAIR_REGISTERED,
    REGISTERED,
    Recipe,
)
from triage.simulation.settings import Settings

HALF = 1200  # grid points on each side of zero: plus and minus 6 log-hours
POINTS = np.arange(-HALF, HALF + 1) * GRID
LEVELS = (0.1, 0.5, 0.9)
STEPS = 4  # towards a quantile: each leaves about a tenth of the error


@dataclass(frozen=True)
class Known:
    """What the facts at a moment tell: log-hours without hardness (n,), P(hardness) (n, levels).

    `stratum` (n,) says which work the registration interview may still add: 1 where the documents are in the pair
    across moments, 0 elsewhere; None where nothing is still to come.
    """

    centre: np.ndarray
    share: np.ndarray
    stratum: np.ndarray | None
    settings: Settings

    def below(self, log_hours: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """P(log-hours < these | facts), shape (n,), with a spread of `sd` per hardness level."""
        total = np.zeros(len(self.centre))
        for z, centre in enumerate(self._centres()):
            total += self.share[:, z] * self._below(log_hours - centre, z, float(sd[z]))
        return total

    def _centres(self) -> list[np.ndarray]:
        return [self.centre + self.settings.hardness_effect * hardness for hardness in HARDNESS]

    def _below(self, away: np.ndarray, z: int, sd: float) -> np.ndarray:
        if self.stratum is None:
            return ndtr(away / sd)
        chance = np.empty(len(away))
        for stratum in (0, 1):
            rows = self.stratum == stratum
            chance[rows] = np.interp(away[rows], POINTS, _below_with_added(z, stratum, sd))
        return chance

    def log_moments(self, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(mean, standard deviation) of log-hours given the facts, both (n,)."""
        mean, variance = np.column_stack(self._centres()), sd**2
        if self.stratum is not None:
            added = np.array([[_moments(added_work(z, s)) for z in range(len(HARDNESS))] for s in (0, 1)])
            mean, variance = mean + added[self.stratum, :, 0], variance + added[self.stratum, :, 1]
        whole = (self.share * mean).sum(axis=1)
        around = (self.share * (variance + (mean - whole[:, None]) ** 2)).sum(axis=1)
        return whole, np.sqrt(around)

    def mean_hours(self, sd: np.ndarray) -> np.ndarray:
        """Expected hours given the facts, shape (n,)."""
        by_level = np.exp(self.centre[:, None] + self.settings.hardness_effect * HARDNESS + sd**2 / 2)
        if self.stratum is not None:
            growth = np.array([[added_work(z, s) @ np.exp(POINTS) for z in range(len(HARDNESS))] for s in (0, 1)])
            by_level = by_level * growth[self.stratum]
        return (self.share * by_level).sum(axis=1)


@dataclass(frozen=True)
class Optimum:
    """Per case, given the facts of one moment: P(class) (n, K), hours at .1, .5 and .9 (n, 3), expected hours (n,)."""

    chances: np.ndarray
    hours_quantiles: np.ndarray
    hours_mean: np.ndarray
    known: Known = field(repr=False)
    log_scale: np.ndarray = field(repr=False)  # ln days at the reference amount of work, by lodging week

    def late(self, term_days: np.ndarray | float) -> np.ndarray:
        """P(days to decision > term | facts), in normal handling. term_days: whole days, (n,) or one for all."""
        world = self.known.settings
        days = np.broadcast_to(np.maximum(np.asarray(term_days, dtype=float), 1e-9), self.log_scale.shape)
        as_work = (np.log(days) - self.log_scale) / world.days_slope + world.days_reference
        spread = np.sqrt(spread_by_hardness(world) ** 2 + (world.days_noise / world.days_slope) ** 2)
        return 1 - self.known.below(as_work, spread)


def optimum_of(known: Known, log_scale: np.ndarray, cutoffs: Sequence[float]) -> Optimum:
    """All that can be said of these cases. cutoffs: class boundaries in hours, lightest first."""
    sd = spread_by_hardness(known.settings)
    return Optimum(chances_of(known, cutoffs), _quantiles(known, sd), known.mean_hours(sd), known, log_scale)


def chances_of(known: Known, cutoffs: Sequence[float]) -> np.ndarray:
    """P(class | facts), shape (n, K); rows sum to 1."""
    n, sd = len(known.centre), spread_by_hardness(known.settings)
    below = [known.below(np.full(n, np.log(cut)), sd) for cut in cutoffs]
    return np.diff(np.column_stack([np.zeros(n), *below, np.ones(n)]), axis=1)


def spread_by_hardness(settings: Settings) -> np.ndarray:
    """Standard deviation of log-hours that no fact explains, per hardness level."""
    return np.linspace(settings.lightest_sd, settings.hardest_sd, len(HARDNESS))


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


def _quantiles(known: Known, sd: np.ndarray) -> np.ndarray:
    """Hours at LEVELS, by a few steps from the normal distribution with the same mean and spread."""
    mean, spread = known.log_moments(sd)
    found = []
    for level in LEVELS:
        at = mean + spread * ndtri(level)
        slope = np.exp(-0.5 * ndtri(level) ** 2) / (spread * np.sqrt(2 * np.pi))
        for _ in range(STEPS):
            at = at + (level - known.below(at, sd)) / slope
        found.append(np.exp(at))
    return np.column_stack(found)


def _moments(spread: np.ndarray) -> tuple[float, float]:
    mean = float(spread @ POINTS)
    return mean, float(spread @ (POINTS - mean) ** 2)


@cache
def _below_with_added(z: int, stratum: int, sd: float) -> np.ndarray:
    """P(work still to be added + noise < point) at POINTS."""
    return np.convolve(added_work(z, stratum), ndtr(np.arange(-2 * HALF, 2 * HALF + 1) * GRID / sd), mode="valid")


@cache
def added_work(z: int, stratum: int) -> np.ndarray:
    """Distribution of the log-hours that all registration facts add together, at POINTS, for one hardness level."""
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
