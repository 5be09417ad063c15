"""export-forecast, score-published: a published forecast as a workbook, and against what came."""

from pathlib import Path

import click

from triage.adapters.settings import Settings
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.export_forecast import export_forecast
from triage.jobs.score_published import score_published


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


@click.command("score-published")
@click.option("--kind", default="first_application", show_default=True, help="Kind of inflow.")
@json_option
@click.pass_obj
def score_published_command(settings: Settings, kind: str, as_json: bool) -> None:
    """Score every published forecast, base and scenarios, against the counts that came since.

    The table PUBLISHED_SCORES is published under the kind. Example: triage score-published
    """
    scores = score_published(open_store(settings), kind, publish=True)
    plain = scores.astype(object).where(scores.notna(), None)
    told = scores[["made_on", "scenario", "series", "outcomes", "wis", "naive_wis_80", "coverage_80", "bias"]]
    show({"scores": plain.to_dict("records")}, as_json, told.to_string(index=False, na_rep="-", float_format="%.2f"))
