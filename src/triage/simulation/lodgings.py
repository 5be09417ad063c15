"""When made-up cases are lodged, and with which nationalities: as in the monthly counts given, or a smooth year."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from triage.domain.errors import TableError
from triage.simulation import recipe as r

KIND = "first_application"
#: Share of nationalities without a series at an average month: the shipped ones are 33 to 71 % of first applications.
OTHERS_SHARE = 0.45


@dataclass(frozen=True)
class Months:
    """Persons by month (as months since 1970, without a gap) and by nationality in the order of recipe.ORIGINS."""

    first: int
    persons: np.ndarray

    def rows(self, days: np.ndarray) -> np.ndarray:
        """The month of each day; a day outside the series falls in the same month of its first or last year."""
        place = days.astype("datetime64[M]").astype(int) - self.first
        over, under = place - (len(self.persons) - 1), -place
        return place - 12 * np.maximum(-(-over // 12), 0) + 12 * np.maximum(-(-under // 12), 0)


def months_of(inflow: pd.DataFrame | None) -> Months | None:
    """First applications per month and nationality. None gives None: the built-in smooth year.

    inflow: table INFLOW with months. Nationalities of the recipe without a series share what other nationalities
    count, and a level that does not change. Raises TableError for under a year of first applications or a skipped
    month.
    """
    if inflow is None:
        return None
    wanted = inflow["kind"].eq(KIND) & inflow["nationality_iso3"].ne("TOT")
    counts = inflow.loc[wanted & inflow["period"].str.fullmatch(r"\d{4}-\d{2}")]
    table = counts.pivot_table(index="period", columns="nationality_iso3", values="persons", aggfunc="sum").fillna(0.0)
    number = np.array(table.index.to_list(), dtype="datetime64[M]").astype(int)
    if len(number) and np.ptp(number) + 1 != len(number):
        raise TableError("INFLOW for the made-up world skips a month. Offer every month from its first to its last.")
    if len(number) < 12 or not table.to_numpy().sum() > 0:
        raise TableError(
            f"The made-up world needs a year of monthly INFLOW of kind {KIND} and found {len(number)} months."
        )
    return Months(int(number[0]), _with_others(table))


def _with_others(table: pd.DataFrame) -> np.ndarray:
    """Persons in the order of ORIGINS, where origins without a series share the other counts and a fixed level."""
    listed = table.reindex(columns=list(r.ORIGINS), fill_value=0.0).to_numpy(dtype=float)
    elsewhere = table.to_numpy(dtype=float).sum(axis=1) - listed.sum(axis=1)
    absent = np.where(listed.sum(axis=0) > 0, 0.0, r.ORIGIN_WEIGHTS)
    if not absent.any():
        return listed
    level = listed.sum(axis=1).mean() * OTHERS_SHARE / (1 - OTHERS_SHARE)
    return listed + np.outer(elsewhere + level, absent / absent.sum())


def day_weights(months: Months | None, first: date, last: date) -> tuple[np.ndarray, np.ndarray]:
    """(days from first to last, share of lodgings per day). Without counts: a smooth year with an autumn peak.

    Raises TableError where the counts hold nobody between the dates.
    """
    days = np.arange(np.datetime64(first), np.datetime64(last) + 1)
    if months is None:
        weight = 1 + 0.25 * np.cos((days.astype("datetime64[M]").astype(int) % 12 - 9) / 12 * 2 * np.pi)
    else:
        weight = months.persons.sum(axis=1)[months.rows(days)]
    if not weight.sum() > 0:
        raise TableError(f"INFLOW for the made-up world holds nobody from {first} to {last}. Offer other counts.")
    return days, weight / weight.sum()


def origin_weights(lodged: np.ndarray, months: Months | None) -> np.ndarray:
    """Weights of recipe.ORIGINS per case before its documents are looked at, shape (n, origins)."""
    if months is None:
        return np.tile(r.ORIGIN_WEIGHTS, (len(lodged), 1))
    return months.persons[months.rows(lodged)]
