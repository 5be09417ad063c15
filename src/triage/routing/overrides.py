"""How good overrides are, not only how many: direction, who was right afterwards, time taken, and what advice changes.

An override rate alone says nothing: 0 % may be a rubber stamp and 50 % a bad model. So every figure stands beside the
officer's load that day and the direction of the advice, and the booked hours say afterwards whose depth was nearer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from triage.domain.decision_tables import ADVICE, OVERRIDES
from triage.domain.small_groups import SMALLEST_GROUP, hidden_cells
from triage.routing.evidence import median_interval, share_interval
from triage.routing.policy import DEPTHS, Policy, fitting_depths, hours_table

ALL = "all"
#: Decisions of one officer on one day: upper ends of the bands. An assumption; a full day has some twenty.
LOAD_ENDS = (8, 20)
LOADS = ("1-8", "9-20", "21 and more")
RULE = "rule"
RARE, SHORT = "OVERRIDES_RARE", "DWELL_SHORT"
FEWEST_OVERRIDES, SHORTEST_DWELL = 0.02, 10.0  # share; seconds
SURELY_FEW = 0.05  # a rate below 2 % is an alarm once its interval lies below this: not for 0 of 12
FIGURES = ("override", "deeper", "lighter", "other_route", "hours_won", "officer_nearer", "dwell_seconds")
PLACE = {depth.value: float(place) for place, depth in enumerate(DEPTHS)}


@dataclass(frozen=True)
class Difference:
    """The shown arm against the hidden one: each arm's figure and number, and shown - hidden with its 95 % interval."""

    measure: str
    shown: float
    hidden: float
    n_shown: int
    n_hidden: int
    difference: float
    low: float
    high: float


# Per slice -----------------------------------------------------------------------------------------------------------


