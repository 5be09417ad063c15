"""Small made-up files and events."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from triage.domain.case import Intake, Moment

REG, LODGED = "PACT-REG", date(2026, 7, 1)
#: A case that lacks nothing by its facts but what only events can show.
FULL = {
    "documents": "none",
    "eurodac_hit": "none",
    "vulnerability_screening": "none",
    "medical_advice": "fit",
    "adviser_present": True,
    "missing_items": 0.0,
    "evidence_items": 0.0,
    "unaccompanied_minor": False,
    "age_dispute": False,
    "relative_in_procedure": False,
    "earlier_application": "none",
}


def intake(moment: Moment = Moment.REGISTERED, lodged: date = LODGED, **facts) -> Intake:
    return Intake("case-1", lodged, moment, FULL | facts)


def events(*rows) -> pd.DataFrame:
    """(case, item, event, at), and more columns in a dict behind them where wanted."""
    made = []
    for case, item, event, at, *more in rows:
        told = {"planned_for": None, "cause": None, "minutes": None} | (more[0] if more else {})
        made.append({"case_id": case, "item": item, "event": event, "at": at, "by": "desk", **told})
    frame = pd.DataFrame(made)
    return frame.astype({"at": "datetime64[ns]", "planned_for": "datetime64[ns]", "minutes": float})


def planted_waits(
    hazards: dict[str, float], per_item: int, as_of: date, seed: int = 1, spread_days: int = 364
) -> pd.DataFrame:
    """Waits with a constant weekly hazard per item, begun in the year before `as_of` and cut off there."""
    random = np.random.default_rng(seed)
    frames = []
    for item, hazard in hazards.items():
        start = pd.Timestamp(as_of) - pd.to_timedelta(random.integers(0, spread_days, per_item), unit="D")
        days = 7 * (random.geometric(hazard, per_item) - 1) + random.integers(0, 7, per_item)
        end = pd.Series(start + pd.to_timedelta(days, unit="D"))
        came = end <= pd.Timestamp(as_of)
        frames.append(pd.DataFrame({"item": item, "start": start, "end": end.where(came), "came": came}))
    waits = pd.concat(frames, ignore_index=True)
    waits.insert(0, "case_id", [f"c{n}" for n in range(len(waits))])
    return waits.astype({"start": "datetime64[ns]", "end": "datetime64[ns]"})


def day_after(day: date, days: int) -> date:
    return day + timedelta(days=days)
