"""export-forecast: a published forecast as a workbook that explains itself."""

from pathlib import Path

import click

from triage.adapters.settings import Settings
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.export_forecast import export_forecast


@click.command("export-forecast")
@click.option("--kind", default="first_application", show_default=True, help="Kind of inflow.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write, .xlsx or .csv."
)
@json_option
@click.pass_obj
def export_forecast_command(settings: Settings, kind: str, out: Path, as_json: bool) -> None:
    """Write the newest forecast of a kind, with scenarios, sums, scores, definitions and sources.

    Example: triage export-forecast --kind first_application --out forecast.xlsx
    """
    count = export_forecast(open_store(settings), kind, out)
    result = {"kind": kind, "forecasts": count, "file": str(out)}
    noun = "forecast" if count == 1 else "forecasts (base and scenarios)"
    show(result, as_json, f"Wrote {count} {noun} of {kind} to {out}.")
