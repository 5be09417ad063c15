"""Every table that travels between rooms, by name.

One is a frozen dataclass (case.py), many is a pandas frame declared in one of the modules below.
"""

from triage.domain.case_tables import CASES, DOSSIER_EVENTS, FAIRNESS, INTAKE_QUALITY
from triage.domain.decision_tables import DECISIONS, OVERRIDES
from triage.domain.inflow_tables import (
    BACKTEST,
    BACKTEST_SUMS,
    FORECAST,
    HOURS_AHEAD,
    INFLOW,
    INFLOW_EVENTS,
    MPP,
    NORM_MIX,
    PATHS,
    PUBLISHED_SCORES,
    SCORES,
)
from triage.domain.table import Table

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        INFLOW,
        PATHS,
        FORECAST,
        SCORES,
        CASES,
        BACKTEST,
        BACKTEST_SUMS,
        INFLOW_EVENTS,
        MPP,
        PUBLISHED_SCORES,
        NORM_MIX,
        HOURS_AHEAD,
        DOSSIER_EVENTS,
        INTAKE_QUALITY,
        FAIRNESS,
        DECISIONS,
        OVERRIDES,
    )
}
