"""Tables of what officers decided: one line a decision, and the figures of the report on overrides."""

import pandera.pandas as pa

from triage.domain.records import Arm
from triage.domain.table import Table, text

ADVICE = ("rule", "light", "not_sure", "heavy")


def _figures(*names: str) -> dict[str, pa.Column]:
    return {name: pa.Column(float, nullable=True, coerce=True) for name in names}


DECISIONS = Table(
    "DECISIONS",
    ("suggestion_id",),
    {
        "suggestion_id": text(),
        "case_id": text(),
        "officer": text(),
        "day": text(r"^\d{4}-\d{2}-\d{2}$"),
        "moment": text(r"^(identified|registered)$"),
        "arm": pa.Column(str, pa.Check.isin([arm.value for arm in Arm]), coerce=True),
        "had_advice": pa.Column(bool, coerce=True),
        "has_model_advice": pa.Column(bool, coerce=True),
        "advice": pa.Column(str, pa.Check.isin(ADVICE), coerce=True),
        "advised_route": text(),
        "advised_depth": text(r"^(|light|standard|heavy)$"),
        "route": text(),
        "depth": text(r"^(|light|standard|heavy)$"),
        "reason_code": text(),
        "is_last": pa.Column(bool, coerce=True),
        **_figures("dwell_seconds", "hours_booked", "days"),
    },
    {
        "suggestion_id": "the suggestion that was decided on",
        "case_id": "the case",
        "officer": "who decided, as a pseudonym",
        "day": "local date of the decision",
        "moment": "moment of intake",
        "arm": "arm of the audit sample: none, shown or hidden",
        "had_advice": "whether the officer saw any advice",
        "has_model_advice": "whether a model advised on the depth, shown or hidden",
        "advice": "what the whole suggestion said: rule, light, heavy, or not_sure (standard)",
        "advised_route": "route of the whole suggestion",
        "advised_depth": "its depth; empty where a rule decides",
        "route": "route that the officer chose",
        "depth": "depth that the officer chose; empty where the route has none",
        "reason_code": "the officer's coded reason",
        "is_last": "whether it is the newest decision on its case",
        "dwell_seconds": "from first showing to the decision; empty where the page did not show it (s)",
        "hours_booked": "handling hours of the case, empty while open (h)",
        "days": "from lodging to the first decision on the application, empty while open",
    },
)

OVERRIDES = Table(
    "OVERRIDES",
    ("load", "advice"),
    {
        "load": text(),
        "advice": pa.Column(str, pa.Check.isin(["all", *ADVICE]), coerce=True),
        "decisions": pa.Column(float, pa.Check.ge(10), nullable=True, coerce=True),
        **_figures("override", "override_low", "override_high", "deeper", "lighter", "other_route"),
        **_figures("judged", "officer_right", "officer_right_low", "officer_right_high", "hours_won"),
        **_figures("dwell_median", "dwell_low", "dwell_high"),
        "alarm": text(),
        "is_hidden": pa.Column(bool, coerce=True),
    },
    {
        "load": "decisions of one officer on one day: a band, or all",
        "advice": "what was advised: rule, light, not_sure (standard) or heavy, or all",
        "decisions": "decisions with advice shown",
        "override": "share that chose another route or depth",
        "override_low": "lower end of its 95 % interval",
        "override_high": "upper end of its 95 % interval",
        "deeper": "share that chose a deeper depth",
        "lighter": "share that chose a lighter depth",
        "other_route": "share that chose another route of the law, without a depth to compare",
        "judged": "overrides of a depth whose case has booked hours; fewer than 10 are not shown",
        "officer_right": "share of those in which the booked hours lie nearer to the officer's depth",
        "officer_right_low": "lower end of its 95 % interval",
        "officer_right_high": "upper end of its 95 % interval",
        "hours_won": "mean hours by the cost table that the officer's depth saves against the advised one (h)",
        "dwell_median": "median time from showing to decision (s)",
        "dwell_low": "lower end of its 95 % interval",
        "dwell_high": "upper end of its 95 % interval",
        "alarm": "OVERRIDES_RARE, DWELL_SHORT, both with | between, or empty",
        "is_hidden": "the group is too small to show, or would give away one that is; all figures are empty",
    },
)