def measure_overrides(decisions: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Table OVERRIDES: load band x direction of the advice, with totals. `decisions` is table DECISIONS.

    Only decisions with advice shown count. A slice of fewer than 10, or one that would give such a slice away by
    subtraction, has no figures.
    """
    lines = pd.DataFrame(_judged(decisions, policy).loc[decisions["had_advice"]])
    counts = pd.crosstab(lines["load"], lines["advice"]).reindex(index=LOADS, columns=list(ADVICE), fill_value=0)
    hidden = hidden_cells(counts.to_numpy())
    figures, load_of, advice_of = lines[list(FIGURES)], lines["load"].to_numpy(), lines["advice"].to_numpy()
    rows = [
        _row(figures.loc[_is_in(load_of, load) & _is_in(advice_of, advice)], load, advice, bool(hidden[i, j]))
        for i, load in enumerate((*LOADS, ALL))
        for j, advice in enumerate((*ADVICE, ALL))
    ]
    return OVERRIDES.check(pd.DataFrame(rows, columns=list(OVERRIDES.columns)))


def load_bands(decisions: pd.DataFrame) -> pd.Series:
    """Per decision the band of how many its officer took that day."""
    count = decisions.groupby(["officer", "day"])["case_id"].transform("size").to_numpy(dtype=float)
    return pd.Series(np.array(LOADS, dtype=object)[np.searchsorted(LOAD_ENDS, count)], index=decisions.index)


def _judged(decisions: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """The decisions with their load, what the officer did with the advice, and who was right."""
    advised, chosen = _places(decisions["advised_depth"]), _places(decisions["depth"])
    step = chosen - advised  # nan where one of the two has no depth
    differs = _differs(decisions)
    won, nearer = _afterwards(decisions, policy, advised, chosen)
    return decisions.assign(
        load=load_bands(decisions),
        override=differs,
        deeper=step > 0,
        lighter=step < 0,
        other_route=differs & ~(np.abs(step) > 0),
        hours_won=won,
        officer_nearer=nearer,
    )


def _afterwards(
    decisions: pd.DataFrame, policy: Policy, advised: np.ndarray, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Hours won by the officer's depth, and whether the booked hours lie nearer to it (1, 0, .5 alike); else nan.

    The booked hours are those of the route that was followed, so a depth that does not fit may have made them itself:
    nearer says more of the advice than of the officer where phi is large. Only the newest decision on a case counts.
    """
    hours = decisions["hours_booked"].to_numpy(dtype=float)
    judged = (hours > 0) & (np.abs(chosen - advised) > 0) & decisions["is_last"].to_numpy()
    won, nearer = np.full(len(hours), np.nan), np.full(len(hours), np.nan)
    if not judged.any():
        return won, nearer
    log_hours, a, c = np.log(hours[judged]), advised[judged].astype(int), chosen[judged].astype(int)
    fits = np.log(depth_hours(policy))
    closer = np.abs(log_hours - fits[a]) - np.abs(log_hours - fits[c])
    kind = np.abs(log_hours[:, None] - np.log(list(policy.hours.values()))).argmin(axis=1)
    table = hours_table(policy)
    won[judged] = table[kind, a] - table[kind, c]
    nearer[judged] = (np.sign(closer) + 1) / 2
    return won, nearer


def depth_hours(policy: Policy) -> np.ndarray:
    """Hours of a case that fits each depth, light first: those of the cost table, on a scale of logarithms between."""
    places = np.array(fitting_depths(tuple(policy.hours)))
    return np.exp(np.interp(np.arange(3.0), places, np.log(list(policy.hours.values()))))


def _places(depths: Iterable[Any]) -> np.ndarray:
    return np.array([PLACE.get(depth, np.nan) for depth in depths])


def _is_in(bands: np.ndarray, band: str) -> np.ndarray:
    return np.full(len(bands), True) if band == ALL else bands == band


def _row(lines: pd.DataFrame, load: str, advice: str, is_hidden: bool) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(OVERRIDES.columns)
    row |= {"load": load, "advice": advice, "alarm": "", "is_hidden": is_hidden}
    if is_hidden or len(lines) < SMALLEST_GROUP:
        return row
    row |= {name: float(lines[name].to_numpy().mean()) for name in ("override", "deeper", "lighter", "other_route")}
    low, high = wilson(row["override"], len(lines))
    row |= {"decisions": len(lines), "override_low": low, "override_high": high} | _right(lines) | _dwell(lines)
    return row | {"alarm": "|".join(_alarm_codes(row))}


def _right(lines: pd.DataFrame) -> dict[str, float]:
    judged = lines.loc[lines["officer_nearer"].notna()]
    if len(judged) < SMALLEST_GROUP:
        return {}
    share = float(judged["officer_nearer"].mean())
    low, high = wilson(share, len(judged))
    about = {"judged": float(len(judged)), "officer_right": share, "hours_won": float(judged["hours_won"].mean())}
    return about | {"officer_right_low": low, "officer_right_high": high}


def _dwell(lines: pd.DataFrame) -> dict[str, float]:
    seconds = lines["dwell_seconds"].dropna().to_numpy(dtype=float)
    if len(seconds) < SMALLEST_GROUP:
        return {}
    low, high = median_interval(seconds)
    return {"dwell_median": float(np.median(seconds)), "dwell_low": low, "dwell_high": high}


def _alarm_codes(row: dict[str, Any]) -> list[str]:
    """Overrides that are surely rare, save of rules, which hold; and a median dwell too short to have read the page."""
    is_rare = row["override"] < FEWEST_OVERRIDES and row["override_high"] < SURELY_FEW and row["advice"] != RULE
    is_short = row["dwell_median"] is not None and row["dwell_median"] < SHORTEST_DWELL
    return [code for code, holds in ((RARE, is_rare), (SHORT, is_short)) if holds]


def wilson(share: float, whole: int) -> tuple[float, float]:
    """95 % interval of one share."""
    low, high = share_interval(np.array([share * whole]), np.array([float(whole)]))
    return float(low[0]), float(high[0])


# Shown against hidden ------------------------------------------------------------------------------------------------


def arm_differences(decisions: pd.DataFrame, policy: Policy) -> list[Difference]:
    """What showing the advice changes: the two arms of the audit sample, cases on whose depth a model advised.

    Shares by Newcombe's interval, means by Welch's. A measure of which an arm has fewer than 10 cases is left out.
    """
    lines = pd.DataFrame(decisions.loc[decisions["has_model_advice"] & decisions["is_last"]])
    advised, chosen = _places(lines["advised_depth"]), _places(lines["depth"])
    hours, steps = lines["hours_booked"].to_numpy(dtype=float), np.abs(chosen - advised)
    fit = np.abs(np.log(np.where(hours > 0, hours, np.nan))[:, None] - np.log(depth_hours(policy))).argmin(axis=1)
    known = (hours > 0) & ~np.isnan(chosen)
    measures: list[tuple[str, np.ndarray, bool]] = [
        ("chosen as advised", np.where(np.isnan(steps), 0.0, (steps == 0).astype(float)), True),
        ("chosen depth fits the booked hours", np.where(known, (fit == chosen).astype(float), np.nan), True),
        ("booked hours", hours, False),
        ("days to decision", lines["days"].to_numpy(dtype=float), False),
        ("seconds to choose", lines["dwell_seconds"].to_numpy(dtype=float), False),
    ]
    arms = [(lines["arm"] == name).to_numpy() for name in ("shown", "hidden")]
    found = []
    for name, values, is_share in measures:
        shown, hidden = (values[arm & ~np.isnan(values)] for arm in arms)
        if min(len(shown), len(hidden)) >= SMALLEST_GROUP:
            low, high = (newcombe if is_share else welch)(shown, hidden)
            means = float(shown.mean()), float(hidden.mean())
            found.append(Difference(name, *means, len(shown), len(hidden), means[0] - means[1], low, high))
    return found


def newcombe(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """95 % interval of the difference of two shares, from their Wilson intervals; sensible at 0 and at 1.

    Source: Newcombe, Statistics in Medicine 17 (1998), method 10.
    """
    share, n = np.array([one.mean(), other.mean()]), np.array([len(one), len(other)], dtype=float)
    low, high = share_interval(share * n, n)
    down = np.hypot(share[0] - low[0], high[1] - share[1])
    up = np.hypot(high[0] - share[0], share[1] - low[1])
    return float(share[0] - share[1] - down), float(share[0] - share[1] + up)


def welch(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """95 % interval of the difference of two means whose spreads may differ."""
    parts = [sample.var(ddof=1) / len(sample) for sample in (one, other)]
    middle = float(one.mean() - other.mean())
    if sum(parts) <= 0:
        return middle, middle
    freedom = sum(parts) ** 2 / sum(part**2 / (len(s) - 1) for part, s in zip(parts, (one, other), strict=True))
    half = float(stats.t.ppf(0.975, freedom)) * float(np.sqrt(sum(parts)))
    return middle - half, middle + half


# Over all ------------------------------------------------------------------------------------------------------------


def reason_counts(decisions: pd.DataFrame) -> dict[str, int | None]:
    """How often each coded reason was given for an override; None where too few to show."""
    counts = decisions.loc[decisions["had_advice"] & _differs(decisions), "reason_code"].value_counts()
    hidden = hidden_cells(counts.to_numpy()[None, :])[0] if len(counts) else np.array([], dtype=bool)
    return {str(code): None if hidden[k] else int(counts[code]) for k, code in enumerate(counts.index)}


def not_sure_share(decisions: pd.DataFrame) -> float | None:
    """Share of the decisions that no rule decided of which the model was not sure; None with fewer than 10."""
    asked = decisions.loc[decisions["has_model_advice"], "advice"]
    return float((asked == "not_sure").mean()) if len(asked) >= SMALLEST_GROUP else None


def alarms(table: pd.DataFrame) -> Sequence[str]:
    """A line per alarm of OVERRIDES, those over all first."""
    said = {RARE: "overrides below 2 %", SHORT: "median dwell below 10 s"}
    rows = table.loc[table["alarm"] != ""].iloc[::-1]
    return [
        f"load {row.load}, advice {row.advice}: {' and '.join(said[code] for code in row.alarm.split('|'))} "
        f"({row.decisions:.0f} decisions)"
        for row in rows.itertuples()
    ]


def _differs(decisions: pd.DataFrame) -> pd.Series:
    others = [decisions[name].to_numpy() != decisions[f"advised_{name}"].to_numpy() for name in ("route", "depth")]
    return pd.Series(others[0] | others[1], index=decisions.index)
