"""The evaluation of the complexity model as one self-contained page: goals, calibration, all figures."""

from collections.abc import Mapping, Sequence
from html import escape

import altair as alt
import pandas as pd

from triage.routing.card import to_svg
from triage.routing.goals import GoalRow

STYLE = """body{font:16px/1.5 system-ui,Arial,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;font-size:.85rem}
th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #ccc}th:first-child,td:first-child{text-align:left}
.wide{overflow-x:auto}svg{max-width:60rem;height:auto;display:block;margin:1rem 0}.no{font-weight:700}"""
Bins = Mapping[str, Sequence[tuple[float, float, int]]]


def goals_page(
    rows: Sequence[GoalRow],
    seeds: Sequence[int],
    number: int,
    bins: Mapping[tuple[int, str], Bins],
    figures: Mapping[int, Mapping[str, float]],
) -> str:
    """HTML page. bins: per seed and scene, per moment (said, came, cases); figures: seed -> name -> value."""
    missed = [row.goal.words for row in rows if not row.met]
    verdict = f"Not met: {'; '.join(missed)}." if missed else "Every goal is met."
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Complexity model against its goals</title>
<style>{STYLE}</style><body><h1>Complexity model against its goals</h1>
<p>{number} made-up cases for each of the seeds {escape(", ".join(map(str, seeds)))}. All of it is invented: the figures
say how near the model comes to the best that anybody could say in such a world, and nothing about the real service.
Learned from what was known on a snapshot, judged on cases lodged after it.</p><p><strong>{escape(verdict)}</strong></p>
{_table(rows, seeds)}
<h2>Calibration</h2><p>Predicted and actual share of heavy work, ten groups of equal size, one line per seed.</p>
{calibration_grid(bins)}
<h2>All figures</h2>{_all_figures(figures)}</body></html>"""


def _table(rows: Sequence[GoalRow], seeds: Sequence[int]) -> str:
    heads = "".join(f"<th>seed {seed}</th>" for seed in seeds)
    lines = [
        f"<tr><td>{escape(row.goal.words)}</td><td>{escape(row.goal.asked)}</td>"
        + "".join(f"<td>{value:.3f}</td>" for value in row.values)
        + f"<td>{row.mean:.3f}</td><td{'' if row.met else ' class=no'}>{'yes' if row.met else 'no'}</td></tr>"
        for row in rows
    ]
    head = f"<tr><th>goal</th><th>asked</th>{heads}<th>mean</th><th>met</th></tr>"
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table></div>'


def _all_figures(figures: Mapping[int, Mapping[str, float]]) -> str:
    names = sorted({name for named in figures.values() for name in named})
    heads = "".join(f"<th>seed {seed}</th>" for seed in figures)
    lines = [
        f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{named[name]:.3f}</td>" for named in figures.values()) + "</tr>"
        for name in names
    ]
    return f'<div class="wide"><table><tr><th>figure</th>{heads}</tr>{"".join(lines)}</table></div>'


def calibration_grid(bins: Mapping[tuple[int, str], Bins]) -> str:
    """Said against came per scene and moment, as SVG."""
    rows = pd.DataFrame(
        [
            {"seed": str(seed), "panel": f"{scene}, {moment}", "said": said, "came": came}
            for (seed, scene), named in bins.items()
            for moment, points in named.items()
            for said, came, _ in points
        ]
    )
    scale = alt.Scale(domain=[0, 1])
    line = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(strokeDash=[4, 4], color="grey")
    lines = (
        alt.Chart()
        .mark_line(point=True)
        .encode(
            x=alt.X("said:Q", scale=scale, title="predicted share of heavy work"),
            y=alt.Y("came:Q", scale=scale, title="share that was heavy"),
            color="seed:N",
            shape="seed:N",
        )
    )
    chart = alt.layer(line.encode(x="x:Q", y="y:Q"), lines, data=rows).properties(width=220, height=220)
    return to_svg(chart.facet("panel:N", columns=3))
