"""Made-up inflow for the tests of this room."""

import numpy as np
import pandas as pd

from triage.forecast.series import CALENDARS, Calendar, Panel, panel_of

CALENDAR = {c.name: c for c in CALENDARS}


def rows(counts: dict[str, list[float]], calendar: Calendar = CALENDAR["month"], start: int | None = None):
    """Tidy rows from 2015 on: one series per key."""
    first = calendar.number(2015, 1) if start is None else start
    return pd.DataFrame(
        [
            {calendar.name: calendar.text(first + k), "nationality_iso3": name, "persons": count}
            for name, values in counts.items()
            for k, count in enumerate(values)
        ]
    )


def poisson(periods: int = 48, series: int = 3, seed: int = 1, mean: float = 40) -> dict[str, list[float]]:
    """Counts that drift a little."""
    rng = np.random.default_rng(seed)
    level = np.exp(np.log(mean) + np.cumsum(0.1 * rng.standard_normal((periods, series)), axis=0))
    return {f"N{i}": [float(v) for v in rng.poisson(level[:, i])] for i in range(series)}


def panel(periods: int = 48, series: int = 3, seed: int = 1, name: str = "month") -> Panel:
    return panel_of(rows(poisson(periods, series, seed), CALENDAR[name]))
