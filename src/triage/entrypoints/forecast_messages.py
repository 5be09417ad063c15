"""Shapes on the wire of forecasts of the inflow. Everything is persons, or a share from 0 to 1."""

from datetime import datetime

from pydantic import Field

from triage.entrypoints.messages import Answer


class AccuracyAnswer(Answer):
    """How good it was so far: on past origins before the forecast was made, and on what was published since.

    Coverage is the share of outcomes inside the 80 % band; bias is positive where the median was too high. Null
    where nothing is known yet. Outcomes 0 beside a figure: only the figure was published, not the outcomes.
    """

    basis: str = Field(
        description="What the backtest measured: months (single periods, at that many ahead where one period is asked) "
        "or year_sums (sums over the first year, the nearest to a window of more periods), of each series apart."
    )
    backtest_coverage80: float | None = Field(validation_alias="backtest_coverage_80")
    backtest_bias: float | None
    backtest_outcomes: int
    published_coverage80: float | None = Field(
        validation_alias="published_coverage_80", description="Of single periods, over all published forecasts alike."
    )
    published_bias: float | None
    published_outcomes: int


class ForecastLine(Answer):
    """One published forecast. `accuracy` is over all its series without the total."""

    forecast_id: int
    kind: str = Field(description="Kind of inflow; kinds are never added up.")
    scenario: str = Field(description="base, or the id of the scenario laid over it.")
    label: str = Field(description="Name it was published under.")
    made_on: str = Field(description="Last period that the forecast knew.")
    vintage: str | None = Field(description="Report date of the counts; null where not known.")
    model_version: str
    published_at: datetime
    rows: int
    digest: str
    accuracy: AccuracyAnswer


class ForecastList(Answer):
    """Published forecasts, newest first; `next` is the cursor for `after`, null on the last page."""

    forecasts: list[ForecastLine]
    next: int | None


class Quantiles(Answer):
    """Quantiles in persons, and those of seasonal naive beside them."""

    p05: float
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    p95: float
    naive_p10: float
    naive_p50: float
    naive_p90: float


class ForecastRow(Quantiles):
    """One series in one period."""

    series: str
    month: str


class ForecastAnswer(ForecastLine):
    """A forecast with all its rows. `total` is the sum of the series shown, not national inflow."""

    forecast: list[ForecastRow]


class SumAnswer(Quantiles):
    """The sum over a window and a group, read off joint paths; quantiles of months or of series do not add up.

    Beside it seasonal naive's sum (which takes months and series as independent), and how good we were so far.
    """

    forecast_id: int
    kind: str
    scenario: str
    series: list[str] = Field(description="The group. `total` is the sum of the series shown, not national inflow.")
    first: str
    last: str
    periods: int
    accuracy: AccuracyAnswer


class ScoreRow(Answer):
    """How good a model was on past origins."""

    series: str = Field(description="A series, total, or bottom: all series without the total.")
    model: str
    rel_wis: float | None = Field(description="Weighted interval score over that of seasonal naive; below 1 is better.")
    wis: float | None
    wape: float | None
    bias: float | None
    coverage50: float | None = Field(validation_alias="coverage_50")
    coverage80: float | None = Field(validation_alias="coverage_80")
    coverage90: float | None = Field(validation_alias="coverage_90")
    sum_rel_wis: float | None = Field(default=None, description="Of sums over the first year.")
    sum_coverage80: float | None = Field(default=None, validation_alias="sum_coverage_80")
    sum_coverage90: float | None = Field(default=None, validation_alias="sum_coverage_90")


class PublishedScoreRow(Answer):
    """How this very forecast turned out on the periods known by now."""

    series: str = Field(description="A series, total, or bottom: all series without the total.")
    outcomes: int
    wis: float = Field(description="Mean weighted interval score (persons).")
    wis80: float = Field(validation_alias="wis_80", description="The same of median and 80 % band alone.")
    naive_wis80: float = Field(validation_alias="naive_wis_80", description="That of seasonal naive.")
    bias: float | None
    coverage50: float = Field(validation_alias="coverage_50")
    coverage80: float = Field(validation_alias="coverage_80")
    coverage90: float = Field(validation_alias="coverage_90")


class ScoreAnswer(Answer):
    """Scores of the backtest that belongs to a forecast, and of the forecast itself so far."""

    forecast_id: int
    scores: list[ScoreRow]
    published: list[PublishedScoreRow] = Field(description="Empty while no period of the forecast is known yet.")
