"""The flat table that a served copy of the model takes: one row a case, the facts as plain columns.

Served copies know no "unknown" beside "not asked" in a number column, so the names of facts that were asked
without an answer stand in one text column, `unknown_facts`, with | between. Texts and flags are text ("true",
"false"), numbers are numbers, an empty cell is not asked. `moment` is identified or registered.
"""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.errors import FactError, MomentError
from triage.domain.facts import UNKNOWN_TEXT
from triage.routing.complexity import ComplexityModel
from triage.routing.features import Column, FeatureMap

MOMENT, LODGED, UNKNOWN_FACTS = "moment", "lodged_on", "unknown_facts"


def served_columns(model: ComplexityModel) -> tuple[dict[str, str], dict[str, str]]:
    """(input column -> type, output column -> type); types are string, double or boolean."""
    facts = {c.fact: "double" if c.kind == "number" else "string" for c in model.features.columns}
    hours = {f"hours_{name}": "double" for name in ("p10", "p50", "p90", "mean")}
    days = {"log_days_mean": "double", "log_days_sd": "double", "set90": "string", "known_regime": "boolean"}
    inputs = {MOMENT: "string", LODGED: "string"} | facts | {UNKNOWN_FACTS: "string"}
    return inputs, {f"p_{name}": "double" for name in model.classes} | hours | days


def to_served(cases: pd.DataFrame, features: FeatureMap, moment: Moment) -> pd.DataFrame:
    """Cases in their canonical form as the flat table; facts of a later moment are left empty."""
    lodged = pd.to_datetime(cases["lodged_on"]).dt.strftime("%Y-%m-%d").to_numpy()
    out: dict[str, Any] = {MOMENT: np.full(len(cases), str(moment), dtype=object), LODGED: lodged}
    unknown: list[list[str]] = [[] for _ in range(len(cases))]
    for column in features.columns:
        known = column.fact in cases and (moment is Moment.REGISTERED or not column.later)
        cells = list(cases[column.fact]) if known else [None] * len(cases)
        for row, cell in enumerate(cells):
            if isinstance(cell, str) and cell == UNKNOWN_TEXT:
                unknown[row].append(column.fact)
        texts = [_served_cell(column, cell) for cell in cells]
        out[column.fact] = np.array(texts, dtype=float) if column.kind == "number" else np.array(texts, dtype=object)
    out[UNKNOWN_FACTS] = np.array(["|".join(names) for names in unknown], dtype=object)
    return pd.DataFrame(out, index=cases.index).astype({LODGED: object})


def _served_cell(column: Column, cell: Any) -> Any:
    if cell is None or cell != cell or (isinstance(cell, str) and cell == UNKNOWN_TEXT):  # noqa: PLR0124 - nan
        return np.nan if column.kind == "number" else ""
    text = str(cell)
    return float(text) if column.kind == "number" else text.lower() if column.kind == "flag" else text


def of_served(table: pd.DataFrame, features: FeatureMap) -> tuple[pd.DataFrame, Moment]:
    """The flat table as cases in canonical form, with its moment. Absent columns were not asked.

    Raises MomentError unless all rows have one known moment, FactError for an unknown fact name.
    """
    moments = set(table[MOMENT])
    if len(moments) != 1 or not moments <= set(Moment):
        raise MomentError("Served table: column moment holds identified or registered, the same in every row.")
    cells = {c.fact: [_cell(c, v) for v in table[c.fact]] for c in features.columns if c.fact in table}
    for row, names in enumerate(table[UNKNOWN_FACTS] if UNKNOWN_FACTS in table else ()):  # noqa: SIM401
        for name in str(names or "").split("|"):
            if name and name not in cells:
                raise FactError("Served table: column unknown_facts names a fact that the model does not read.")
            if name:
                cells[name][row] = UNKNOWN_TEXT
    cases = pd.DataFrame(cells, dtype=object, index=table.index)
    return cases.assign(lodged_on=pd.to_datetime(table[LODGED])), Moment(moments.pop())


def _cell(column: Column, value: Any) -> Any:
    if value is None or value != value or value == "":  # noqa: PLR0124 - nan
        return None
    if column.kind == "flag":
        return str(value).lower() == "true" if str(value).lower() in ("true", "false") else UNKNOWN_TEXT
    if column.kind == "date":
        return date.fromisoformat(str(value)[:10])
    return value if isinstance(value, str) else float(value)
