"""The level of a model on cases it did not learn from: class log-odds, hours, and the width of the hours band.

Drift and label delay move the level more than the order. Later cases of the backtest, each predicted from what was
known before it, give a slope and a shift (Platt, pulled towards "change nothing"); a random audit sample of recent
cases gives one intercept by maximum likelihood, and then the shift of the backtest is dropped.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from triage.routing.complexity import chances_of
from triage.routing.scores import FLOOR

FEWEST_AUDITED = 100  # audit cases before they set the level; 200 or more is the goal
FARTHEST = 3.0  # log-odds
SLOPE_SD, SHIFT_SD = 0.3, 0.5  # how far slope and shift may be expected to lie from 1 and 0
AUDIT_SD, HOURS_SD = 0.3, 0.04  # how far the audit sample may be expected to lie from the backtest
BAND_SHARE = 0.81  # a little over 80 %: what comes later drifts further than what was calibrated on
WIDEST = 0.7  # log-hours


@dataclass(frozen=True)
class Level:
    """Corrected log-odds = centre + slope * (log-odds - centre) + shift; the centre is the class prior's log-odds."""

    slope: float = 1.0
    shift: float = 0.0

    def applied(self, log_odds: np.ndarray, centre: np.ndarray) -> np.ndarray:
        """Corrected log-odds, shape (cases, boundaries); slope 0 would say the prior for every case."""
        return centre + self.slope * (log_odds - centre) + self.shift

    def shifts(self, centre: np.ndarray) -> tuple[float, ...]:
        """What is added per boundary after the slope."""
        return tuple(float(c) for c in (1 - self.slope) * centre + self.shift)


def losses(log_odds: np.ndarray, target: np.ndarray) -> np.ndarray:
    """-ln P(class that came) per case, in nats. log_odds: (cases, boundaries); target: class index (cases,)."""
    return -np.log(np.maximum(chances_of(log_odds)[np.arange(len(target)), target], FLOOR))


def prior_log_odds(prior: np.ndarray) -> np.ndarray:
    """Log-odds per boundary of a class prior."""
    above = 1 - prior.cumsum(axis=-1)[..., :-1]
    return np.log(above) - np.log1p(-above)


def fit_level(log_odds: np.ndarray, target: np.ndarray, centre: np.ndarray) -> Level:
    """Slope and shift at the largest posterior; with few cases they stay near 1 and 0."""

    def loss(theta: np.ndarray) -> float:
        pull = 0.5 * ((theta[0] - 1) / SLOPE_SD) ** 2 + 0.5 * (theta[1] / SHIFT_SD) ** 2
        return float(losses(Level(*theta).applied(log_odds, centre), target).sum() + pull)

    found = minimize(loss, [1.0, 0.0], method="L-BFGS-B", bounds=[(0.05, 2.0), (-FARTHEST, FARTHEST)]).x
    return Level(float(found[0]), float(found[1]))


def fit_intercept(log_odds: np.ndarray, target: np.ndarray, expected: float = 0.0, repeats: int = 1) -> float:
    """The one number that, added to every boundary's log-odds, makes what came most likely.

    Pulled lightly towards `expected`, what the backtest says: a hundred cases alone leave it .2 uncertain.
    repeats: how often each case stands in the rows, once per moment; it is one case all the same.
    """

    def loss(a: float) -> float:
        return float(losses(log_odds + a, target).sum() / repeats + 0.5 * ((a - expected) / AUDIT_SD) ** 2)

    found = minimize(lambda theta: loss(float(theta[0])), [expected], method="L-BFGS-B", bounds=[(-FARTHEST, FARTHEST)])
    return float(found.x[0])


def fit_hours_level(misfit: np.ndarray, expected: float) -> float:
    """Log-hours by which the median lies off, pulled towards `expected`, what the backtest says.

    misfit: ln(hours that came / median said) per audit case. Far errors are cut at two spreads.
    """
    middle, spread = float(np.median(misfit)), float(np.quantile(misfit, 0.84) - np.quantile(misfit, 0.16)) / 2
    cut = np.clip(misfit, middle - 2 * spread, middle + 2 * spread)
    error = max(spread, 1e-6) / np.sqrt(len(misfit))
    share = HOURS_SD**2 / (HOURS_SD**2 + error**2)
    return share * float(cut.mean()) + (1 - share) * expected


def widening(low: np.ndarray, high: np.ndarray, log_hours: np.ndarray) -> float:
    """Log-hours to move the outer quantiles apart, so that the band holds 80 % of these cases (conformal).

    low, high, log_hours: (cases,), logs of the 10 % and 90 % quantile and of the hours that came. Never narrower.
    """
    misfit = np.sort(np.maximum(low - log_hours, log_hours - high))
    rank = min(int(np.ceil((len(misfit) + 1) * BAND_SHARE)), len(misfit))
    return float(np.clip(misfit[rank - 1], 0.0, WIDEST))
