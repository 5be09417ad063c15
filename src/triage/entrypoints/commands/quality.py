"""report-intake-quality: what is known at the front, and what contradicts itself."""

import math
from pathlib import Path
from typing import Any

import click

from triage.adapters.files import read_cases
from triage.adapters.settings import Settings
from triage.domain.calendar import local_date, utc_now
from triage.domain.case import Intake, Moment
from triage.domain.facts import Register
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.report_intake_quality import ALL, QualityReport, report_intake_quality, write_quality

HIDDEN = "–"  # too few cases to show
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("report-intake-quality")
@click.option("--data", type=FILE, help="File of cases (CASES); default the cases in the store.")
@click.option("--with-stored", is_flag=True, help="With --data: the cases in the store too; of one case the store's.")
@click.option(
    "--moment",
    type=click.Choice([str(moment) for moment in Moment]),
    default=str(Moment.REGISTERED),
    show_default=True,
    help="What is known of the cases in the file: M1 or M2 of intake.",
)
@click.option("--register", "register_file", type=FILE, help="Another register of facts, for --data.")
@click.option("--weeks", default=12, show_default=True, type=click.IntRange(1, 520), help="ISO weeks of lodging.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write: .csv, .parquet or .xlsx.")
@json_option
@click.pass_obj
def quality(
    settings: Settings,
    data: Path | None,
    with_stored: bool,
    moment: str,
    register_file: Path | None,
    weeks: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Report what is known at intake, per fact, location and week.

    Known, unknown and not asked are counted apart; facts that contradict each other too. Groups of fewer than 10 cases
    are not shown. Example: triage report-intake-quality --weeks 12 --out quality.xlsx
    """
    if (with_stored or register_file) and not data:
        raise click.UsageError("--with-stored and --register go with --data: a file of cases.")
    register = Register.load(register_file)
    intakes: list[Intake] = []
    if data:
        rows = read_cases(data, register).to_dict("records")
        intakes = [register.intake(row, Moment(moment)) for row in rows]
    if not data or with_stored:
        intakes += open_store(settings).intakes()
    report = report_intake_quality(intakes, register, weeks, local_date(utc_now()))
    if out:
        write_quality(report, out)
    show(report.document(), as_json, "\n".join(_lines(report, out)))


def _lines(report: QualityReport, out: Path | None) -> list[str]:
    rows = report.figures.to_dict("records")
    whole = [row for row in rows if row["location"] == ALL and row["week"] == ALL]
    lines = [
        f"{report.cases} cases lodged in {report.first_week} to {report.last_week}; all locations together.",
        f"{'fact':<34} {'known':>7} {'unknown':>8} {'not asked':>10}",
        *_facts([row for row in whole if row["figure"] != "contradiction"]),
        "Contradictions, in cases:",
        *(_contradiction(row) for row in whole if row["figure"] == "contradiction"),
        *report.notes,
        *(f"{name}: {text}" for name, text in report.definitions.items()),
    ]
    return [*lines, f"Wrote {len(rows)} figures, per location and week, to {out}."] if out else lines


def _facts(rows: list[dict[str, Any]]) -> list[str]:
    """A line per fact, what is known least first."""
    shares: dict[str, dict[str, float]] = {}
    for row in rows:
        shares.setdefault(row["name"], {})[row["figure"]] = row["share"]
    least_first = sorted(shares.items(), key=lambda pair: pair[1]["known"])
    return [
        f"{name:<34} {_percent(one['known']):>7} {_percent(one['unknown']):>8} {_percent(one['not_asked']):>10}"
        for name, one in least_first
    ]


def _contradiction(row: dict[str, Any]) -> str:
    said = HIDDEN if row["is_hidden"] else f"{row['part']:.0f} of {row['whole']:.0f}"
    return f"{row['name']:<50} {said}"


def _percent(share: float) -> str:
    return HIDDEN if math.isnan(share) else f"{100 * share:.0f} %"
