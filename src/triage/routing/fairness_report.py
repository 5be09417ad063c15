"""A fairness audit in words, as lines for a terminal and as one self-contained page. Nothing is fetched."""

from dataclasses import dataclass, replace
from html import escape
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from triage.routing.card import to_svg
from triage.routing.evidence import ALPHA_GATE, ALPHA_REST, PlantedBias, share_interval
from triage.routing.fairness import (
    ALL,
    BEYOND,
    FEWEST_FOR_GATE,
    GAP,
    MEASURES,
    MOST_GAP,
    ONE_LOOK,
    OVERRIDE,
    WAIT,
    failed_slices,
    level_of,
    number_of_tests,
)
from triage.routing.groups import FEWEST_OF_A_PAIR, JOINT
from triage.routing.standin import MOST_EXCESS, Ablation, Proxies, StandIn

HIDDEN = "–"  # too few cases to show
DEFINITIONS = {
    GAP: "mean said P(heavy) minus the share that was heavy; below 0 is predicted too light",
    BEYOND: "the same after one level for everybody; only where everybody is predicted too light or too heavy",
    "rps": "ranked probability score over the classes; lower is better",
    "hours_gap": "mean expected hours minus booked hours (h)",
    "false_light": "advised the light depth, of the cases that were heavier than light; no rule's cases",
    "false_heavy": "advised the heavy depth, of the cases that were lighter than heavy; no rule's cases",
    "coverage_90": "class that came stands in the 90 % set",
    "not_sure": "standard, not sure; of the cases that no rule decides",
    OVERRIDE: "officer chose otherwise, of the cases decided; tested against other groups at the same advice",
    WAIT: "median days from lodging to decision, audit sample left out; tested at equal expected work and year",
}
SHORT = {
    GAP: "gap",
    BEYOND: "beyond",
    "rps": "RPS",
    "hours_gap": "hours",
    "false_light": "f-light",
    "false_heavy": "f-heavy",
    "coverage_90": "cover",
    "not_sure": "unsure",
    OVERRIDE: "override",
    WAIT: "days",
}
STYLE = """body{font:16px/1.5 system-ui,Arial,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;font-size:.85rem}
th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #ccc;white-space:nowrap}
th:first-child,td:first-child,th:nth-child(2),td:nth-child(2){text-align:left}
.wide{overflow-x:auto}svg{max-width:100%;height:auto}.alarm{background:#fdeaea;font-weight:600}
caption{text-align:left;font-weight:600}dt{font-weight:600}"""
MOST_PAIRS, MOST_NAMED = 20, 12
FOUND_AT_LEAST, FALSE_AT_MOST = 0.8, 0.05  # goals of the planted-bias trial


