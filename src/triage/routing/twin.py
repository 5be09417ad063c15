"""The twin: logistic regression on one-hot codes and standardised numbers, one set of weights per moment.

It must be beaten or averaged. scikit-learn fits it; what is kept are plain numbers, so that reading a model
runs no code.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge

from triage.routing.features import FeatureMap

STRENGTH = 0.3  # inverse ridge penalty
LINE_RIDGE = 5.0
CLIP = 4.0  # standard deviations: one strange number must not carry a case


@dataclass(frozen=True)
class Design:
    """Feature vector -> one-hot and standardised columns, for the linear parts (twin, trend, duration)."""

    code_at: np.ndarray  # columns of the feature vector that hold codes
    code_start: np.ndarray  # first one-hot column of each
    code_last: np.ndarray  # highest code of each
    value_at: np.ndarray  # columns that hold values
    centre: np.ndarray  # (2, values): mean of the value and of its signed log
    scale: np.ndarray
    owners: tuple[str, ...]  # the fact of each design column

    @property
    def size(self) -> int:
        """Columns of the design."""
        return len(self.owners)

    @classmethod
    def of(cls, features: FeatureMap, rows: np.ndarray) -> "Design":
        """Laid out as the features say, scaled on `rows` (the training matrix)."""
        measured = [c for c in features.columns if c.is_measured]
        counts = np.array([c.code_count for c in features.columns], dtype=int)
        value_at = np.array([c.at + 1 for c in measured], dtype=int)
        both = _with_logs(rows[:, value_at])
        known = np.isfinite(both)
        count = np.maximum(known.sum(axis=1), 1)
        centre = np.where(known, both, 0.0).sum(axis=1) / count
        spread = np.sqrt(np.where(known, (both - centre[:, None]) ** 2, 0.0).sum(axis=1) / count)
        owners = [c.fact for c in features.columns for _ in range(c.code_count)] + [c.fact for c in measured] * 2
        return cls(
            np.array([c.at for c in features.columns], dtype=int),
            np.concatenate([[0], counts.cumsum()[:-1]]).astype(int) if len(counts) else counts,
            counts - 1,
            value_at,
            centre,
            np.where(spread > 0, spread, 1.0),
            tuple(owners),
        )

    def matrix(self, rows: np.ndarray) -> np.ndarray:
        """Design matrix (rows, size); a missing number counts as average, its code tells that it is missing."""
        hot = np.zeros((len(rows), self.size))
        codes = np.minimum(rows[:, self.code_at].astype(int), self.code_last) + self.code_start
        np.put_along_axis(hot, codes, 1.0, axis=1)
        scaled = (_with_logs(rows[:, self.value_at]) - self.centre[:, None]) / self.scale[:, None]
        scaled = np.clip(np.nan_to_num(scaled, nan=0.0), -CLIP, CLIP)
        width = len(self.value_at)
        hot[:, self.size - 2 * width :] = np.hstack([scaled[0], scaled[1]])
        return hot

    def row(self, vector: np.ndarray) -> np.ndarray:
        """Design row of one vector, shape (size,); as `matrix`, without its overhead."""
        hot = np.zeros(self.size)
        hot[np.minimum(vector[self.code_at].astype(int), self.code_last) + self.code_start] = 1.0
        value = vector[self.value_at]
        logs = np.copysign(np.log1p(np.abs(value)), value)
        scaled = (np.concatenate([value, logs]) - self.centre.ravel()) / self.scale.ravel()
        scaled[np.isnan(scaled)] = 0.0
        hot[self.size - len(scaled) :] = np.minimum(np.maximum(scaled, -CLIP), CLIP)
        return hot

    def to_plain(self) -> dict[str, Any]:
        """As lists, for JSON."""
        return {name: np.asarray(getattr(self, name)).tolist() for name in self.__dataclass_fields__}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Design":
        """From lists."""
        whole = ("code_at", "code_start", "code_last", "value_at")
        parts = {name: np.array(plain[name], dtype=int) for name in whole}
        scales = {name: np.array(plain[name], dtype=float).reshape(2, -1) for name in ("centre", "scale")}
        return cls(**parts, **scales, owners=tuple(plain["owners"]))


def _with_logs(values: np.ndarray) -> np.ndarray:
    """Values and their signed logs, shape (2, rows, values)."""
    return np.stack([values, np.sign(values) * np.log1p(np.abs(values))])


@dataclass(frozen=True)
class Twin:
    """Weights (moments, boundaries, design columns) with intercepts, and the mean design row per moment."""

    weights: np.ndarray
    intercepts: np.ndarray
    means: np.ndarray

    def one(self, design: np.ndarray, moment: int) -> np.ndarray:
        """Log-odds per boundary of one design row at moment 0 or 1, shape (boundaries,)."""
        return self.weights[moment] @ design + self.intercepts[moment]

    def logits(self, design: np.ndarray, registered: np.ndarray) -> np.ndarray:
        """Log-odds per boundary, shape (rows, boundaries). registered: 0 or 1 per row."""
        moment = registered.astype(int)
        return np.where(
            moment[:, None] == 1,
            design @ self.weights[1].T + self.intercepts[1],
            design @ self.weights[0].T + self.intercepts[0],
        )

    def to_plain(self) -> dict[str, Any]:
        """As lists, for JSON."""
        return {name: np.asarray(getattr(self, name)).tolist() for name in self.__dataclass_fields__}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Twin":
        """From lists."""
        return cls(**{name: np.array(plain[name], dtype=float) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Line:
    """Log-hours as a line in the design, one per moment: weights (moments, design columns) with intercepts."""

    weights: np.ndarray
    intercepts: np.ndarray

    def one(self, design: np.ndarray, moment: int) -> float:
        """Log-hours of one design row at moment 0 or 1."""
        return float(self.weights[moment] @ design + self.intercepts[moment])

    def at(self, design: np.ndarray, registered: np.ndarray) -> np.ndarray:
        """Log-hours, shape (rows,). registered: 0 or 1 per row."""
        both = design @ self.weights.T + self.intercepts
        return np.where(registered == 1, both[:, 1], both[:, 0])

    def to_plain(self) -> dict[str, Any]:
        """As lists, for JSON."""
        return {"weights": self.weights.tolist(), "intercepts": self.intercepts.tolist()}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Line":
        """From lists."""
        return cls(np.array(plain["weights"], dtype=float), np.array(plain["intercepts"], dtype=float))


def fit_line(design: np.ndarray, registered: np.ndarray, log_hours: np.ndarray, weights: np.ndarray) -> Line:
    """Ridge on log-hours per moment; hours far from all others are cut, so that a typing error bends nothing.

    A moment without rows borrows the other's weights.
    """
    low, high = np.quantile(log_hours, [0.001, 0.999])
    cut, fitted = np.clip(log_hours, low, high), {}
    for moment in (0, 1):
        rows = registered == moment
        if rows.any():
            model = Ridge(alpha=LINE_RIDGE).fit(design[rows], cut[rows], sample_weight=weights[rows])
            fitted[moment] = (model.coef_, float(model.intercept_))
    first, second = fitted.get(0) or fitted[1], fitted.get(1) or fitted[0]
    return Line(np.stack([first[0], second[0]]), np.array([first[1], second[1]]))


def fit_twin(design: np.ndarray, registered: np.ndarray, labels: np.ndarray, weights: np.ndarray, classes: int) -> Twin:
    """Fit one logistic regression per moment and boundary. A moment without rows borrows the other's weights."""
    fitted = {}
    for moment in (0, 1):
        rows = registered == moment
        if rows.any():
            fits = [_fitted(design[rows], labels[rows] > j, weights[rows]) for j in range(classes - 1)]
            fitted[moment] = (np.array([f[0] for f in fits]), np.array([f[1] for f in fits]), design[rows].mean(axis=0))
    first, second = fitted.get(0) or fitted[1], fitted.get(1) or fitted[0]
    return Twin(*(np.stack([a, b]) for a, b in zip(first, second, strict=True)))


def _fitted(design: np.ndarray, above: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """(weights, intercept); where all cases lie on one side, only the intercept speaks."""
    if above.all() or not above.any():
        return np.zeros(design.shape[1]), float(np.log((above.sum() + 0.5) / ((~above).sum() + 0.5)))
    model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-4).fit(design, above, sample_weight=weights)
    return model.coef_[0], float(model.intercept_[0])
