"""Handlers for forecasts of the inflow and for the models in use."""

import json
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Path, Query, Response
from starlette.concurrency import run_in_threadpool

from triage.adapters.bundles import read_bundle
from triage.domain.errors import NotFoundError
from triage.domain.records import Champion, Publication
from triage.entrypoints.case_calls import json_answer
from triage.entrypoints.messages import (
    CardAnswer,
    ForecastAnswer,
    ForecastLine,
    ForecastList,
    ForecastRow,
    ModelAnswer,
    ModelLine,
    ModelList,
    ScoreAnswer,
    ScoreRow,
    SumAnswer,
)
from triage.entrypoints.tools import Tools
from triage.jobs.show_forecast import sums_of

MODELS = ("complexity", "inflow-first_application", "inflow-family_member_nareis")
Number = Annotated[int, Path(alias="forecastId", ge=1, le=2**31 - 1)]
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Period = Annotated[str | None, Query(pattern=r"^\d{4}(-(0[1-9]|1[0-2])|Q[1-4]|-W(0[1-9]|[1-4]\d|5[0-3]))$")]


def forecast_calls(tools: Tools) -> APIRouter:
    """The router with all calls on forecasts and models."""
    router = APIRouter()
    _add_forecasts(router, tools)
    _add_models(router, tools)
    return router


def _add_forecasts(router: APIRouter, tools: Tools) -> None:
    where = "/inflow-forecasts"

    @router.get(where, tags=["inflow"], operation_id="listForecasts", responses={200: {"model": ForecastList}})
    async def list_forecasts(
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        after: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    ) -> Response:
        """Published forecasts, newest first, in pages."""
        found = await run_in_threadpool(tools.store.publications, "FORECAST")
        older = [one for one in found if after is None or one.publication_id < after]
        following = older[limit - 1].publication_id if len(older) > limit else None
        lines = [ForecastLine(**_line(one)) for one in older[:limit]]
        return json_answer(ForecastList(forecasts=lines, next=following))

    @router.get(
        where + "/{forecastId}",
        tags=["inflow"],
        operation_id="readForecast",
        responses={200: {"model": ForecastAnswer}},
    )
    async def read_forecast(number: Number) -> Response:
        """One forecast: every series and period with its quantiles in persons."""
        return json_answer(await run_in_threadpool(_forecast, tools, number))

    @router.get(
        where + "/{forecastId}/sums", tags=["inflow"], operation_id="sumForecast", responses={200: {"model": SumAnswer}}
    )
    async def read_sum(
        number: Number,
        first: Annotated[Period, Query(alias="from")] = None,
        last: Annotated[Period, Query(alias="to")] = None,
        series: Annotated[str, Query(pattern=r"^[A-Za-z0-9_|.-]{1,80}$")] = "total",
    ) -> Response:
        """The sum over a window with its 80 % band, read off joint paths."""
        return json_answer(await run_in_threadpool(_sum, tools, number, series, first, last))

    @router.get(
        where + "/{forecastId}/scores",
        tags=["inflow"],
        operation_id="scoreForecast",
        responses={200: {"model": ScoreAnswer}},
    )
    async def read_scores(number: Number) -> Response:
        """How good the models of this kind were on past origins."""
        return json_answer(await run_in_threadpool(_scores, tools, number))


def _line(one: Publication) -> dict[str, Any]:
    return {
        "forecast_id": one.publication_id,
        "kind": one.label,
        "published_at": one.published_at,
        "rows": one.rows,
        "digest": one.digest,
    }


def _published(tools: Tools, number: int) -> tuple[Publication, pd.DataFrame]:
    publication, frame = tools.store.published(number)
    if publication.table != "FORECAST":
        raise NotFoundError("No forecast stands under this id. See the list of forecasts.")
    return publication, frame


def _forecast(tools: Tools, number: int) -> ForecastAnswer:
    publication, frame = _published(tools, number)
    rows = [ForecastRow(**{str(k): v for k, v in row.items()}) for row in frame.to_dict("records")]
    head = frame.iloc[0]
    return ForecastAnswer(
        **_line(publication), made_on=head["made_on"], model_version=head["model_version"], forecast=rows
    )


def _sum(tools: Tools, number: int, series: str, first: str | None, last: str | None) -> SumAnswer:
    _, frame = _published(tools, number)
    months: list[str] = list(dict.fromkeys(frame["month"]))
    start, end = first or months[0], last or months[-1]
    if start not in months or end not in months:
        raise NotFoundError("The forecast has no such period. Its rows show the periods it has.")
    found = next((one for one in sums_of(tools.store, number, (start, end)) if one.series == series), None)
    if found is None:
        raise NotFoundError("The forecast has no such series. Its rows show the series it has.")
    periods = months.index(end) - months.index(start) + 1
    return SumAnswer(forecast_id=number, periods=periods, **vars(found))


def _scores(tools: Tools, number: int) -> ScoreAnswer:
    publication, _ = _published(tools, number)
    known = [
        one.publication_id
        for one in tools.store.publications("SCORES")
        if one.label == publication.label and one.publication_id < number
    ]
    if not known:
        raise NotFoundError("No scores were published for this kind before this forecast. Run triage learn inflow.")
    frame = tools.store.published(known[0])[1]
    plain = frame.astype(object).where(frame.notna(), None)
    return ScoreAnswer(forecast_id=number, scores=[ScoreRow.model_validate(row) for row in plain.to_dict("records")])


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
