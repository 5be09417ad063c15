"""evaluate overrides: not only how often officers choose otherwise, but who was right and what advice changes."""

import sys
from pathlib import Path

import click
import pandas as pd

from triage.adapters.files import read_cases
from triage.adapters.settings import Settings
from triage.adapters.store import Store
from triage.domain.facts import Register
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.make_decisions import make_decisions
from triage.jobs.open_model import Policy, open_model
from triage.jobs.report_overrides import decisions_of, report_overrides

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ALARM = 1


@click.command("overrides")
@click.option("--cases", "cases_file", type=FILE, help="File of cases with booked hours; default the newest published.")
@click.option("--made-up", type=click.IntRange(100), help="Number of made-up decisions, instead of those in the log.")
@click.option("--seed", default=1, show_default=True, help="Seed of made-up decisions.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for overrides.csv and .json.")
@json_option
@click.pass_obj
def overrides(
    settings: Settings, cases_file: Path | None, made_up: int | None, seed: int, out: Path | None, as_json: bool
) -> None:
    """Measure how good overrides are, per load and direction of advice.

    Says who was right by the booked hours, how long officers looked, and what showing advice changes. Ends with 1
    where an alarm holds. Example: triage evaluate overrides --cases cases.csv --out overrides
    """
    if made_up is not None:
        report = report_overrides(make_decisions(made_up, seed), Policy(), out)
    else:
        store = open_store(settings)
        opened = open_model(store, settings.folder)
        cases = read_cases(cases_file, Register.load()) if cases_file else _published(store)
        report = report_overrides(decisions_of(store, cases), opened[1] if opened else Policy(), out)
    show(report.summary(), as_json, report.text if out is None else f"{report.text}\nWrote {out}.")
    if report.alarms:
        sys.exit(ALARM)


def _published(store: Store) -> pd.DataFrame | None:
    """The newest published cases; None where there are none, and then nothing is known of hours."""
    found = store.newest("CASES")
    return found[1] if found else None
