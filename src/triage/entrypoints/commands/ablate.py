"""ablate: what must earn its place in the forecast."""

from dataclasses import asdict
from pathlib import Path

import click

from triage.adapters.files import read_table
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_file, shipped_inflow
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.ablate_inflow import Ablation, ablate_indicator, ablate_lags

FRONTEX, LAGS, FILE = "frontex", "lag-model", "file"


@click.command("ablate")
@click.option("--feature", default=FRONTEX, show_default=True, type=click.Choice([FRONTEX, LAGS, FILE]), help="What.")
@click.option("--kind", default="first_application", show_default=True, help="Kind of inflow; lag-model: nareis.")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With file: month, nationality_iso3 and --column. With lag-model: grants per month and nationality.",
)
@click.option("--column", default="value", show_default=True, help="With file: the column of the figures.")
@click.option("--lag", default=2, show_default=True, type=click.IntRange(0, 24), help="Months until a figure is known.")
@click.option("--origins", help="First:last:step; default those of the public protocol.")
@json_option
@click.pass_obj
def ablate(
    settings: Settings,
    feature: str,
    kind: str,
    data: Path | None,
    column: str,
    lag: int,
    origins: str | None,
    as_json: bool,
) -> None:
    """Test whether a feature earns its place in the forecast.

    Forecasts with and without it from the same past origins. It enters when the separate series gain 1 % or more in
    relWIS, and more than chance: by Diebold-Mariano or by the bootstrap over origins.
    Example: triage ablate --feature frontex
    """
    if feature == FILE and data is None:
        raise click.UsageError("--feature file needs --data FILE.")
    found = open_store(settings).newest("INFLOW", "inflow")
    inflow = found[1] if found else shipped_inflow()
    with progress() as tell:
        if feature == LAGS:
            result = ablate_lags(inflow, read_table(data) if data else None, origins=origins, progress=tell)
        else:
            path, name = (shipped_file("frontex_monthly_route_nationality.csv"), "Frontex detections")
            rows = read_table(data if data and feature == FILE else path)
            asked = (column, "The indicator") if feature == FILE else ("detections", name)
            result = ablate_indicator(inflow, kind, rows, *asked, lag=lag, origins=origins, progress=tell)
    show(_document(result), as_json, _text(result))


def _document(result: Ablation) -> dict:
    rulings = [
        {"group": group, **asdict(ruling), "passes": ruling.passes, "sentence": ruling.sentence}
        for group, ruling in result.rulings
    ]
    return {**vars(result), "rulings": rulings, "enters": result.enters}


def _text(result: Ablation) -> str:
    lines = [f"{group:<7} {ruling.sentence}" for group, ruling in result.rulings]
    ending = "It may enter." if result.enters else "It stays out: the separate series (bottom) decide."
    return "\n".join([f"{result.candidate}, {result.kind}", *lines, *result.notes, ending])
