"""evaluate routing: does routing by the work of a case help, at equal capacity?"""

from pathlib import Path

import click

from triage.adapters.settings import Settings
from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.entrypoints.terminal import json_option, progress, show
from triage.jobs.evaluate_routing import PHI, PREDICTORS, Question, evaluate_routing
from triage.law.book import LawBook

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("routing")
@click.option(
    "--replications", default=20, show_default=True, type=click.IntRange(2, 200), help="Runs per arm, paired."
)
@click.option("--seed", default=1, show_default=True, help="Seed of the made-up cases and of every run.")
@click.option("--load", default=1.0, show_default=True, type=click.FloatRange(0.5, 2.0), help="Work over hours.")
@click.option(
    "--stock-weeks", default=24, show_default=True, type=click.IntRange(0, 60), help="Start stock, in weeks of inflow."
)
@click.option(
    "--phi",
    default="base",
    show_default=True,
    type=click.Choice(list(PHI)),
    help="Hours lost in a depth that does not fit.",
)
@click.option(
    "--predictor", "predictors", multiple=True, type=click.Choice(PREDICTORS), help="Only this one; may be repeated."
)
@click.option(
    "--moment",
    default=Moment.REGISTERED.value,
    show_default=True,
    type=click.Choice([m.value for m in Moment]),
    help="Moment of the advice that the goals are about.",
)
@click.option("--bundle", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A model learned before.")
@click.option(
    "--number",
    default=24_000,
    show_default=True,
    type=click.IntRange(3000, 300_000),
    help="Made-up cases to learn from.",
)
@click.option("--term-weeks", type=click.IntRange(4, 104), help="Term in weeks; default what the law says.")
@click.option("--until-precise", is_flag=True, help="Go on to half a point of precision, or 200 replications.")
@click.option("--main-only", is_flag=True, help="Quicker: without other loads, stocks, phi and flexibility.")
@click.option("--out", default=Path("routing"), show_default=True, type=FOLDER, help="Folder to write in.")
@json_option
@click.pass_obj
def routing(
    settings: Settings,
    replications: int,
    seed: int,
    load: float,
    stock_weeks: int,
    phi: str,
    predictors: tuple[str, ...],
    moment: str,
    bundle: Path | None,
    number: int,
    term_weeks: int | None,
    until_precise: bool,
    main_only: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Compare routing policies on the same made-up cases.

    Learns a model as known on a snapshot, lets it advise on later cases, and works them off week by week: with one
    route for everybody (A), the tracks of history (A'), routing (B), another order (C) and both (D), always with the
    same hours. Writes report.html and routing.json in OUT. No figure is an effect on the real service.
    Example: triage evaluate routing --replications 20 --out routing
    """
    question = Question(
        replications=replications,
        seed=seed,
        load=load,
        stock_weeks=stock_weeks,
        phi=phi,
        predictors=predictors or PREDICTORS,
        moment=Moment(moment),
        number=number,
        term_weeks=term_weeks,
        until_precise=until_precise,
        main_only=main_only,
        margin_hours=settings.margin_hours,
        heavy_cap_share=settings.heavy_cap_share,
    )
    with progress() as tell:
        found = evaluate_routing(
            question, LawBook.load(), Register.load(), out, bundle, workers=settings.workers, progress=tell
        )
    show(dict(found.document), as_json, f"{found.text}\nWrote {out}/report.html and routing.json.")
