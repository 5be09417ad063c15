"""evaluate complexity: how near does the model come to the best that anybody could say?"""

import sys
from pathlib import Path

import click

from triage.adapters.settings import Settings
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.evaluate_complexity import evaluate_complexity

FOLDER = click.Path(file_okay=False, path_type=Path)
GOAL_MISSED = 1


def _seeds(_: click.Context, __: click.Parameter, value: str) -> list[int]:
    try:
        return [int(word) for word in value.split(",")]
    except ValueError as error:
        raise click.BadParameter("expected whole numbers with a comma between, such as 1,2,3.") from error


@click.command("complexity")
@click.option("--seeds", default="1,2,3", show_default=True, callback=_seeds, help="Seeds of the made-up worlds.")
@click.option(
    "--number", default=60_000, show_default=True, type=click.IntRange(5_000, 500_000), help="Made-up cases a world."
)
@click.option(
    "--out", type=FOLDER, help="Folder for report.html and evaluation.json; an interrupted run goes on there."
)
@json_option
@click.pass_obj
def complexity(settings: Settings, seeds: list[int], number: int, out: Path | None, as_json: bool) -> None:
    """Hold the complexity model to its goals on made-up worlds with a known optimum.

    Learns as known on a snapshot, in a drifted period with and without the audit sample, soon after a new regime
    began, and in a calm period; judges on later cases at both moments. Exit code 1 where a goal is missed.
    Example: triage evaluate complexity --seeds 1,2,3 --out evaluation
    """
    with progress() as tell:
        found = evaluate_complexity(seeds, number, settings.workers, out, tell)
    show(found.summary(), as_json, found.text)
    if not found.all_met:
        sys.exit(GOAL_MISSED)
