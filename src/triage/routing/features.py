"""Intake -> numbers, as the register says.

Every model fact has a state of its own beside its value: not asked, unknown, a value not met in learning
("other"), or known. Facts with in_model other than "yes" never become a column.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.case import Intake, Moment
from triage.domain.errors import BundleError, MomentError, TableError
from triage.domain.facts import UNKNOWN_TEXT, Register

NOT_ASKED, UNKNOWN, OTHER = 0, 1, 2  # codes of silence; values start at 3
MOST_VALUES = 60  # of one fact, so that a set of codes fits in 64 bits; further values share the code "other"
FEWEST_CASES = 20  # with a value of an open list before it gets a code of its own


@dataclass(frozen=True)
class Column:
    """One fact's place in the vector: `at` is its code, `at + 1` its value where the fact is a number or date."""

    fact: str
    kind: str
    later: bool  # known only after the registration interview
    at: int
    codes: Mapping[Any, int]

    @property
    def is_measured(self) -> bool:
        """Whether a value column follows the code column."""
        return self.kind in ("number", "date")

    @property
    def width(self) -> int:
        """Columns taken."""
        return 2 if self.is_measured else 1

    @property
    def code_count(self) -> int:
        """Number of codes, the three silent ones included."""
        return 4 if self.is_measured else OTHER + 1 + len(self.codes)


