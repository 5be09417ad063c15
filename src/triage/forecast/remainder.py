"""The national figure: the nationalities that are published per month, and the remainder that is not.

Per quarter the national total is official up to some quarter. What the published nationalities leave of it is a
series of its own, OTH, forecast with the same models; months are never interpolated. The official totals end
earlier than the monthly series, so OTH is forecast further ahead, and its band is wider for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from triage.domain.errors import ForecastError
from triage.forecast.models import MODELS
from triage.forecast.series import CALENDARS, TOTAL, Panel, check_length, number_of

OTHERS = "OTH"
MONTHS, QUARTERS = CALENDARS[0], CALENDARS[1]
#: A sum of 21 months rounded to 5 and a total rounded to 10 may differ by this without any error (three sigma).
ROUNDING = 25.0
#: The remainder is a sum without sisters: errors borrowed from single nationalities make its bands far too wide.
MODEL = "local_level"
CANDIDATES = 20  # paths drawn for each one kept, where yearly totals are known
SHRINKAGE = 12  # quarters of "no relation" that the measured rank relation is averaged with


@dataclass(frozen=True)
class Remainder:
    """Official totals and the published nationalities, quarter by quarter, and OTH as what is left (persons)."""

    panel: Panel  # quarterly: the nationalities, OTH, and the official total last
    notes: tuple[str, ...]

    @property
    def last(self) -> str:
        """Last quarter with an official total."""
        return self.panel.periods[-1]

    @property
    def others(self) -> np.ndarray:
        """OTH per quarter (persons)."""
        return self.panel.values[:, -2]


def quarters_of(values: np.ndarray, first: int) -> tuple[np.ndarray, int]:
    """Months (… x T, `first` the number of the first) summed to whole quarters, and the number of the first one.

    A quarter of which a month is missing is left out.
    """
    skip = -first % 3
    whole = (values.shape[-1] - skip) // 3
    used = values[..., skip : skip + 3 * whole]
    return used.reshape(*values.shape[:-1], whole, 3).sum(axis=-1), (first + skip) // 3


def remainder_of(panel: Panel, totals: pd.Series) -> Remainder:
    """OTH from a monthly `panel` and official quarterly `totals` (index 2018Q1 …, persons).

    Only quarters that both hold. A remainder below zero within rounding is set to 0 and noted.

    Raises ForecastError for a hole in the totals, fewer than 24 quarters, or a remainder further below zero.
    """
    sums, first = quarters_of(panel.values.T, panel.first)
    persons = {number_of(str(quarter), QUARTERS): float(count) for quarter, count in totals.items()}
    numbers = sorted(persons)
    if not numbers or len(numbers) != len(totals) or numbers[-1] - numbers[0] >= len(numbers):
        raise ForecastError("A quarter is missing or stands twice among the national totals. Give each quarter once.")
    shared = [q for q in numbers if first <= q < first + sums.shape[1]]
    if not shared:
        raise ForecastError("The national totals and the monthly series share no quarter. Give later totals.")
    parts = sums[:-1, [q - first for q in shared]].T
    official = np.array([persons[q] for q in shared])
    others = official - parts.sum(axis=1)
    notes = _check_others(others, shared)
    others = np.maximum(others, 0)
    values = np.column_stack([parts, others, parts.sum(axis=1) + others])
    names = (*panel.names[:-1], OTHERS, TOTAL)
    return Remainder(check_length(Panel(values, names, QUARTERS, shared[0])), notes)


def _check_others(others: np.ndarray, quarters: Sequence[int]) -> tuple[str, ...]:
    low = int(others.argmin())
    where = QUARTERS.text(quarters[low])
    if not np.isfinite(others).all() or others[low] < -ROUNDING:
        raise ForecastError(
            f"In {where} the nationalities add up to more than the national total. Check that both are of one kind."
        )
    rounded = [QUARTERS.text(q) for q, x in zip(quarters, others, strict=True) if x < 0]
    notes = [f"The remainder is known to about {ROUNDING:.0f} persons a quarter: its parts are rounded to 5 and 10."]
    return tuple(notes + ([f"Below zero within rounding, set to 0: {', '.join(rounded)}."] if rounded else []))


@dataclass(frozen=True)
class National:
    """Joint paths of the national figure per quarter: `seven` (published nationalities) and `others`, paths x Q.

    `rank_relation` is the rank relation of the two with which they were joined; the figure is their sum.
    """

    quarters: tuple[str, ...]
    seven: np.ndarray
    others: np.ndarray
    rank_relation: float
    notes: tuple[str, ...]

    @property
    def total(self) -> np.ndarray:
        """Paths x Q (persons)."""
        return self.seven + self.others


def national_paths(
    remainder: Remainder,
    known: Panel,
    ahead: np.ndarray,
    rng: np.random.Generator,
    model: str = MODEL,
    years: pd.Series | None = None,
    rank_relation: float | None = None,
) -> National:
    """Join the monthly paths of the published nationalities with forecast paths of OTH.

    Quarters run from the first one after the last official total: known months stand on every path as they are.
    OTH is drawn from `model` on the quarterly panel; where a yearly total (`years`, index 2025, persons) is known
    beyond the quarters, those paths are kept that come nearest to what it leaves for OTH, and meet it exactly.

    Parameters
    ----------
    known : monthly panel up to the last month the forecast knew; its total is the sum of the nationalities.
    ahead : monthly paths of that total, paths x horizon (persons).
    rank_relation : rank relation of the two sums, 0 to 1; None for the one measured, see `measured_relation`.

    Raises ForecastError where no whole quarter lies ahead.
    """
    draws = len(ahead)
    history = np.broadcast_to(known.values[:, -1], (draws, len(known.values)))
    seven, first = quarters_of(np.concatenate([history, ahead], axis=1), known.first)
    start = remainder.panel.first + len(remainder.panel.values)
    seven = seven[:, start - first :]
    if not 0 < seven.shape[1] <= 60:
        raise ForecastError(f"Expected 1 to 60 whole quarters after {remainder.last}. Choose another --months.")
    quarters = tuple(remainder.panel.ahead(seven.shape[1]))
    others, met = _others(remainder, seven, model, years, rng)
    relation = measured_relation(remainder) if rank_relation is None else rank_relation
    place = join_by_rank(seven.sum(axis=1), others.sum(axis=1), relation, rng)
    return National(quarters, seven, others[place], relation, (*remainder.notes, *met))


def _others(
    remainder: Remainder, seven: np.ndarray, model: str, years: pd.Series | None, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Paths of OTH, draws x Q, and notes on the yearly totals that they meet."""
    draws, horizon = seven.shape
    left = _left_by_years(remainder, seven, years)
    if model not in MODELS:
        raise ForecastError(f"No forecast model has that name. Known are {', '.join(MODELS)}.")
    fitted = MODELS[model]().fit(remainder.panel)
    sampled = fitted.sample(horizon, draws * (CANDIDATES if left else 1), rng)[:, -2]
    if not left:
        return sampled, ()
    sums = np.stack([sampled[:, a:b].sum(axis=1) for _, a, b, _ in left], axis=1)
    target = np.array([persons for *_, persons in left])
    logs = np.log(sums + 1)
    far = (((logs - np.log(target + 1)) / np.maximum(logs.std(axis=0), 1e-9)) ** 2).sum(axis=1)
    kept = np.argsort(far, kind="stable")[:draws]
    others = sampled[kept]
    for k, (_, a, b, persons) in enumerate(left):
        sizes = sums[kept, k][:, None]
        others[:, a:b] = np.where(sizes > 0, others[:, a:b] * persons / np.maximum(sizes, 1e-9), persons / (b - a))
    rng.shuffle(others)  # nearest first is no order in which to meet the other paths
    names = ", ".join(year for year, *_ in left)
    return others, (f"The remainder meets the yearly totals of {names}; how it lay over the quarters is drawn.",)


