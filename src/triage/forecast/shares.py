"""Groups without a series of their own: the paths of a nationality divided by shares that are drawn, not fixed.

No monthly series per location or route is published. Where a table of counts says how the last months of each
nationality were divided, the shares follow from it as a Dirichlet distribution: one lasting draw per path, and
around it the spread of the people of one month. On every path the parts add up to the nationality.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln

from triage.domain.errors import ForecastError, TableError
from triage.forecast.series import CALENDARS, number_of

WINDOW = 24  # months of counts that may speak
FEWEST = 12
#: What a month of age may leave of a count: the allowance for drift (a power steady model). The one is taken under
#: which the months of the window were least surprising; the forecast ages the counts by half its horizon more.
DISCOUNTS = (0.97, 0.95, 0.92, 0.88, 0.82, 0.75)
WARM_UP = 6  # months that are not judged when the discount is chosen
RECENT = 3  # months; a label without anybody in them is named in the notes
SMALLEST = 0.1  # least concentration of one month: about one person, who goes to one place
LARGEST_LOOSENESS = 20.0
LARGEST_CLOSENESS = 50.0

MONTHS = CALENDARS[0]


@dataclass(frozen=True)
class Shares:
    """What is known of the division of n nationalities over L labels; `notes` says what had to be borrowed.

    `pooled` (L) is the division of all together and `closeness` how far nationalities follow it, in persons;
    `counts` (n x L) are persons after discount and looseness, zero for a nationality without any;
    `looseness` is how many times neighbouring months differ more than chance makes them; `discount` is what a month
    leaves of what was known.
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    pooled: np.ndarray
    closeness: float
    counts: np.ndarray
    looseness: float
    discount: float
    notes: tuple[str, ...]

    def concentration(self, horizon: int) -> np.ndarray:
        """Dirichlet parameters halfway a horizon (months): n x L, each above zero."""
        return self.closeness * self.pooled + self.counts * self.discount ** (horizon / 2)


def shares_of(counts: pd.DataFrame, by: str, names: Sequence[str], until: str, months: int = WINDOW) -> Shares:
    """Learn the division of each of `names` over the label `by` from the last `months` months up to `until`.

    A nationality, label and month without a row counts as nobody; a month without any row is refused. Rows after
    `until` are not looked at. A nationality without counts gets the pooled shares, and a note says so.

    Parameters
    ----------
    counts : columns `period` or `month` (2026-11), `nationality_iso3`, `persons` and the label; one row per key.
    names : nationalities of the forecast, without the total.
    until : last month that the forecast knew.

    Raises
    ------
    TableError : a column is missing, a count is negative or no number, a key stands twice.
    ForecastError : fewer than 12 months in the window, or a hole in them.
    """
    rows = _rows(counts, by, number_of(until, MONTHS))
    labels = tuple(sorted(rows["label"].unique()))
    window = rows.loc[rows["age"] < months]
    _check_window(window, until)
    found = sorted(window.loc[window["persons"] > 0, "nationality_iso3"].unique())
    if not found:
        raise ForecastError("The shares hold nobody in the last months. Give counts above zero.")
    cube = _cube(window, found, labels, months)
    looseness = _looseness(cube)
    discount = max(DISCOUNTS, key=lambda d: _likelihood(cube / looseness, d))
    discounted = np.tensordot(discount ** np.arange(months), cube, axes=1)
    pooled = _share(discounted.sum(axis=0) + 0.5 / len(labels))
    known = {name: discounted[place] / looseness for place, name in enumerate(found)}
    return Shares(
        names=tuple(names),
        labels=labels,
        pooled=pooled,
        closeness=_closeness(discounted, pooled),
        counts=np.stack([known.get(name, np.zeros(len(labels))) for name in names]),
        looseness=looseness,
        discount=discount,
        notes=_notes(window, names, found, labels),
    )


def split(paths: np.ndarray, shares: Shares, rng: np.random.Generator) -> np.ndarray:
    """Divide paths over labels: paths x series x horizon in, paths x series x labels x horizon out (persons).

    Each path draws one lasting division per nationality, and each month the division of that month's people
    around it. The parts are zero or more and add up to the nationality on every path and month.

    `rng` is the stream of the shares, default_rng([seed, 4]): other draws of shares never change the forecast.
    """
    draws, n, horizon = paths.shape
    if n != len(shares.names):
        raise ForecastError(f"Expected paths of {len(shares.names)} series, without the total; found {n}.")
    out = np.empty((draws, n, len(shares.labels), horizon))
    for i, concentration in enumerate(shares.concentration(horizon)):
        lasting = _dirichlet(np.broadcast_to(concentration, (draws, 1, len(concentration))), rng)
        people = np.maximum(paths[:, i, :, None] / shares.looseness - 1, SMALLEST)
        of_month = _dirichlet(lasting * people, rng)
        out[:, i] = (paths[:, i, :, None] * of_month).swapaxes(1, 2)
    return out


