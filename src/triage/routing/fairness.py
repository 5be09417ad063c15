"""The same measures per group: is anybody predicted, advised or kept waiting differently? Audit path only.

What is tested, and how many tests there were, is fixed before anything is looked at (docs/explanation/fairness).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import brentq
from scipy.special import expit, logit

from triage.domain.small_groups import SMALLEST_GROUP
from triage.routing.evidence import (
    ALPHA_GATE,
    ALPHA_REST,
    chance_of_gap,
    detectable_difference,
    holm,
    mean_intervals,
    median_interval,
    share_interval,
)
from triage.routing.groups import JOINT, slices_of
from triage.routing.judged import Judged

ALL = "all"
GAP, BEYOND, WAIT, OVERRIDE = "calibration_gap", "group_gap", "wait_days", "override"
MEANS = (GAP, BEYOND, "rps", "hours_gap")
SHARES = ("false_light", "false_heavy", "coverage_90", "not_sure", OVERRIDE)
MEASURES = (*MEANS, *SHARES, WAIT)
#: What each tested measure compares: the columns with what came and with the chance that was said of it.
TESTED = {
    GAP: ("heavy", "said"),
    BEYOND: ("heavy", "said_at_level"),
    OVERRIDE: (OVERRIDE, "override_expected"),
    WAIT: ("wait_long", "wait_expected"),
}
MOST_GAP, FEWEST_FOR_GATE = 0.05, 300
LEVEL_OFF, LEVEL_ALPHA = 0.02, 0.01  # gap of everybody, and its p, at which the level is a fault of its own
ONE_LOOK = 0.05  # level of a figure that is not tested, for one look at one group
MEDIAN_SD = 1.2533  # standard error of a median over that of a mean, for a normal spread
COLUMNS = ["dimension", "group", "measure", "cases", "value", "low", "high", "overall", "detectable"]
COLUMNS += ["p_value", "p_holm", "is_alarm", "is_hidden"]


@dataclass(frozen=True)
class Slices:
    """All slices side by side; the first is everybody."""

    names: list[tuple[str, str]]  # dimension, group
    hidden: np.ndarray
    members: sparse.csc_matrix  # (cases, slices)

    @property
    def joint(self) -> np.ndarray:
        """Which slices are a pair of groups."""
        return np.array([JOINT in dimension for dimension, _ in self.names])

    def rows(self, number: int) -> np.ndarray:
        """The cases of one slice."""
        return self.members.indices[self.members.indptr[number] : self.members.indptr[number + 1]]


def measure_groups(judged: Judged, groups: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Table FAIRNESS: every measure for everybody, for every group and for every pair of 150 cases and more.

    `groups` has one row per measured case, a column per dimension. Intervals of means are bootstrapped with `seed`.
    """
    slices, figures = _slices(groups), _at_level(judged.figures)
    random = np.random.default_rng(seed)
    parts = [_measured(figures, name, slices, random) for name in MEASURES if name in figures]
    return _corrected(pd.concat(parts, ignore_index=True)).reindex(columns=COLUMNS)


def _at_level(figures: pd.DataFrame) -> pd.DataFrame:
    """With group_gap where everybody is predicted too light or too heavy: the gap once one level is set for all.

    That fault is one fault; told of every group apart it would hide the group that differs. The level is one number
    added to every log-odds, such that said and came agree over everybody.
    """
    said, heavy = figures["said"].to_numpy(), figures["heavy"].to_numpy()
    p_value = chance_of_gap(said[None, :], heavy.sum(keepdims=True))[0]
    if abs(said.mean() - heavy.mean()) <= LEVEL_OFF or p_value >= LEVEL_ALPHA or heavy.min() == heavy.max():
        return figures
    odds = logit(np.clip(said, 1e-6, 1 - 1e-6))
    level = brentq(lambda shift: expit(odds + shift).mean() - heavy.mean(), -20.0, 20.0)
    at_level = expit(odds + level)
    return figures.assign(said_at_level=at_level, group_gap=at_level - heavy)


