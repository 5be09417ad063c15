"""forecast: the inflow ahead, with scenarios laid over it and in the MPP's own form."""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from triage.adapters.files import read_table
from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.errors import ForecastError
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.check_intake import check_intake
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.judge_mpp import judge_mpp, judged_rows, placed_now, published_mpp_form
from triage.jobs.known_inflow import imported_inflow, known_inflow
from triage.jobs.list_scenarios import list_scenarios

KINDS = "first_application"
BASE = "base"
OWN = "(eigen bestand)"


@click.command("forecast")
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Inflow file.")
@click.option("--kind", default=KINDS, show_default=True, help="Kind of inflow; never two kinds in one sum.")
@click.option("--months", type=click.IntRange(1, 60), help="Months to look ahead; default from the settings.")
@click.option("--model", "model_name", help="Another model than the champion.")
@click.option("--seed", default=12345, show_default=True, type=click.IntRange(0), help="Seed of the random draws.")
@click.option("--label", help="With --data: name to publish under, default the kind; '(eigen bestand)' is added.")
@click.option("--scenario", "scenarios", multiple=True, help="Lay a scenario over the forecast, and publish both.")
@click.option("--as-of", "day", help="Counts as they were known on this day, such as 2026-05-22.")
@click.option("--list-scenarios", "only_list", is_flag=True, help="Show the scenarios there are, and stop.")
@click.option("--mpp", "as_mpp", is_flag=True, help="Also as min, medio and max per year, beside the MPP's editions.")
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
    scenarios: tuple[str, ...],
    day: str | None,
    only_list: bool,
    as_mpp: bool,
    as_json: bool,
) -> None:
    """Forecast the inflow with the champion and publish it.

    Without --data: what was imported under the label inflow, else the shipped series; that is the official forecast,
    which the pages show. With --data the forecast gets a name of its own. With --scenario the forecast without and
    the one with it are both published. Example: triage forecast --months 18 --scenario pact-2026
    """
    store = open_store(settings)
    if only_list:
        _show_scenarios(store, as_json)
        return
    name = _label(kind, label, is_own=data is not None)
    name = f"{name} (as of {day})" if day else name  # a look back is never the newest official forecast
    known = known_inflow([read_table(data)] if data else imported_inflow(store), day)
    frame = known.frame
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
            scenarios=scenarios,
            history=known.history,
        )
    found = {"forecast": table.to_dict("records"), "surprises": _surprises(frame, kind), "notes": _notes(table)}
    if as_mpp:
        found |= _mpp(store, frame, kind, name, table)
    look = "triage export FORECAST --out forecast.csv" if data else "triage serve"
    tail = f"Published {len(table)} rows as {name}. Look at them with: {look}"
    show(found, as_json, "\n".join([*_totals(table, kind), *_mpp_lines(found), tail]))


def _surprises(frame: pd.DataFrame, kind: str) -> list[dict[str, Any]]:
    """Counts for a person to judge: said on stderr, and given to machines."""
    found = check_intake(frame, kind)
    for one in found:
        click.echo(f"Please judge: {one.sentence}", err=True)
    return [vars(one) for one in found]


def _notes(table: pd.DataFrame) -> list[dict[str, str]]:
    """What a reader must know of each scenario: said on stderr, and given to machines."""
    pairs = table.loc[table["note"] != "", ["scenario", "note"]].drop_duplicates()
    for scenario, note in pairs.itertuples(index=False):
        click.echo(f"{scenario}: {note}", err=True)
    return [{str(k): str(v) for k, v in row.items()} for row in pairs.to_dict("records")]


def _totals(table: pd.DataFrame, kind: str) -> list[str]:
    lines = []
    for scenario in table["scenario"].unique():
        total = table[(table["series"] == "total") & (table["scenario"] == scenario)]
        quantiles = zip(total["month"], total["p10"], total["p50"], total["p90"], strict=True)
        named = "" if scenario == BASE else f", scenario {scenario}"
        lines += [f"{kind}, total of the series given (persons){named}", "month         p10      p50      p90"]
        lines += [f"{month}  {low:8.0f} {middle:8.0f} {high:8.0f}" for month, low, middle, high in quantiles]
    return lines


def _mpp(store: Store, frame: pd.DataFrame, kind: str, label: str, table: pd.DataFrame) -> dict[str, Any]:
    """Base and scenarios per calendar year, and the editions of the MPP in and beside our distribution."""
    names = {s: label if s == BASE else f"{label}/{s}" for s in table["scenario"].unique()}
    form = [published_mpp_form(store, frame, kind, name).assign(scenario=s) for s, name in names.items()]
    found: dict[str, Any] = {"mpp": pd.concat(form).to_dict("records"), "places": [], "editions": []}
    if label != kind:
        click.echo("The MPP's editions are compared with the official forecast only, not with a file.", err=True)
        return found
    model = str(table["model_version"].iloc[0]).rsplit("-", 1)[0]
    return found | {
        "places": placed_now(store, frame, kind),
        "editions": judged_rows(judge_mpp(store, frame, kind, model)),
    }


def _mpp_lines(found: dict[str, Any]) -> list[str]:
    if "mpp" not in found:
        return []
    form = [
        f"{row['year']}  {row['scenario']:<20} {row['min']:8.0f} {row['medio']:8.0f} {row['max']:8.0f}  "
        f"{row['known_periods']:2d} known; {row['kind']}, {row['scope']}"
        for row in found["mpp"]
    ]
    head = "year  scenario                  min    medio      max  (p10, p50, p90 of the year sum, persons)"
    return [head, *form, *map(_place_line, found["places"]), *map(_edition_line, found["editions"])]


def _place_line(row: dict[str, Any]) -> str:
    return (
        f"MPP {row['edition']} on {row['year']}: min and max lie at {row['position_min']:.0%} and "
        f"{row['position_max']:.0%} of this forecast (bridge: the share of {row['bridge_year']}, "
        f"{row['bridge_share']:.0%})."
    )


def _edition_line(row: dict[str, Any]) -> str:
    score = "no score" if row["interval_score"] is None else f"interval score {row['interval_score']:.0f}"
    return (
        f"MPP {row['edition']} on {row['year']}: min {row['min']:.0f} and max {row['max']:.0f} lie at "
        f"{row['position_min']:.0%} and {row['position_max']:.0%} of our distribution as of {row['origin']} (bridge: "
        f"the share of {row['bridge_year']}, {row['bridge_share']:.0%}); {score}. {row['reason']}"
    )


def _show_scenarios(store: Store, as_json: bool) -> None:
    found = list_scenarios(store)
    lines = [text for one in found for text in (f"{one.name} ({', '.join(one.kinds) or 'every kind'})", *_below(one))]
    show({"scenarios": [vars(one) for one in found]}, as_json, "\n".join(lines))


def _below(one: Any) -> list[str]:
    return [f"  {line}" for line in one.lines]


def _label(kind: str, label: str | None, is_own: bool) -> str:
    """Name to publish under. Somebody's own file is marked as such, so that it never looks like an official one."""
    if is_own:
        name = label or kind
        return name if name.endswith(OWN) else f"{name} {OWN}"
    if label not in (None, kind):
        raise ForecastError(f"--label {label}: an official forecast has the name of its kind. Use it with --data only.")
    return kind
