"""What a learned model says of itself: a table for a terminal, measures for the record, a card and a plot."""

from io import StringIO

import altair as alt
import pandas as pd

from triage.domain.facts import Register
from triage.routing.learning import Learned
from triage.routing.measures import Measured

ROWS = (
    ("log-loss, model", "log_loss", "nats; lower is better"),
    ("log-loss, class prior", "log_loss_prior", ""),
    ("log-loss, hand rules", "log_loss_hand_rules", "shares by number of heavy signs"),
    ("share of achievable", "achievable", "made-up world only: gain over the prior, of the optimum's"),
    ("ECE, P(heavy)", "ece", "ten equal-count bins"),
    ("RPS", "rps", ""),
    ("AUC, heavy", "auc", ""),
    ("pinball p50 (h)", "pinball_p50", ""),
    ("pinball p90 (h)", "pinball_p90", ""),
    ("hours in 80 % band", "band_80", ""),
    ("90 % sets cover", "coverage_90", "limits from every other test case, measured on the rest"),
    ("… of the worst class", "coverage_least", ""),
    ("classes per set", "set_size", ""),
)


def report(learned: Learned) -> str:
    """The measures as text, one column per moment, then what is worth a word."""
    tested, measured = learned.backtest, learned.backtest.measured
    splits = ", ".join(map(str, tested.splits))
    lines = [
        f"Complexity model {learned.model.version}",
        f"Measured as learned on {splits} ({min(tested.trained_on)} cases or more each), on later cases:",
        f"{'':24}" + "".join(f"{m.moment + ' ' + str(m.cases):>18}" for m in measured),
    ]
    for name, figure, note in ROWS:
        values = [getattr(m, figure) for m in measured]
        if None not in values:
            lines.append(f"{name:24}" + "".join(f"{v:>18.3f}" for v in values) + (f"   {note}" if note else ""))
    lines += [*_shipped(learned), *_known(learned)]
    return "\n".join(lines + [f"Note: {flag}." for flag in learned.flags])


def _shipped(learned: Learned) -> list[str]:
    about, choice = learned.model.about, learned.backtest.choice
    kind = "deep trees" if choice.is_deep else "trees"
    by = f"{learned.audited} audit cases" if learned.audited else "the backtest"
    return [
        f"Shipped: fitted on {learned.trained_on} cases ({learned.window}), {learned.labels.share_closed:.0%} closed; "
        f"{kind} {choice.tree_weight:.0%}, twin {1 - choice.tree_weight:.0%} "
        f"(equal unless clearly better at all {len(learned.backtest.splits)} splits); "
        f"trend {about.trend:+.1%} a year; regimes: {', '.join(learned.model.regimes) or 'none'}",
        f"Level set by {by}: classes {about.intercept:+.2f} log-odds (slope {about.slope:.2f}), hours "
        f"{about.hours_level:+.1%}, band {about.hours_widening:+.1%} wider on either side",
    ]


def _known(learned: Learned) -> list[str]:
    """What is known per regime, so that nobody takes a regime without labels for a calm one."""
    return [
        f"Labels under {row['regime']}: {row['labelled']} of {row['cases']} cases ({row['closed']:.0%} closed, "
        f"{row['audited']} by audit): {row['state']}"
        for row in learned.labels.regimes().to_dict("records")
    ]


def figures(learned: Learned) -> dict[str, float]:
    """All measures under names like log_loss_registered, for the record of runs."""
    named = {
        f"{figure}_{m.moment}": float(value)
        for m in learned.backtest.measured
        for _, figure, _ in ROWS
        if (value := getattr(m, figure)) is not None
    }
    counts = {"trained_on": float(learned.trained_on), "share_closed": learned.labels.share_closed}
    about = learned.model.about
    levels = {"intercept": about.intercept, "slope": about.slope, "hours_level": about.hours_level}
    audit = {"audited": float(learned.audited), "hours_widening": about.hours_widening}
    return named | counts | levels | audit | {"trend_per_year": about.trend}


def card(learned: Learned, register: Register, policy: str) -> str:
    """The model's card in Markdown: what it is for, what it is not, what it reads, how good it was."""
    facts = ", ".join(column.fact for column in learned.model.features.columns)
    cutoffs = ", ".join(f"{hours:g}" for hours in register.cutoffs_hours)
    return f"""# Complexity model {learned.model.version}

Predicts the work of a case: class ({", ".join(register.class_names)}; cut-offs {cutoffs} booked hours), handling hours
and days until decision. It never predicts an outcome. A route is suggested from it; the officer decides.

- **Learned on** {learned.model.about.learned_on}, from what was known that day: {learned.trained_on} cases
  ({learned.window}); {learned.labels.share_closed:.0%} of all cases were closed.
- **Regimes** it may speak of: {", ".join(learned.model.regimes) or "none"}. Other cases are flagged.
- **Reads**: {facts}. Never nationality, ethnicity, religion, sex or anything that tells an outcome.
- **Policy** {policy}.
- **Model**: shallow ordinal LightGBM and logistic twin averaged in log-odds, quantile LightGBM for hours, log-normal
  days with open cases counted. Level and limits of the 90 % sets come from later cases of the backtest and, where there
  are enough, from the random audit sample.

## Measures

```
{report(learned)}
```
"""


def calibration_plot(measured: tuple[Measured, ...]) -> str:
    """Said against came, P(heavy) in ten bins per moment, as SVG."""
    rows = pd.DataFrame(
        [
            {"moment": str(m.moment), "said": said, "came": came, "cases": n}
            for m in measured
            for said, came, n in m.bins
        ]
    )
    scale = alt.Scale(domain=[0, 1])
    dots = alt.Chart(rows).mark_line(point=True).encode(
        x=alt.X("said", scale=scale, title="predicted share of heavy work"),
        y=alt.Y("came", scale=scale, title="share that was heavy"),
        color=alt.Color("moment", title="moment"),
        shape=alt.Shape("moment", title="moment"),
    )  # fmt: skip
    line = alt.Chart(pd.DataFrame({"x": [0, 1], "y": [0, 1]})).mark_line(strokeDash=[4, 4], color="grey")
    chart = line.encode(x="x:Q", y="y:Q") + dots
    return to_svg(chart.properties(width=360, height=360, title="Calibration on cases after the split"))


def to_svg(chart: alt.LayerChart | alt.FacetChart) -> str:
    """The chart as SVG text, drawn here: nothing is fetched."""
    file = StringIO()
    chart.save(file, format="svg")
    return file.getvalue()
