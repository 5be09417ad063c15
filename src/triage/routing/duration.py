"""Days from lodging to decision: log-normal, fitted on all cases, the open ones included.

We predict the duration and apply the term afterwards, so that any term can be asked; a classifier of "late"
learned under one term is worthless under the next. ln D = x'b + sigma * noise; the likelihood is the density for
a closed case and the chance to be still open at its age for an open one.

Waiting times drift with inflow and capacity. No capacity column is read (it would be a clock in disguise); instead the
level may step each quarter, by little, and what was learned of the last quarters holds ahead: a local level, no trend.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr

RIDGE = 1.0
STEPS = 16  # quarters before the snapshot at which the level may step
STEP_SD = 0.06  # log-days that a step may be expected to take
EDGES = -0.25 * np.arange(2, STEPS + 2)  # years since learning; the last half year is one level: most of it is open


@dataclass(frozen=True)
class Duration:
    """Weights over (design, steps in time, under the Pact, registered) and the spread of log-days."""

    weights: np.ndarray
    intercept: float
    sd: float

    def log_days(self, design: np.ndarray, years: np.ndarray, pact: np.ndarray, registered: np.ndarray) -> np.ndarray:
        """Mean of ln(days), shape (rows,)."""
        width = design.shape[1]
        time, rest = self.weights[width : width + STEPS], self.weights[width + STEPS :]
        return (
            self.intercept
            + design @ self.weights[:width]
            + steps_of(years) @ time
            + pact * rest[0]
            + registered * rest[1]
        )

    @classmethod
    def none(cls, width: int) -> "Duration":
        """Days of which nothing was learned, for models that are only measured on work."""
        return cls(np.zeros(width + STEPS + 2), 0.0, 1.0)

    def to_plain(self) -> dict[str, Any]:
        """As lists, for JSON."""
        return {"weights": self.weights.tolist(), "intercept": self.intercept, "sd": self.sd}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Duration":
        """From lists."""
        return cls(np.array(plain["weights"], dtype=float), float(plain["intercept"]), float(plain["sd"]))


def steps_of(years: np.ndarray) -> np.ndarray:
    """1 where a case was lodged after the step, shape (rows, STEPS). years: since learning, negative before it."""
    return (years[:, None] > EDGES).astype(float)


def fit_duration(
    design: np.ndarray,
    years: np.ndarray,
    pact: np.ndarray,
    registered: np.ndarray,
    days: np.ndarray,
    closed: np.ndarray,
) -> Duration:
    """Maximum likelihood with a small ridge. days: duration or age so far, > 0; closed: whether it ended."""
    whole = np.column_stack([design, steps_of(years), pact, registered])
    ridge = np.full(whole.shape[1], RIDGE)
    ridge[design.shape[1] : design.shape[1] + STEPS] = STEP_SD**-2
    log = np.log(np.maximum(days, 0.5))
    middle = float(np.median(log))
    start = np.zeros(whole.shape[1] + 2)
    start[-2], start[-1] = middle, np.log(max(float(log.std()), 0.1))
    found = minimize(
        _loss, start, args=(whole, log, closed, ridge), jac=True, method="L-BFGS-B", options={"maxiter": 150},
        bounds=[(None, None)] * (whole.shape[1] + 1) + [(-4.0, 3.0)],
    )  # fmt: skip
    return Duration(found.x[:-2], float(found.x[-2]), float(np.exp(found.x[-1])))


def _loss(
    theta: np.ndarray, whole: np.ndarray, log: np.ndarray, closed: np.ndarray, ridge: np.ndarray
) -> tuple[float, np.ndarray]:
    """Minus the log-likelihood per case and its gradient."""
    weights, intercept, sd = theta[:-2], theta[-2], np.exp(theta[-1])
    u = (log - whole @ weights - intercept) / sd
    open_log = log_ndtr(-u)
    hazard = np.exp(-0.5 * u**2 - 0.5 * np.log(2 * np.pi) - open_log)
    n = len(log)
    loss = np.where(closed, 0.5 * u**2 + theta[-1], -open_log).sum() + 0.5 * weights @ (ridge * weights)
    slope = np.where(closed, u, hazard)  # d loss / d u
    by_mean = -slope / sd
    by_sd = np.where(closed, 1.0, 0.0) - slope * u
    gradient = np.concatenate([whole.T @ by_mean + ridge * weights, [by_mean.sum(), by_sd.sum()]])
    return loss / n, gradient / n
