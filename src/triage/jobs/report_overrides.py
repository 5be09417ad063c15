"""How good overrides are: decisions of the log beside booked hours, and advice shown against advice hidden."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from triage.adapters.files import write_table
from triage.adapters.store import Store
from triage.domain.calendar import local_date
from triage.domain.case import Depth, Outcome, Suggestion
from triage.domain.decision_tables import ADVICE, DECISIONS
from triage.domain.errors import NothingToDoError
from triage.domain.records import Arm, LoggedAdvice
from triage.domain.small_groups import SMALLEST_GROUP
from triage.jobs.record_decision import has_advice
from triage.routing.overrides import (
    Difference,
    alarms,
    arm_differences,
    measure_overrides,
    not_sure_share,
    reason_counts,
)
from triage.routing.policy import Policy

FEW = f"fewer than {SMALLEST_GROUP}"
HEAD = ("officer-day", "advice", "n", "override (95 %)", "deeper", "lighter", "officer right (95 %)", "won", "dwell")
WIDTHS = (11, 8, 5, 20, 6, 7, 20, 7, 6)
LOOKS = "Each line is a look of its own: of five, one in four reports has one by chance that leaves out 0."
CAVEATS = (
    "Booked hours are known of closed cases only, and those are the easier ones. Of the audit sample nobody chose.",
    "Booked hours are those of the route that was followed. What another route would have cost is assumed (phi).",
    "Never read these figures per officer: they are about the advice and the work, not about a person.",
)


@dataclass(frozen=True)
class OverrideReport:
    """What the report found; `counts` are of decisions, None where fewer than 10."""

    table: pd.DataFrame  # OVERRIDES
    differences: Sequence[Difference]
    reasons: dict[str, int | None]
    counts: dict[str, int | None]
    not_sure: float | None
    alarms: Sequence[str]

    @property
    def text(self) -> str:
        """For a terminal."""
        return "\n".join(_lines(self))

    def summary(self) -> dict[str, Any]:
        """For machines."""
        shown = self.table.loc[~self.table["is_hidden"]]
        rows = json.loads(shown.to_json(orient="records"))
        about = {"counts": self.counts, "not_sure": self.not_sure, "reasons": self.reasons}
        return about | {"slices": rows, "arms": [asdict(one) for one in self.differences], "alarms": list(self.alarms)}


def report_overrides(decisions: pd.DataFrame, policy: Policy, out: Path | None = None) -> OverrideReport:
    """Measure the quality of overrides; write overrides.csv and overrides.json in `out`.

    `decisions` is table DECISIONS; `policy` holds the cost table. Raises NothingToDoError without any decision.
    """
    if decisions.empty:
        raise NothingToDoError("No officer has decided on a suggestion yet, so there is nothing to report.")
    lines = DECISIONS.check(decisions)
    table = measure_overrides(lines, policy)
    report = OverrideReport(
        table=table,
        differences=arm_differences(lines, policy),
        reasons=reason_counts(lines),
        counts=_counts(lines),
        not_sure=not_sure_share(lines),
        alarms=alarms(table),
    )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_table(table, out / "overrides.csv")
        (out / "overrides.json").write_text(json.dumps(report.summary(), indent=1), encoding="utf8")
    return report


def decisions_of(store: Store, cases: pd.DataFrame | None) -> pd.DataFrame:
    """Table DECISIONS of the log, with hours and days of `cases` (table CASES) where they are known."""
    log = [line for line in store.advice_log() if line.decision is not None]
    rows = [_row(line) for line in log]
    frame = pd.DataFrame(rows, columns=[name for name in DECISIONS.columns if name not in ("hours_booked", "days")])
    frame["is_last"] = ~frame["case_id"].duplicated(keep="last")
    known = _outcomes(cases).reindex(frame["case_id"])
    return DECISIONS.check(frame.assign(**{name: known[name].to_numpy() for name in known}))


def _row(line: LoggedAdvice) -> dict[str, Any]:
    """One line of the log. A decision of before the audit sample counts as one with advice, in no arm."""
    decision, whole = line.decision, line.whole
    assert decision is not None, "only decided lines are asked"  # noqa: S101
    return {
        "suggestion_id": decision.suggestion_id,
        "case_id": decision.case_id,
        "officer": decision.officer,
        "day": str(local_date(decision.decided_at)),
        "moment": whole.moment.value,
        "arm": (line.arm or Arm.NONE).value,
        "had_advice": has_advice(line.shown),
        "has_model_advice": whole.prediction is not None,
        "advice": _direction(whole),
        "advised_route": whole.route,
        "advised_depth": _text(whole.depth),
        "route": decision.route,
        "depth": _text(decision.depth),
        "reason_code": decision.reason_code,
        "dwell_seconds": decision.dwell_seconds,
    }


def _direction(whole: Suggestion) -> str:
    """rule, light or heavy; not_sure for whatever stays at the standard depth."""
    found = whole.outcome.value if whole.outcome is not Outcome.SUGGESTION else _text(whole.depth)
    return found if found in ADVICE else Outcome.NOT_SURE.value


def _text(depth: Depth | None) -> str:
    return depth.value if depth else ""


def _outcomes(cases: pd.DataFrame | None) -> pd.DataFrame:
    """Booked hours and days to decision by case id; empty while open."""
    if cases is None or not {"hours_booked", "decided_on"} <= set(cases):
        return pd.DataFrame({"hours_booked": [], "days": []}, index=pd.Index([], dtype=object), dtype=float)
    days = (pd.to_datetime(cases["decided_on"]) - pd.to_datetime(cases["lodged_on"])).dt.days.astype(float)
    hours = cases["hours_booked"].astype(float).where(cases["decided_on"].notna())
    known = pd.DataFrame({"case_id": cases["case_id"], "hours_booked": hours, "days": days})
    return known.set_index("case_id")


def _counts(lines: pd.DataFrame) -> dict[str, int | None]:
    had_advice, hours = lines["had_advice"].to_numpy(dtype=bool), lines["hours_booked"].to_numpy(dtype=float)
    counts = {
        "decisions": len(lines),
        "with advice": int(had_advice.sum()),
        "without advice": int((~had_advice).sum()),
        "with booked hours": int((hours > 0).sum()),
    }
    return {name: count if count >= SMALLEST_GROUP or count == 0 else None for name, count in counts.items()}


def _lines(report: OverrideReport) -> list[str]:
    counts = ", ".join(f"{FEW if n is None else n} {name}" for name, n in report.counts.items())
    lines = [f"Decisions in the log: {counts}."]
    if report.not_sure is not None:
        lines.append(f"Of what a model was asked, it was not sure of {report.not_sure:.0%}.")
    return [*lines, "", *_slice_lines(report.table), "", *_arm_lines(report.differences), "", *_last_lines(report)]


def _slice_lines(table: pd.DataFrame) -> list[str]:
    shown = table.loc[~table["is_hidden"] & table["decisions"].notna()]
    if shown.empty:
        return [f"Too little to say of overrides: {FEW} decisions with advice in every slice."]
    return [_columns(HEAD), *(_columns(_slice_cells(row)) for row in shown.to_dict("records"))]


def _slice_cells(row: dict[Any, Any]) -> tuple[str, ...]:
    band = f"{row['override']:.1%} ({row['override_low']:.1%}-{row['override_high']:.1%})"
    right, won, dwell = f"{FEW} judged", "", ""
    if pd.notna(row["officer_right"]):
        right = f"{row['officer_right']:.0%} ({row['officer_right_low']:.0%}-{row['officer_right_high']:.0%})"
        won = f"{row['hours_won']:+.1f} h"
    if pd.notna(row["dwell_median"]):
        dwell = f"{row['dwell_median']:.0f} s"
    steps = (f"{row['deeper']:.1%}", f"{row['lighter']:.1%}")
    return row["load"], row["advice"], f"{row['decisions']:.0f}", band, *steps, right, won, dwell


def _columns(cells: Sequence[str]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def _arm_lines(differences: Sequence[Difference]) -> list[str]:
    if not differences:
        return [f"Shown against hidden: too little to say, {FEW} decided cases in an arm of the audit sample."]
    lines = [f"{'shown against hidden':<36} {'shown':>8} {'hidden':>8}  difference (95 %)"]
    for one in differences:
        band = f"{one.difference:+.3g} ({one.low:+.3g} to {one.high:+.3g})"
        lines.append(f"{one.measure:<36} {one.shown:>8.3g} {one.hidden:>8.3g}  {band}  n {one.n_shown}, {one.n_hidden}")
    return [*lines, LOOKS]


def _last_lines(report: OverrideReport) -> list[str]:
    reasons = ", ".join(f"{code} {FEW if n is None else n}" for code, n in report.reasons.items()) or "none"
    said = [f"ALARM {line}" for line in report.alarms] or ["No alarm."]
    return [f"Reasons of overrides: {reasons}.", *said, "", *CAVEATS]
