"""Pictures of a policy study as SVG text, with nothing from outside and one description each."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

import altair as alt
import numpy as np
import vl_convert

from triage.simulation.policy_document import auc_of, label
from triage.simulation.policy_measures import FIRST_COHORT, LAST_COHORT, Outcome
from triage.simulation.policy_study import MAIN, mean_of

FONT = "'Source Sans 3', 'Noto Sans', Arial, sans-serif"
COLOURS = ("#154273", "#a0410d", "#39870c", "#7b2d8e", "#555555")
BLUE = COLOURS[0]
VEGA_ROLES = re.compile(r' (?:role="graphics-[a-z]+"|aria-(?:roledescription|label)="[^"]*")')


def svg(chart: Any, title: str, aria: str, width: int = 620, height: int = 280) -> str:
    """A chart as one SVG element as wide as the page allows."""
    sized = chart.properties(width=width, height=height, title=title)
    styled = sized.configure(font=FONT).configure_title(anchor="start", fontSize=15)
    styled = styled.configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#e5e5e5", labelLimit=420)
    styled = styled.configure_legend(orient="bottom", labelFontSize=12, labelLimit=420, columns=2)
    drawn = VEGA_ROLES.sub("", vl_convert.vegalite_to_svg(styled.to_dict(), allowed_base_urls=[]))
    start = drawn.index(">")
    box = drawn[:start].partition('viewBox="')[2].partition('"')[0]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label={quoteattr(aria)} viewBox="{box}"'
    return f'{head} width="100%"{drawn[start:]}'


def difference_chart(rows: Sequence[tuple[str, Mapping[str, float]]], title: str, aria: str) -> str:
    """Differences to arm A with their intervals, one row a label, in the order given."""
    names = [name for name, _ in rows]
    values = [{"what": name, **{k: d[k] for k in ("mean", "low", "high")}} for name, d in rows]
    y = alt.Y("what:N", sort=names, title=None)
    base = alt.Chart(alt.Data(values=values))
    bars = base.mark_rule(strokeWidth=2, color=BLUE).encode(
        y=y, x=alt.X("low:Q", title="percentage points more than A, with 95 % interval"), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=60, color=BLUE, opacity=1).encode(y=y, x="mean:Q")
    return svg(alt.layer(_zero(), bars, dots), title, aria, height=24 * len(rows) + 20)


def _zero() -> Any:
    return alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(strokeDash=[4, 4]).encode(x="x:Q")


def predictor_chart(arms: Mapping[str, Any], best: str) -> str:
    """Gain over A by the AUC of a made-up classifier, for naive and careful use; our model as a dashed line."""
    ways = {
        "B forced": "routing, naive: every case to a depth",
        "B selective": "routing, careful: only where it saves hours",
        "D selective": "careful routing, and order",
    }
    rows = []
    for name, figures in arms.items():
        auc, words = auc_of(name), name.split(" ")
        if auc is not None:
            rows.append({"auc": auc, "gain": figures["difference"]["mean"], "way": ways[f"{words[0]} {words[-1]}"]})
    if not rows:
        return ""
    x = alt.X("auc:Q", title="how well the classifier tells heavy from light (AUC; .5 is a coin)",
              scale=alt.Scale(domain=[0.5, 1.0]))  # fmt: skip
    y, what = alt.Y("gain:Q", title="points more than A"), list(ways.values())
    colour = alt.Color("way:N", title=None, scale=alt.Scale(domain=what, range=list(COLOURS[:3])), sort=what)
    dash = alt.StrokeDash("way:N", title=None, sort=what, scale=alt.Scale(domain=what))
    lines = alt.Chart(alt.Data(values=rows)).mark_line(point=True).encode(x=x, y=y, color=colour, strokeDash=dash)
    ours = [{"y": arms[best]["difference"]["mean"]}, {"y": 0}]
    rules = alt.Chart(alt.Data(values=ours)).mark_rule(strokeDash=[4, 4], color="#555555").encode(y="y:Q")
    aria = (
        "Gain over one route for everybody, by the quality of the classifier. Dashed: zero, and our model with order."
    )
    return svg(alt.layer(rules, lines), "How good must a prediction be?", aria)


def welch_chart(main: Mapping[str, Sequence[Outcome]], shown: Sequence[str]) -> str:
    """Share within the term by week of arrival, means of four weeks; the measured weeks lie between the rules."""
    rows = []
    for name in shown:
        weekly = mean_of(main[name], "weekly_within")
        weekly = weekly[: len(weekly) - 26]
        steps = len(weekly) // 4
        rows += [
            {"week": 4 * k + 2, "share": 100 * float(weekly[4 * k : 4 * k + 4].mean()), "arm": label(name)}
            for k in range(steps)
        ]
    names = [label(name) for name in shown]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line()
        .encode(
            x=alt.X("week:Q", title="week of arrival"),
            y=alt.Y("share:Q", title="% decided within the term", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color("arm:N", title=None, sort=names, scale=alt.Scale(domain=names, range=list(COLOURS))),
            strokeDash=alt.StrokeDash("arm:N", title=None, sort=names, scale=alt.Scale(domain=names)),
        )
    )
    ends = [{"week": FIRST_COHORT}, {"week": LAST_COHORT}]
    rules = alt.Chart(alt.Data(values=ends)).mark_rule(strokeDash=[2, 3]).encode(x="week:Q")
    aria = "Share decided within the term by week of arrival, per arm. The weeks between the two rules are measured."
    return svg(alt.layer(rules, lines), "Week by week (mean of all replications)", aria)


def spread_chart(main: Mapping[str, Sequence[Outcome]], shown: Sequence[str]) -> str:
    """The share within the term of every replication, per arm."""
    names = [label(name) for name in shown]
    rows = [{"arm": label(n), "share": 100 * o.within} for n in shown for o in main[n]]
    ticks = (
        alt.Chart(alt.Data(values=rows))
        .mark_point(color=BLUE, size=45, opacity=0.6)
        .encode(x=alt.X("share:Q", title="% decided within the term, one mark a replication",
                        scale=alt.Scale(domain=[0, 100])), y=alt.Y("arm:N", sort=names, title=None))
    )  # fmt: skip
    aria = "Share decided within the term in each replication, per arm."
    return svg(ticks, "Luck: the same policies under other arrivals", aria, height=26 * len(shown) + 20)


def class_chart(main: Mapping[str, Sequence[Outcome]], shown: Sequence[str], kinds: Sequence[str]) -> str:
    """Share within the term per class of work and arm."""
    names = [label(name) for name in shown]
    rows = [
        {"arm": label(name), "kind": kind, "share": 100 * float(share)}
        for name in shown
        for kind, share in zip(kinds, mean_of(main[name], "within_by_kind"), strict=True)
    ]
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("kind:N", sort=list(kinds), title="class of work", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("arm:N", sort=names),
            y=alt.Y("share:Q", title="% decided within the term", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color("arm:N", title=None, sort=names, scale=alt.Scale(domain=names, range=list(COLOURS))),
        )
    )
    aria = "Share decided within the term per class of work and arm."
    return svg(bars, "Who gains, and who does not", aria)


def parts_chart(parts: Mapping[str, Mapping[str, float]]) -> str:
    """The gain, and the two parts that it is made of, with intervals."""
    rows = [
        ("whole gain", parts["whole"]),
        ("of it: fewer hours per case (an assumption)", parts["hours_saved"]),
        ("of it: order and waiting (no assumption on hours)", parts["order"]),
    ]
    return difference_chart(rows, "Where the gain comes from", "The gain over A split in hours saved and order.")


def settings_chart(cells: Mapping[str, Any], best: str) -> str:
    """The gain of our model with order over A in every setting."""
    names = {MAIN: "main setting"}
    rows = [(names.get(name, name), cell["arms"][best]["difference"]) for name, cell in cells.items()]
    return difference_chart(rows, "In other circumstances", "Gain over one route for everybody, per setting.")


def shown_arms(main: Mapping[str, Sequence[Outcome]], letters: Sequence[str], model: str) -> list[str]:
    """A, and of each letter the arm of our model in its careful use; then D with the class known."""
    wanted = ["A", *(n for letter in letters for n in main if n.startswith(f"{letter} {model}") and "forced" not in n)]
    return [*wanted, *(n for n in main if n.startswith("D perfect"))]


def mean_within(outcomes: Sequence[Outcome]) -> float:
    """Share within the term, in per cent."""
    return float(100 * np.mean([o.within for o in outcomes]))
