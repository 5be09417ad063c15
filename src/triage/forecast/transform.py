"""The scale on which counts are forecast: a fourth root, halfway between the square root and the logarithm.

Errors of a count of persons grow with its root where people come one by one, and with the count itself where a
shock reaches all. On logs the bands of small series explode; on square roots a shock is taken too lightly.
Which powers were tried, with their scores: notebooks/2026-11-which-scale-and-members.py.
"""

from dataclasses import dataclass

import numpy as np

POWER = 0.25
CEILING = 12.0  # no path rises above so many times the largest count seen


@dataclass(frozen=True)
class Power:
    """z = (((y + c) / s)^(1/4) - 1) * 4: near y = s a step in z is a relative change, as with logs.

    `offset` c (persons): 5 for counts rounded to 5, else 1. `level` s (n, persons): mean of y + c per series, so
    that series of any size can be pooled. `ceiling` (n, persons) bounds what comes back.
    """

    offset: float
    level: np.ndarray
    ceiling: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, offset: float) -> "Power":
        """The scale of counts T x n (persons), from these rows and nothing later."""
        level = values.mean(axis=0) + offset
        return cls(offset, level, CEILING * (values.max(axis=0) + offset))

    def forward(self, persons: np.ndarray) -> np.ndarray:
        """Persons to z; the series come last."""
        return (((persons + self.offset) / self.level) ** POWER - 1) / POWER

    def back(self, z: np.ndarray) -> np.ndarray:
        """z (paths x n x horizon) to persons: 0 or more, below the ceiling."""
        root = POWER * z
        root += 1
        np.maximum(root, 0, out=root)
        np.power(root, 1 / POWER, out=root)
        root *= self.level[:, None]
        root -= self.offset
        return np.clip(root, 0, self.ceiling[:, None], out=root)
