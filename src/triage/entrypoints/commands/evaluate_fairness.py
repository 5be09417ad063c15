"""evaluate fairness: the same measures per group, and whether the score stands in for what it may not know."""

import sys
from datetime import date, datetime
from pathlib import Path

import click
import pandas as pd

from triage.adapters.bundles import read_bundle
from triage.adapters.files import read_cases, read_table
from triage.adapters.settings import Settings
from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.domain.records import Progress
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.learn_complexity import learn_complexity
from triage.jobs.measure_fairness import (
    MADE_UP_SNAPSHOT,
    decisions_of,
    made_up_history,
    measure_fairness,
    planted_bias_trials,
)
from triage.jobs.open_model import open_bundle
from triage.jobs.score_cases import score_cases
from triage.law.book import LawBook

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
GATE_NOT_PASSED = 1


@click.command("fairness")
@click.option("--cases", "cases_file", type=FILE, help="File of cases with outcomes; without one, made-up cases.")
@click.option("--scores", "scores_file", type=FILE, help="What triage score wrote of these cases.")
@click.option(
    "--groups",
    "groups_file",
    type=FILE,
    help="By case_id: columns that become groups, and granted for the stand-in test. Only the audit reads it.",
)
@click.option("--register", "register_file", type=FILE, help="The register that the model was learned with.")
@click.option(
    "--moment",
    type=click.Choice([str(moment) for moment in Moment]),
    default=str(Moment.REGISTERED),
    show_default=True,
    help="Moment of the scores: M1 or M2 of intake.",
)
@click.option(
    "--snapshot",
    type=click.DateTime(["%Y-%m-%d"]),
    help="What was known on this date; default the newest in the file. Made-up: learned on it.",
)
@click.option("--with-log", is_flag=True, help="Override rates from the decisions in the store.")
@click.option("--number", default=40000, show_default=True, type=click.IntRange(8000), help="Made-up cases.")
@click.option("--seed", default=1, show_default=True, help="Seed of made-up cases, draws and simulated reports.")
@click.option(
    "--power", is_flag=True, help="Print the planted-bias trial: is a bias found, and is none found in peace?"
)
@click.option("--reports", default=300, show_default=True, type=click.IntRange(20), help="Simulated reports per seed.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="Seeds of the planted-bias trial.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for table and report; default in home."
)
@json_option
@click.pass_obj
def fairness(
    settings: Settings,
    cases_file: Path | None,
    scores_file: Path | None,
    groups_file: Path | None,
    register_file: Path | None,
    moment: str,
    snapshot: datetime | None,
    with_log: bool,
    number: int,
    seed: int,
    power: bool,
    reports: int,
    seeds: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Measure a model's scores per group, with what could have been seen; test for stand-ins.

    Ends with 1 where a group fails the gate. Example: triage evaluate fairness --cases cases.csv --scores scores.csv
    --out audit
    """
    if power:
        _show_power(reports, seed, seeds, as_json)
        return
    if (cases_file is None) != (scores_file is None):
        raise click.UsageError("Give --cases and --scores together, or neither for made-up cases.")
    out = out or settings.folder / "fairness"
    register, at, day = Register.load(register_file), Moment(moment), snapshot.date() if snapshot else None
    with progress() as tell:
        if cases_file is not None and scores_file is not None:
            cases, scores = read_cases(cases_file, register), read_table(scores_file)
            groups = read_table(groups_file) if groups_file else None
        else:
            cases, scores, groups = _made_up(settings, number, seed, at, day or MADE_UP_SNAPSHOT, out, tell)
            day = None  # every outcome of the made-up world is known at its end
        decisions = decisions_of(cases, open_store(settings)) if with_log else None
        audit = measure_fairness(cases, scores, register, at, groups, decisions, day, out, seed, tell)
    show(audit.summary() | {"out": str(out)}, as_json, f"{audit.text}\nWrote {out}.")
    if audit.failed:
        sys.exit(GATE_NOT_PASSED)


def _made_up(
    settings: Settings, number: int, seed: int, moment: Moment, snapshot: date, out: Path, tell: Progress
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Learn on a made-up world as known on `snapshot`; score the half-year after. The bundle stays in OUT/bundle."""
    register = Register.load()
    known, later, groups = made_up_history(number, seed, moment, snapshot)
    learn_complexity(
        known,
        register,
        snapshot,
        out / "bundle",
        margin_hours=settings.margin_hours,
        heavy_cap_share=settings.heavy_cap_share,
        progress=tell,
    )
    model, policy = open_bundle(read_bundle(out / "bundle"))
    return later, score_cases(later, model, register, moment, LawBook.load(), policy, tell), groups


def _show_power(reports: int, seed: int, seeds: int, as_json: bool) -> None:
    with progress() as tell:
        trials = planted_bias_trials(reports, seed, seeds, tell)
    show(trials.summary(), as_json, trials.text)
    if not trials.holds:
        sys.exit(GATE_NOT_PASSED)
