"""learn, score: the models of inflow and of complexity."""

import sys
from datetime import date, datetime
from pathlib import Path

import click
import pandas as pd

from triage.adapters.bundles import read_bundle
from triage.adapters.files import read_cases, read_table, write_table
from triage.adapters.registry import Registry
from triage.adapters.settings import Settings
from triage.adapters.sources import shipped_inflow
from triage.domain.case import Moment
from triage.domain.errors import NotFoundError
from triage.domain.facts import Register
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.learn_complexity import learn_complexity
from triage.jobs.learn_inflow import learn_inflow, own_label
from triage.jobs.make_cases import make_cases_and_truth
from triage.jobs.open_model import check_register, open_bundle
from triage.jobs.score_cases import score_cases
from triage.law.book import LawBook

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
GATE_NOT_PASSED = 1
FOLDER = click.Path(file_okay=False, path_type=Path)


def open_registry(settings: Settings) -> Registry:
    """The MLflow record in home."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    return Registry(settings.tracking_url, settings.folder / "mlartifacts")


@click.group("learn")
def learn() -> None:
    """Fit a model, measure it and log the run."""


@learn.command("complexity")
@click.option("--cases", "cases_file", type=FILE, help="File of cases; without one, made-up cases are used.")
@click.option(
    "--snapshot", type=click.DateTime(["%Y-%m-%d"]), help="Learn from what was known on this date; default today."
)
@click.option("--register", "register_file", type=FILE, help="Another facts register.")
@click.option(
    "--number", default=20000, show_default=True, type=click.IntRange(300), help="Made-up cases to learn from."
)
@click.option("--seed", default=1, show_default=True, help="Seed of the made-up cases.")
@click.option("--promote", is_flag=True, help="Make it the champion when the gate passes.")
@click.option("--out", type=FOLDER, help="Folder for the bundle; default in home.")
@json_option
@click.pass_obj
def complexity(
    settings: Settings,
    cases_file: Path | None,
    snapshot: datetime | None,
    register_file: Path | None,
    number: int,
    seed: int,
    promote: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Learn the work of a case from closed and open cases, as known on a date.

    Example: triage learn complexity --cases cases.csv --snapshot 2026-06-30 --out bundle
    """
    register = Register.load(register_file)
    store, registry = open_store(settings), open_registry(settings)
    with progress() as tell:
        cases, truth = (read_cases(cases_file, register), None) if cases_file else make_cases_and_truth(number, seed)
        learned = learn_complexity(
            cases,
            register,
            snapshot.date() if snapshot else date.today(),
            out,
            registry=registry,
            store=store,
            home=settings.folder,
            promote=promote,
            margin_hours=settings.margin_hours,
            heavy_cap_share=settings.heavy_cap_share,
            truth=truth,
            progress=tell,
        )
    show(learned.summary(), as_json, learned.text)
    if promote and not learned.promoted:
        sys.exit(GATE_NOT_PASSED)


@learn.command("inflow")
@click.option("--data", type=FILE, help="Inflow file; default the newest imported, else the shipped series.")
@click.option("--kind", default="first_application", show_default=True, help="Kind of inflow.")
@click.option(
    "--origins", help="First:last:step; default 2018-12:2025-09:3, or twenty over the last third of the data."
)
@json_option
@click.pass_obj
def inflow(settings: Settings, data: Path | None, kind: str, origins: str | None, as_json: bool) -> None:
    """Backtest every forecast model, log each run, and propose the best.

    From a file with other counts than the official ones a challenger comes, never a champion.
    Example: triage learn inflow --kind first_application
    """
    store, registry = open_store(settings), open_registry(settings)
    found = store.newest("INFLOW", "inflow")
    official = [shipped_inflow()] if found is None else [found[1], shipped_inflow()]
    frame: pd.DataFrame = read_table(data) if data else official[0]
    label = own_label(frame, kind, official)
    with progress() as tell:
        result = learn_inflow(
            frame,
            kind,
            store,
            registry,
            settings.folder,
            origins=origins,
            progress=tell,
            workers=settings.workers,
            label=label,
        )
    show(result, as_json, str(result.get("text", result)))
    if not result["is_champion"] and (label is None or result["failed"]):
        sys.exit(GATE_NOT_PASSED)


@click.command("score")
@click.option(
    "--bundle",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of a learned model; default the champion.",
)
@click.option("--cases", "cases_file", type=FILE, required=True, help="File of cases.")
@click.option(
    "--moment",
    type=click.Choice([str(moment) for moment in Moment]),
    required=True,
    help="What is known: M1 or M2 of intake.",
)
@click.option("--register", "register_file", type=FILE, help="The register that the bundle was learned with.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write: .csv, .parquet or .xlsx.")
@json_option
@click.pass_obj
def score(
    settings: Settings,
    bundle: Path | None,
    cases_file: Path,
    moment: str,
    register_file: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Predict work and suggest a route for a file of cases.

    Example: triage score --bundle bundle --cases cases.csv --moment registered --out scores.csv
    """
    register = Register.load(register_file)
    files = read_bundle(bundle or _champion_folder(settings))
    check_register(files, register)
    model, policy = open_bundle(files)
    law = LawBook.load() if register.digest == Register.load().digest else None  # the law knows our own facts only
    with progress() as tell:
        scores = score_cases(read_cases(cases_file, register), model, register, Moment(moment), law, policy, tell)
    write_table(scores, out)
    counts = scores["outcome"].value_counts().to_dict()
    show(
        {"rows": len(scores), "outcomes": counts, "out": str(out)},
        as_json,
        f"Scored {len(scores)} cases: " + ", ".join(f"{n} {k}" for k, n in counts.items()) + f". Wrote {out}.",
    )


def _champion_folder(settings: Settings) -> Path:
    champion = open_store(settings).champion("complexity")
    if champion is None:
        raise NotFoundError(
            "No complexity model is champion yet. Run triage learn complexity --promote, or give --bundle."
        )
    return settings.folder / champion.location
