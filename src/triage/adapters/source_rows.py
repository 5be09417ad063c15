"""What the connectors share: the nationalities we ask for, the remainder, and rows as INFLOW."""

from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.calendar import local_date
from triage.domain.inflow_tables import INFLOW

NATIONALITIES = Path(__file__).with_name("shipped") / "source_nationalities.csv"
REST, ALL = "OTH", "TOT"


@dataclass(frozen=True)
class Fetched:
    """What a source gave: INFLOW rows, the report date it puts on them (YYYY-MM-DD; empty where none), remarks."""

    frame: pd.DataFrame
    vintage: str
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Nationality:
    """One nationality that we ask for, and how the sources call it."""

    iso3: str
    cbs_code: str  # empty where none could be established: then the name decides
    cbs_name_starts: tuple[str, ...]
    eurostat_code: str


def nationalities() -> list[Nationality]:
    """The rows of source_nationalities.csv."""
    rows = pd.read_csv(NATIONALITIES, keep_default_na=False)
    columns = zip(
        rows["nationality_iso3"], rows["cbs_code"], rows["cbs_name_starts"], rows["eurostat_code"], strict=True
    )
    return [Nationality(iso3, code, tuple(starts.split("|")), other) for iso3, code, starts, other in columns]


def count_of(value: Any) -> float | None:
    """A count of persons; None where the source gives none. Raises ValueError for what is no count."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise ValueError("no count")
    return float(value)


def day_of(stamp: Any) -> str:
    """Dutch date of a source's time stamp, as text; empty where it has none that can be read."""
    try:
        moment = datetime.fromisoformat(str(stamp))
    except ValueError:
        return ""
    return str(local_date(moment) if moment.tzinfo else moment.date())


def fetched(cells: pd.DataFrame, source: str, vintage: str) -> Fetched:
    """Cells (period, kind, nationality_iso3, persons; TOT for all) -> INFLOW, with the rest as OTH.

    OTH is all nationalities minus those we name, per month and kind, so that the sum of the rows is the source's
    own total. A cell without a value is left out and named in the notes: never 0.
    """
    wide = cells.pivot(index=["kind", "period"], columns="nationality_iso3", values="persons")
    missing = _missing_note(wide)
    wide, notes = _with_rest(wide)
    tidy = wide.melt(ignore_index=False, value_name="persons").reset_index().dropna(subset="persons")
    tidy = tidy.assign(destination_iso3="NLD", source=source, vintage=vintage)
    tidy = tidy.sort_values(["kind", "nationality_iso3", "period"], ignore_index=True)
    columns = ["period", "persons", "kind", "nationality_iso3", "destination_iso3", "source", "vintage"]
    return Fetched(INFLOW.check(tidy.loc[:, columns]), vintage, (*missing, *notes))


def _with_rest(wide: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    if ALL not in wide:
        return wide, []
    named = wide.drop(columns=ALL)
    rest = wide[ALL] - named.sum(axis=1, skipna=False)
    notes = [f"{REST} is the total of all nationalities minus the {named.shape[1]} named ones."]
    below = rest[rest < 0]
    if len(below):
        # Rounding of each cell can bring the remainder just below zero; how far is said.
        notes.append(f"{REST} came out below 0 in {len(below)} months (lowest {below.min():.0f}) and was set to 0.")
    return named.assign(**{REST: rest.clip(lower=0)}), notes


def _missing_note(wide: pd.DataFrame) -> list[str]:
    """Cells without a value in months that the source gives: how many, and the first."""
    rows, columns = np.nonzero(wide.isna().to_numpy(bool))
    cells = sorted((wide.index[r][::-1], str(wide.columns[c])) for r, c in zip(rows, columns, strict=True))
    if not cells:
        return []
    (period, kind), name = cells[0]
    return [f"{len(cells)} cells have no value and were left out, the first {name} {period} ({kind})."]