def failed_slices(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of FAIRNESS that fail the gate: a calibration gap over .05 on 300 cases or more, with corrected evidence.

    Where the level of everybody is off, groups fail that merely share it; `group_gap` tells which differ from it.
    """
    fails = table["measure"].eq(GAP) & table["dimension"].ne(ALL) & table["is_alarm"]
    fails &= table["cases"].ge(FEWEST_FOR_GATE) & table["value"].abs().gt(MOST_GAP)
    return pd.DataFrame(table.loc[fails])


def level_of(table: pd.DataFrame) -> float | None:
    """The calibration gap of everybody where it is a fault of its own, else None."""
    everybody = table.loc[table["measure"].eq(GAP) & table["dimension"].eq(ALL), "value"]
    return float(everybody.to_numpy()[0]) if BEYOND in set(table["measure"]) else None


def number_of_tests(table: pd.DataFrame) -> tuple[int, int]:
    """(tests of the gate, other tests) that the correction was made for."""
    tested, gate = table["p_value"].notna().to_numpy(), _is_of_gate(table, GAP).to_numpy()
    return int((tested & gate).sum()), int((tested & ~gate).sum())


def _slices(groups: pd.DataFrame) -> Slices:
    found = slices_of(groups)
    rows = [np.arange(len(groups)), *(np.flatnonzero(member) for _, _, member, _ in found)]
    ends, shape = np.cumsum([0, *map(len, rows)]), (len(groups), len(rows))
    members = sparse.csc_matrix((np.ones(ends[-1]), np.concatenate(rows), ends), shape=shape)
    names = [(ALL, ALL), *((dimension, group) for dimension, group, _, _ in found)]
    return Slices(names, np.array([False, *(hidden for _, _, _, hidden in found)]), members)


def _measured(figures: pd.DataFrame, name: str, slices: Slices, random: np.random.Generator) -> pd.DataFrame:
    """One measure in every slice; values of hidden slices, and of those with under ten cases to speak of, are empty."""
    values = figures[name].to_numpy(dtype=float)
    known = slices.members.T @ (~np.isnan(values)).astype(float)
    hidden = slices.hidden | (known < SMALLEST_GROUP)
    table = pd.DataFrame(slices.names, columns=["dimension", "group"]).assign(measure=name)
    table["cases"] = np.asarray(slices.members.sum(axis=0)).ravel()
    value, low, high, sd = _summary(name, values, known, slices, random)
    table = table.assign(value=value, low=low, high=high, overall=value[0], p_value=_p_values(figures, name, slices))
    table = table.assign(sd=sd, known=known, is_hidden=hidden)
    table.loc[hidden, ["cases", "value", "low", "high", "overall", "p_value", "sd", "known"]] = np.nan
    return table


def _summary(
    name: str, values: np.ndarray, known: np.ndarray, slices: Slices, random: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """(value, low, high, standard deviation of one case) per slice."""
    if name == WAIT:
        return _medians(values, slices)
    filled, whole = np.where(np.isnan(values), 0.0, values), np.maximum(known, 1)
    mean = (slices.members.T @ filled) / whole
    if name in SHARES:
        low, high = share_interval(mean * whole, whole)
        return mean, low, high, np.full(len(mean), np.sqrt(mean[0] * (1 - mean[0])))
    intervals = mean_intervals(values, slices.members, random)
    sd = np.sqrt(np.maximum((slices.members.T @ filled**2) / whole - mean**2, 0.0))
    return mean, intervals[:, 0], intervals[:, 1], sd


def _medians(values: np.ndarray, slices: Slices) -> tuple[np.ndarray, ...]:
    found = []
    for number in range(len(slices.names)):
        one = values[slices.rows(number)]
        one = one[~np.isnan(one)]
        enough = len(one) >= SMALLEST_GROUP
        found.append((np.median(one), *median_interval(one), MEDIAN_SD * one.std()) if enough else (np.nan,) * 4)
    return tuple(np.array(found).T)


def _p_values(figures: pd.DataFrame, name: str, slices: Slices) -> np.ndarray:
    """Exact p per slice of a tested measure, nan elsewhere. Everybody together is not a test of fairness.

    Pairs are tested on their gaps alone.
    """
    out = np.full(len(slices.names), np.nan)
    if name not in TESTED:
        return out
    came, said = (figures[column].to_numpy(dtype=float) for column in TESTED[name])
    for number in range(1, len(out)):
        rows = slices.rows(number)
        rows = rows[~np.isnan(came[rows])]
        if len(rows) >= SMALLEST_GROUP and (name in (GAP, BEYOND) or not slices.joint[number]):
            out[number] = chance_of_gap(said[rows][None, :], came[rows].sum(keepdims=True))[0]
    return out


def _corrected(table: pd.DataFrame) -> pd.DataFrame:
    """Holm within the gate's family and within all other tests; then what each row could have shown."""
    table = table.assign(p_holm=np.nan, is_alarm=False, detectable=np.nan)
    gate, beyond, tested = _is_of_gate(table, GAP), _is_of_gate(table, BEYOND), table["p_value"].notna()
    families = ((gate & tested, ALPHA_GATE), (beyond & tested, ALPHA_GATE), (~gate & ~beyond & tested, ALPHA_REST))
    level, tests = pd.Series(ONE_LOOK, index=table.index), pd.Series(1, index=table.index)
    for family, alpha in families:
        table.loc[family, "p_holm"] = holm(table.loc[family, "p_value"].to_numpy())
        table.loc[family, "is_alarm"] = table.loc[family, "p_holm"] <= alpha
        level, tests = level.mask(family, alpha), tests.mask(family, int(family.sum()))
    table["detectable"] = [
        float(detectable_difference(sd, known, alpha, tests))
        for sd, known, alpha, tests in zip(table["sd"], table["known"], level, tests, strict=True)
    ]
    return table


def _is_of_gate(table: pd.DataFrame, measure: str) -> pd.Series:
    """Rows of single groups of one measure: a family of tests of its own."""
    return table["measure"].eq(measure) & ~table["dimension"].str.contains(JOINT, regex=False)
