"""A published forecast as a workbook or a CSV that explains itself: figures, definitions and sources together."""

from pathlib import Path

import pandas as pd

from triage.adapters.forecasts import (
    BASE,
    ForecastHead,
    forecast_heads,
    forecast_of,
    head_of,
    newest_number,
    newest_rows,
    paths_number,
)
from triage.adapters.store import Store
from triage.adapters.workbooks import csv_text, workbook
from triage.domain.errors import NotFoundError, TableError
from triage.domain.inflow_tables import FORECAST, SCORES
from triage.forecast.hindsight import QUANTILES
from triage.forecast.series import TOTAL
from triage.forecast.sums import cube_of, naive_sum, sum_quantiles

CBS = "CBS StatLine, table 83102NED, CC BY 4.0. Name CBS as the source."
NOTE = "total is the sum of the series shown, not national inflow. Kinds of inflow are never added up."
WINDOWS = (3, 6, 12, 18)  # periods from the start
NAIVE = ("naive_p10", "naive_p50", "naive_p90")
MORE_MEANING = {
    "kind": "kind of inflow: first_application, or family_member_nareis",
    "scenario": "base, or the id of the events laid over it",
    "made_on": "the last period that the forecast knew",
    "vintage": "report date of the counts; empty where not known",
    "periods": "number of periods in the sum",
    "sums": "quantiles of sums are read off joint paths; quantiles of months or of series may not be added up",
    "naive in sums": "seasonal naive takes periods and series as independent; its band of a sum is too narrow",
    "sum_coverage_80": "share of sums over the first year inside the 80 % band, in the backtest",
    "sum_rel_wis": "rel_wis of sums over the first year, in the backtest",
}


def forecast_workbook(store: Store, kind: str) -> bytes:
    """The newest base forecast of `kind` and its scenarios as XLSX: forecast, sums, scores, scenarios, definitions,
    sources. Raises NotFoundError where none was published."""
    heads = newest_heads(store, kind)
    scores = newest_rows(store, "SCORES", kind)
    events = newest_rows(store, "INFLOW_EVENTS", "events")
    return workbook(
        {
            "forecast": _rows(store, heads),
            "sums": pd.concat([_sums(store, head) for head in heads], ignore_index=True),
            "scores": pd.DataFrame({"scores": ["none published"]}) if scores is None else scores,
            "scenarios": pd.DataFrame({"scenarios": ["none registered"]}) if events is None else events,
            "definitions": _definitions(),
            "sources": _sources(store, heads),
        }
    )


def forecast_csv(store: Store, kind: str) -> bytes:
    """The same forecasts as one CSV; each row says its kind, scenario, model, vintage and source."""
    heads = newest_heads(store, kind)
    return csv_text(_rows(store, heads).assign(source=CBS, note=NOTE))


def export_forecast(store: Store, kind: str, path: Path) -> int:
    """Write the workbook (.xlsx) or the CSV (.csv) of `kind`; the number of forecasts in it.

    Raises TableError for another ending, NotFoundError where no forecast was published.
    """
    makers = {".xlsx": forecast_workbook, ".csv": forecast_csv}
    if path.suffix.lower() not in makers:
        raise TableError(f"{path.name}: expected a file that ends in {', '.join(makers)}. Choose one of these.")
    made = makers[path.suffix.lower()](store, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(made)
    draft.replace(path)  # whole or not at all
    return len(newest_heads(store, kind))


def newest_heads(store: Store, kind: str) -> list[ForecastHead]:
    """The newest base forecast and the newest of each scenario that knew the same periods."""
    number = newest_number(store, "FORECAST", kind)
    if number is None:
        raise NotFoundError("No forecast was published for this kind. Run triage forecast first.")
    base = head_of(store, number)
    found = {BASE: base}
    for head in forecast_heads(store, kind):
        if head.made_on == base.made_on:
            found.setdefault(head.scenario, head)
    return list(found.values())


def _labels(head: ForecastHead) -> dict[str, str]:
    return {"kind": head.kind, "scenario": head.scenario, "vintage": head.vintage}


def _rows(store: Store, heads: list[ForecastHead]) -> pd.DataFrame:
    """Rows of FORECAST of all, with what each is of in front."""
    frames = []
    for head in heads:
        rows = forecast_of(store, head.publication.publication_id)[1]
        plain = rows.drop(columns=[name for name in ("scenario", "vintage") if name in rows])
        frames.append(pd.concat([pd.DataFrame(_labels(head), index=plain.index), plain], axis=1))
    return pd.concat(frames, ignore_index=True)


def _sums(store: Store, head: ForecastHead) -> pd.DataFrame:
    """Sums of every series over the first 3, 6, 12 and 18 periods, as far as the forecast reaches."""
    rows = forecast_of(store, head.publication.publication_id)[1]
    cube = cube_of(store.published(paths_number(store, head.publication))[1])
    found = []
    for name in sorted(cube.names, key=lambda name: (name != TOTAL, name)):
        for periods in [some for some in WINDOWS if some <= len(cube.months)]:
            window = cube.months[:periods]
            ends = {"series": name, "from": window[0], "to": window[-1], "periods": periods}
            ours = dict(zip(QUANTILES, sum_quantiles(cube, [name], window), strict=True))
            naive = dict(zip(NAIVE, naive_sum(rows, [name], window), strict=True))
            found.append(_labels(head) | ends | ours | naive)
    return pd.DataFrame(found)


def _definitions() -> pd.DataFrame:
    meaning = {**FORECAST.meaning, **SCORES.meaning, **MORE_MEANING}
    return pd.DataFrame({"word": list(meaning), "meaning": list(meaning.values())})


def _sources(store: Store, heads: list[ForecastHead]) -> pd.DataFrame:
    """Where each figure comes from, and what it is not."""
    inflow = newest_rows(store, "INFLOW", "inflow")
    named = [] if inflow is None or "source" not in inflow else sorted(inflow["source"].dropna().astype(str).unique())
    rows = [("counts", CBS), *(("source as named in the counts", name) for name in named), ("note", NOTE)]
    for head in heads:
        one = head.publication
        rows += [
            (f"{head.scenario}: published", one.published_at.isoformat()),
            (f"{head.scenario}: last period known", head.made_on),
            (f"{head.scenario}: report date of the counts", head.vintage or "not known"),
            (f"{head.scenario}: model version", head.model_version),
            (f"{head.scenario}: publication and digest", f"{one.publication_id}, {one.digest}"),
        ]
    return pd.DataFrame(rows, columns=["what", "value"])
