"""explain-law: what the law says of a case, and every criterion that made it say so."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from triage.adapters.settings import Settings
from triage.domain.calendar import utc_now
from triage.domain.case import Intake, Moment, RouteVerdict, TermClock, Verdict
from triage.domain.errors import FactError
from triage.domain.facts import Register
from triage.entrypoints.answers import awaited_event, days_between, doubt_text, shown_doubts
from triage.entrypoints.audience import HIDDEN
from triage.entrypoints.commands.tables import open_store
from triage.entrypoints.terminal import json_option, show
from triage.jobs.explain_law import Explanation, explain_case, explain_law, intake_from
from triage.law.book import LawBook
from triage.law.trace import TraceLine

WORDS = {Verdict.MET: "yes", Verdict.NOT_MET: "no", Verdict.UNKNOWN: "not known"}
ROUTES = {Verdict.MET: "ALLOWED", Verdict.NOT_MET: "EXCLUDED", Verdict.UNKNOWN: "NOT TO SAY YET"}


@click.command("explain-law")
@click.argument("case", required=False)
@click.option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file of facts by their name in the register; null is unknown. Instead of CASE.",
)
@click.option("--lodged", type=click.DateTime(["%Y-%m-%d"]), help="Local date of lodging; goes with --facts.")
@click.option(
    "--moment",
    type=click.Choice([moment.value for moment in Moment]),
    default=Moment.REGISTERED.value,
    show_default=True,
    help="Moment of intake; goes with --facts.",
)
@json_option
@click.pass_obj
def explain_law_command(
    settings: Settings, case: str | None, facts: Path | None, lodged: datetime | None, moment: str, as_json: bool
) -> None:
    """Explain what the law says of a case, criterion by criterion.

    CASE stands in the store; or give a file of facts and a lodging date. Nothing is kept.
    Example: triage explain-law --facts facts.json --lodged 2026-07-01
    """
    if (case is None) == (facts is None) or (facts is None) != (lodged is None):
        raise click.UsageError("Give a CASE of the store, or --facts FILE with --lodged DATE.")
    law = LawBook.load()
    if facts is not None and lodged is not None:
        intake = intake_from(_facts_of(facts), lodged.date(), Moment(moment), Register.load())
        said = explain_law(intake, law, utc_now)
    else:
        said = explain_case(str(case), law, open_store(settings), utc_now)
    show(_document(said), as_json, _text(said))


def _facts_of(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except (ValueError, RecursionError) as error:
        raise FactError(f'{path.name} is not JSON. Expected an object such as {{"eurodac_hit": "none"}}.') from error
    if not isinstance(found, dict):
        raise FactError(f'{path.name} holds no object. Expected one such as {{"eurodac_hit": "none"}}.')
    return found


def _document(said: Explanation) -> dict[str, Any]:
    options, deadlines = said.options, said.deadlines
    return {
        "case_id": said.intake.case_id,
        "lodged_on": said.intake.lodged,
        "moment": said.intake.moment,
        "regime": options.regime,
        "law_version": options.law_version,
        "route": said.route,
        "decided_by_rule": options.decided is not None,
        "chosen_by_officer": said.is_chosen,
        "routes": [_row(row) for row in options.verdicts],
        "grounds": [_row(row) for row in options.grounds],
        "priority": [_row(row) for row in options.priority],
        "modality": [_row(row) for row in options.modality],
        "needs": [
            {"fact": need.fact, "answers": [{"value": value, "text": text} for value, text in need.answers]}
            for need in options.needs
            if need.fact not in HIDDEN
        ],
        "flags": list(options.flags),
        "contradictions": [vars(one) | {"sentence": doubt_text(one)} for one in shown_doubts(said.doubts)],
        "deadlines": {
            "applied": deadlines.applied,
            "lawful": deadlines.lawful,
            "applied_basis": deadlines.applied_basis,
            "lawful_basis": deadlines.lawful_basis,
            "as_of": said.today,
            "days_left_applied": days_between(said.today, deadlines.applied),
            "days_left_lawful": days_between(said.today, deadlines.lawful),
            "clocks": [vars(clock) | {"days_left": days_between(said.today, clock.ends)} for clock in deadlines.clocks],
        },
        "trace": [vars(line) for line in said.trace],
    }


def _row(row: RouteVerdict) -> dict[str, Any]:
    return {
        "id": row.route,
        "name": row.name,
        "verdict": row.verdict,
        "article": row.article,
        "reason": row.reason,
        "missing": [name for name in row.missing if name not in HIDDEN],
    }


def _text(said: Explanation) -> str:
    options = said.options
    by_law = "decided by a rule" if options.decided else "no rule decides; the depth is open"
    why = "chosen by the officer" if said.is_chosen else by_law
    lines = [
        f"Case {said.intake.case_id}, lodged {said.intake.lodged}, {said.intake.moment}.",
        f"Law {options.law_version} ({options.regime}). Route {said.route}: {why}.",
        "",
        *_deadline_lines(said),
    ]
    for row in options.verdicts:
        lines += ["", f"{ROUTES[row.verdict]}  {row.route}  {row.name} ({row.article})", f"  {row.reason}"]
        lines += [_step(line) for line in said.trace if line.route == row.route and line.criterion]
    for title, rows in (("Grounds", options.grounds), ("Priority", options.priority), ("Modality", options.modality)):
        lines += _rows(title, rows)
    needs = [need for need in options.needs if need.fact not in HIDDEN]
    lines += ["", "Still to know"] if needs else []
    for need in needs:
        lines += [f"  {need.fact}", *(f"    {value}: {text}" for value, text in need.answers)]
    lines += ["", "An officer looks first: " + ", ".join(options.flags)] if options.flags else []
    doubts = [f"  {doubt_text(one)}" for one in shown_doubts(said.doubts)]
    lines += ["", "Does not go together", *doubts] if doubts else []
    return "\n".join(lines)


def _step(line: TraceLine) -> str:
    """One criterion: what it says, whether it lets in or keeps out, and on which article it stands."""
    part = "if    " if line.part == "entry" else "unless"
    return f"    {part} {line.criterion}: {WORDS[line.verdict]}. {line.sentence} ({line.article})"


def _rows(title: str, rows: tuple[RouteVerdict, ...]) -> list[str]:
    if not rows:
        return []
    return ["", title, *(f"  {row.article}, {row.name}: {WORDS[row.verdict]}. {row.reason}" for row in rows)]


def _deadline_lines(said: Explanation) -> list[str]:
    deadlines = said.deadlines
    lines = [
        f"Decide by, as applied:  {_day(deadlines.applied, said.today)}  {deadlines.applied_basis}",
        f"Decide by, as lawful:   {_day(deadlines.lawful, said.today)}  {deadlines.lawful_basis}",
    ]
    return lines + [f"  {_clock(clock, said.intake, said.today)}" for clock in deadlines.clocks]


def _clock(clock: TermClock, intake: Intake, today: date) -> str:
    if clock.ends is None:
        awaited = awaited_event(clock, intake)
        starts = f"; starts with {awaited}" if awaited else ""
        return f"{clock.name} ({clock.article}): does not run{starts}. {clock.basis}"
    held = "" if clock.lawful else " Later held not lawful."
    runs = f"{clock.name} ({clock.article}): {_day(clock.ends, today)}, from {clock.start_event} {clock.start}"
    return f"{runs}. {clock.basis}.{held}"


def _day(day: date | None, today: date) -> str:
    left = days_between(today, day)
    return "no date" if left is None else f"{day} ({left} days left)" if left >= 0 else f"{day} ({-left} days late)"
