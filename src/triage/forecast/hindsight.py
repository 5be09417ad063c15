"""What became of forecasts: how often a band held, on which side we erred, and the months we missed most.

Works on rows that hold a forecast with its outcome beside it: `series`, `month`, `h` (periods ahead, from 1), the
quantiles p05 to p95 and `actual` (persons). Such rows come from a backtest, or from what was published.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.errors import TriageError
from triage.forecast.scores import BANDS, MEDIAN, coverage, wis
from triage.forecast.series import TOTAL, panel_of

QUANTILES = ("p05", "p10", "p25", "p50", "p75", "p90", "p95")
#: Periods ahead that are told apart: soon, later, and about a year.
STRETCHES = ((1, 3), (4, 6), (7, 12), (13, 60))


@dataclass(frozen=True)
class Hindsight:
    """How forecasts turned out over `months` outcomes; shares in [0, 1], errors relative to the outcomes' sum."""

    months: int
    wis: float  # persons
    wape: float | None
    bias: float | None  # positive: too high
    coverage_50: float
    coverage_80: float
    coverage_90: float


def with_outcomes(forecast: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Rows of FORECAST whose month is known by now, with `h` and `actual`.

    `history` holds counts by period (index) and series (columns). Rows without outcome are left out, not filled.
    """
    months = list(dict.fromkeys(forecast["month"]))
    cells = [
        history.at[month, series] if month in history.index and series in history.columns else np.nan
        for month, series in zip(forecast["month"], forecast["series"], strict=True)
    ]
    rows = forecast.assign(h=[months.index(month) + 1 for month in forecast["month"]], actual=cells)
    return rows.dropna(subset=["actual"]).reset_index(drop=True)


def hindsight(rows: pd.DataFrame) -> Hindsight | None:
    """How these forecasts turned out; None where no outcome is known yet."""
    if rows.empty:
        return None
    q, y = rows[list(QUANTILES)].to_numpy(float), rows["actual"].to_numpy(float)
    error, whole = q[:, MEDIAN] - y, float(y.sum())
    shares = {f"coverage_{100 - round(100 * alpha)}": coverage(q, y, alpha) for alpha in BANDS}
    return Hindsight(
        months=len(y),
        wis=float(wis(q, y).mean()),
        wape=float(np.abs(error).sum() / whole) if whole > 0 else None,
        bias=float(error.sum() / whole) if whole > 0 else None,
        **shares,
    )


def parts(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the series without the total: the two are never mixed."""
    return rows.loc[rows["series"] != TOTAL]


def by_stretch(rows: pd.DataFrame) -> list[tuple[int, int, Hindsight]]:
    """(first, last, how it turned out) per stretch of periods ahead that has outcomes."""
    if rows.empty:
        return []
    found = [(a, b, hindsight(rows.loc[rows["h"].between(a, b)])) for a, b in STRETCHES]
    return [(a, min(b, int(rows["h"].to_numpy().max())), one) for a, b, one in found if one]


def worst(rows: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    """The outcomes furthest from what was forecast, one row per series and month, worst first.

    Measured by WIS over the mean outcome of that series, so that a small series can be missed as well as a large
    one. Of several forecasts of one month the worst is told.
    """
    told = parts(rows)
    if told.empty:
        return told
    score = wis(told[list(QUANTILES)].to_numpy(float), told["actual"].to_numpy(float))
    usual = told.groupby("series")["actual"].transform("mean").clip(lower=1)
    ranked = told.assign(miss=score / usual).sort_values("miss", ascending=False, kind="stable")
    return ranked.drop_duplicates(["series", "month"]).drop_duplicates("month").head(count).reset_index(drop=True)


def history_of(inflow: pd.DataFrame | None, kind: str) -> pd.DataFrame:
    """Counts by period (index) and series, the total among them; empty where INFLOW does not hold this kind."""
    if inflow is None:
        return pd.DataFrame()
    try:
        panel = panel_of(inflow, "nationality_iso3", kind)
    except TriageError:
        return pd.DataFrame()
    return pd.DataFrame(panel.values, index=list(panel.periods), columns=list(panel.names))


def from_backtest(rows: pd.DataFrame | None, model: str) -> pd.DataFrame:
    """Rows of BACKTEST or BACKTEST_SUMS of one model, in the columns of this module, where the outcome is known."""
    names = {f"q{name[1:]}": name for name in QUANTILES} | {"period": "month"}
    if rows is None:
        return pd.DataFrame(columns=["origin", "series", "month", "h", *QUANTILES, "actual"])
    found = rows.loc[rows["model"] == model].rename(columns=names)
    return found.dropna(subset=["actual"]).reset_index(drop=True)


@dataclass(frozen=True)
class Review:
    """A look back at one forecast's model and kind: all that a reader needs to weigh the next figure."""

    tried: Hindsight | None  # past origins, all series without the total
    tried_total: Hindsight | None
    stretches: list[tuple[int, int, Hindsight]]  # (first, last) periods ahead
    total_stretches: list[tuple[int, int, Hindsight]]
    year_sums: Hindsight | None  # sums over the first year, each series apart
    year_sums_total: Hindsight | None
    issued: Hindsight | None  # what was published, months known by now
    missed: tuple[dict[str, Any], ...]  # the worst three, worst first


def review(tried: pd.DataFrame, tried_sums: pd.DataFrame, issued: pd.DataFrame) -> Review:
    """The look back, from the backtest's months and year sums and from what was published."""
    months, total = parts(tried), only_total(tried)
    misses = worst(tried if len(months) else issued)
    return Review(
        tried=hindsight(months),
        tried_total=hindsight(total),
        stretches=by_stretch(months),
        total_stretches=by_stretch(total),
        year_sums=hindsight(parts(tried_sums)),
        year_sums_total=hindsight(only_total(tried_sums)),
        issued=hindsight(parts(issued)),
        missed=tuple({str(k): v for k, v in row.items()} for row in misses.to_dict("records")),
    )


def only_total(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the total."""
    return rows.loc[rows["series"] == TOTAL]
