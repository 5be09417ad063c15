"""backtest: how good forecasts of the inflow were."""

from pathlib import Path
from typing import Any

import click

from triage.adapters.files import read_table
from triage.adapters.settings import Settings
from triage.domain.errors import NothingToDoError
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.backtest_inflow import backtest_inflow
from triage.jobs.known_inflow import known_inflow


@click.command("backtest")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Inflow file: month (or quarter, week), persons and labels.",
)
@click.option("--by", default="nationality_iso3", show_default=True, help="Label that makes the series.")
@click.option("--kind", help="Only this kind of inflow.")
@click.option(
    "--origins", help="First:last:step; default 2018-12:2025-09:3, or twenty over the last third of the data."
)
@click.option("--horizon", default=12, show_default=True, type=click.IntRange(1, 60), help="Periods ahead.")
@click.option("--model", "models", multiple=True, help="Only this model; may be given more than once.")
@click.option("--as-of", "day", help="Counts as they were known on this day, in a file with a column vintage.")
@click.option("--paths", default=0, show_default=True, type=click.IntRange(0), help="Joint paths to write.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to write in.")
@json_option
@click.pass_obj
def backtest(
    settings: Settings,
    data: Path,
    by: str,
    kind: str | None,
    origins: str | None,
    horizon: int,
    models: tuple[str, ...],
    day: str | None,
    paths: int,
    out: Path,
    as_json: bool,
) -> None:
    """Score forecast models on past origins of an inflow file.

    Writes quantiles.parquet, sums.parquet, scores.json and report.html in OUT. Finished parts stand in OUT/cells: a
    run that was broken off goes on from there when started again.
    Example: triage backtest --data inflow.csv --kind first_application --out backtest
    """
    frame = read_table(data)
    if frame.empty:
        raise NothingToDoError("The file holds no rows. Nothing was scored.")
    frame = known_inflow([frame], day).frame if day else frame
    with progress() as tell:
        scores = backtest_inflow(
            frame,
            by,
            kind,
            origins,
            horizon,
            list(models) or None,
            out,
            workers=settings.workers,
            paths_to_write=paths,
            progress=tell,
        )
    cells = scores["cells"]
    reused = f"reused {cells['reused']} of {cells['all']}"
    wrote = f"Wrote {out}/report.html, scores.json, quantiles.parquet, sums.parquet ({reused} models x origins)."
    show(scores, as_json, f"{_table(scores)}\n{wrote}")


def _table(scores: dict[str, Any]) -> str:
    return str(scores.get("table", "")) or str(scores)
