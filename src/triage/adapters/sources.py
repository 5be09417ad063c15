"""The public series that come with the product; shipped/README.md holds their sources and licences."""

from pathlib import Path

import pandas as pd

from triage.domain.errors import NotFoundError
from triage.domain.tables import INFLOW

SHIPPED = Path(__file__).with_name("shipped")
INFLOW_COLUMNS = ["period", "persons", "kind", "nationality_iso3", "destination_iso3", "source"]


def shipped_file(name: str) -> Path:
    """Path of a shipped file, such as "cbs_quarterly_inflow.csv". Raises NotFoundError."""
    known = sorted(p.name for p in SHIPPED.glob("*.csv"))
    if name not in known:
        raise NotFoundError(f"No shipped file has that name. Shipped are {', '.join(known)}.")
    return SHIPPED / name


def shipped_inflow() -> pd.DataFrame:
    """The 14 monthly Dutch series 2015-01 to 2025-12 as INFLOW: 7 nationalities, 2 kinds (persons, rounded to 5).

    Source: CBS StatLine 83102NED, CC BY 4.0. The seven nationalities are not the national inflow: they cover
    33 to 71 % of first applications, depending on the year.
    """
    rows = pd.read_csv(shipped_file("nl_monthly_by_nationality.csv"), keep_default_na=False)
    tidy = rows.rename(columns={"month": "period"}).sort_values(["kind", "nationality_iso3", "period"])
    return INFLOW.check(tidy.loc[:, INFLOW_COLUMNS])
