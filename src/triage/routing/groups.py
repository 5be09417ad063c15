"""The groups of a fairness audit: who is who, by facts that the model never reads. Audit path only.

Nothing that learns, scores or suggests may import this module; tests/architecture holds that.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.errors import TableError
from triage.domain.facts import UNKNOWN_TEXT, Fact, Register
from triage.domain.small_groups import hidden_cells
from triage.routing.complexity import regime_of

NOT_ASKED = "not asked"
FEWEST_OF_A_PAIR = 150  # measured cases in a pair of groups before it is looked at
MOST_GROUPS = 60  # of one column, so that a free text cannot pass for a group
AGE_EDGES = (18.0, 30.0, 45.0)
#: Languages for which interpreters are scarce. An assumption of the made-up world; a service gives its own column.
SCARCE_LANGUAGES = ("tir", "som", "kat")
JOINT = " & "


def groups_of(
    cases: pd.DataFrame, register: Register, own: pd.DataFrame | None = None, moment: Moment = Moment.REGISTERED
) -> pd.DataFrame:
    """The group of every case in every dimension, as text; unknown and not asked are groups of their own.

    Parameters
    ----------
    cases : table CASES in canonical form.
    own : columns of the service's own, by `case_id`: each becomes a dimension, and goes before ours of that name.
    moment : that of the scores. A fact that is known only later makes no group: nobody could be right within it yet.

    Returns
    -------
    A column per dimension, index as in `cases`. With the shipped register: nationality, language, location, sex,
    age, minor, family, regime, motive and interpreter; else every flag and category that the model does not read.

    Raises TableError where `own` has no case_id, misses a case, repeats one, or holds a column of free text.
    """
    is_ours = register.digest == Register.load().digest
    later = [fact.name for fact in register.facts.values() if fact not in register.at(moment)]
    known = cases.drop(columns=later, errors="ignore")
    found = _our_dimensions(known) if is_ours else _dimensions_of(known, register)
    if own is not None:
        found |= _own_dimensions(cases, own)
    return pd.DataFrame(found, index=cases.index, dtype=object)


def _our_dimensions(cases: pd.DataFrame) -> dict[str, np.ndarray]:
    rules: tuple[tuple[str, str, Callable[[Any], np.ndarray]], ...] = (
        ("nationality", "nationality_iso3", _words),
        ("language", "language", _words),
        ("location", "location", _words),
        ("sex", "sex", _words),
        ("age", "age_years", lambda column: _banded(column, AGE_EDGES, ("0-17", "18-29", "30-44", "45 and over"))),
        ("minor", "unaccompanied_minor", _words),
        ("family", "family_size", lambda column: _banded(column, (2.0, 4.0), ("alone", "2-3 persons", "4 or more"))),
        ("motive", "motive_group", _words),
        ("interpreter", "language", _scarcity),
    )
    found = {name: group(cases[column]) for name, column, group in rules if column in cases}
    return found | {"regime": cases["lodged_on"].map(lambda day: regime_of(day.date())).to_numpy(dtype=object)}


def _dimensions_of(cases: pd.DataFrame, register: Register) -> dict[str, np.ndarray]:
    def is_group(fact: Fact) -> bool:
        return fact.in_model != "yes" and fact.kind in ("flag", "category") and fact.name in cases

    named = {fact.name: _words(cases[fact.name]) for fact in register.facts.values() if is_group(fact)}
    return {name: groups for name, groups in named.items() if len(set(groups)) <= MOST_GROUPS}


def _own_dimensions(cases: pd.DataFrame, own: pd.DataFrame) -> dict[str, np.ndarray]:
    if "case_id" not in own:
        raise TableError("Groups: column case_id is missing. Give one row per case, with case_id and the groups.")
    keys = own["case_id"].astype(str)
    if keys.duplicated().any():
        raise TableError(
            f"Groups: row {int(keys.duplicated().to_numpy().argmax()) + 1} repeats a case_id. Keep one row."
        )
    rows = pd.Index(keys).get_indexer(pd.Index(cases["case_id"].astype(str)))
    if (rows < 0).any():
        raise TableError(
            f"Groups: {int((rows < 0).sum())} cases have no row. Give a row for every case; an empty cell is unknown."
        )
    found = {}
    for name in (str(column) for column in own.columns if column != "case_id"):
        words = _words(own[name].iloc[rows])
        found[name] = np.where(words == NOT_ASKED, UNKNOWN_TEXT, words)
        if len(set(found[name])) > MOST_GROUPS:
            raise TableError(f"Groups: column {name} has more than {MOST_GROUPS} groups. Give broader groups.")
    return found


def _words(column: Any) -> np.ndarray:
    """Values as text; an empty cell is "not asked"."""
    words = {True: "yes", False: "no"}
    return np.array(
        [
            NOT_ASKED if _is_empty(v) else words[bool(v)] if isinstance(v, (bool, np.bool_)) else str(v).strip()
            for v in np.asarray(column, dtype=object)
        ],
        dtype=object,
    )


def _is_empty(value: object) -> bool:
    return value is None or value == "" or value != value  # noqa: PLR0124 - an empty cell may be NaN


def _banded(column: Any, edges: tuple[float, ...], names: tuple[str, ...]) -> np.ndarray:
    words = _words(column)
    numbers = np.array([float(word) if _is_number(word) else np.nan for word in words])
    bands = np.array(names, dtype=object)[np.searchsorted(edges, numbers, side="right").clip(max=len(edges))]
    return np.where(np.isnan(numbers), words, bands)


def _is_number(word: str) -> bool:
    return word.replace(".", "", 1).isdigit()


def _scarcity(column: Any) -> np.ndarray:
    words = _words(column)
    silent = np.isin(words.astype(str), [UNKNOWN_TEXT, NOT_ASKED])
    return np.where(silent, words, np.where(np.isin(words.astype(str), SCARCE_LANGUAGES), "scarce", "not scarce"))


def slices_of(groups: pd.DataFrame) -> list[tuple[str, str, np.ndarray, bool]]:
    """Every slice as (dimension, group, whether each case is in it, whether it is hidden): single ones, then pairs.

    A dimension with one group only is left out: it is all cases. A group of 1-9 cases is hidden, and so is what
    would give one away by subtraction. A pair is looked at with 150 cases, and not where it is hidden.
    """
    lasting = [str(name) for name in groups if len(set(groups[name])) > 1]
    return [*_singles(groups, lasting), *_pairs(groups, lasting)]


def _singles(groups: pd.DataFrame, names: list[str]) -> Iterator[tuple[str, str, np.ndarray, bool]]:
    for name in names:
        codes, words = pd.factorize(groups[name], sort=True)
        hidden = hidden_cells(np.bincount(codes, minlength=len(words))[None, :])[0]
        for place, word in enumerate(words):
            yield name, str(word), codes == place, bool(hidden[place])


def _pairs(groups: pd.DataFrame, names: list[str]) -> Iterator[tuple[str, str, np.ndarray, bool]]:
    for one, other in combinations(names, 2):
        rows, row_words = pd.factorize(groups[one], sort=True)
        columns, column_words = pd.factorize(groups[other], sort=True)
        counts = np.zeros((len(row_words), len(column_words)), dtype=int)
        np.add.at(counts, (rows, columns), 1)
        hidden = hidden_cells(counts)[:-1, :-1]
        whole = (counts.sum(axis=1)[:, None] == counts) | (counts.sum(axis=0)[None, :] == counts)  # a slice already
        for row, column in np.argwhere((counts >= FEWEST_OF_A_PAIR) & ~hidden & ~whole).tolist():
            member = (rows == row) & (columns == column)
            yield f"{one}{JOINT}{other}", f"{row_words[row]}{JOINT}{column_words[column]}", member, False
