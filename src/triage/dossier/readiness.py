"""When the open items of a file will come, learned from how long others took, and what to chase first.

A discrete-time (weekly) hazard: of the items still open at the start of their k-th week, the share that came in
that week. An item with little history leans on its third party, and a third party on all items together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

#: First week of each bin of weeks waited; within a bin the hazard is one figure, and the last bin has no end.
WEEK_BINS = np.array([0, 1, 2, 3, 4, 6, 9, 13, 26])
#: Weight of what an item leans on, in weeks at risk. An assumption: below some twenty weeks seen the pool decides.
PRIOR_WEEKS = 20.0
#: How far ahead a day is given, in days. What is expected later is told as not known.
HORIZON_DAYS = 730

#: One question of readiness: (item, days it has been open).
Open = tuple[str, int]


@dataclass(frozen=True)
class Hazards:
    """Weekly hazards per item: of what is still open, the share that comes in that week of waiting.

    `by_item` and `by_party` are arrays over WEEK_BINS, `pooled` is that of all items together. `weeks` counts the
    weeks at risk seen per item, `came` the arrivals.
    """

    by_item: Mapping[str, np.ndarray]
    by_party: Mapping[str, np.ndarray]
    pooled: np.ndarray
    weeks: Mapping[str, int]
    came: Mapping[str, int]

    def of(self, item: str, third_party: str) -> np.ndarray:
        """Hazard of an item; of its third party, or of all items, where it has no history of its own."""
        return self.by_item.get(item, self.by_party.get(third_party, self.pooled))

    def still_open(self, item: str, third_party: str) -> np.ndarray:
        """P(still open after d days), d = 0 ... twice HORIZON_DAYS; within a week the hazard is spread evenly."""
        weekly = self.of(item, third_party)
        days = np.arange(2 * HORIZON_DAYS)
        rate = np.log1p(-np.minimum(weekly, 1 - 1e-12)) / 7
        daily = rate[np.searchsorted(WEEK_BINS, days // 7, side="right") - 1]
        return np.concatenate([[1.0], np.exp(np.cumsum(daily))])


def risk_weeks(waits: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Weeks at risk and arrivals per item and bin of weeks waited, as far as they were seen whole by `as_of`.

    An open item counts in every week it waited (right-censored): leaving it out would keep only the quick ones. A
    week that had not ended by `as_of` counts for nobody, whether the item came in it or not: counting the arrivals
    alone would make the hazard too high. A waived item leaves in the week in which it was waived.

    Parameters
    ----------
    waits : frame of `events.spells`: item, start, end (days, end empty while open), came (bool).
    as_of : last day that was seen.

    Returns
    -------
    frame : item, bin (0 ... len(WEEK_BINS) - 1), weeks (at risk), came; one row per item and bin seen.
    """
    seen = (pd.Timestamp(as_of) - waits["start"]).dt.days.to_numpy(float) + 1
    whole = np.floor(np.maximum(seen, 0) / 7).astype(int)  # weeks seen to their end
    waited = (waits["end"] - waits["start"]).dt.days.to_numpy(float)
    ended = np.where(np.isnan(waited), np.inf, np.floor(waited / 7))
    came = waits["came"].to_numpy(bool) & (ended < whole)
    at_risk = np.minimum(whole, np.where(came, ended + 1, ended)).astype(int)
    row = np.repeat(np.arange(len(waits)), at_risk)
    week = np.arange(len(row)) - np.repeat(np.cumsum(at_risk) - at_risk, at_risk)
    frame = pd.DataFrame(
        {
            "item": waits["item"].to_numpy()[row],
            "bin": np.searchsorted(WEEK_BINS, week, side="right") - 1,
            "weeks": 1,
            "came": (came[row] & (week == at_risk[row] - 1)).astype(int),
        }
    )
    return frame.groupby(["item", "bin"])[["weeks", "came"]].agg("sum").reset_index()