class FeatureMap:
    """Column order and category codes, fixed at learning and kept as JSON beside the model."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        self.size = 1 + sum(column.width for column in columns)
        self.later = frozenset(column.fact for column in columns if column.later)
        self._plan = [
            (c.fact, c.at, None if c.is_measured else c.codes, c.kind == "date", c.fact in self.later) for c in columns
        ]

    @classmethod
    def of(cls, register: Register, cases: pd.DataFrame | None = None) -> "FeatureMap":
        """The map of a register; with `cases`, only values that stand in them get a code of their own.

        Raises ForbiddenFeatureError, by name, for a protected trait or a column that tells an outcome.
        """
        register.refuse_forbidden(fact.name for fact in register.model_facts())
        columns, at = [], 1
        for fact in register.model_facts():
            values = [False, True] if fact.kind == "flag" else [] if fact.is_open else list(fact.values)[:MOST_VALUES]
            if fact.kind == "category" and cases is not None:
                values = _values_seen(cases, fact.name, values, fact.is_open)
            codes = {} if fact.kind in ("number", "date") else {v: OTHER + 1 + k for k, v in enumerate(values)}
            column = Column(fact.name, fact.kind, fact.moment is Moment.REGISTERED, at, codes)
            columns.append(column)
            at += column.width
        return cls(tuple(columns))

    def vector(self, intake: Intake) -> np.ndarray:
        """One intake as float64, shape (size,). Raises MomentError for facts of a later moment than the intake's.

        A registered intake of which no registration fact was asked is read as identified: it tells the same.
        """
        facts = intake.facts
        later = not self.later.isdisjoint(facts)
        if later and intake.moment is Moment.IDENTIFIED:
            raise _too_early(sorted(self.later & set(facts))[0])
        row = [0.0] * self.size
        row[0] = 1.0 if later else 0.0
        for name, at, codes, is_date, _ in self._plan:
            if name not in facts:
                code, value = NOT_ASKED, np.nan
            elif facts[name] is None:
                code, value = UNKNOWN, np.nan
            elif codes is not None:
                row[at] = codes.get(facts[name], OTHER)
                continue
            else:
                code, value = OTHER + 1, _measure(facts[name], is_date, intake.lodged)
            row[at] = code
            if codes is None:
                row[at + 1] = value
        return np.array(row)

    def matrix(self, cases: pd.DataFrame, moment: Moment) -> np.ndarray:
        """Many cases as float64, shape (cases, size), as known at `moment`: later facts count as not asked.

        Raises MomentError where a registered table holds none of the registration facts, TableError where it
        holds no model fact at all.
        """
        if not any(column.fact in cases for column in self.columns):
            raise TableError("Cases: no column is a fact the model reads. See docs/reference/facts.md for the names.")
        if moment is Moment.REGISTERED and self.later and not self.later & set(cases.columns):
            raise MomentError("Cases: no registration fact is in the table. Use moment identified, or add the columns.")
        out = np.zeros((len(cases), self.size))
        for column in self.columns:
            if moment is Moment.IDENTIFIED and column.later:
                cells = np.full(len(cases), None, dtype=object)
            else:
                cells = _cells(cases, column.fact)
            self._fill(out, column, cells, cases)
        asked = [c.at for c in self.columns if c.later]
        out[:, 0] = (out[:, asked] != NOT_ASKED).any(axis=1)
        return out

    def _fill(self, out: np.ndarray, column: Column, cells: np.ndarray, cases: pd.DataFrame) -> None:
        series = pd.Series(cells, dtype=object)
        silent, unknown = series.isna().to_numpy(), (series == UNKNOWN_TEXT).to_numpy(dtype=bool)
        if column.is_measured:
            values = series.mask(silent | unknown)
            measured = _days(values, cases) if column.kind == "date" else values.astype(float).to_numpy()
            out[:, column.at + 1] = measured
            code = np.full(len(cells), OTHER + 1.0)
        else:
            code = series.map(column.codes).fillna(OTHER).to_numpy(dtype=float)
        out[:, column.at] = np.where(silent, NOT_ASKED, np.where(unknown, UNKNOWN, code))

    def unmet(self, intake: Intake) -> tuple[str, ...]:
        """Facts whose value was never met in learning."""
        return tuple(
            c.fact
            for c in self.columns
            if not c.is_measured and intake.facts.get(c.fact) is not None and intake.facts[c.fact] not in c.codes
        )

    @property
    def names(self) -> list[str]:
        """Name of each column, for the model file; value columns end in _value."""
        names = ["moment"]
        for column in self.columns:
            names += [column.fact, f"{column.fact}_value"] if column.is_measured else [column.fact]
        return names

    @property
    def categorical(self) -> list[int]:
        """Index of the columns that hold codes."""
        return [c.at for c in self.columns]

    @property
    def owner(self) -> list[str]:
        """The fact each column belongs to; the moment flag belongs to "moment"."""
        owner = ["moment"]
        for column in self.columns:
            owner += [column.fact] * column.width
        return owner

    def to_text(self) -> str:
        """As JSON."""
        rows = [
            {"fact": c.fact, "kind": c.kind, "later": c.later, "codes": [[v, k] for v, k in c.codes.items()]}
            for c in self.columns
        ]
        return json.dumps({"columns": rows}, indent=1)

    @classmethod
    def of_text(cls, text: str) -> "FeatureMap":
        """From JSON. Raises BundleError where it is torn."""
        try:
            columns, at = [], 1
            for row in json.loads(text)["columns"]:
                codes = {value: int(code) for value, code in row["codes"]}
                columns.append(Column(str(row["fact"]), str(row["kind"]), bool(row["later"]), at, codes))
                at += columns[-1].width
        except (ValueError, KeyError, TypeError) as error:
            raise BundleError("features.json does not have the expected shape. Learn the model again.") from error
        return cls(tuple(columns))


def _too_early(fact: str) -> MomentError:
    return MomentError(
        f"Fact {fact} is known only after the registration interview. Use moment registered, or leave it out."
    )


def _measure(value: Any, is_date: bool, lodged: date) -> float:
    """A number as it is; a date as days before lodging."""
    return float((lodged - value).days) if is_date else float(value)


def _cells(cases: pd.DataFrame, name: str) -> np.ndarray:
    if name in cases:
        return cases[name].to_numpy(dtype=object)
    return np.full(len(cases), None, dtype=object)


def _days(values: pd.Series, cases: pd.DataFrame) -> np.ndarray:
    day = pd.to_datetime(values)
    lodged = pd.to_datetime(cases["lodged_on"]).reset_index(drop=True)
    return (lodged - day).dt.days.to_numpy(dtype=float)


def _values_seen(cases: pd.DataFrame, name: str, declared: list[Any], is_open: bool) -> list[Any]:
    counts: dict[Any, int] = pd.Series(_cells(cases, name), dtype=object).dropna().value_counts().to_dict()
    counts.pop(UNKNOWN_TEXT, None)
    if not is_open:
        return [value for value in declared if value in counts][:MOST_VALUES]
    common = [value for value, count in counts.items() if count >= FEWEST_CASES]  # most frequent first
    return sorted(common[:MOST_VALUES], key=str)
