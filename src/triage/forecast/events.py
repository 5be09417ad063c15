"""The event register: what people know of breaks that no series foretells, laid over a forecast as a mixture.

An event says which series it touches, when, by which factor and how sure its author is. Base and overlaid forecast
are both published and both scored. Source: docs/explanation/scenarios-and-the-mpp.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.calendar import add_months
from triage.domain.errors import ForecastError, TableError
from triage.domain.inflow_tables import INFLOW_EVENTS
from triage.forecast.series import CALENDARS, Calendar, Panel, number_of

EVERY = "*"  # all series of the forecast
LEFT_AT_THE_END = 0.05  # of a decaying effect, in the last period of its window
FAR_AWAY = 10**9  # number of the last period of an event without an end


@dataclass(frozen=True)
class Event:
    """One row of the register. `low` to `high` is the range of the multiplier where the event happens."""

    event_id: str
    scenario: str
    kind: str
    nationalities: tuple[str, ...]
    first: str
    last: str  # empty: no end known (a step only)
    shape: str  # pulse, step or decay
    low: float
    high: float
    probability: float
    author: str
    registered_on: date

    @property
    def hindsight(self) -> str:
        """How much of its window had passed when it was registered: "none", "part" or "whole"."""
        if self.registered_on <= _last_day(self.first):
            return "none"
        return "whole" if self.last and self.registered_on > _last_day(self.last) else "part"

    def touches(self, name: str) -> bool:
        """Whether a series is among those that the event names."""
        return EVERY in self.nationalities or name in self.nationalities


def events_of(frame: pd.DataFrame) -> tuple[Event, ...]:
    """The rows of INFLOW_EVENTS as events, each checked in itself and against the others. Raises TableError by row."""
    rows = INFLOW_EVENTS.check(frame)
    events: list[Event] = []
    for number, row in enumerate(rows.to_dict("records"), 1):
        event = _event(number, {str(k): v for k, v in row.items()})
        _refuse_double(number, event, events)
        events.append(event)
    return tuple(events)


def _event(number: int, row: Mapping[str, Any]) -> Event:
    last = row["last"]
    event = Event(
        event_id=str(row["event_id"]),
        scenario=str(row["scenario"]),
        kind=str(row["kind"]),
        nationalities=tuple(str(row["nationalities"]).split()),
        first=str(row["first"]),
        last="" if pd.isna(last) or not str(last).strip() else str(last),
        shape=str(row["shape"]),
        low=float(row["low"]),
        high=float(row["high"]),
        probability=float(row["probability"]),
        author=str(row["author"]),
        registered_on=_day(number, str(row["registered_on"])),
    )
    _refuse_impossible(number, event)
    return event


def _refuse_impossible(number: int, event: Event) -> None:
    if event.low > event.high:
        raise _wrong(number, "low", "the range is turned round: low is above high")
    if len(set(event.nationalities)) != len(event.nationalities):
        raise _wrong(number, "nationalities", "a nationality stands twice")
    if not event.last and event.shape != "step":
        raise _wrong(number, "last", "only a step may have no end")
    calendar = _calendar(number, event)
    if event.last and number_of(event.last, calendar) < number_of(event.first, calendar):
        raise _wrong(number, "last", "the window ends before it begins")


def _refuse_double(number: int, event: Event, earlier: Iterable[Event]) -> None:
    """Events of one scenario multiply where they overlap; the same window on the same series is one event twice."""
    for other in earlier:
        is_alike = (event.scenario, event.kind, event.first, event.last) == (
            other.scenario,
            other.kind,
            other.first,
            other.last,
        )
        if is_alike and (any(map(event.touches, other.nationalities)) or any(map(other.touches, event.nationalities))):
            raise _wrong(number, "nationalities", f"{other.event_id} has the same scenario, window and series already")


def _wrong(number: int, column: str, why: str) -> TableError:
    return TableError(
        f"INFLOW_EVENTS: row {number}, column {column}: {why}. Correct the row and offer the table again."
    )


def _day(number: int, text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _wrong(number, "registered_on", "expected a date such as 2026-11-25") from None


def _calendar(number: int, event: Event) -> Calendar:
    """The frequency in which the window is written; both ends must have the same."""
    for calendar in CALENDARS:
        try:
            number_of(event.first, calendar)
        except ForecastError:
            continue
        try:
            number_of(event.last or event.first, calendar)
        except ForecastError:
            raise _wrong(number, "last", f"expected a {calendar.name}, as in column first") from None
        return calendar
    raise _wrong(number, "first", "no period of that name exists")


def _last_day(period: str) -> date:
    """Last day of a month, quarter or ISO week."""
    year = int(period[:4])
    if "W" in period:
        return date.fromisocalendar(year, int(period[-2:]), 7)
    month = 3 * int(period[-1]) if "Q" in period else int(period[-2:])
    return add_months(date(year, month, 1), 1) - timedelta(days=1)


def shape_of(event: Event, calendar: Calendar, start: int, horizon: int) -> np.ndarray:
    """Share of the full effect per period ahead, in [0, 1] and 0 outside the window: `horizon` numbers.

    pulse and step have their full effect all through the window; a step may be without an end. decay begins in full
    and falls by the same factor each period, to 5 % in the last. `start` is the number of the first period ahead.
    Raises ForecastError where the window is written in another frequency than the forecast.
    """
    try:
        first = number_of(event.first, calendar)
        last = number_of(event.last, calendar) if event.last else FAR_AWAY
    except ForecastError:
        raise ForecastError(
            f"Event {event.event_id} has a window that is not in {calendar.name}s, as this forecast is. "
            f"Register it once more, in {calendar.name}s."
        ) from None
    when = np.arange(start, start + horizon)
    inside = (first <= when) & (when <= last)
    if event.shape != "decay":
        return inside.astype(float)
    age = np.clip(when - first, 0, None) / max(last - first, 1)
    return np.where(inside, LEFT_AT_THE_END ** np.minimum(age, 1), 0.0)


def overlay(paths: np.ndarray, panel: Panel, events: Sequence[Event], rng: np.random.Generator) -> np.ndarray:
    """The mixture: on each path an event happens with its probability, and then multiplies the series it names.

    X[i, h] *= 1 + (M - 1) * shape(h), so that the effect tends to none at the edges. M is drawn once per path,
    log-uniform over the registered range: a factor is a ratio, and halving is as far from 1 as doubling. Several
    events multiply. The total becomes the new sum; where no event acts, every number stays as it was, bit for bit.

    Parameters
    ----------
    paths : paths x series x horizon (persons), coherent, the total last.
    panel : the history they continue.
    rng : a stream of its own, so that an overlay never changes the base.

    Returns
    -------
    paths x series x horizon, coherent and zero or more.
    """
    draws, _, horizon = paths.shape
    start = panel.first + len(panel.values)
    effect = np.ones_like(paths[:, :-1])
    for event in sorted(events, key=lambda one: one.event_id):
        happens = rng.random(draws) < event.probability
        multiplier = np.exp(rng.uniform(np.log(event.low), np.log(event.high), draws))
        change = np.where(happens, multiplier - 1, 0.0)[:, None] * shape_of(event, panel.calendar, start, horizon)
        named = [k for k, name in enumerate(panel.names[:-1]) if event.touches(name)]
        effect[:, named] *= 1 + change[:, None]
    parts = paths[:, :-1] * effect
    total = np.where((effect != 1).any(axis=1), parts.sum(axis=1), paths[:, -1])
    return np.concatenate([parts, total[:, None]], axis=1)


def notes_on(events: Sequence[Event], panel: Panel, horizon: int) -> tuple[str, ...]:
    """What a reader must know of these events beside the figures: hindsight, no effect, begun already."""
    return tuple(note for event in events for note in _notes(event, panel, horizon))


def _notes(event: Event, panel: Panel, horizon: int) -> Iterable[str]:
    start = panel.first + len(panel.values)
    if event.hindsight != "none":
        yield (
            f"Hindsight: {event.event_id} was registered on {event.registered_on}, when {event.hindsight} of its "
            "window had passed."
        )
    if not any(map(event.touches, panel.names[:-1])):
        yield f"{event.event_id} names no series of this forecast and changes nothing."
    elif not shape_of(event, panel.calendar, start, horizon).any():
        yield f"{event.event_id} lies outside the periods ahead and changes nothing."
    elif number_of(event.first, panel.calendar) < start:
        yield (
            f"{event.event_id} began before the forecast does; what it did already is in the counts, so that its "
            "multiplier may count twice. Register a new range for the periods ahead."
        )