def _dirichlet(concentration: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draws along the last axis. Where all gammas underflow, one label takes all, with its probability."""
    gammas = rng.standard_gamma(concentration)
    one = (rng.random((*concentration.shape[:-1], 1)) > np.cumsum(_share(concentration), axis=-1)).sum(axis=-1)
    is_lost = gammas.sum(axis=-1) < 1e-300
    gammas[is_lost] = np.eye(concentration.shape[-1])[np.minimum(one, concentration.shape[-1] - 1)[is_lost]]
    return _share(gammas)


def _share(x: np.ndarray) -> np.ndarray:
    return x / x.sum(axis=-1, keepdims=True)


def _rows(counts: pd.DataFrame, by: str, until: int) -> pd.DataFrame:
    """Checked rows with `label` and `age` in months, none later than `until`."""
    frame = counts.reset_index(drop=True).rename(columns={"month": "period"})
    absent = [name for name in ("period", "nationality_iso3", "persons", by) if name not in frame]
    if absent:
        raise TableError(f"Shares: no column named {absent[0]}. Give month, nationality_iso3, persons and the label.")
    frame = frame.assign(
        label=frame[by].astype(str),
        age=[until - number_of(period, MONTHS) for period in frame["period"]],
        persons=pd.to_numeric(frame["persons"], errors="coerce"),
    )
    persons = frame["persons"].to_numpy(float)
    is_empty = frame[[by, "nationality_iso3"]].isna().to_numpy(bool).any(axis=1) | (frame["label"] == "").to_numpy(bool)
    is_bad = ~(persons >= 0) | np.isinf(persons) | is_empty
    if is_bad.any():
        row = int(is_bad.argmax()) + 1
        raise TableError(
            f"Shares: row {row}: expected a nationality, a label and a count of 0 or more. Correct the row."
        )
    key = [name for name in ("period", "nationality_iso3", "label", "kind") if name in frame]
    is_repeated = frame.duplicated(key).to_numpy(bool)
    if is_repeated.any():
        raise TableError(f"Shares: row {int(is_repeated.argmax()) + 1} repeats its key. Keep one row.")
    return frame.loc[frame["age"] >= 0]


def _check_window(window: pd.DataFrame, until: str) -> None:
    ages = sorted(window["age"].unique())
    if len(ages) < FEWEST:
        raise ForecastError(
            f"The shares hold {len(ages)} of the {WINDOW} months up to {until}; at least {FEWEST} are needed. "
            "Give a longer table of counts."
        )
    if len(ages) != ages[-1] - ages[0] + 1:
        raise ForecastError("A month is missing in the middle of the shares. Give its rows; nothing is filled in.")


def _cube(window: pd.DataFrame, names: Sequence[str], labels: Sequence[str], months: int) -> np.ndarray:
    """Persons by age in months, nationality and label."""
    cube = np.zeros((months, len(names), len(labels)))
    rows = window.loc[window["nationality_iso3"].isin(names)]
    place = [rows["age"], [names.index(n) for n in rows["nationality_iso3"]], [labels.index(x) for x in rows["label"]]]
    np.add.at(cube, tuple(np.asarray(p, dtype=int) for p in place), rows["persons"].to_numpy(float))
    return cube


def _looseness(cube: np.ndarray) -> float:
    """Pearson's chi-square of neighbouring months over its degrees of freedom; 1 is chance alone, at most 20.

    Neighbours, because slow drift is not looseness: the discount allows for that.
    """
    squares, freedom = 0.0, 0
    for a, b in zip(cube[:-1].reshape(-1, cube.shape[2]), cube[1:].reshape(-1, cube.shape[2]), strict=True):
        seen = np.stack([a, b])[:, a + b > 0]
        if seen.sum(axis=1).min(initial=0) > 0:
            expected = seen.sum(axis=1, keepdims=True) * _share(seen.sum(axis=0))
            squares += float(((seen - expected) ** 2 / expected).sum())
            freedom += seen.shape[1] - 1
    return float(np.clip(squares / freedom, 1, LARGEST_LOOSENESS)) if freedom else 1.0


def _likelihood(cube: np.ndarray, discount: float) -> float:
    """Log likelihood of each month under a Dirichlet of the discounted months before it (age 0 is the newest)."""
    alpha, total = np.full(cube.shape[1:], 1 / cube.shape[2]), 0.0
    for k, month in enumerate(cube[::-1]):
        if k >= WARM_UP:
            whole, people = alpha.sum(axis=1), month.sum(axis=1)
            total += float((gammaln(alpha + month) - gammaln(alpha)).sum())
            total += float((gammaln(whole) - gammaln(whole + people)).sum())
        alpha = discount * (alpha + month)
        alpha += (1 - discount) / cube.shape[2]
    return total


def _closeness(discounted: np.ndarray, pooled: np.ndarray) -> float:
    """Concentration of nationalities around the pooled shares, by moments; 2 where one nationality is all there is."""
    if len(discounted) < 2:
        return 2.0
    spread = float(_share(discounted).var(axis=0, ddof=1).sum())
    chance = float((pooled * (1 - pooled)).sum())
    return float(np.clip(chance / max(spread, 1e-9) - 1, 1, LARGEST_CLOSENESS))


def _notes(window: pd.DataFrame, names: Sequence[str], found: list[str], labels: Sequence[str]) -> tuple[str, ...]:
    """What was borrowed, what is stale and which labels stood empty lately."""
    borrowed = sorted(set(names) - set(found))
    newest = int(window["age"].to_numpy(int).min())
    recent = window[(window["age"] < newest + RECENT) & (window["persons"] > 0)]
    empty = [label for label in labels if label not in set(recent["label"])]
    notes = []
    if borrowed:
        notes.append(f"No counts of {', '.join(borrowed)}: the pooled shares of the others stand in, with wide bands.")
    if newest:
        notes.append(f"The counts end {newest} months before the forecast; they are discounted for that too.")
    if empty:
        notes.append(
            f"Nobody in the last {RECENT} months of the counts: {', '.join(empty)}. A small share remains; "
            "take the rows of a label out when it is closed."
        )
    return tuple(notes)
