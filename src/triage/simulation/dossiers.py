"""Made-up events of dossiers with a known weekly hazard, to learn and to prove. Nobody in them is real."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.errors import TableError

MADE_UP = "made-up"
#: P(an open item comes in its first week, and in each later week), per third party. Invented.
WEEKLY = {
    "identification": (0.6, 0.6),
    "border_police": (0.7, 0.5),
    "intake_desk": (0.25, 0.45),
    "medical_adviser": (0.08, 0.3),
    "legal_aid_council": (0.4, 0.5),
    "document_experts": (0.02, 0.12),
    "applicant": (0.15, 0.15),
    "translation_office": (0.05, 0.25),
    "guardianship": (0.35, 0.4),
    "age_examiner": (0.02, 0.15),
    "archive": (0.3, 0.3),
    "other_state": (0.0, 0.1),
}
UNHEARD = (0.2, 0.2)  # for a third party that is not in the recipe
WAIVED_SHARE = 0.03
CHASED_SHARE = 0.5  # of what is still open after three weeks
CANCELLED_SHARE = 0.7  # of interviews whose file is not ready
OTHER_CAUSES = (("no_show", 0.04), ("no_interpreter", 0.03), ("illness", 0.02))
MOST_PLANS = 3

Row = dict[str, Any]


def make_dossier_events(needs: pd.DataFrame, seed: int, until: date) -> pd.DataFrame:
    """Events of these needs, as far as they happened by `until`: what comes later is cut off, as in real life.

    Every item is requested in the days after `since`. It comes in a week with the chance of WEEKLY, chasing or not:
    chasing does nothing in this world. Interviews are planned four to ten weeks after `since`; one whose file is not
    ready is mostly cancelled, with the missing item as its cause, and planned again.

    Parameters
    ----------
    needs : one row per item a case needs: case_id, item, third_party, blocking (bool), since (date),
        closed (date of the decision, empty while open): then what is still open is waived.
    seed : the same seed gives the same events.
    until : last day that is seen.

    Returns
    -------
    frame : table DOSSIER_EVENTS, by time. Raises TableError without any needs.
    """
    if needs.empty:
        raise TableError("A made-up dossier needs at least one item. Offer cases with a checklist.")
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for case, wanted in needs.groupby("case_id", sort=True):
        since = np.datetime64(wanted["since"].iloc[0], "D")
        closed = wanted["closed"].iloc[0]
        close = np.datetime64("NaT") if pd.isna(closed) else np.datetime64(closed, "D")
        ends: dict[str, np.datetime64] = {}
        for item, party, blocking in zip(wanted["item"], wanted["third_party"], wanted["blocking"], strict=True):
            told, end = _item(str(case), item, party, since, close, random)
            rows += told
            if blocking:
                ends[item] = end
        rows += [row for row in _interviews(str(case), since, ends, random) if not row["at"] > close]
    frame = pd.DataFrame(rows).astype({"at": "datetime64[ns]", "planned_for": "datetime64[ns]"})
    frame = frame.loc[frame["at"] < pd.Timestamp(until) + pd.Timedelta(days=1)]
    return frame.sort_values("at", kind="stable", ignore_index=True)


def _item(
    case: str, item: str, party: str, since: np.datetime64, close: np.datetime64, random: np.random.Generator
) -> tuple[list[Row], np.datetime64]:
    """The events of one item, and the day on which its wait ends."""
    first, later = WEEKLY.get(party, UNHEARD)
    start = since + int(random.integers(0, 4))
    week = 0 if random.random() < first else int(random.geometric(later))
    end = start + 7 * week + int(random.integers(0, 7))
    how = "waived" if random.random() < WAIVED_SHARE else "received"
    if end > close:  # the case was decided before it came
        end, how = max(close, start), "waived"
    rows = [_row(case, item, "requested", start, 9)]
    if end - start >= 21 and random.random() < CHASED_SHARE:
        minutes = float(random.integers(1, 7) * 5)
        rows.append(_row(case, item, "chased", start + 21, 11, minutes=minutes))
    return [*rows, _row(case, item, how, end, 15)], end


def _interviews(
    case: str, since: np.datetime64, ends: dict[str, np.datetime64], random: np.random.Generator
) -> list[Row]:
    """Plans for the interview and how each went, until one was held."""
    rows: list[Row] = []
    told = since + int(random.integers(5, 15))
    for _ in range(MOST_PLANS):
        day = np.busday_offset(told + int(random.integers(21, 57)), 0, roll="forward")
        rows.append(_row(case, "interview", "planned", told, 10, planned_for=day))
        missing = [item for item, end in ends.items() if end >= day]
        event, cause = _how(missing, random)
        rows.append(_row(case, "interview", event, day, 16, cause=cause))
        if event != "cancelled":
            break
        told = day + int(random.integers(1, 5))
    return rows


def _how(missing: list[str], random: np.random.Generator) -> tuple[str, str | None]:
    """How an interview went, and why."""
    if missing and random.random() < CANCELLED_SHARE:
        return ("cut_short" if random.random() < 0.15 else "cancelled"), missing[0]
    causes = [cause for cause, _ in OTHER_CAUSES]
    shares = [share for _, share in OTHER_CAUSES]
    place = int(random.choice(len(causes) + 1, p=[*shares, 1 - sum(shares)]))
    return ("cancelled", causes[place]) if place < len(causes) else ("held", None)


def _row(case: str, item: str, event: str, day: np.datetime64, hour: int, **more: Any) -> Row:
    told = {"planned_for": None, "cause": None, "minutes": None} | more
    return {"case_id": case, "item": item, "event": event, "at": day + np.timedelta64(hour, "h"), "by": MADE_UP, **told}
