"""Where counts come from: the series that come with the product, CBS StatLine and Eurostat.

shipped/README.md holds the sources and licences of what is shipped.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from triage.adapters.cbs import fetch_cbs
from triage.adapters.download import Service
from triage.adapters.eurostat import fetch_eurostat
from triage.adapters.settings import Settings
from triage.adapters.source_rows import Fetched
from triage.domain.errors import NotFoundError
from triage.domain.inflow_tables import INFLOW, INFLOW_EVENTS, MPP
from triage.domain.records import Progress, silent

SHIPPED = Path(__file__).with_name("shipped")
#: Report date of the shipped series: the stamp of the copy they were taken from.
SHIPPED_VINTAGE = "2026-05-22"
#: Source -> (its name for people, the setting with its address, what reads it, the label it is published under).
#: Eurostat counts otherwise than CBS, so its counts never stand among those of CBS as if they were a revision.
SOURCES: dict[str, tuple[str, str, Callable[[Service, Progress], Fetched], str]] = {
    "cbs": ("CBS", "cbs_url", fetch_cbs, "inflow"),
    "eurostat": ("Eurostat", "eurostat_url", fetch_eurostat, "inflow-eurostat"),
}
#: Of the two kinds that we forecast, the yearly national figure in ind_yearly.csv.
NATIONAL_PARTS = ("first_applications_cbs", "family_members_nareis_cbs")
EVENT_NUMBERS = {"low": float, "high": float, "probability": float}
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


def fetch(source: str, settings: Settings, progress: Progress = silent) -> Fetched:
    """The counts that a public source gives today ("cbs" or "eurostat"). Raises SourceError."""
    name, address, read, _ = SOURCES[source]
    service = Service(name, getattr(settings, address), settings.source_timeout_seconds)
    return read(service, progress)


def shipped_weeks() -> pd.DataFrame:
    """The weekly indicative counts: year, iso_week, published, persons (about), ambiguous, rounding, source.

    All asylum inflow as the ministry counts it, rounded to 100 and from week 24 of 2026 to 10; weeks are missing.
    """
    return pd.read_csv(shipped_file("nl_weekly_indicative.csv"))


def shipped_vintages() -> pd.DataFrame:
    """The two Eurostat vintages of the Dutch total (all applications), as INFLOW with the column vintage."""
    rows = pd.read_csv(shipped_file("nl_monthly_total_eurostat.csv"), keep_default_na=False)
    rows = rows.rename(columns={"month": "period"})
    return INFLOW.check(rows.loc[rows["kind"] == "all_applications", [*INFLOW_COLUMNS, "vintage"]])


def shipped_events() -> pd.DataFrame:
    """The seed of the event register (INFLOW_EVENTS): known breaks, each with its author, facts and assumptions."""
    return INFLOW_EVENTS.check(pd.read_csv(shipped_file("inflow_events.csv"), dtype="str").astype(EVENT_NUMBERS))


def shipped_mpp() -> pd.DataFrame:
    """The editions of the MPP (table MPP) of ind_yearly.csv, one row per edition and year (persons).

    medio is empty where an edition's middle figure was not found; `definition` is the note of that row.
    """
    rows = shipped_years()
    found = rows["indicator"].str.extract(r"^mpp_forecast_(?P<bound>min|medio|max)_issued_(?P<edition>.+)$")
    named = pd.concat([rows, found], axis=1).dropna(subset=["bound"])
    named = named.rename(columns={"note": "definition"})
    keys = ["edition", "year", "definition", "source"]
    wide = named.pivot_table(index=keys, columns="bound", values="value", aggfunc="first").reset_index()
    wide.columns.name = None
    return MPP.check(wide.loc[:, list(MPP.columns)])


def shipped_years() -> pd.DataFrame:
    """Yearly figures as published: year, indicator, value, unit, source, quality, note. Definitions differ per row."""
    return pd.read_csv(shipped_file("ind_yearly.csv"), keep_default_na=False)


def national_totals() -> dict[int, float]:
    """First applications and nareis of all nationalities together, per year in which CBS gives both (persons)."""
    rows = shipped_years()
    wide = rows[rows["indicator"].isin(NATIONAL_PARTS)].pivot_table(index="year", columns="indicator", values="value")
    total = wide.dropna().sum(axis=1)
    return dict(zip(map(int, total.index), map(float, total.to_numpy()), strict=True))