@dataclass(frozen=True)
class Audit:
    """All that an audit found. `about` says on what: words and figures by name."""

    table: pd.DataFrame  # FAIRNESS
    about: dict[str, Any]
    notes: tuple[str, ...] = ()
    stand_in: StandIn | None = None
    proxies: Proxies | None = None
    ablation: Ablation | None = None

    @property
    def text(self) -> str:
        """For a terminal."""
        return audit_text(self)

    @property
    def failed(self) -> tuple[str, ...]:
        """The gates that do not hold, in words, single groups and large gaps first; empty where all hold."""
        found = failed_slices(self.table)
        order = found.assign(pair=found["dimension"].str.contains(JOINT, regex=False), size=-found["value"].abs())
        rows = order.sort_values(["pair", "size"], kind="stable").to_dict("records")
        slices = [f"{r['dimension']} {r['group']}: gap {r['value']:+.3f} on {r['cases']:.0f} cases" for r in rows]
        return (
            *slices,
            *([] if self.stand_in is None or self.stand_in.passes else ["stand-in: the score tells grant"]),
        )

    def summary(self) -> dict[str, Any]:
        """For machines."""
        gate, rest = number_of_tests(self.table)
        alarms = self.table.loc[self.table["is_alarm"], ["dimension", "group", "measure", "value", "p_holm"]]
        return self.about | {
            "tests_of_gate": gate,
            "other_tests": rest,
            "gates_failed": list(self.failed),
            "alarms": alarms.to_dict("records"),
            "stand_in": None if self.stand_in is None else vars(self.stand_in) | {"passes": self.stand_in.passes},
            "proxy_auc": None if self.proxies is None else dict(self.proxies.groups),
            "nationality_gain_nats": None if self.ablation is None else self.ablation.gain,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class PlantedTrials:
    """The planted-bias trial: (how the model says its chances, what came of it), per seed."""

    trials: tuple[tuple[str, PlantedBias], ...]

    @property
    def text(self) -> str:
        """For a terminal."""
        return power_text(self)

    @property
    def holds(self) -> bool:
        """Found in at least 80 % and false in at most 5 % of all reports, for either kind of model."""
        sums = [(one.reports, one.found, one.false_alarms) for one in map(self._sum, self.kinds)]
        return all(found >= FOUND_AT_LEAST * n and false <= FALSE_AT_MOST * n for n, found, false in sums)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of model tried, each once."""
        return tuple(dict.fromkeys(kind for kind, _ in self.trials))

    def _sum(self, kind: str) -> PlantedBias:
        same = [one for word, one in self.trials if word == kind]
        reports, found, false = (sum(getattr(one, n) for one in same) for n in ("reports", "found", "false_alarms"))
        return replace(same[0], reports=reports, found=found, false_alarms=false)

    def summary(self) -> dict[str, Any]:
        """For machines."""
        rows = [(kind, one) for kind, one in self.trials] + [(kind, self._sum(kind)) for kind in self.kinds]
        shares = [vars(one) | {"share_found": one.share_found, "share_false": one.share_false} for _, one in rows]
        return {"holds": self.holds, "trials": [{"kind": kind} | s for (kind, _), s in zip(rows, shares, strict=True)]}


def audit_text(audit: Audit) -> str:
    """The audit as lines: per group its figures and what could have been seen; then gates and stand-in tests."""
    lines = [_headline(audit), *_told_tests(audit.table), "", _head()]
    lines += [_line(audit.table, name) for name in _singles(audit.table)]
    lines += ["", *_alarm_lines(audit.table), *_stand_in_lines(audit)]
    lines += [f"Note: {note}." for note in audit.notes]
    return "\n".join([*lines, _verdict(audit)])


def _verdict(audit: Audit) -> str:
    failed = audit.failed
    if not failed:
        return "Gates: all hold."
    more = f"; and {len(failed) - MOST_NAMED} more, in the table" if len(failed) > MOST_NAMED else ""
    return f"Gates that do not hold, {len(failed)}: {'; '.join(failed[:MOST_NAMED])}{more}."


def _headline(audit: Audit) -> str:
    return "Fairness audit: " + ", ".join(f"{name} {value}" for name, value in audit.about.items()) + "."


def _told_tests(table: pd.DataFrame) -> list[str]:
    gate, rest = number_of_tests(table)
    return [
        f"{gate} calibration gaps of groups tested together at {ALPHA_GATE:.1%} (Holm), {rest} other tests at "
        f"{ALPHA_REST:.1%}: pairs of {FEWEST_OF_A_PAIR} cases and more, overrides, waiting.",
        "seen = smallest calibration gap that would be found in 80 of 100 reports: no alarm does not mean fair.",
    ]


def _head() -> str:
    return f"{'group':34}{'cases':>7}{'gap':>8}{'95 % interval':>18}{'seen':>7}" + "".join(
        f"{SHORT[name]:>9}" for name in MEASURES[1:]
    )


def _singles(table: pd.DataFrame) -> list[tuple[str, str]]:
    single = table.loc[table["measure"].eq(GAP) & ~table["dimension"].str.contains(JOINT, regex=False)]
    return list(single[["dimension", "group"]].itertuples(index=False, name=None))


def _line(table: pd.DataFrame, name: tuple[str, str]) -> str:
    rows = table.loc[table["dimension"].eq(name[0]) & table["group"].eq(name[1])].set_index("measure")
    gap = rows.loc[GAP]
    title = ALL if name[0] == ALL else f"{name[0]} {name[1]}"
    if gap["is_hidden"]:
        return f"{title[:33]:34}{HIDDEN:>7}"
    interval = f"{gap['low']:+.3f} .. {gap['high']:+.3f}"
    start = f"{title[:33]:34}{gap['cases']:7.0f}{gap['value']:+8.3f}{interval:>18}{gap['detectable']:7.3f}"
    return (
        start + "".join(f"{_figure(rows, measure):>9}" for measure in MEASURES[1:]) + (" !" if gap["is_alarm"] else "")
    )


def _figure(rows: pd.DataFrame, measure: str) -> str:
    if measure not in rows.index or rows.loc[measure, "is_hidden"]:
        return HIDDEN
    value = float(rows.loc[measure, "value"])
    text = f"{value:.0f}" if measure == WAIT else f"{value:+.1f}" if measure == "hours_gap" else f"{value:.3f}"
    return text + ("!" if rows.loc[measure, "is_alarm"] else "")


def _alarm_lines(table: pd.DataFrame) -> list[str]:
    """What holds after correction. A level that is off is told once, then the groups that differ from it."""
    alarms, level, lines = table.loc[table["is_alarm"]], level_of(table), []
    if level is not None:
        shared = int(alarms["measure"].eq(GAP).sum())
        lines.append(
            f"Level: everybody is predicted too {'heavy' if level > 0 else 'light'}, gap {level:+.3f}; {shared} groups "
            f"and pairs share it. Set the level anew (audit sample, newer labels). Groups that differ from it follow."
        )
        alarms = alarms.loc[alarms["measure"].ne(GAP)]
    if alarms.empty:
        return [
            *lines,
            "No group differs from the others with evidence that holds; what could not be seen stands above.",
        ]
    told = [
        f"Alarm: {r['dimension']} {r['group']}, {r['measure']} {r['value']:.3f} (all {r['overall']:.3f}), "
        f"corrected p {r['p_holm']:.4f}, {r['cases']:.0f} cases."
        for r in alarms.sort_values("p_holm", kind="stable").to_dict("records")
    ]
    more = [f"And {len(told) - MOST_NAMED} more alarms, in the table."] if len(told) > MOST_NAMED else []
    return [*lines, *told[:MOST_NAMED], *more]


def _stand_in_lines(audit: Audit) -> list[str]:
    lines, one = [], audit.stand_in
    if one is None:
        lines.append("Stand-in for the outcome: not tested; no column granted came with the groups.")
    else:
        lines.append(
            f"Stand-in for the outcome, {one.cases} cases: AUC score to grant {one.score_auc:.3f}, {one.benchmark} "
            f"{one.work_auc:.3f}, booked hours {one.hours_auc:.3f}; excess {one.excess:+.3f} ({one.low:+.3f} .. "
            f"{one.high:+.3f}; at most {MOST_EXCESS}). "
            f"At equal work {one.at_equal_work:.3f} (p {one.p_at_equal_work:.3f})."
        )
        lines += [f"Fact {fact} tells the outcome at equal work: take it out." for fact in one.telltale]
    if audit.proxies is not None:
        told = ", ".join(f"{name} {auc:.2f}" for name, auc in audit.proxies.groups)
        lines.append(f"Nationality out of the model's facts: AUC {audit.proxies.mean:.2f} on average; {told}.")
    if audit.ablation is not None:
        gain, word = (
            audit.ablation,
            "a leak or a proxy; find out which" if audit.ablation.is_alarm else "no more than chance",
        )
        lines.append(
            f"Nationality among the facts would lower the log-loss by {gain.gain:+.4f} nats (standard error "
            f"{gain.error:.4f}) on {gain.cases} later cases: {word}."
        )
    return lines


def power_text(done: PlantedTrials) -> str:
    """The planted-bias trial as lines: one per seed, and all seeds together per kind of model."""
    first = done.trials[0][1]
    lines = [
        f"Planted bias: {100 * first.points:.0f} points in one of {first.slices} groups (n = {first.cases}, base "
        f"{first.base:.0%}); tests together at {ALPHA_GATE:.1%} (Holm). Goal: found 80 %, false alarms at most 5 %.",
        "".join(
            (
                f"{'chances said':20}{'seed':>6}{'reports':>9}",
                *(f"{word:>8}{'95 % interval':>17}" for word in ("found", "false")),
            )
        ),
    ]
    lines += [_power_line(kind, str(one.seed), one) for kind, one in done.trials]
    lines += [_power_line(kind, "all", done._sum(kind)) for kind in done.kinds]
    return "\n".join([*lines, "Both goals hold." if done.holds else "A goal does not hold."])


def _power_line(kind: str, seed: str, one: PlantedBias) -> str:
    parts = np.array([one.found, one.false_alarms])
    low, high = share_interval(parts, np.full(2, one.reports))
    told = [
        f"{p / one.reports:8.3f}" + f"{a:.3f} .. {b:.3f}".rjust(17) for p, a, b in zip(parts, low, high, strict=True)
    ]
    return f"{kind:20}{seed:>6}{one.reports:9d}{''.join(told)}"


# The page -------------------------------------------------------------------------------------------------------------


def audit_html(audit: Audit) -> str:
    """The page: verdict, pictures, every group with every figure, pairs, stand-in tests and definitions."""
    lines = [*_alarm_lines(audit.table), *_stand_in_lines(audit), *(f"Note: {note}." for note in audit.notes)]
    parts = [
        f"<h1>Fairness audit</h1><p>{escape(_headline(audit))}</p><p><strong>{escape(_verdict(audit))}</strong></p>",
        *(f"<p>{escape(line)}</p>" for line in _told_tests(audit.table)),
        f"<h2>Calibration gap per group</h2>{gap_chart(audit.table)}",
        f"<h2>Every group</h2><div class=wide>{_table_html(audit.table, _singles(audit.table))}</div>",
        f"<h2>Pairs, largest gaps</h2><div class=wide>{_table_html(audit.table, _largest_pairs(audit.table))}</div>",
        "<h2>Alarms and stand-in tests</h2>",
        *(f"<p>{escape(line)}</p>" for line in lines),
        f"<h2>Definitions</h2><dl>{_definitions()}</dl>",
    ]
    head = f'<meta charset="utf-8"><title>Fairness audit</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>'


def gap_chart(table: pd.DataFrame) -> str:
    """Gap with its interval per group, in a picture; the grey bar is what could not have been seen."""
    single = ~table["dimension"].str.contains(JOINT, regex=False)
    shown = table.loc[table["measure"].eq(GAP) & single & ~table["is_hidden"] & table["cases"].ge(30)]
    rows = [
        {
            "group": ALL if r["dimension"] == ALL else f"{r['dimension']}: {r['group']}",
            "gap": float(r["value"]),
            "low": float(r["low"]),
            "high": float(r["high"]),
            "unseen": float(r["detectable"]),
            "under": -float(r["detectable"]),
            "alarm": "alarm" if r["is_alarm"] else "no alarm",
        }
        for r in shown.to_dict("records")
    ]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("group:N", sort=None, title=None, axis=alt.Axis(labelLimit=260))
    )
    unseen = base.mark_bar(color="#e3e3e3").encode(x=alt.X("under:Q", title="said minus came, P(heavy)"), x2="unseen:Q")
    bars = base.mark_rule(color="#154273").encode(x="low:Q", x2="high:Q")
    dots = base.mark_point(filled=True, size=60).encode(
        x="gap:Q",
        color=alt.Color(
            "alarm:N", title=None, scale=alt.Scale(domain=["no alarm", "alarm"], range=["#154273", "#a0410d"])
        ),
        shape=alt.Shape("alarm:N", title=None, scale=alt.Scale(domain=["no alarm", "alarm"])),
    )
    title = "Calibration gap with 95 % interval; grey: a gap in here would be missed in 20 of 100 reports or more"
    return to_svg(alt.layer(unseen, bars, dots).properties(width=620, title=title))


def _largest_pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    pairs = table.loc[table["measure"].eq(GAP) & table["dimension"].str.contains(JOINT, regex=False)]
    order = pairs["value"].abs().sort_values(ascending=False, kind="stable").index[:MOST_PAIRS]
    return list(pairs.loc[order, ["dimension", "group"]].itertuples(index=False, name=None))


def _table_html(table: pd.DataFrame, names: list[tuple[str, str]]) -> str:
    if not names:
        return "<p>None is large enough.</p>"
    present = [name for name in MEASURES if name in set(table["measure"])]
    head = "".join(
        f"<th>{escape(w)}" for w in ("dimension", "group", "cases", "seen", *(SHORT[name] for name in present))
    )
    by_name = dict(list(table.groupby(["dimension", "group"], sort=False)))
    rows = (_row_html(name, by_name[name].set_index("measure"), present) for name in names)
    return f"<table><thead><tr>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _row_html(name: tuple[str, str], rows: pd.DataFrame, present: list[str]) -> str:
    gap = rows.loc[GAP]
    counts = (HIDDEN, HIDDEN) if gap["is_hidden"] else (f"{gap['cases']:.0f}", f"{gap['detectable']:.3f}")
    cells = "".join(f"<td>{escape(word)}" for word in (*name, *counts))
    return f"<tr>{cells}{''.join(_cell_html(rows, measure) for measure in present)}"


def _cell_html(rows: pd.DataFrame, measure: str) -> str:
    if rows.loc[measure, "is_hidden"]:
        return f"<td>{HIDDEN}"
    digits = {WAIT: 0, "hours_gap": 1}.get(measure, 3)
    value, low, high = (float(rows.loc[measure, name]) for name in ("value", "low", "high"))
    alarm = " class=alarm" if rows.loc[measure, "is_alarm"] else ""
    return f"<td{alarm}>{value:.{digits}f}<br><small>{low:.{digits}f} .. {high:.{digits}f}</small>"


def _definitions() -> str:
    rows = [f"<dt>{name} ({SHORT[name]})<dd>{escape(text)}" for name, text in DEFINITIONS.items()]
    rows.append(
        f"<dt>Gate<dd>A group or pair of {FEWEST_FOR_GATE} cases and more fails with a calibration gap over {MOST_GAP} "
        f"and corrected evidence. A score fails that tells grant better than work does by more than {MOST_EXCESS}."
    )
    rows.append(
        f"<dt>seen<dd>Difference found with 80 % power: of tested figures at the corrected level, of others at "
        f"{ONE_LOOK:.0%} for one look.<dt>{HIDDEN}<dd>Fewer than 10 cases, or it would give such a group away."
    )
    return "".join(rows)
