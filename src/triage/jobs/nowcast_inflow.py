"""Nowcast the running month from the weekly indicative counts."""

from typing import Any

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError
from triage.forecast.nowcast import document, nowcast, weeks_of

LARGEST_DRAWS = 100_000


def nowcast_inflow(frame: pd.DataFrame, draws: int = 4000, seed: int = 12345) -> dict[str, Any]:
    """Months so far and the running month with p10, p50 and p90 (persons), and every week that was drawn.

    Nothing is published: the weekly page counts all asylum inflow, which is none of the series we forecast.
    The same seed gives the same figures.

    Parameters
    ----------
    frame : weekly rows, see `weeks_of`.

    Returns
    -------
    dict : series, definition, the weeks used, months (see MonthNow).

    Raises TableError and ForecastError.
    """
    if not 100 <= draws <= LARGEST_DRAWS:
        raise ForecastError(f"Expected 100 to {LARGEST_DRAWS} draws. Choose one of these.")
    weeks = weeks_of(frame)
    return document(weeks, nowcast(weeks, draws, np.random.default_rng(seed)))
