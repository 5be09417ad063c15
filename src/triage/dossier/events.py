"""What happened to the items of a file, and to its interview: events in order, read as states and as spells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from triage.domain.errors import TableError

INTERVIEW = "interview"
INTERVIEW_EVENTS = frozenset({"planned", "held", "cancelled", "cut_short"})
CLOSING = frozenset({"received", "waived"})
MADE_UP = "made-up"
OPTIONAL = ("planned_for", "cause", "minutes")


@dataclass(frozen=True)
class ItemState:
    """Where one item of one case stands: delivered, or open since a day; `chased` counts how often since then."""

    delivered: bool
    waived: bool
    open_since: date | None  # None where it was never asked for, or is in
    chased: int


@dataclass(frozen=True)
class CaseEvents:
    """What the events say of one case: its items, and the day of the interview that is planned now."""

    items: Mapping[str, ItemState]
    interview_on: date | None

    @property
    def delivered(self) -> frozenset[str]:
        """Items received or waived."""
        return frozenset(name for name, state in self.items.items() if state.delivered)


NOTHING = CaseEvents({}, None)
UNASKED = ItemState(False, False, None, 0)


def in_order(events: pd.DataFrame) -> pd.DataFrame:
    """Events with every optional column, by time; those of one moment in the order they were written down."""
    return _whole(events).sort_values("at", kind="stable", ignore_index=True)


def _whole(events: pd.DataFrame) -> pd.DataFrame:
    return events.assign(**{name: None for name in OPTIONAL if name not in events})


def refuse_misplaced(events: pd.DataFrame) -> None:
    """Raise TableError, with the row, for an event that cannot happen to its item, or an interview without its day."""
    is_interview = (events["item"] == INTERVIEW).to_numpy()
    of_interview = events["event"].isin(list(INTERVIEW_EVENTS)).to_numpy()
    wrong = is_interview != of_interview
    if wrong.any():
        row = int(wrong.argmax()) + 1
        raise TableError(
            f"DOSSIER_EVENTS: row {row}: an item is requested, received, waived or chased; interview is planned, held, "
            f"cancelled or cut_short. Correct the row and offer the whole table again."
        )
    planned = _whole(events)["planned_for"].notna().to_numpy()
    wrong = (events["event"] == "planned").to_numpy() != planned
    if wrong.any():
        row = int(wrong.argmax()) + 1
        raise TableError(
            f"DOSSIER_EVENTS: row {row}: planned needs planned_for, the day of the interview, and no other event has "
            f"one. Correct the row and offer the whole table again."
        )


def known_on(events: pd.DataFrame, day: date) -> pd.DataFrame:
    """The events that had happened by the end of a day, in order."""
    ordered = in_order(events)
    return ordered.loc[ordered["at"] < pd.Timestamp(day) + pd.Timedelta(days=1)].reset_index(drop=True)


def case_events(events: pd.DataFrame) -> dict[str, CaseEvents]:
    """Per case what its events say. The last of requested, received and waived counts; asking again opens an item.

    Parameters
    ----------
    events : table DOSSIER_EVENTS, of one or many cases.
    """
    items: dict[str, dict[str, ItemState]] = {}
    interviews: dict[str, date | None] = {}
    ordered = in_order(events)
    columns = (ordered[name] for name in ("case_id", "item", "event", "at", "planned_for"))
    for case, item, event, at, planned_for in zip(*columns, strict=True):
        of_case = items.setdefault(case, {})
        if item == INTERVIEW:
            interviews[case] = planned_for.date() if event == "planned" else None
        else:
            of_case[item] = _after(of_case.get(item, UNASKED), event, at.date())
    return {case: CaseEvents(states, interviews.get(case)) for case, states in items.items()}


def _after(state: ItemState, event: str, day: date) -> ItemState:
    """The state of an item after one more event. A second request does not restart the wait."""
    if event in CLOSING:
        return ItemState(True, event == "waived", None, 0)
    if event == "chased":
        return ItemState(state.delivered, state.waived, state.open_since, state.chased + (not state.delivered))
    return ItemState(False, False, state.open_since or day, state.chased)


def spells(events: pd.DataFrame) -> pd.DataFrame:
    """One row per wait for an item: case_id, item, start, end (days; end empty while open), how it ended.

    A wait runs from `requested` to `received` or `waived`; `came` is True for received. What was received without
    a request has no wait and is left out. Of two requests the first counts.

    Parameters
    ----------
    events : table DOSSIER_EVENTS.

    Returns
    -------
    frame : case_id, item, start, end (datetime64[ns], days), came (bool).
    """
    began: dict[tuple[str, str], pd.Timestamp] = {}
    rows: list[tuple[str, str, pd.Timestamp, pd.Timestamp | None, bool]] = []
    ordered = in_order(events)
    days = ordered["at"].dt.normalize()
    for case, item, event, day in zip(ordered["case_id"], ordered["item"], ordered["event"], days, strict=True):
        if event == "requested":
            began.setdefault((case, item), day)
        elif event in CLOSING and (case, item) in began:
            rows.append((case, item, began.pop((case, item)), day, event == "received"))
    rows += [(case, item, start, None, False) for (case, item), start in began.items()]
    frame = pd.DataFrame(rows, columns=["case_id", "item", "start", "end", "came"])
    return frame.astype({"start": "datetime64[ns]", "end": "datetime64[ns]", "came": bool})
