"""How good a published forecast was so far: on past origins, and on the months that came since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from triage.adapters.forecasts import ForecastHead, forecast_heads, forecast_of, head_of, newest_number
from triage.adapters.store import Store
from triage.forecast.hindsight import (
    Hindsight,
    Review,
    from_backtest,
    hindsight,
    history_of,
    parts,
    review,
    with_outcomes,
)
from triage.forecast.published import published_scores
from triage.forecast.series import TOTAL

MONTHS, YEAR_SUMS = "months", "year_sums"


@dataclass(frozen=True)
class Judgement:
    """What is known of the quality of one forecast; each table has a row per outcome (see forecast/hindsight.py)."""

    head: ForecastHead
    tried: pd.DataFrame  # past origins of its model
    tried_sums: pd.DataFrame  # the same, sums over the first year
    came: pd.DataFrame  # its own months that are known by now
    issued: pd.DataFrame  # months known by now of every official forecast of its kind and scenario up to now
    scores: pd.DataFrame  # SCORES published before it, every model
    review: Review  # the look back

    @property
    def model(self) -> str:
        """Name of its model in MODELS."""
        return model_name(self.head)


@dataclass(frozen=True)
class Accuracy:
    """What stands beside a figure: how often the 80 % band held, and the bias, so far.

    `basis` says what the backtest measured: months at that many periods ahead, or sums over the first year, the
    nearest to a longer window. Shares in [0, 1], None where nothing is known; counts are numbers of outcomes.
    """

    basis: str
    backtest_coverage_80: float | None
    backtest_bias: float | None
    backtest_outcomes: int
    published_coverage_80: float | None
    published_bias: float | None
    published_outcomes: int


def model_name(head: ForecastHead) -> str:
    """Name in MODELS: only a champion's version has a digest after it."""
    return head.model_version.rsplit("-", 1)[0]


def judge_forecast(store: Store, number: int) -> Judgement:
    """All that is known of how good forecast `number` is. Raises NotFoundError.

    The backtest is the newest one published before the forecast; outcomes are those of the newest INFLOW.
    """
    head = head_of(store, number)
    alike = forecast_heads(store, head.kind, head.scenario) if head.is_official else [head]
    return _judged(
        store,
        number,
        tuple(one.publication.publication_id for one in alike),
        newest_number(store, "INFLOW", "inflow"),
        *(newest_number(store, table, head.kind, number) for table in ("BACKTEST", "BACKTEST_SUMS", "SCORES")),
    )


@lru_cache(maxsize=256)
def _judged(
    store: Store,
    number: int,
    alike: tuple[int, ...],
    inflow: int | None,
    tried: int | None,
    sums: int | None,
    scores: int | None,
) -> Judgement:
    """Kept by the numbers of all it rests on: what is published never changes."""
    head = head_of(store, number)
    months, years = (_tried(store, one, model_name(head)) for one in (tried, sums))
    issued = pd.concat([_came(store, one, inflow) for one in alike], ignore_index=True)
    return Judgement(
        head=head,
        tried=months,
        tried_sums=years,
        came=_came(store, number, inflow),
        issued=issued,
        scores=store.published(scores)[1] if scores else pd.DataFrame(columns=["series", "model"]),
        review=review(months, years, issued),
    )


@lru_cache(maxsize=64)
def _tried(store: Store, number: int | None, model: str) -> pd.DataFrame:
    return from_backtest(None if number is None else store.published(number)[1], model)


@lru_cache(maxsize=16)
def _history(store: Store, number: int | None, kind: str) -> pd.DataFrame:
    return history_of(None if number is None else store.published(number)[1], kind)


@lru_cache(maxsize=1024)
def _came(store: Store, number: int, inflow: int | None) -> pd.DataFrame:
    """Months of one forecast with their outcome; kept, because neither table ever changes."""
    head, (_, rows) = head_of(store, number), forecast_of(store, number)
    known = with_outcomes(rows, _history(store, inflow, head.kind))
    return known.assign(scenario=head.scenario)


def accuracy_of(judgement: Judgement, series: Sequence[str] = (), periods: int = 1, ahead: int = 0) -> Accuracy:
    """How good it was for `series` (none: all without the total), a window of `periods` beginning `ahead` from now.

    `ahead` 0 takes all periods ahead together.
    """
    basis = MONTHS if periods == 1 else YEAR_SUMS
    rows = _of(judgement.tried if periods == 1 else judgement.tried_sums, series)
    if periods == 1 and ahead:
        rows = rows.loc[rows["h"] == ahead]
    found, since = hindsight(rows), hindsight(_of(judgement.issued, series))
    coverage, bias = (found.coverage_80, found.bias) if found else _from_scores(judgement, series, basis)
    return Accuracy(
        basis=basis,
        backtest_coverage_80=coverage,
        backtest_bias=bias,
        backtest_outcomes=found.months if found else 0,
        published_coverage_80=since.coverage_80 if since else None,
        published_bias=since.bias if since else None,
        published_outcomes=since.months if since else 0,
    )


def _of(rows: pd.DataFrame, series: Sequence[str]) -> pd.DataFrame:
    return rows.loc[rows["series"].isin(series)] if series else parts(rows)


def _from_scores(judgement: Judgement, series: Sequence[str], basis: str) -> tuple[float | None, float | None]:
    """(coverage of the 80 % band, bias) from SCORES, where the backtest's outcomes themselves were not published."""
    group = TOTAL if tuple(series) == (TOTAL,) else series[0] if len(series) == 1 else "bottom"
    scores = judgement.scores
    rows = scores[(scores["series"] == group) & (scores["model"] == judgement.model)]
    row: dict[str, Any] = rows.iloc[0].to_dict() if len(rows) else {}
    if basis == YEAR_SUMS:
        return _known(row.get("sum_coverage_80")), None
    return _known(row.get("coverage_80")), _known(row.get("bias"))


def _known(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


@dataclass(frozen=True)
class SeriesScore:
    """How one forecast turned out so far for one series or group. `measures` as in PUBLISHED_SCORES."""

    series: str
    found: Hindsight
    measures: Mapping[str, float | int | None]


def own_scores(judgement: Judgement) -> tuple[SeriesScore, ...]:
    """Of the forecast itself: bottom (all series without the total), total and each series that has outcomes."""
    rows = judgement.came
    groups = {"bottom": parts(rows), **{str(name): some for name, some in rows.groupby("series", sort=True)}}
    found = ((name, some, hindsight(some)) for name, some in groups.items())
    return tuple(SeriesScore(name, one, published_scores(some)) for name, some, one in found if one)
