"""One file: how complete it is, what is missing, when it will be complete, and what to chase first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from triage.adapters.dossiers import dossier_publications, events_in
from triage.adapters.store import Store
from triage.domain.case import Intake, Verdict
from triage.dossier.checklist import (
    Completeness,
    Stand,
    completeness,
    item_name,
    party_name,
    sentence,
    shipped_checklist,
)
from triage.dossier.events import MADE_UP, NOTHING, UNASKED, CaseEvents, ItemState, case_events, known_on, spells
from triage.dossier.readiness import (
    Hazards,
    arrival_chances,
    chance_ready,
    chase_order,
    expected_day,
    hours_per_minute,
    learn_hazards,
)

SURE = 0.8  # the careful day: with this chance it is in by then


@dataclass(frozen=True)
class ChaseRules:
    """What the order of chasing rests on; both are assumptions of this project, and settings."""

    cancelled_hours: float = 4.0  # interview hours lost when an interview is cancelled
    days_to_interview: int = 21  # taken for a case whose interview is not planned yet


@dataclass(frozen=True)
class OpenItem:
    """One item that is not in, in words for an officer. Days and chances are None without history."""

    item: str
    name: str
    party: str
    sentence: str
    blocking: bool
    certain: bool  # False: not known yet whether this case needs it
    asked: bool
    open_since: date | None
    chased: int
    expected_on: date | None  # as likely before as after
    careful_on: date | None  # in by then with a chance of 80 %
    p_missing: float | None  # at the interview
    hours_per_minute: float | None  # expected interview hours saved per minute of chasing; None where not blocking
    chase_minutes: float


@dataclass(frozen=True)
class Dossier:
    """One file on a day. `items` are those not in, what to chase first on top."""

    case_id: str
    lodged: date
    route: str
    completeness: float | None  # weighted share in [0, 1]; None where no checklist holds
    ready: bool
    items: tuple[OpenItem, ...]
    interview_on: date | None
    reckoned_on: date  # day of the interview, planned or assumed
    p_ready: float | None  # by that day
    expected_on: date | None  # when the blocking items are as likely all in as not
    checklist_version: str

    @property
    def chase_first(self) -> OpenItem | None:
        """What to chase first; None where chasing saves no interview."""
        first = self.items[0] if self.items else None
        return first if first and first.hours_per_minute else None


@dataclass(frozen=True)
class History:
    """What the events say by a day: each case, the hazards learned, and P(still open) per item, kept once made."""

    cases: Mapping[str, CaseEvents]
    hazards: Hazards | None
    events: pd.DataFrame
    made_up: bool
    curves: dict[str, np.ndarray] = field(default_factory=dict)

    def still_open(self, item: str, third_party: str) -> np.ndarray | None:
        """P(still open) per day of waiting; None without any history."""
        if self.hazards is None:
            return None
        if item not in self.curves:
            self.curves[item] = self.hazards.still_open(item, third_party)
        return self.curves[item]


def history_of(store: Store, today: date) -> History:
    """All events known by the end of a day, read and learned once per import and day."""
    return _history(store, dossier_publications(store), today)


@lru_cache(maxsize=4)
def _history(store: Store, numbers: tuple[int, ...], today: date) -> History:
    events = known_on(events_in(store, numbers), today)
    hazards = learn_hazards(spells(events), shipped_checklist().third_party, today)
    return History(case_events(events), hazards, events, bool((events["by"] == MADE_UP).any()))


def dossier_of(
    store: Store, case_id: str, route: str, today: date, rules: ChaseRules | None = None, intake: Intake | None = None
) -> Dossier:
    """The file of one case on a route. Raises NotFoundError for an unknown case.

    `intake` saves reading it again; `route` is the route decided or suggested.
    """
    known = intake or store.intake(case_id)
    return file_of(known, route, history_of(store, today), today, rules or ChaseRules())


def file_of(intake: Intake, route: str, history: History, today: date, rules: ChaseRules) -> Dossier:
    """The file of an intake by what the events say."""
    told = history.cases.get(intake.case_id, NOTHING)
    found = completeness(shipped_checklist(), intake, route, told.delivered)
    start = told.interview_on
    if start is None or start < today:  # not planned, or nobody wrote down how it went
        start = today + timedelta(days=rules.days_to_interview)
    items, chances = _open_items(found, told, history, today, start, rules)
    p_ready, expected_on = _outlook(found, chances, today, start)
    return Dossier(
        case_id=intake.case_id,
        lodged=intake.lodged,
        route=route,
        completeness=found.share,
        ready=found.ready,
        items=items,
        interview_on=told.interview_on,
        reckoned_on=start,
        p_ready=p_ready,
        expected_on=expected_on,
        checklist_version=found.version,
    )


def days_before(start: date, today: date) -> int:
    """Days left to receive something before an interview starts: until the end of the day before it."""
    return max((start - today).days - 1, 0)


def _open_items(
    found: Completeness, told: CaseEvents, history: History, today: date, start: date, rules: ChaseRules
) -> tuple[tuple[OpenItem, ...], list[np.ndarray | None]]:
    """The open items in the order to chase them, and the chances of the blocking ones by day."""
    rows: list[OpenItem] = []
    chances: list[np.ndarray | None] = []
    for stand in (*found.missing, *found.uncertain):
        state = told.items.get(stand.item.item, UNASKED)
        in_by = _chances(stand, state, history, today)
        rows.append(_open_item(stand, state, in_by, today, start, rules))
        if stand.item.blocking:
            chances.append(in_by)
    order = chase_order([row.hours_per_minute or 0.0 for row in rows])
    return tuple(rows[place] for place in order), chances


def _chances(stand: Stand, state: ItemState, history: History, today: date) -> np.ndarray | None:
    """P(in by day d) of an open item; what was never asked for is taken to be asked for today."""
    curve = history.still_open(stand.item.item, stand.item.third_party)
    if curve is None:
        return None
    return arrival_chances(curve, (today - (state.open_since or today)).days)


def _open_item(
    stand: Stand, state: ItemState, in_by: np.ndarray | None, today: date, start: date, rules: ChaseRules
) -> OpenItem:
    item, certain = stand.item, stand.applies is Verdict.MET
    p_missing = None if in_by is None else float(1 - in_by[min(days_before(start, today), len(in_by) - 1)])
    worth = None
    if p_missing is not None and item.blocking and certain:
        worth = hours_per_minute(p_missing, rules.cancelled_hours, item.chase_minutes)
    return OpenItem(
        item=item.item,
        name=item_name(item.item),
        party=party_name(item.third_party),
        sentence=sentence(stand),
        blocking=item.blocking,
        certain=certain,
        asked=state.open_since is not None,
        open_since=state.open_since,
        chased=state.chased,
        expected_on=None if in_by is None else expected_day(in_by, today),
        careful_on=None if in_by is None else expected_day(in_by, today, SURE),
        p_missing=p_missing,
        hours_per_minute=worth,
        chase_minutes=item.chase_minutes,
    )


def _outlook(
    found: Completeness, chances: list[np.ndarray | None], today: date, start: date
) -> tuple[float | None, date | None]:
    """P(ready by the interview) and the expected day; (1, today) for a ready file, None where nothing is known."""
    if found.ready:
        return 1.0, today
    known = [one for one in chances if one is not None]
    if not known or len(known) < len(chances):
        return None, None
    ready = chance_ready(known)
    return float(ready[min(days_before(start, today), len(ready) - 1)]), expected_day(ready, today)
