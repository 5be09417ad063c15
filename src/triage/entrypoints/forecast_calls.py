"""Handlers for forecasts of the inflow and for the models in use."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from triage.adapters.bundles import read_bundle
from triage.adapters.forecasts import ForecastHead, forecast_of, head_of, listed_forecasts
from triage.domain.errors import NotFoundError
from triage.domain.records import Champion
from triage.entrypoints.access import ANALYSTS
from triage.entrypoints.case_calls import json_answer
from triage.entrypoints.forecast_messages import (
    AccuracyAnswer,
    ForecastAnswer,
    ForecastLine,
    ForecastList,
    ForecastRow,
    PublishedScoreRow,
    ScoreAnswer,
    ScoreRow,
    SumAnswer,
)
from triage.entrypoints.messages import CardAnswer, ModelAnswer, ModelLine, ModelList
from triage.entrypoints.tools import Tools
from triage.jobs.judge_forecast import accuracy_of, judge_forecast, own_scores
from triage.jobs.sum_forecast import sum_forecast

MODELS = ("complexity", "inflow-first_application", "inflow-family_member_nareis")
LARGEST = 2**31 - 1
Number = Annotated[int, Path(alias="forecastId", ge=1, le=LARGEST)]
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Period = Annotated[str | None, Query(pattern=r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4]|-W(0[1-9]|[1-4]\d|5[0-3]))$")]
Kind = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="Only this kind of inflow.")]
Scenario = Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,40}$", description="base, or the id of a scenario.")]
Label = Annotated[
    str | None,
    Query(
        pattern=r"^[^\x00-\x1f\x7f]{1,120}$",
        description="Exact name of a forecast that is not official, such as that of an analyst's own file. Such "
        "forecasts stand in no other answer, and only analysts may ask for them.",
    ),
]
Group = Annotated[
    str,
    Query(
        pattern=r"^[A-Za-z0-9_|.,-]{1,200}$",
        description="A series, several with a comma between (their sum), or total: the sum of the series shown.",
    ),
]


def forecast_calls(tools: Tools) -> APIRouter:
    """The router with all calls on forecasts and models."""
    router = APIRouter()
    _add_forecasts(router, tools)
    _add_quality(router, tools)
    _add_models(router, tools)
    return router


def _add_forecasts(router: APIRouter, tools: Tools) -> None:
    where = "/inflow-forecasts"

    @router.get(where, tags=["inflow"], operation_id="listForecasts", responses={200: {"model": ForecastList}})
    async def list_forecasts(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        after: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        kind: Kind = None,
        scenario: Scenario = None,
        label: Label = None,
    ) -> Response:
        """Official forecasts, newest first, in pages: the base forecast of each kind and its scenarios."""
        asked = (label, kind, scenario, _is_analyst(request))
        return json_answer(await run_in_threadpool(_list, tools, asked, limit, after))

    @router.get(
        where + "/{forecastId}",
        tags=["inflow"],
        operation_id="readForecast",
        responses={200: {"model": ForecastAnswer}},
    )
    async def read_forecast(request: Request, number: Number, label: Label = None) -> Response:
        """One forecast: every series and period with its quantiles in persons."""
        return json_answer(await run_in_threadpool(_forecast, tools, number, (label, _is_analyst(request))))


def _add_quality(router: APIRouter, tools: Tools) -> None:
    where = "/inflow-forecasts/{forecastId}"

    @router.get(where + "/sums", tags=["inflow"], operation_id="sumForecast", responses={200: {"model": SumAnswer}})
    async def read_sum(
        request: Request,
        number: Number,
        first: Annotated[Period, Query(alias="from", description="First period inside.")] = None,
        last: Annotated[Period, Query(alias="to", description="Last period inside.")] = None,
        series: Group = "total",
        label: Label = None,
    ) -> Response:
        """The sum over any window and group with its quantiles, the baseline, and how good we were so far."""
        window = (first, last)
        who = (label, _is_analyst(request))
        return json_answer(await run_in_threadpool(_sum, tools, number, series.split(","), window, who))

    @router.get(
        where + "/scores", tags=["inflow"], operation_id="scoreForecast", responses={200: {"model": ScoreAnswer}}
    )
    async def read_scores(request: Request, number: Number, label: Label = None) -> Response:
        """How good the models of this kind were on past origins, and this forecast on what came since."""
        return json_answer(await run_in_threadpool(_scores, tools, number, (label, _is_analyst(request))))


def _is_analyst(request: Request) -> bool:
    return request.scope.get("triage.actor") in ANALYSTS


def _list(
    tools: Tools, asked: tuple[str | None, str | None, str | None, bool], limit: int, after: int | None
) -> ForecastList:
    label, kind, scenario, is_analyst = asked
    found = listed_forecasts(tools.store, kind, scenario, label, with_private=is_analyst)
    older = [one for one in found if after is None or one.publication_id < after]
    following = older[limit - 1].publication_id if len(older) > limit else None
    lines = [ForecastLine(**_line(tools, head_of(tools.store, one.publication_id))) for one in older[:limit]]
    return ForecastList(forecasts=lines, next=following)


def _line(tools: Tools, head: ForecastHead) -> dict[str, Any]:
    one = head.publication
    judged = judge_forecast(tools.store, one.publication_id)
    return {
        "forecast_id": one.publication_id,
        "kind": head.kind,
        "scenario": head.scenario,
        "label": one.label,
        "made_on": head.made_on,
        "vintage": head.vintage or None,
        "model_version": head.model_version,
        "published_at": one.published_at,
        "rows": one.rows,
        "digest": one.digest,
        "accuracy": AccuracyAnswer.model_validate(accuracy_of(judged)),
    }


def _seen(tools: Tools, number: int, who: tuple[str | None, bool]) -> ForecastHead:
    """Head of a forecast that this person may see. A private one looks as if it were not there."""
    head, (label, is_analyst) = head_of(tools.store, number), who
    if not (head.is_official or (is_analyst and label == head.publication.label)):
        raise NotFoundError("No forecast stands under this id. See the list of forecasts.")
    return head


def _forecast(tools: Tools, number: int, who: tuple[str | None, bool]) -> ForecastAnswer:
    head = _seen(tools, number, who)
    frame = forecast_of(tools.store, number)[1]
    rows = [ForecastRow.model_validate(row) for row in frame.to_dict("records")]
    return ForecastAnswer(**_line(tools, head), forecast=rows)


def _sum(
    tools: Tools,
    number: int,
    series: list[str],
    window: tuple[str | None, str | None],
    who: tuple[str | None, bool],
) -> SumAnswer:
    head = _seen(tools, number, who)
    found = sum_forecast(tools.store, number, series, *window)
    judged = accuracy_of(judge_forecast(tools.store, number), found.series, found.periods, found.ahead)
    figures = {name: value for name, value in vars(found).items() if name not in ("head", "ahead", "series")}
    return SumAnswer(
        forecast_id=number,
        kind=head.kind,
        scenario=head.scenario,
        series=list(found.series),
        accuracy=AccuracyAnswer.model_validate(judged),
        **figures,
    )


def _scores(tools: Tools, number: int, who: tuple[str | None, bool]) -> ScoreAnswer:
    _seen(tools, number, who)
    judged = judge_forecast(tools.store, number)
    own = own_scores(judged)
    if judged.scores.empty and not own:
        raise NotFoundError("No scores were published for this kind before this forecast. Run triage learn inflow.")
    frame = judged.scores
    plain = frame.astype(object).where(frame.notna(), None)
    return ScoreAnswer(
        forecast_id=number,
        scores=[ScoreRow.model_validate(row) for row in plain.to_dict("records")],
        published=[PublishedScoreRow.model_validate({"series": one.series, **one.measures}) for one in own],
    )


def _add_models(router: APIRouter, tools: Tools) -> None:
    @router.get("/models", tags=["models"], operation_id="listModels", responses={200: {"model": ModelList}})
    async def list_models() -> Response:
        """The models in use."""
        found = [await run_in_threadpool(tools.store.champion, name) for name in MODELS]
        return json_answer(ModelList(models=[ModelLine(**_model(one)) for one in found if one]))

    @router.get("/models/{name}", tags=["models"], operation_id="readModel", responses={200: {"model": ModelAnswer}})
    async def read_model(name: Name) -> Response:
        """A model in use with its measures."""
        champion, files = await run_in_threadpool(_bundle, tools, name)
        measures = json.loads(files.get("metrics.json", "{}"))
        return json_answer(ModelAnswer(**_model(champion), measures=measures))

    @router.get("/models/{name}/card", tags=["models"], operation_id="readCard", responses={200: {"model": CardAnswer}})
    async def read_card(name: Name) -> Response:
        """The card of a model in use, as Markdown."""
        champion, files = await run_in_threadpool(_bundle, tools, name)
        if "card.md" not in files:
            raise NotFoundError("This model has no card.")
        return json_answer(CardAnswer(name=name, version=champion.version, card=files["card.md"]))


def _model(one: Champion) -> dict[str, Any]:
    return {
        "name": one.name,
        "version": one.version,
        "since": one.since,
        "sequence": one.sequence,
        "run_id": one.run_id,
    }


def _bundle(tools: Tools, name: str) -> tuple[Champion, dict[str, str]]:
    champion = tools.store.champion(name)
    if champion is None:
        raise NotFoundError("No model of that name is in use. See the list of models.")
    return champion, read_bundle(tools.settings.folder / champion.location)