def _left_by_years(
    remainder: Remainder, seven: np.ndarray, years: pd.Series | None
) -> list[tuple[str, int, int, float]]:
    """(year, first and last+1 quarter ahead, persons left for OTH) of years whose nationalities are all known."""
    found = []
    start = remainder.panel.first + len(remainder.panel.values)
    is_known = np.ptp(seven, axis=0) == 0
    for year, persons in () if years is None else years.items():
        a, b = max(int(str(year)) * 4 - start, 0), int(str(year)) * 4 + 4 - start
        seen = remainder.panel.values[max(int(str(year)) * 4 - remainder.panel.first, 0) :, -1].sum() if a == 0 else 0
        if 0 < b <= seven.shape[1] and is_known[a:b].all():
            left = float(persons) - float(seen) - float(seven[0, a:b].sum())
            if left < -2 * ROUNDING:
                raise ForecastError(f"The total of {year} is below the sum of its known parts. Check its definition.")
            found.append((str(year), a, b, max(left, 0.0)))
    return found


def measured_relation(remainder: Remainder) -> float:
    """Rank relation of yearly log changes of the nationalities and of OTH, averaged with zero for the short history.

    Independent draws would make the national band too narrow: what fills the centres drives both.
    """
    logs = np.log(np.column_stack([remainder.panel.values[:, :-2].sum(axis=1), remainder.others]) + 5)
    change = logs[4:] - logs[:-4]
    if np.ptp(change, axis=0).min() == 0:
        return 0.0
    relation = float(np.corrcoef(rankdata(change[:, 0]), rankdata(change[:, 1]))[0, 1])
    return float(np.clip(relation, 0, 1)) * len(change) / (len(change) + SHRINKAGE)


def join_by_rank(a: np.ndarray, b: np.ndarray, relation: float, rng: np.random.Generator) -> np.ndarray:
    """For each draw of `a` the place of its partner in `b`, so that their ranks have the rank relation asked for.

    Both keep their own distribution: only who meets whom changes. A Gaussian copula; 0 is chance, 1 the same order.
    """
    if not 0 <= relation <= 1:
        raise ForecastError("Expected a rank relation of 0 to 1. Choose one of these.")
    pearson = 2 * np.sin(np.pi * relation / 6)
    rank = np.argsort(np.argsort(a, kind="stable"), kind="stable")
    score = norm.ppf((rank + 0.5) / len(a))
    mixed = pearson * score + np.sqrt(max(1 - pearson**2, 0)) * rng.standard_normal(len(a))
    wanted = np.argsort(np.argsort(mixed, kind="stable"), kind="stable")
    return np.argsort(b, kind="stable")[wanted]


def national_year_sums(quarters: Sequence[str], paths: np.ndarray, known: pd.Series | None = None) -> pd.DataFrame:
    """Calendar-year sums of quarterly `paths` (paths x Q): year, p10, p50, p90 (persons).

    A year counts when all four quarters are there, on the paths or among `known` (official totals by quarter).
    """
    official = {} if known is None else {str(q): float(x) for q, x in known.items()}
    place = {q: k for k, q in enumerate(quarters)}
    rows = []
    for year in sorted({q[:4] for q in quarters}):
        names = [f"{year}Q{k}" for k in range(1, 5)]
        if not all(name in place or name in official for name in names):
            continue
        fixed = sum(official[name] for name in names if name not in place)
        sums = fixed + paths[:, [place[name] for name in names if name in place]].sum(axis=1)
        rows.append((year, *np.quantile(sums, (0.1, 0.5, 0.9))))
    return pd.DataFrame(rows, columns=["year", "p10", "p50", "p90"])
