"""National totals that come with the product: official per quarter, and yearly ones beyond them."""

import pandas as pd

from triage.adapters.sources import shipped_file
from triage.domain.errors import ForecastError

#: kind -> (column of cbs_quarterly_inflow.csv, indicator of ind_yearly.csv)
NAMES = {
    "first_application": ("first_applications", "first_applications_cbs"),
    "family_member_nareis": ("family_members_nareis", "family_members_nareis_cbs"),
}


def quarterly_totals(kind: str) -> pd.Series:
    """Persons per quarter, all nationalities, rounded to 10: index 2018Q1 to 2024Q2. Raises ForecastError.

    Source: CBS news releases, CC BY 4.0, named per row.
    """
    rows = pd.read_csv(shipped_file("cbs_quarterly_inflow.csv"))
    return pd.Series(rows[_names(kind)[0]].to_numpy(float), index=rows["quarter"].astype(str))


def yearly_totals(kind: str) -> pd.Series:
    """Persons per year, all nationalities, by CBS as a public dashboard copied them: index 2018 to 2025."""
    rows = pd.read_csv(shipped_file("ind_yearly.csv"))
    found = rows.loc[rows["indicator"] == _names(kind)[1]]
    return pd.Series(found["value"].to_numpy(float), index=found["year"].to_numpy(int))


def _names(kind: str) -> tuple[str, str]:
    if kind not in NAMES:
        raise ForecastError(f"No national totals of that kind are known. Known are {', '.join(NAMES)}.")
    return NAMES[kind]
