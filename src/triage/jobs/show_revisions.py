"""How counts were revised from vintage to vintage, and which cells most."""

from collections.abc import Iterable
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from triage.forecast.completion import completion_of
from triage.forecast.releases import scores_on_releases
from triage.forecast.vintages import as_of, releases, revision, triangle

MOST_CELLS = 10


def show_revisions(frames: Iterable[pd.DataFrame]) -> dict[str, Any]:
    """Per step from one vintage to the next what changed; the ten largest revisions; the completion learnt.

    `releases` scores one forecast on the first and on the latest value of the months that both vintages hold.

    Raises TableError for rows without a report date.
    """
    history = triangle(frames)
    days = sorted(history["reported"].unique())
    steps = [
        {"before": old, "after": new} | asdict(revision(_only(history, old), _only(history, new)))
        for old, new in pairwise(days)
    ]
    cells = releases(history)
    cells = cells.assign(change=cells["latest"] - cells["first"])
    changed: pd.DataFrame = cells.loc[cells["change"] != 0]
    top = changed.sort_values("change", key=np.abs, ascending=False, kind="stable").head(MOST_CELLS)
    percent = 100 * top["change"] / top["first"].where(top["first"] > 0)
    rows = top.assign(percent=percent.astype(object).where(percent.notna(), None))
    known = completion_of(history, days[-1], by="kind,nationality_iso3")
    scored = (
        scores_on_releases(cells.loc[cells["first_reported"] < cells["latest_reported"]])
        if _is_monthly(cells)
        else None
    )
    result = {"vintages": days, "steps": steps, "largest": rows.to_dict("records"), "note": known.note}
    return result | {"releases": None if scored is None else asdict(scored)}


def _is_monthly(cells: pd.DataFrame) -> bool:
    return bool(len(cells)) and bool(cells["period"].str.fullmatch(r"\d{4}-\d{2}").to_numpy(bool).all())


def _only(history: pd.DataFrame, day: str) -> pd.DataFrame:
    """What one vintage said, and nothing of the others."""
    return as_of(history.loc[history["reported"] == day], day).drop(columns=["reported"])
