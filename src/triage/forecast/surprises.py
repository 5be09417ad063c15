"""Intake control: counts far from what was expected a period before, for a person to judge. Nothing is deleted."""

from dataclasses import dataclass

import numpy as np

from triage.forecast.archive import error_scales
from triage.forecast.members import FAST, Past, equal_mean
from triage.forecast.series import Panel

LARGEST = 4.0  # error one period ahead, in units of the usual change


@dataclass(frozen=True)
class Surprise:
    """A last count that lies far off."""

    series: str
    period: str
    persons: float
    expected: float  # persons, by smoothing, last value and last year's mean together
    error: float  # in units of the series' usual change, negative: lower than expected

    @property
    def sentence(self) -> str:
        """For the person who judges it."""
        return (
            f"{self.series}, {self.period}: {self.persons:.0f} persons where about {self.expected:.0f} were expected "
            f"({self.error:+.1f} times the usual change). Is the count right? It is used as it stands."
        )


def surprises(panel: Panel) -> tuple[Surprise, ...]:
    """Series whose last count lies more than 4 usual changes from its forecast one period before (E_1 of the archive).

    Source: docs/explanation/scenarios-and-the-mpp.md, intake control.
    """
    before = np.array([len(panel.values) - 1])
    scale = panel.until(int(before[0])).power  # what is judged has no say in the scale
    z = scale.forward(panel.values)
    point = equal_mean(FAST, Past(z, before, panel.season, 1))[0, 0]
    error = (z[-1] - point) / error_scales(z, before, panel.season)[0]
    expected = scale.back(point[None, :, None])[0, :, 0]
    return tuple(
        Surprise(name, panel.periods[-1], float(panel.values[-1, k]), float(expected[k]), float(error[k]))
        for k, name in enumerate(panel.names)
        if abs(error[k]) > LARGEST
    )
