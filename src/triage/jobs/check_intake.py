"""Look at the newest counts before forecasting with them."""

import pandas as pd

from triage.forecast.series import panel_of
from triage.forecast.surprises import Surprise, surprises


def check_intake(frame: pd.DataFrame, kind: str) -> tuple[Surprise, ...]:
    """Newest counts that lie more than 4 usual changes from what was expected: for a person to judge, never deleted.

    Raises TableError and ForecastError for rows that cannot be read as series.
    """
    return surprises(panel_of(frame, "nationality_iso3", kind))
