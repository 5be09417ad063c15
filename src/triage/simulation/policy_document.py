"""What a study found, as plain values for a file, and as words and a table for people."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triage.simulation.arrivals import Pool
from triage.simulation.policies import Cell, capacity
from triage.simulation.policy_measures import Outcome, lead_times
from triage.simulation.policy_statistics import Difference
from triage.simulation.policy_study import (
    AUCS,
    MAIN,
    ORACLE,
    PERFECT,
    Results,
    Study,
    answers,
    broken_guardrails,
    decomposition,
    goals,
    mean_of,
    points,
    share_of_perfect,
)

ARMS = {
    "A": "same route for everybody, first in first out",
    "A'": "the tracks of history, first in first out",
    "B": "routing, first in first out",
    "C": "same route, order by least slack",
    "D": "routing, and order by least slack",
}
PREDICTORS = {
    "noise": "coin",
    "auc_65": "AUC .65",
    "auc_75": "AUC .75",
    "auc_85": "AUC .85",
    "auc_95": "AUC .95",
    "model_identified": "our model at identification",
    "model_registered": "our model at registration",
    PERFECT: "class known",
    ORACLE: "hours known",
}
WAYS = {"forced": "naive", "selective": "careful"}
MEANINGS = {
    "naive": "every case goes to a depth by rank of the prediction, as many as each depth fits; no doubt is possible",
    "careful": "as the product advises: another depth only where the expected hours fall by more than a margin, the "
    "heavy depth scarce, standard where any doubt holds",
    "coin, AUC .65 to .95": "made-up classifiers; AUC is the chance that a heavier case ranks above a lighter one; "
    ".5 is a coin",
    "our model": "the complexity model of this product, learned before the cases that it advises on; at identification,"
    " or at registration with the facts of the registration interview",
    "class known, hours known": "what nobody can know; every case in the depth that fits, without a cap",
}


def label(arm: str) -> str:
    """An arm's name in plain words: "D auc_75 selective" -> "D, AUC .75, careful"."""
    letter, *rest = arm.split(" ")
    knows = {PERFECT, ORACLE} & set(rest)
    words = [PREDICTORS.get(word, WAYS.get(word, word)) for word in rest if not (knows and word in WAYS)]
    return ", ".join([letter, *words])


def broken_text(broken: Sequence[str]) -> str:
    """The guardrails that fell, in a few words: the worst, and how many more."""
    if not broken:
        return "held"
    return broken[0] if len(broken) == 1 else f"{broken[0]}, and {len(broken) - 1} more"


def document(
    study: Study, results: Results, pool: Pool, settings: Mapping[str, Any], about: Mapping[str, Any]
) -> dict[str, Any]:
    """What routing.json holds: settings, assumptions, figures per setting and arm, contrasts, goals and the claim.

    Shares and differences are in per cent and percentage points, times in weeks, work in hours; null where a time
    was not reached. Every difference is to arm A in the same setting, with a paired 95 % interval.
    """
    replications = len(results[MAIN]["A"])
    parts = decomposition(study, results)
    return {
        "question": "Does routing by the work of a case raise the share decided within the term?",
        "made_up": True,
        "claim": claim(study, results),
        "goals": [{"goal": g.text, "found": g.found, "reached": g.is_reached} for g in goals(study, results)],
        "contrasts": [
            {
                "question": a.contrast.question,
                "arm": a.contrast.arm,
                "against": a.contrast.against,
                "setting": a.contrast.cell,
                "difference": _rounded(a.difference),
                "p_holm": round(a.p_holm, 5),
                "guardrails_broken": list(a.broken),
                "verdict": a.verdict,
            }
            for a in answers(study, results, pool.kinds, pool.groups)
        ],
        "decomposition": parts and {
            "whole": _rounded(parts.whole), "hours_saved": _rounded(parts.hours), "order": _rounded(parts.order)
        },
        "settings": dict(settings) | {"replications_run": replications},
        "about": dict(about),
        "assumptions": assumptions(study.cells[MAIN], about),
        "cells": {name: _cell(study.cells[name], arms, pool) for name, arms in results.items()},
    }  # fmt: skip


def _cell(cell: Cell, arms: Mapping[str, Sequence[Outcome]], pool: Pool) -> dict[str, Any]:
    return {
        "load": cell.load,
        "stock_weeks": cell.stock_weeks,
        "phi_over": cell.procedure.phi_over,
        "phi_under": cell.procedure.phi_under,
        "flexible": cell.flexible,
        "term_weeks": cell.procedure.term_weeks,
        "hours_a_week": round(capacity(cell, pool), 1),
        "arms": {name: _figures(outcomes, arms["A"], pool) for name, outcomes in arms.items()},
    }


