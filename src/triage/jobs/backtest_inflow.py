"""Score forecast models on past origins of an inflow file, and write quantiles, sums, scores and a report."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from triage.adapters.files import write_table
from triage.domain.errors import ForecastError
from triage.domain.records import Progress, silent
from triage.forecast.backtest import (
    SEED,
    Trial,
    check_outcomes,
    origins_of,
    path_rows,
    quantile_rows,
    score_trials,
    sum_rows,
    usual_origins,
)
from triage.forecast.models import MODELS, REFERENCE
from triage.forecast.report import report_html, score_table, scores_document
from triage.forecast.series import Panel, check_horizon, panel_of
from triage.jobs.run_cells import Run, run_cells

LARGEST_KEPT = 2_000
CELLS = "cells"


def backtest_inflow(
    frame: pd.DataFrame,
    by: str,
    kind: str | None,
    origins: str | None,
    horizon: int,
    models: list[str] | None,
    out: Path,
    workers: int = 2,
    paths_to_write: int = 0,
    seed: int = SEED,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Backtest `models` (None: all of MODELS) and write in `out`.

    Returns the content of scores.json, with `table` (text) and `cells` (`reused`, `all`) beside it.

    Writes quantiles.parquet (origin, series, period, h, model, q05 … q95, actual), sums.parquet (the first year
    ahead), scores.json and report.html; with `paths_to_write` also paths.parquet (origin, draw, series, period,
    persons, model), on every draw of which the total equals the sum of its parts. Seasonal naive is always scored:
    the others are measured against it. The same seed gives the same files with any number of workers.

    Every finished cell (a model at an origin) is kept at once in `out`/cells. A second start with the same counts,
    settings and code reuses what stands; a torn file is computed again. The folder may be thrown away.

    `origins` as first:last:step; None for those of the public protocol, or about twenty over the last third of the
    data where these do not hold that.

    Raises TableError and ForecastError; but for finished cells nothing is then written.
    """
    names = _names(models)
    if not 0 <= paths_to_write <= LARGEST_KEPT:
        raise ForecastError(f"Expected 0 to {LARGEST_KEPT} paths to write. Choose fewer.")
    check_horizon(horizon)
    panel = panel_of(frame, by, kind)
    starts = check_outcomes(panel, usual_origins(panel) if origins is None else origins_of(origins, panel))
    run = Run(horizon, seed, paths_to_write, workers=workers, folder=out / CELLS)
    trials, reused = run_cells(names, panel, starts, run, progress)
    scores = score_trials(trials, panel, starts, horizon)
    result = scores_document(scores, panel, starts, horizon, seed)
    out.mkdir(parents=True, exist_ok=True)
    write_table(quantile_rows(trials, panel, starts, horizon), out / "quantiles.parquet")
    write_table(sum_rows(trials, panel, starts, horizon), out / "sums.parquet")
    if paths_to_write:
        write_table(_paths(trials, panel, starts, horizon), out / "paths.parquet")
    (out / "scores.json").write_text(json.dumps(result, indent=1, allow_nan=False), encoding="utf8")
    (out / "report.html").write_text(report_html(scores, trials, panel, starts, horizon, seed), encoding="utf8")
    return result | {"table": score_table(scores), "cells": {"reused": reused, "all": len(names) * len(starts)}}


def _names(models: list[str] | None) -> list[str]:
    """Chosen models, seasonal naive first."""
    unknown = [name for name in models or [] if name not in MODELS]
    if unknown:
        raise ForecastError(f"No forecast model has that name. Known are {', '.join(MODELS)}.")
    return list(dict.fromkeys([REFERENCE, *(models or MODELS)]))


def _paths(trials: list[Trial], panel: Panel, origins: list[str], horizon: int) -> pd.DataFrame:
    """Kept paths of every model but seasonal naive (unless it is alone), coherent."""
    shown = [t for t in trials if t.model != REFERENCE] or trials
    frames = []
    for trial in shown:
        assert trial.paths is not None  # noqa: S101 - they were asked for
        for origin, paths in zip(origins, trial.paths, strict=True):
            ahead = panel.until(panel.length_at(origin)).ahead(horizon)
            frames.append(path_rows(paths, panel.names, ahead).assign(origin=origin, model=trial.model))
    columns = ["origin", "draw", "series", "period", "persons", "model"]
    return pd.concat(frames, ignore_index=True).loc[:, columns]
