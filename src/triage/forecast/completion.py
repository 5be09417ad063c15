"""Draws of what young counts will become, before a model is fitted on them.

A count of age a (months between the month and its report) is multiplied by the completion factor g_a, and by the
error that such a completion had in the past. Independent evidence comes per *report*, not per month: in the two
Dutch vintages seven months in a row rose by 7 to 11 % in one correction. So g_a is shrunk to 1 by the number of
reports, and an error is drawn as a block of months of one report, the same for all series.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError
from triage.forecast.models import Model
from triage.forecast.series import CALENDARS, Panel, number_of

FINAL_AGE = 18  # months: the Dutch figures of 2017 were raised a year and a half after the month
WINDOW = 24  # months of matured reports that count
#: Reports that weigh as much as the belief that nothing changes. On the two Dutch vintages no smaller value
#: beat it once the neighbouring months of the same correction were left out (docs/explanation/vintages.md).
STRENGTH = 12
NEIGHBOURS = 1  # ages on both sides that lend their pairs to g_a
FEW_REPORTS = 12  # below this a block of errors is also moved to other ages: revisions follow the calendar
FEWEST_PAIRS = 8
HISTORIES = 20  # draws of the history; the paths are divided over them
OFFSET = 5.0
MONTHS = CALENDARS[0]


@dataclass(frozen=True)
class Completion:
    """How young counts grew: `factors` (one per age 0 to 17), and blocks of past log errors.

    `errors` holds one array (ages known x series) per matured report; `ages` the ages of its rows. Empty where
    there is too little to learn from: then nothing is completed, and `note` says so.
    """

    reported: str  # newest report date
    names: tuple[str, ...]
    factors: np.ndarray
    ages: tuple[np.ndarray, ...]
    errors: tuple[np.ndarray, ...]
    pairs: int
    note: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing is completed."""
        return not self.errors


#: What is learnt from a single report: every count is taken as it is.
NOTHING = Completion("", (), np.ones(FINAL_AGE), (), (), 0, "")


def completion_of(history: pd.DataFrame, day: str, by: str = "nationality_iso3", kind: str | None = None) -> Completion:
    """Learn from a triangle as it was known on `day` (YYYY-MM-DD) how monthly counts were completed.

    A pair is a value reported at age a below 18 months, and the value of the same cell once it was 18 months old
    or older. Cells of one series are summed per report. Quarters and weeks are not completed.
    """
    rows: pd.DataFrame = history.loc[history["reported"] <= day]
    if kind is not None and "kind" in rows:
        rows = rows.loc[rows["kind"] == kind]
    names = tuple(sorted(set(_names(rows, by)))) if len(rows) else ()
    newest = str(rows["reported"].max()) if len(rows) else day
    if not len(rows) or not all(re.fullmatch(MONTHS.pattern, text) for text in set(rows["period"])):
        return _nothing(newest, names, "Counts are completed for months only.")
    pairs = _pairs(rows.assign(name=_names(rows, by)), newest)
    if len(pairs) < FEWEST_PAIRS:
        return _nothing(newest, names, f"The history holds {len(pairs)} revised-and-final pairs, too few to complete.")
    factors = _factors(pairs)
    ages, errors = _blocks(pairs, factors, names)
    note = f"Counts younger than {FINAL_AGE} months were completed by draws, learnt from {len(ages)} report(s)."
    return Completion(newest, names, factors, ages, errors, len(pairs), note)


def completed(panel: Panel, completion: Completion, rng: np.random.Generator) -> Panel:
    """One draw of the history: young counts as they may turn out, everything else untouched.

    The report and the place in it are drawn once, so that neighbouring months and all series move together. The
    draw keeps the rounding of the counts. An empty completion gives the panel back.
    """
    if completion.is_empty:
        return panel
    if panel.calendar is not MONTHS:
        raise ForecastError("Counts are completed for months only. Leave the completion out.")
    report = int(rng.integers(len(completion.errors)))
    move = int(rng.integers(len(completion.ages[report]))) if len(completion.errors) < FEW_REPORTS else 0
    age = _month(completion.reported) - panel.first - np.arange(len(panel.values))
    young = np.flatnonzero((age >= 0) & (age < FINAL_AGE))
    ages = completion.ages[report]
    place = (np.minimum(np.searchsorted(ages, age[young]), len(ages) - 1) + move) % len(ages)
    columns = _columns(panel, completion.names)
    error = completion.errors[report][place][:, columns]
    parts = panel.values[:, :-1].copy()
    grown = (parts[young] * completion.factors[age[young]][:, None] + OFFSET) * np.exp(error) - OFFSET
    grid = 5.0 if panel.offset == 5.0 else 1.0
    parts[young] = np.maximum(np.round(grown / grid) * grid, 0)
    return replace(panel, values=np.column_stack([parts, parts.sum(axis=1)]))


