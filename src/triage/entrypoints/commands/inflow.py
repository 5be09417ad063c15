"""forecast: the inflow ahead."""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from triage.adapters.files import read_table
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_inflow
from triage.domain.errors import ForecastError
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.show_forecast import TITLES

KINDS = "first_application"


@click.command("forecast")
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Inflow file.")
@click.option("--kind", default=KINDS, show_default=True, help="Kind of inflow; never two kinds in one sum.")
@click.option("--months", type=click.IntRange(1, 60), help="Months to look ahead; default from the settings.")
@click.option("--model", "model_name", help="Another model than the champion.")
@click.option("--seed", default=12345, show_default=True, type=click.IntRange(0), help="Seed of the random draws.")
@click.option("--label", help="Name to publish under; default the kind, with --data 'KIND (eigen bestand)'.")
@json_option
@click.pass_obj
def forecast(
    settings: Settings,
    data: Path | None,
    kind: str,
    months: int | None,
    model_name: str | None,
    seed: int,
    label: str | None,
    as_json: bool,
) -> None:
    """Forecast the inflow with the champion and publish it.

    Without --data: what was imported under the label inflow, else the shipped series; that is the official forecast,
    which the pages show. With --data the forecast gets a name of its own. Example: triage forecast --months 12
    """
    name = _label(kind, label, is_own=data is not None)
    store = open_store(settings)
    frame = read_table(data) if data else _newest_inflow(store)
    with progress() as tell:
        table = forecast_inflow(
            frame,
            kind,
            months or settings.forecast_months,
            settings.forecast_paths,
            store,
            model_name=model_name,
            seed=seed,
            progress=tell,
            label=name,
        )
    total = table[table["series"] == "total"]
    quantiles = zip(total["month"], total["p10"], total["p50"], total["p90"], strict=True)
    lines = [f"{month}  {low:8.0f} {middle:8.0f} {high:8.0f}" for month, low, middle, high in quantiles]
    head = f"{kind}, total of the series given (persons)\nmonth         p10      p50      p90"
    look = "triage export FORECAST --out forecast.csv" if data else "triage serve"
    tail = f"Published {len(table)} rows as {name}. Look at them with: {look}"
    show(table.to_dict("records"), as_json, "\n".join([head, *lines, tail]))


def _label(kind: str, label: str | None, is_own: bool) -> str:
    """Name to publish under. That of an official forecast never stands for somebody's own file, or another kind."""
    name = label or (f"{kind} (eigen bestand)" if is_own else kind)
    if name in (kind, *TITLES) and (is_own or name != kind):
        raise ForecastError(f"--label {name} is that of an official forecast. Choose another name.")
    return name


def _newest_inflow(store: Any) -> pd.DataFrame:
    found = store.newest("INFLOW", "inflow")
    return found[1] if found else shipped_inflow()