def _figures(outcomes: Sequence[Outcome], base: Sequence[Outcome], pool: Pool) -> dict[str, Any]:
    times, kinds, groups = (
        lead_times(outcomes),
        _percents(outcomes, "within_by_kind"),
        _percents(outcomes, "within_by_group"),
    )
    mix = _percents(outcomes, "by_depth")
    return {
        "within_term": _one(100 * mean_of(outcomes, "within")),
        "difference": _rounded(points(outcomes, base)),
        "replications": [_one(100 * o.within) for o in outcomes],
        "within_term_by_class": dict(zip(pool.kinds, kinds, strict=True)),
        "within_term_worst_class": min(kinds),
        "within_term_by_group": dict(zip(pool.groups, groups, strict=True)),
        "within_term_worst_group": min(groups),
        "lead_time_mean": _one(times.mean),
        "lead_time_p90": times.p90,
        "lead_time_p99": times.p99,
        "stock_hours": round(float(mean_of(outcomes, "stock_hours"))),
        "open_past_term": round(float(mean_of(outcomes, "open_past_term"))),
        "oldest_weeks": _one(mean_of(outcomes, "oldest_weeks")),
        "hours_per_case": round(float(mean_of(outcomes, "hours_per_case")), 2),
        "rerouted": _one(100 * mean_of(outcomes, "rerouted")),
        "by_depth": dict(zip(("light", "standard", "heavy"), mix, strict=True)),
        "weeks_in_which_late_cases_waited": _one(100 * mean_of(outcomes, "hurried")),
        "guardrails_broken": list(broken_guardrails(outcomes, base, pool.kinds, pool.groups)),
    }


def _percents(outcomes: Sequence[Outcome], name: str) -> list[float]:
    return [_one(100 * value) for value in mean_of(outcomes, name)]


def _one(value: float | np.ndarray) -> float:
    return round(float(value), 1)


def _rounded(difference: Difference) -> dict[str, float]:
    figures = {name: round(getattr(difference, name), 2) for name in ("mean", "low", "high")}
    return figures | {"p": round(difference.p, 5)}


def claim(study: Study, results: Results) -> str:
    """The one sentence of the protocol."""
    main, cell = results[MAIN], study.cells[MAIN]
    gain = points(main[study.best], main["A"])
    share = share_of_perfect(main[study.best], main["A"], main[study.perfect])
    of_perfect = (
        "there is nothing to gain" if share is None else f"{100 * share:.0f} % of the gain with the class known"
    )
    text = (
        f"At equal capacity and an assumed loss of {percent(cell.procedure.phi_over)} (too deep) and "
        f"{percent(cell.procedure.phi_under)} (too light) of hours per step, routing and order by our model give "
        f"{told(gain)} points of cases decided within the term, which is {of_perfect}"
        if share is not None
        else f"At equal capacity, routing and order by our model give {told(gain)} points: {of_perfect}"
    )
    if "phi 0" not in results:
        return text + "."
    none = results["phi 0"]
    return f"{text}; if routing saves no hours it is {told(points(none[study.best], none['A']))}."


def percent(share: float) -> str:
    """A share as it stands in a sentence: "15 %"."""
    return f"{100 * share:.0f} %"


def told(difference: Difference) -> str:
    """A difference with its interval: "+12.3 [8.1, 16.5]"."""
    return f"{difference.mean:+.1f} [{difference.low:.1f}, {difference.high:.1f}]"