def sample_completed(
    model: Model,
    panel: Panel,
    completion: Completion,
    horizon: int,
    paths: int,
    rng: np.random.Generator,
    stream: np.random.Generator,
    histories: int = HISTORIES,
) -> np.ndarray:
    """Joint paths of a model over drawn histories: paths x series x horizon (persons).

    The model is fitted once per history, on `histories` of them, each with its share of the paths; `stream` draws
    the histories and `rng` the paths. With an empty completion this is `model.fit(panel).sample(...)`, bit for bit.
    """
    if completion.is_empty:
        return model.fit(panel).sample(horizon, paths, rng)
    shares = [len(part) for part in np.array_split(np.arange(paths), min(histories, paths))]
    draws = [
        model.fit(completed(panel, completion, stream)).sample(horizon, max(share, 2), rng)[:share] for share in shares
    ]
    return np.concatenate(draws)


def _nothing(reported: str, names: tuple[str, ...], note: str) -> Completion:
    return Completion(reported, names, np.ones(FINAL_AGE), (), (), 0, f"{note} The counts were taken as they are.")


def _month(day: str) -> int:
    return number_of(day[:7], MONTHS)


def _names(rows: pd.DataFrame, by: str) -> list[str]:
    columns = [rows[name.strip()].astype(str) for name in by.split(",") if name.strip() in rows]
    return ["|".join(cells) for cells in zip(*columns, strict=True)] if columns else ["TOT"] * len(rows)


def _pairs(rows: pd.DataFrame, newest: str) -> pd.DataFrame:
    """name, period, reported, age, value, final: young values whose cell has a final value by now."""
    cells = pd.DataFrame(rows.groupby(["name", "period", "reported"], as_index=False)[["value"]].sum())
    month = {text: _month(text) for text in {*cells["period"], *cells["reported"]}}
    cells["report_month"] = [month[text] for text in cells["reported"]]
    cells["age"] = cells["report_month"] - [month[text] for text in cells["period"]]
    last: pd.DataFrame = cells.sort_values("reported").groupby(["name", "period"]).tail(1)
    ripe: pd.DataFrame = last.loc[last["age"] >= FINAL_AGE, ["name", "period", "value"]]
    pairs = cells.merge(ripe.rename(columns={"value": "final"}), on=["name", "period"])
    matured = pairs["report_month"] >= _month(newest) - FINAL_AGE - WINDOW
    return pairs.loc[matured & pairs["age"].between(0, FINAL_AGE - 1)]


def _factors(pairs: pd.DataFrame) -> np.ndarray:
    """g_a = 1 + n / (n + 12) * (sum of finals / sum of values - 1), n the number of reports that speak on age a."""
    factors = np.ones(FINAL_AGE)
    for age in range(FINAL_AGE):
        near: pd.DataFrame = pairs.loc[np.abs(pairs["age"].to_numpy(int) - age) <= NEIGHBOURS]
        reports, total = len(set(near["reported"])), float(near["value"].to_numpy(float).sum())
        if total > 0:
            factors[age] += reports / (reports + STRENGTH) * (float(near["final"].to_numpy(float).sum()) / total - 1)
    return factors


def _blocks(
    pairs: pd.DataFrame, factors: np.ndarray, names: Sequence[str]
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Per report the ages it speaks on, and log errors (ages x series); a series it misses takes the middle one."""
    grown = pairs["value"] * factors[pairs["age"].to_numpy(int)]
    pairs = pairs.assign(error=np.log((pairs["final"] + OFFSET) / (grown + OFFSET)))
    ages, errors = [], []
    for _, report in pairs.groupby("reported"):
        wide = report.pivot(index="age", columns="name", values="error").sort_index()
        middle = wide.median(axis=1)
        ages.append(wide.index.to_numpy(int))
        errors.append(np.column_stack([wide[n].fillna(middle) if n in wide else middle for n in names]))
    return tuple(ages), tuple(errors)


def _columns(panel: Panel, names: tuple[str, ...]) -> list[int]:
    """Place of each series of the panel among those of the completion."""
    unknown = [name for name in panel.names[:-1] if name not in names]
    if unknown:
        raise ForecastError(f"Series {unknown[0]} is not in the vintages. Make the panel and the triangle of one file.")
    return [names.index(name) for name in panel.names[:-1]]
