"""nowcast: the running month from weekly counts; revisions: what changed between vintages."""

from pathlib import Path
from typing import Any

import click
import pandas as pd

from triage.adapters.files import read_table
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_vintages, shipped_weeks
from triage.domain.inflow_tables import INFLOW
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.nowcast_inflow import nowcast_inflow
from triage.jobs.show_revisions import show_revisions

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("nowcast")
@click.option("--weeks", type=FILE, help="File of weekly counts; default the shipped indicative counts.")
@click.option("--draws", default=4000, show_default=True, type=click.IntRange(100, 100_000), help="Draws per week.")
@click.option("--seed", default=12345, show_default=True, type=click.IntRange(0), help="Seed of the random draws.")
@json_option
def nowcast(weeks: Path | None, draws: int, seed: int, as_json: bool) -> None:
    """Estimate the running month from weekly counts of all asylum inflow.

    These are not first applications, and are not compared with the CBS months. Example: triage nowcast --json
    """
    found = nowcast_inflow(read_table(weeks) if weeks else shipped_weeks(), draws, seed)
    show(found, as_json, "\n".join(_nowcast_lines(found)))


def _nowcast_lines(found: dict[str, Any]) -> list[str]:
    used = f"Weeks {found['first_week']} to {found['last_week']}; {found['rows_left_out']} rows before a hole left out."
    lines = [found["definition"], used, "month          p10      p50      p90  so far  working days known"]
    for m in found["months"]:
        drawn = [
            *(f"{week} missing: drawn" for week in m["weeks_missing"]),
            *(f"{week} has two values: drawn over both" for week in m["weeks_ambiguous"]),
            *(f"{week} still to come" for week in m["weeks_ahead"]),
        ]
        lines.append(
            f"{m['month']}  {m['p10']:8.0f} {m['p50']:8.0f} {m['p90']:8.0f} {m['to_date_p50']:7.0f}  "
            f"{m['working_days_known']} of {m['working_days']}  {'; '.join(drawn)}".rstrip()
        )
    return lines


@click.command("revisions")
@click.option("--data", type=FILE, help="Inflow file with a column vintage; default what was imported.")
@click.option("--label", default="inflow", show_default=True, help="Name under which the vintages were published.")
@json_option
@click.pass_obj
def revisions(settings: Settings, data: Path | None, label: str, as_json: bool) -> None:
    """Show how counts were revised from one vintage to the next.

    Without --data: the imported vintages; where there are fewer than two, the two Dutch Eurostat vintages that are
    shipped. Example: triage revisions
    """
    found = show_revisions(_vintages(settings, data, label))
    show(found, as_json, "\n".join(_revision_lines(found)))


def _vintages(settings: Settings, data: Path | None, label: str) -> list[pd.DataFrame]:
    if data:
        return [read_table(data, INFLOW)]
    store = open_store(settings)
    numbers = [p.publication_id for p in store.publications("INFLOW") if p.label == label]
    frames = [store.published(number)[1] for number in numbers]
    dated = [frame for frame in frames if "vintage" in frame]
    return dated if len(dated) > 1 else [shipped_vintages()]


def _revision_lines(found: dict[str, Any]) -> list[str]:
    lines = []
    for step in found["steps"]:
        share = f"{100 * step['share_changed']:.0f} %" if step["share_changed"] is not None else "no cells in both"
        largest = "" if step["largest"] is None else f"; largest {step['largest']:+.0f} in {step['largest_period']}"
        lines.append(f"{step['before']} to {step['after']}: {step['changed']} of {step['cells']} ({share}){largest}")
    return [
        *lines,
        *(
            f"{row['series']} {row['period']}: {row['first']:.0f} to {row['latest']:.0f} ({row['percent']:+.1f} %)"
            for row in found["largest"]
        ),
        found["note"],
        *_release_lines(found["releases"]),
    ]


def _release_lines(scored: dict[str, Any] | None) -> list[str]:
    if scored is None:
        return []
    return [
        f"{scored['model']} a year ahead from {len(scored['origins'])} origins: WIS {scored['wis_first']:.1f} on the "
        f"first values, {scored['wis_latest']:.1f} on the latest (persons); the 80 % band held "
        f"{scored['coverage_80_first']:.2f} and {scored['coverage_80_latest']:.2f}."
    ]
