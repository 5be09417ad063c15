"""Made-up publications of counts: every month a new vintage, young months still too low."""

import numpy as np
import pandas as pd

from triage.forecast.series import CALENDARS

MONTHS = CALENDARS[0]
FIRST = MONTHS.number(2015, 1)


def text(month: int) -> str:
    return MONTHS.text(FIRST + month)


def publication(values: np.ndarray, reported: int, names: tuple[str, ...] = ("SYR", "ERI")) -> pd.DataFrame:
    """INFLOW rows of `values` (months x series) as reported in month number `reported`."""
    return pd.DataFrame(
        [
            {
                "period": text(k),
                "kind": "first_application",
                "nationality_iso3": name,
                "persons": float(values[k, i]),
                "vintage": text(reported),
            }
            for k in range(len(values))
            for i, name in enumerate(names)
        ]
    )


def growing(
    months: int = 72, reports: int = 40, seed: int = 1, low: float = 0.8
) -> tuple[list[pd.DataFrame], np.ndarray]:
    """Monthly vintages in which a count starts at about `low` of its final value and is whole after 12 months."""
    rng = np.random.default_rng(seed)
    final = np.round(rng.poisson(400, (months, 2)) / 5) * 5
    frames = []
    for reported in range(months - reports, months):
        age = reported - np.arange(reported)[:, None]
        share = np.minimum(low + (1 - low) * (age - 1) / 12 + 0.01 * rng.standard_normal((reported, 2)), 1)
        seen = np.where(age > 12, final[:reported], np.round(final[:reported] * share / 5) * 5)
        frames.append(publication(seen, reported))
    return frames, final
