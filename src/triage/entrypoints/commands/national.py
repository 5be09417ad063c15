"""forecast-national, forecast-hours, split-forecast: what follows from a published forecast."""

from pathlib import Path
from typing import Any

import click

from triage.adapters.files import read_table, write_table
from triage.adapters.national_totals import NAMES, quarterly_totals, yearly_totals
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_file, shipped_inflow
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.forecast_hours import forecast_hours
from triage.jobs.forecast_national import NationalForecast, forecast_national
from triage.jobs.split_forecast import split_forecast

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
kind_option = click.option(
    "--kind", default="first_application", show_default=True, type=click.Choice(list(NAMES)), help="Kind of inflow."
)
out_option = click.option("--out", type=OUT, help="File to write: .csv, .parquet or .xlsx.")


@click.command("forecast-national")
@kind_option
@click.option("--model", default="local_level", show_default=True, help="Model of the remainder.")
@click.option("--relation", type=click.FloatRange(0, 1), help="Rank relation of the two parts; default as measured.")
@click.option("--without-years", is_flag=True, help="Do not use yearly totals beyond the last official quarter.")
@click.option("--seed", default=12345, show_default=True, type=click.IntRange(0), help="Seed of the random draws.")
@out_option
@json_option
@click.pass_obj
def national(
    settings: Settings,
    kind: str,
    model: str,
    relation: float | None,
    without_years: bool,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Forecast the national figure: published nationalities and the remainder.

    Per quarter and calendar year, from the newest official forecast. Run triage forecast first.
    Example: triage forecast-national --kind first_application
    """
    store = open_store(settings)
    found = store.newest("INFLOW", "inflow")
    frame = found[1] if found else shipped_inflow()
    years = None if without_years else yearly_totals(kind)
    result = forecast_national(frame, kind, quarterly_totals(kind), years, store, model, relation, seed)
    if out:
        write_table(result.quarters, out)
    show(_document(result), as_json, _national_text(result))


def _document(result: NationalForecast) -> dict[str, Any]:
    tables = {"quarters": result.quarters.to_dict("records"), "years": result.years.to_dict("records")}
    return {**vars(result), **tables, "notes": list(result.notes)}


def _national_text(result: NationalForecast) -> str:
    total = result.quarters[result.quarters["part"] == "total"].drop(columns="part")
    lines = [f"{result.label} (persons); nationalities known to {result.made_on}"]
    lines += [_line(*row) for row in total.itertuples(index=False)]
    lines.append("Calendar year      min    medio      max   (10, 50 and 90 % of the paths)")
    lines += [_line(*row) for row in result.years.itertuples(index=False)]
    return "\n".join([*lines, *result.notes])


def _line(when: str, low: float, middle: float, high: float, status: str) -> str:
    return f"{when:<12} {low:9.0f} {middle:8.0f} {high:8.0f}   {status}"


@click.command("forecast-hours")
@click.option("--mix", type=FILE, help="Norm mix (NORM_MIX); default the shipped one, an assumption.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(list(NAMES)), help="Only this kind; may be repeated.")
@out_option
@json_option
@click.pass_obj
def hours(settings: Settings, mix: Path | None, kinds: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Forecast the hours of work: inflow paths times a norm mix.

    Per month and kind, and of all kinds together, from the newest official forecasts. Run triage forecast first.
    Example: triage forecast-hours --mix norms.csv --out hours.xlsx
    """
    table = read_table(mix or shipped_file("norm_mix.csv"))
    result = forecast_hours(table, kinds or tuple(NAMES), open_store(settings))
    if out:
        write_table(result.table, out)
    document = {"rows": result.table.to_dict("records"), "sums": result.sums, "notes": list(result.notes)}
    lines = [f"{kind:<22} {low:10.0f} {mid:10.0f} {high:10.0f}" for kind, (low, mid, high) in result.sums.items()]
    head = "Hours, sum over the months ahead      p10        p50        p90"
    tail = f"Published {len(result.table)} rows. Look at them with: triage export HOURS_AHEAD --out hours.csv"
    show(document, as_json, "\n".join([head, *lines, *result.notes, tail]))


@click.command("split-forecast")
@click.option("--by", required=True, help="Label column of the shares file, such as location or route.")
@click.option("--shares", required=True, type=FILE, help="Counts: month, nationality_iso3, the label, persons.")
@kind_option
@click.option("--months", default=24, show_default=True, type=click.IntRange(12, 24), help="Months of counts to use.")
@click.option("--seed", default=12345, show_default=True, type=click.IntRange(0), help="Seed of the random draws.")
@click.option("--out", type=OUT, required=True, help="File to write: .csv, .parquet or .xlsx.")
@json_option
@click.pass_obj
def split(
    settings: Settings, by: str, shares: Path, kind: str, months: int, seed: int, out: Path, as_json: bool
) -> None:
    """Divide the newest forecast over locations, routes or another label.

    Shares are drawn per path, from the last months of the counts; on every path the labels add up to the forecast.
    Example: triage split-forecast --by location --shares counts.csv --out per-location.xlsx
    """
    result = split_forecast(read_table(shares), by, kind, open_store(settings), months, seed)
    write_table(result.table, out)
    document = {"rows": len(result.table), "label": result.label, "out": str(out), "notes": list(result.notes)}
    said = f"Wrote {len(result.table)} rows to {out}; the paths stand in the store as PATHS, {result.label}."
    show(document, as_json, "\n".join([said, *result.notes]))
