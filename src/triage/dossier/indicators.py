"""What the bedrijfsbureau steers on: ready at the start, cancelled interviews, waiting on others, time spent chasing.

Every figure is read off the events alone, with its definition and its trap beside it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from triage.dossier.events import INTERVIEW, in_order, known_on, spells

#: Indicator -> (definition, trap), in Dutch: they stand beside the figures.
DEFINITIONS = {
    "ready_at_start": (
        "Geplande gehoren waarvan alle verplichte stukken waren ontvangen, gedeeld door alle geplande gehoren van "
        "die periode waarvan bekend is of ze doorgingen.",
        "Een stuk dat niemand heeft aangevraagd, telt hier niet mee.",
    ),
    "cancelled_by_cause": (
        "Gehoren die niet doorgingen of werden afgebroken, per oorzaak, gedeeld door alle geplande gehoren van die "
        "periode waarvan bekend is of ze doorgingen.",
        "De oorzaak is wat de medewerker invulde. Zonder oorzaak telt als onbekend.",
    ),
    "waiting": (
        "Stukken die zijn aangevraagd en nog niet binnen zijn, per partij. De helft wacht langer dan het aantal dagen "
        "dat erbij staat.",
        "Dit zijn wachttijden tot nu toe. Ze worden nog langer.",
    ),
    "chasing": (
        "Minuten besteed aan navragen in die periode, per partij.",
        "Navragen zonder tijd telt als keer en niet als minuten.",
    ),
}


@dataclass(frozen=True)
class Share:
    """A part of a whole, in interviews; `value` is in [0, 1], or None without any."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share itself."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Waiting:
    """Items that one third party has still to deliver. Days are days waited so far."""

    third_party: str
    items: int
    median_days: float
    longest_days: int


@dataclass(frozen=True)
class Chasing:
    """Time spent on chasing one third party."""

    third_party: str
    times: int
    minutes: float


def planned_interviews(events: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """Interviews planned for a day from `first` to `last`: case_id, day, how (held, cancelled, cut_short), cause.

    A plan that was replaced before its day by a new plan is no interview: only the plan that stood counts, and one
    of which nothing is known yet has an empty `how`.
    """
    standing: dict[str, pd.Timestamp] = {}
    rows: list[tuple[str, pd.Timestamp, str | None, str | None]] = []
    ordered = in_order(events)
    told = ordered.loc[ordered["item"] == INTERVIEW]
    columns = (told[name] for name in ("case_id", "event", "planned_for", "cause"))
    for case, event, day, cause in zip(*columns, strict=True):
        if event == "planned":
            standing[case] = day
        elif case in standing:
            rows.append((case, standing.pop(case), event, cause))
    rows += [(case, day, None, None) for case, day in standing.items()]
    frame = pd.DataFrame(rows, columns=["case_id", "day", "how", "cause"]).astype({"day": "datetime64[ns]"})
    return frame.loc[frame["day"].between(pd.Timestamp(first), pd.Timestamp(last))].reset_index(drop=True)


def share_ready_at_start(events: pd.DataFrame, blocking: Collection[str], first: date, last: date) -> Share:
    """Share of planned interviews whose file was ready on their day: every blocking item asked for was in.

    Of interviews planned for a day from `first` to `last` of which is known how they went. Items that nobody asked
    for are not seen, so that the share is too high where requests are forgotten.

    Parameters
    ----------
    events : table DOSSIER_EVENTS.
    blocking : items without which no interview starts.
    first, last : days of the interviews.
    """
    planned = planned_interviews(events, first, last)
    planned = planned[planned["how"].notna()]
    waits = spells(events)
    waits = waits[waits["item"].isin(list(blocking))]
    both = planned.merge(waits, on="case_id")
    # In during the day of the interview is too late: it starts in the morning.
    is_open = (both["start"] <= both["day"]) & ~(both["end"] < both["day"])
    late = both.loc[is_open, ["case_id", "day"]].drop_duplicates()
    return Share(len(planned) - len(late), len(planned))


def cancelled_by_cause(events: pd.DataFrame, first: date, last: date) -> dict[str, Share]:
    """Share of planned interviews that were cancelled or cut short, per cause, most frequent first.

    Of interviews planned for a day from `first` to `last` of which is known how they went. "unknown" where nobody
    wrote a cause. The shares add up to that of all that did not go as planned.
    """
    planned = planned_interviews(events, first, last)
    planned = planned[planned["how"].notna()]
    lost = planned.loc[planned["how"] != "held", "cause"].fillna("unknown")
    return {str(cause): Share(int(count), len(planned)) for cause, count in lost.value_counts().items()}


def waiting_on(events: pd.DataFrame, third_party: Callable[[str], str], today: date) -> list[Waiting]:
    """Open items per third party, the one that holds most first. Waits so far: they are still growing."""
    waits = spells(known_on(events, today))
    still: pd.DataFrame = waits.loc[waits["end"].isna()]
    still = still.assign(party=still["item"].map(third_party), days=(pd.Timestamp(today) - still["start"]).dt.days)
    found = [
        Waiting(str(name), len(rows), float(np.median(rows["days"])), int(max(rows["days"])))
        for name, rows in still.groupby("party")
    ]
    return sorted(found, key=lambda one: (-one.items, one.third_party))


def chasing_time(events: pd.DataFrame, third_party: Callable[[str], str], first: date, last: date) -> list[Chasing]:
    """Times and minutes of chasing per third party from `first` to `last`, most minutes first.

    A chase without minutes counts as a time only.
    """
    ordered = in_order(events)
    within = ordered["at"].dt.normalize().between(pd.Timestamp(first), pd.Timestamp(last))
    chased: pd.DataFrame = ordered.loc[(ordered["event"] == "chased") & within]
    chased = chased.assign(party=chased["item"].map(third_party), minutes=chased["minutes"].astype(float))
    found = [Chasing(str(name), len(rows), float(np.nansum(rows["minutes"]))) for name, rows in chased.groupby("party")]
    return sorted(found, key=lambda one: (-one.minutes, one.third_party))
