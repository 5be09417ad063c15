"""The counts as they were known on a day, and how counts grew between reports up to that day."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from triage.adapters.files import tidy_inflow
from triage.adapters.sources import SHIPPED_VINTAGE, shipped_inflow
from triage.adapters.store import Store
from triage.forecast.vintages import as_of, day_reported, latest, triangle

LABEL = "inflow"


@dataclass(frozen=True)
class Known:
    """`frame` is one vintage (INFLOW rows); `history` every value reported so far, None where there is one report."""

    frame: pd.DataFrame
    history: pd.DataFrame | None = None


def imported_inflow(store: Store, label: str = LABEL) -> list[pd.DataFrame]:
    """All vintages published under `label`, oldest first; the shipped series where none was."""
    found = [one.publication_id for one in store.publications("INFLOW") if one.label == label]
    frames = [store.published(number)[1] for number in reversed(found)]
    return frames or [shipped_inflow().assign(vintage=SHIPPED_VINTAGE)]


def known_inflow(frames: Sequence[pd.DataFrame], day: str | None = None) -> Known:
    """What `frames` (a file, or publications oldest first) say as known on `day`; None is the newest report.

    Raises ForecastError where nothing had been reported on that day, or the rows have no report dates to look back
    with; TableError for rows that are no INFLOW.
    """
    dated = [frame for frame in frames if "vintage" in frame and not bool(frame["vintage"].isna().to_numpy(bool).any())]
    if len({str(text) for frame in dated for text in set(frame["vintage"])}) < 2:
        return Known(latest(frames[-1], day))
    history = triangle(tidy_inflow(frame) for frame in _last_of_a_day(dated))
    seen = as_of(history, day or str(history["reported"].max()))  # refuses a day before the first report
    until = str(seen["vintage"].iloc[0])
    newest = [frame for frame in dated if min(map(day_reported, set(frame["vintage"]))) <= until][-1]
    # Of publications the newest one stands alone: a series that it no longer holds is not carried on from an older.
    return Known(latest(newest, until), history.loc[history["reported"] <= until])


def _last_of_a_day(frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Two publications under one report date: the later one corrects the earlier."""
    return list({tuple(sorted(set(map(str, frame["vintage"])))): frame for frame in frames}.values())
