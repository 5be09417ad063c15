"""The page of a policy study, for a programme board: the answer first, what it rests on last, nothing from outside."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from triage.simulation.arrivals import Pool
from triage.simulation.policies import SELECTIVE, Arm
from triage.simulation.policy_charts import (
    class_chart,
    difference_chart,
    mean_within,
    parts_chart,
    predictor_chart,
    settings_chart,
    shown_arms,
    spread_chart,
    welch_chart,
)
from triage.simulation.policy_document import ARMS, MEANINGS, broken_text, label, p_text
from triage.simulation.policy_study import GUARD_POINTS, GUARD_WEEKS, MAIN, Results, Study

STYLE = """body{font:16px/1.55 system-ui,Arial,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{padding:.3rem .5rem;text-align:right;border-bottom:1px solid #ccc}th:first-child,td:first-child{text-align:left}
table.text td,table.text th{text-align:left}caption{text-align:left;font-weight:600}
.wide{overflow-x:auto}p,ul{max-width:60rem}svg{max-width:52rem;height:auto;display:block;margin:1.2rem 0}
.answer{border-left:.4rem solid #154273;padding:.2rem 1rem;background:#eef3f8}
.made-up{border-left:.4rem solid #a0410d;padding:.2rem 1rem;background:#fbf1ea}"""
TITLE = "Does routing by the work of a case help?"


def report_html(study: Study, results: Results, pool: Pool, told: Mapping[str, Any]) -> str:
    """The page: answer, arms, figures, goals, parts, circumstances, who gains, predictors, luck, assumptions."""
    main, arms = results[MAIN], told["cells"][MAIN]["arms"]
    shown = shown_arms(main, ("B", "C", "D"), study.model)
    rows = [(label(name), f["difference"]) for name, f in arms.items() if name != "A"]
    parts = [
        f"<h1>{TITLE}</h1>",
        '<p class="made-up">All cases on this page are made up. The figures show how policies compare under stated '
        "assumptions. They are not an effect on the real service.</p>",
        f'<div class="answer"><p><strong>{escape(told["claim"])}</strong></p>{_answer(told, study)}</div>',
        f"<h2>What was compared</h2>{_arms(study)}",
        f"<h2>The figures</h2>{_figures(arms)}",
        difference_chart(rows, "All arms, main setting", "Difference of every arm to arm A with 95 % interval."),
        f"<h2>What was asked beforehand</h2>{_contrasts(told['contrasts'])}",
        f"<h2>Against the goals</h2>{_goals(told['goals'])}",
        _parts(told["decomposition"]),
        "<h2>When it helps, and when it does not</h2>",
        settings_chart(told["cells"], study.best) + _settings(told, study),
        f"<h2>Who gains</h2>{GUARD_TEXT}{class_chart(main, shown[:-1], pool.kinds)}{_groups(arms, shown)}",
        f"<h2>How good must the prediction be?</h2>{PREDICTOR_TEXT}{predictor_chart(arms, study.best)}",
        f"<h2>How much is luck?</h2>{_luck(main, shown)}{spread_chart(main, shown)}{welch_chart(main, shown)}",
        f"<h2>What is assumed</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in told['assumptions'])}</ul>",
        f"<h2>How it was done</h2>{_method(told)}",
    ]
    head = f'<meta charset="utf-8"><title>{TITLE}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>'


GUARD_TEXT = (
    f"<p>An arm counts as better only if no class of work and no nationality group loses more than "
    f"{GUARD_POINTS:.0f} points, and the time in which 99 % is decided grows by at most {GUARD_WEEKS:.0f} weeks. "
    "A policy that parks slow cases can look good on the total.</p>"
)
PREDICTOR_TEXT = (
    "<p>The same prediction can harm or help. Naive use sends every case to a depth, as many as each depth fits. "
    "Careful use leaves a case on the standard route unless the expected hours fall by more than a margin, and keeps "
    "the heavy route scarce. Near the ceiling (some cases are late whatever is done) all good predictions look alike; "
    "the setting with load 1.05 tells them apart better.</p>"
)


def _answer(told: Mapping[str, Any], study: Study) -> str:
    """What a board needs to know before it reads on; every figure stands in a table below."""
    arms, cells = told["cells"][MAIN]["arms"], told["cells"]
    before, after = arms["A"], arms[study.best]
    lines = [
        f"Decided within the term: {before['within_term']:.1f} % with one route for everybody, "
        f"{after['within_term']:.1f} % with our advice and order, with the same staff.",
        f"Of the class of work that fares worst, {before['within_term_worst_class']:.1f} % and "
        f"{after['within_term_worst_class']:.1f} %. Guardrails: {broken_text(after['guardrails_broken'])}.",
        *_rests_on(told["decomposition"]),
        *_without_savings(cells, study),
        _judged(told["goals"]),
        "Next: measure the hours in a fitting depth in a pilot that gives the advice by lot. Until then the figure "
        "without saved hours is the only one that does not rest on that assumption.",
    ]
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _rests_on(parts: Mapping[str, Any] | None) -> list[str]:
    if not parts or parts["whole"]["mean"] <= 0:
        return []
    return [
        f"Of the gain, {parts['hours_saved']['mean']:+.1f} points come from fewer hours per case, which is assumed; "
        f"{parts['order']['mean']:+.1f} come from order and waiting alone."
    ]


def _without_savings(cells: Mapping[str, Any], study: Study) -> list[str]:
    if "phi 0" not in cells:
        return []
    alone = cells["phi 0"]["arms"][Arm("B", study.model, SELECTIVE).name]["difference"]
    return [f"If a fitting depth saves no hours, routing without another order gives {_told(alone)} points."]


def _judged(goals: Sequence[Mapping[str, Any]]) -> str:
    judged = [g for g in goals if g["reached"] is not None]
    missed = [g["goal"] for g in judged if not g["reached"]]
    text = f"{len(judged) - len(missed)} of {len(judged)} goals are reached."
    return f"{text} Missed: {'; '.join(missed)}." if missed else text


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str, look: str = "figures") -> str:
    top = "".join(f"<th scope=col>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<div class=wide><table class={look}><caption>{escape(caption)}</caption><tr>{top}</tr>{body}</table></div>"


def _arms(study: Study) -> str:
    rows = [(letter, words) for letter, words in ARMS.items()]
    text = (
        "<p>A policy decides who gets a light, standard or heavy procedure, and in which order waiting cases are "
        "served. All policies get the same cases in the same weeks and the same hours of staff.</p>"
    )
    words = _table(("word", "meaning"), list(MEANINGS.items()), "Words", "text")
    return text + _table(("arm", "what it does"), rows, "Arms", "text") + words


def _figures(arms: Mapping[str, Any]) -> str:
    head = ("arm", "% within term", "difference (95 %)", "worst class", "mean weeks", "90 % by week", "99 % by week",
            "stock (h)", "open past term", "oldest (weeks)", "hours a case", "re-routed %", "guardrails")  # fmt: skip
    rows = [(label(name), *_cells(figures, name)) for name, figures in arms.items()]
    note = (
        "<p>Within term counts every case that arrived in weeks 26 to 130, also the ones that are still open. Lead "
        "times count open cases too (Kaplan-Meier). Stock, open past term and oldest are at the end.</p>"
    )
    return note + _table(head, rows, "Main setting; all guardrails that fell stand in routing.json")


def _cells(f: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return (
        f"{f['within_term']:.1f}",
        "" if name == "A" else _told(f["difference"]),
        f"{f['within_term_worst_class']:.1f}",
        f"{f['lead_time_mean']:.1f}",
        _week(f["lead_time_p90"]),
        _week(f["lead_time_p99"]),
        f"{f['stock_hours']:,}",
        f"{f['open_past_term']:,}",
        f"{f['oldest_weeks']:.0f}",
        f"{f['hours_per_case']:.2f}",
        f"{f['rerouted']:.1f}",
        broken_text(f["guardrails_broken"]),
    )


def _told(d: Mapping[str, float]) -> str:
    return f"{d['mean']:+.1f}\u00a0[{d['low']:.1f},\u00a0{d['high']:.1f}]"  # kept on one line


def _week(weeks: float | None) -> str:
    return "not reached" if weeks is None else f"{weeks:.0f}"


def _contrasts(contrasts: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (c["question"], label(c["arm"]), label(c["against"]), c["setting"], _told(c["difference"]),
         p_text(c["p_holm"]), c["verdict"] + (f" ({'; '.join(c['guardrails_broken'])})" if c["guardrails_broken"]
                                               else ""))
        for c in contrasts
    ]  # fmt: skip
    head = ("question", "arm", "against", "setting", "points (95 %)", "p (Holm)", "so")
    return _table(head, rows, "These questions were fixed before any run; p is corrected for their number", "text")


def _goals(goals: Sequence[Mapping[str, Any]]) -> str:
    marks = {True: "reached", False: "MISSED", None: "reported"}
    rows = [(g["goal"], g["found"], marks[g["reached"]]) for g in goals]
    return _table(("goal", "found", "so"), rows, "Our model with routing and order, against one route for all", "text")


def _parts(parts: Mapping[str, Any] | None) -> str:
    if not parts:
        return ""
    text = (
        "<p>The same advice was run once more in a world where no depth saves hours. What then remains is order: "
        "cases that can still be in time go first, and who needs a long procedure starts it at once. The rest of the "
        "gain rests on the assumption that a fitting depth saves hours.</p>"
    )
    return f"<h2>Where the gain comes from</h2>{text}{parts_chart(parts)}"


def _settings(told: Mapping[str, Any], study: Study) -> str:
    rows = []
    for name, cell in told["cells"].items():
        arms = cell["arms"]
        letters = {n[0]: n for n in arms if study.model in n and "forced" not in n}
        row = [f"{arms['A']['within_term']:.1f}"]
        row += [_told(arms[letters[x]]["difference"]) for x in "BCD"]
        row += [_told(arms[study.perfect]["difference"]), broken_text(arms[study.best]["guardrails_broken"])]
        rows.append(("main setting" if name == MAIN else name, *row))
    head = ("setting", "A, % within term", "B", "C", "D", "D, class known", "guardrails of D")
    note = (
        "<p>One factor differs from the main setting in each row: load (work over hours), start stock in weeks of "
        "inflow, loss of hours (phi), or how flexible the staff is (0: specialists only; 1: everybody does all).</p>"
    )
    return note + _table(head, rows, "Our model; points more than A in the same setting")


def _groups(arms: Mapping[str, Any], shown: Sequence[str]) -> str:
    groups = list(arms["A"]["within_term_by_group"])
    rows = [(g, *(f"{arms[name]['within_term_by_group'][g]:.1f}" for name in shown)) for g in groups]
    return _table(("nationality group", *map(label, shown)), rows,
                  "% within the term per nationality group (never a feature; for this guardrail only)")  # fmt: skip


def _luck(main: Mapping[str, Any], shown: Sequence[str]) -> str:
    low, high = (100 * f(o.within for o in main["A"]) for f in (min, max))
    best = shown[-2] if len(shown) > 1 else shown[-1]
    return (
        f"<p>Near a load of 1 a queue stands on a knife edge. With one route for everybody the share within the term "
        f"was {mean_within(main['A']):.1f} % on average, and from {low:.0f} to {high:.0f} % in single replications, "
        f"with the same hours and another run of arrivals. With {escape(label(best))} it was "
        f"{mean_within(main[best]):.1f} %. So look at the interval of the difference, not at one run.</p>"
    )


def _method(told: Mapping[str, Any]) -> str:
    about, settings = told["about"], told["settings"]
    facts = {
        "replications": settings["replications_run"],
        "seed": settings["seed"],
        "made-up cases": about["made_up_cases"],
        "model learned as known on": about["snapshot"],
        "advises on cases lodged": f"{about['pool_lodged']} ({about['pool_cases']} cases, drawn again and again)",
        "model": about["model_version"],
        "policy": about["policy_version"],
        "heavy at most": f"{100 * about['cap_heavy']:.0f} % of recent cases",
        "margin": f"{about['margin_hours']:g} hours",
    }
    rows = [(name, str(value)) for name, value in facts.items()]
    text = (
        "<p>Every arm sees the same arrivals, hours, delays and classifier noise (common random numbers), so that "
        "differences are paired; intervals are t intervals over replications. The weeks before 26 are left out: the "
        "start decides them (see the picture week by week).</p>"
    )
    return text + _table(("what", "value"), rows, "Settings", "text")
