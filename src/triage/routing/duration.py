"""Days from lodging to decision: log-normal, fitted on all cases, the open ones included.

We predict the duration and apply the term afterwards, so that any term can be asked; a classifier of "late"
learned under one term is worthless under the next. ln D = x'b + sigma * noise; the likelihood is the density for
a closed case and the chance to be still open at its age for an open one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr

RIDGE = 1.0
MOST_YEARS_AHEAD = 1.0  # the trend of lead times is not drawn out further than a year after learning


@dataclass(frozen=True)
class Duration:
    """Weights over (design, years since learning, under the Pact, registered) and the spread of log-days."""

    weights: np.ndarray
    intercept: float
    sd: float

    def log_days(self, design: np.ndarray, years: np.ndarray, pact: np.ndarray, registered: np.ndarray) -> np.ndarray:
        """Mean of ln(days), shape (rows,)."""
        width = design.shape[1]
        time = np.minimum(years, MOST_YEARS_AHEAD)
        rest = self.weights[width:]
        return self.intercept + design @ self.weights[:width] + time * rest[0] + pact * rest[1] + registered * rest[2]

    def to_plain(self) -> dict[str, Any]:
        """As lists, for JSON."""
        return {"weights": self.weights.tolist(), "intercept": self.intercept, "sd": self.sd}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Duration":
        """From lists."""
        return cls(np.array(plain["weights"], dtype=float), float(plain["intercept"]), float(plain["sd"]))


def share_open_after(days: float, log_days: tuple[float, float], age: float = 0.0) -> float:
    """P(still open after `days` | open at `age` days), for a log-normal duration (mean, sd of ln days)."""
    mean, sd = log_days
    if days <= age:
        return 1.0
    still = ndtr(-(np.log(max(days, 0.5)) - mean) / sd)
    until_now = ndtr(-(np.log(age) - mean) / sd) if age > 0 else 1.0
    return float(min(1.0, still / max(until_now, 1e-12)))


def fit_duration(
    design: np.ndarray,
    years: np.ndarray,
    pact: np.ndarray,
    registered: np.ndarray,
    days: np.ndarray,
    closed: np.ndarray,
) -> Duration:
    """Maximum likelihood with a small ridge. days: duration or age so far, > 0; closed: whether it ended."""
    whole = np.column_stack([design, years, pact, registered])
    log = np.log(np.maximum(days, 0.5))
    middle = float(np.median(log))
    start = np.zeros(whole.shape[1] + 2)
    start[-2], start[-1] = middle, np.log(max(float(log.std()), 0.1))
    found = minimize(
        _loss, start, args=(whole, log, closed), jac=True, method="L-BFGS-B", options={"maxiter": 150},
        bounds=[(None, None)] * (whole.shape[1] + 1) + [(-4.0, 3.0)],
    )  # fmt: skip
    return Duration(found.x[:-2], float(found.x[-2]), float(np.exp(found.x[-1])))


def _loss(theta: np.ndarray, whole: np.ndarray, log: np.ndarray, closed: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the log-likelihood per case and its gradient."""
    weights, intercept, sd = theta[:-2], theta[-2], np.exp(theta[-1])
    u = (log - whole @ weights - intercept) / sd
    open_log = log_ndtr(-u)
    hazard = np.exp(-0.5 * u**2 - 0.5 * np.log(2 * np.pi) - open_log)
    n = len(log)
    loss = np.where(closed, 0.5 * u**2 + theta[-1], -open_log).sum() + 0.5 * RIDGE * weights @ weights
    slope = np.where(closed, u, hazard)  # d loss / d u
    by_mean = -slope / sd
    by_sd = np.where(closed, 1.0, 0.0) - slope * u
    gradient = np.concatenate([whole.T @ by_mean + RIDGE * weights, [by_mean.sum(), by_sd.sum()]])
    return loss / n, gradient / n