def learn_hazards(waits: pd.DataFrame, third_party: Callable[[str], str], as_of: date) -> Hazards | None:
    """Hazards per item, shrunk to its third party, which is shrunk to all items; None where nothing was seen yet.

    Posterior mean of a Beta prior worth PRIOR_WEEKS weeks at risk, in each bin: (came + PRIOR_WEEKS x above) / (weeks
    + PRIOR_WEEKS). The pool itself leans the same way on its mean over all bins.

    Parameters
    ----------
    waits : frame of `events.spells`.
    third_party : who delivers an item.
    as_of : last day that was seen; nothing after it is used.
    """
    known: pd.DataFrame = waits.loc[waits["start"] <= pd.Timestamp(as_of)]
    counts = risk_weeks(known, as_of)
    if counts.empty:
        return None
    counts = counts.assign(party=counts["item"].map(third_party))
    overall = (counts["came"].sum() + 0.5) / (counts["weeks"].sum() + 1)  # never 0 or 1
    pooled = _leaning(counts, np.full(len(WEEK_BINS), overall))
    parties = {str(name): _leaning(rows, pooled) for name, rows in counts.groupby("party")}
    items = {str(name): _leaning(rows, parties[third_party(str(name))]) for name, rows in counts.groupby("item")}
    return Hazards(items, parties, pooled, _totals(counts, "weeks"), _totals(counts, "came"))


def _totals(counts: pd.DataFrame, column: str) -> dict[str, int]:
    return {str(name): int(np.sum(rows[column].to_numpy())) for name, rows in counts.groupby("item")}


def _leaning(counts: pd.DataFrame, above: np.ndarray) -> np.ndarray:
    weeks = np.bincount(counts["bin"], counts["weeks"], len(WEEK_BINS))
    came = np.bincount(counts["bin"], counts["came"], len(WEEK_BINS))
    return (came + PRIOR_WEEKS * above) / (weeks + PRIOR_WEEKS)


def arrival_chances(open_after: np.ndarray, waited_days: int) -> np.ndarray:
    """P(in by the end of day d from today), d = 0 ... HORIZON_DAYS, of an item that is still open after so many days.

    Beyond the horizon of `open_after` its last daily rate goes on, which is that of the last bin.
    """
    start = min(max(waited_days, 0), HORIZON_DAYS - 1)
    ahead = open_after[start : start + HORIZON_DAYS + 1]
    return 1 - ahead / ahead[0] if ahead[0] > 0 else np.ones(HORIZON_DAYS + 1)


def chance_ready(chances: Iterable[np.ndarray]) -> np.ndarray:
    """P(all blocking items in by day d): the product, as if items came independently of each other.

    That is an assumption. Items of one case are late together (one applicant, one desk), so that the true chance
    is a little higher; it is never lower than the product where such items go together.
    """
    return np.prod(np.vstack([np.ones(HORIZON_DAYS + 1), *chances]), axis=0)


def expected_day(chances: np.ndarray, today: date, level: float = 0.5) -> date | None:
    """First day on which the chance reaches `level`; None where that lies beyond the horizon."""
    days = int(np.searchsorted(chances, level))  # chances never fall
    return today + timedelta(days=days) if days < len(chances) else None


def hours_per_minute(p_missing: float, cancelled_hours: float, chase_minutes: float) -> float:
    """Expected interview hours saved per minute of chasing: P(missing at the interview) x hours lost / minutes.

    Takes it that chasing brings the item in before the interview, and that one missing item costs the whole
    interview. Where several items of a case are open, each alone is worth less than this says.

    Source: planning.md 3e.
    """
    return p_missing * cancelled_hours / chase_minutes


def chase_order(worth: Sequence[float]) -> list[int]:
    """Places of the items in the order to chase them: the most hours saved per minute first, ties as they stand.

    With one item after another, this order loses the fewest expected hours x minutes of waiting (Smith's rule), and
    in a given time it saves the most but for the last item that no longer fits.
    """
    return sorted(range(len(worth)), key=lambda place: -worth[place])
