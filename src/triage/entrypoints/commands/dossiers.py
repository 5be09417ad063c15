"""dossiers: how complete each file is, when it will be ready, and what to chase first."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from triage.adapters.files import write_table
from triage.adapters.settings import Settings
from triage.domain.calendar import local_date, utc_now
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.dossier_calls import dossier_answer
from triage.entrypoints.terminal import json_option, show
from triage.entrypoints.tools import chase_rules
from triage.jobs.list_dossiers import Chase, Figures, chase_list, dossier_figures, dossier_table, every_dossier
from triage.jobs.show_dossier import Dossier
from triage.law.book import LawBook


@click.command("dossiers")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the list: .csv or .xlsx.")
@click.option("--open", "only_open", is_flag=True, help="Only files that are not ready.")
@click.option("--chases", default=10, show_default=True, type=click.IntRange(0, 1000), help="Most items to chase.")
@json_option
@click.pass_obj
def dossiers(settings: Settings, out: Path | None, only_open: bool, chases: int, as_json: bool) -> None:
    """Show how complete each file is, and what to chase first.

    Expected days come from what happened before; append events with triage import dossier-events.
    Example: triage dossiers --open --out dossiers.xlsx
    """
    store, today = open_store(settings), local_date(utc_now())
    every = every_dossier(store, LawBook.load(), today, chase_rules(settings))
    shown = [one for one in every if not (only_open and one.ready)]
    first, figures = chase_list(every, chases), dossier_figures(store, today)
    if out is not None:
        write_table(dossier_table(shown), out)
    lines = [*map(_line, shown), *_chase_lines(first), *_figure_lines(figures)]
    show(_document(shown, first, figures), as_json, "\n".join([*lines, *([f"Wrote {out}."] if out else [])]))


def _document(files: list[Dossier], first: list[Chase], figures: Figures) -> dict[str, Any]:
    return {
        "dossiers": [dossier_answer(one).model_dump(mode="json", by_alias=True) for one in files],
        "chaseFirst": [
            {"caseId": c.case_id, "item": c.item.item, "hoursPerMinute": round(c.item.hours_per_minute or 0.0, 4)}
            for c in first
        ],
        "figures": asdict(figures),
    }


def _line(one: Dossier) -> str:
    share = "  no list" if one.completeness is None else f"{one.completeness:8.0%} "
    missing = ", ".join(item.item + ("" if item.certain else "?") for item in one.items if item.blocking)
    state = "ready" if one.ready else f"expected {one.expected_on or 'not known'}"
    return f"{one.case_id:<16} {one.route:<22} {share} {state:<22} {missing}".rstrip()


def _chase_lines(first: list[Chase]) -> list[str]:
    said = [
        f"  {c.case_id:<16} {c.item.item:<22} P(missing) {c.item.p_missing:.2f}, "
        f"{(c.item.hours_per_minute or 0.0) * 60:.1f} interview hours per hour of chasing"
        for c in first
    ]
    return ["", "Chase first:", *said] if said else ["", "Nothing to chase first."]


def _figure_lines(figures: Figures) -> list[str]:
    ready = figures.ready_at_start
    lost = sum(share.part for _, share in figures.cancelled)
    return [
        "",
        f"From {figures.first} to {figures.last}: {ready.part} of {ready.whole} interviews had a ready file; "
        f"{lost} did not go as planned. {sum(w.items for w in figures.waiting)} items are waited for.",
    ]