def assumptions(cell: Cell, about: Mapping[str, Any]) -> list[str]:
    """What the figures rest on, in sentences."""
    p, inflow = cell.procedure, cell.inflow
    believed = about.get("believed_phi", {"over": p.phi_over, "under": p.phi_under})
    return [
        "All cases, hours and delays are made up. No figure here is an effect on the real service.",
        f"The loss of hours in a depth that does not fit ({percent(p.phi_over)} per step too deep, "
        f"{percent(p.phi_under)} per step too light) is assumed. Nobody has measured it. The advice believes "
        f"{percent(believed['over'])} and {percent(believed['under'])} in every setting, also where no hours are lost.",
        f"Every arm has the same hours a week: what the average inflow takes on one route, over the load ({cell.load:g}"
        " here). Hours of specialists that find no case of theirs lapse.",
        f"{percent(1 - cell.flexible)} of the hours belongs to specialists of a depth, in the mix that is advised at "
        f"the start; {percent(cell.flexible)} is flexible.",
        f"{inflow.per_week:.0f} cases arrive a week on average, with a season of {percent(inflow.season)} and noise "
        f"with a memory (standard deviation {percent(inflow.noise_sd)}): calmer than the real series.",
        f"The start stock is {cell.stock_weeks} weeks of inflow, none older than that; all of it gets the advice too.",
        f"The term is {p.term_weeks} weeks. Preparation takes {_weeks(p.preparation)} weeks on the light, standard and "
        f"heavy depth, report and review after the work {_weeks(p.tail)}; a depth that was too light costs "
        f"{p.reroute_weeks} weeks more.",
        f"Third parties hold a case up for {inflow.delay_median_weeks:g} weeks (median), beside the preparation, and "
        f"for at most {inflow.delay_most_weeks}.",
        "Officers follow every advice. Nobody is ill, no interview fails, locations do not exist.",
        "Order: least slack to the term first, less the weeks that a too light depth may cost. Where the forecast says "
        "that more than 5 % of the cases that can still be in time will be late, cases that are late already wait, "
        "for 26 weeks at most. Always, 10 % of the hours goes to the oldest.",
    ]


def _weeks(weeks: Sequence[int]) -> str:
    return ", ".join(map(str, weeks[:-1])) + f" and {weeks[-1]}"


def table_text(told_document: Mapping[str, Any]) -> str:
    """The answer for a terminal: main arms, contrasts, settings, goals and the claim."""
    cells = told_document["cells"]
    lines = [*_main_lines(cells[MAIN]["arms"]), "", *_contrast_lines(told_document["contrasts"]), ""]
    lines += ["D (our model) against A, per setting", *(_setting_line(name, cell) for name, cell in cells.items()), ""]
    lines += ["Goals", *(f"  {_mark(g['reached']):<9} {g['goal']}: {g['found']}" for g in told_document["goals"]), ""]
    return "\n".join(
        [*lines, told_document["claim"], "Made-up cases: no figure here is an effect on the real service."]
    )


def _main_lines(arms: Mapping[str, Any]) -> list[str]:
    head = f"{'arm':<30}{'within':>8}{'difference to A':>25}{'worst class':>13}{'p99':>6}{'past term':>11}{'h/case':>8}"
    return [head + "  guardrails", *(_arm_line(name, figures) for name, figures in arms.items())]


def _arm_line(name: str, f: Mapping[str, Any]) -> str:
    d = f["difference"]
    difference = "" if name == "A" else f"{d['mean']:+.1f} [{d['low']:.1f}, {d['high']:.1f}]"
    p99 = "-" if f["lead_time_p99"] is None else f"{f['lead_time_p99']:.0f}"
    figures = f"{f['within_term']:>8.1f}{difference:>25}{f['within_term_worst_class']:>13.1f}{p99:>6}"
    figures += f"{f['open_past_term']:>11,}{f['hours_per_case']:>8.2f}"
    return f"{name:<30}{figures}  {broken_text(f['guardrails_broken'])}"


def _contrast_lines(contrasts: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["Named beforehand (p by Holm)"]
    for c in contrasts:
        d = c["difference"]
        figures = f"{d['mean']:+.1f} [{d['low']:.1f}, {d['high']:.1f}], p {p_text(c['p_holm'])}"
        lines.append(f"  {c['question']} {figures}: {c['verdict']}")
    return lines


def p_text(p: float) -> str:
    """A p value in three decimals: never .000."""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _setting_line(name: str, cell: Mapping[str, Any]) -> str:
    arms = cell["arms"]
    best = next(n for n in arms if n.startswith("D model") and n.endswith("selective"))
    best = [n for n in arms if n.startswith("D model")][-1] if name == MAIN else best
    d, base = arms[best]["difference"], arms["A"]["within_term"]
    return f"  {name:<14} A {base:5.1f}   {d['mean']:+6.1f} [{d['low']:.1f}, {d['high']:.1f}]"


def _mark(is_reached: bool | None) -> str:
    return "reported" if is_reached is None else "reached" if is_reached else "MISSED"


def auc_of(arm: str) -> float | None:
    """The AUC of an arm's made-up classifier; None for another predictor."""
    return next((AUCS[word] for word in arm.split(" ") if word in AUCS), None)
