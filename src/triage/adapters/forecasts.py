"""Published forecasts in the store: which there are, of what, and what belongs together.

A label says what a forecast is: KIND is the official base forecast, KIND/SCENARIO one with events laid over it.
Any other label is somebody's own and stays out of every list that does not ask for it by name.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from triage.adapters.store import Store
from triage.domain.errors import NotFoundError
from triage.domain.records import Publication

BASE = "base"
OFFICIAL = re.compile(r"([a-z][a-z0-9_]{0,63})(?:/([a-z0-9-]{1,40}))?")


@dataclass(frozen=True)
class ForecastHead:
    """What a published forecast says of itself, without its rows."""

    publication: Publication
    kind: str
    scenario: str  # "base", or the id of a scenario
    made_on: str  # last period that it knew
    vintage: str  # report date of the counts; empty where not known
    model_version: str

    @property
    def is_official(self) -> bool:
        """Whether everybody may see it."""
        return OFFICIAL.fullmatch(self.publication.label) is not None


def kind_and_scenario(label: str) -> tuple[str, str]:
    """("first_application", "base") of a label; a private label is its own kind."""
    found = OFFICIAL.fullmatch(label)
    return (found[1], found[2] or BASE) if found else (label, BASE)


def forecast_heads(store: Store, kind: str | None = None, scenario: str | None = None) -> list[ForecastHead]:
    """Heads of the official forecasts, newest first, of one kind or scenario where asked."""
    return [head_of(store, one.publication_id) for one in listed_forecasts(store, kind, scenario)]


def listed_forecasts(
    store: Store,
    kind: str | None = None,
    scenario: str | None = None,
    label: str | None = None,
    with_private: bool = False,
) -> list[Publication]:
    """Forecasts, newest first; with `label` those of exactly that name, private ones only where they may be seen."""
    found = [one for one in store.publications("FORECAST") if label in (None, one.label)]
    allowed = [one for one in found if OFFICIAL.fullmatch(one.label) or (with_private and label is not None)]
    return [one for one in allowed if _fits(one.label, kind, scenario)]


def _fits(label: str, kind: str | None, scenario: str | None) -> bool:
    found_kind, found_scenario = kind_and_scenario(label)
    return kind in (None, found_kind) and scenario in (None, found_scenario)


@lru_cache(maxsize=4096)
def head_of(store: Store, number: int) -> ForecastHead:
    """Head of one forecast; kept, because what is published never changes. Raises NotFoundError."""
    publication, rows = forecast_of(store, number)
    kind, scenario = kind_and_scenario(publication.label)
    first: dict[str, Any] = rows.iloc[0].to_dict() if len(rows) else {}
    vintage = first.get("vintage")
    return ForecastHead(
        publication=publication,
        kind=kind,
        scenario=scenario,
        made_on=str(first.get("made_on", "")),
        vintage=str(vintage) if vintage and pd.notna(vintage) else "",
        model_version=str(first.get("model_version", "")),
    )


def forecast_of(store: Store, number: int) -> tuple[Publication, pd.DataFrame]:
    """A FORECAST by its number. Raises NotFoundError where another table, or nothing, stands there."""
    publication, rows = store.published(number)
    if publication.table != "FORECAST":
        raise NotFoundError("No forecast stands under this id. See the list of forecasts.")
    return publication, rows


def newest_number(store: Store, table: str, label: str, before: int | None = None) -> int | None:
    """Number of the newest publication of a table under `label`, published before another where asked."""
    numbers = (one.publication_id for one in store.publications(table) if one.label == label)
    return next((number for number in numbers if before is None or number < before), None)


def newest_rows(store: Store, table: str, label: str, before: int | None = None) -> pd.DataFrame | None:
    """Rows of that publication; None where there is none."""
    number = newest_number(store, table, label, before)
    return None if number is None else store.published(number)[1]


def paths_number(store: Store, forecast: Publication) -> int:
    """Number of the PATHS from which a FORECAST was read: the last of its label before it. Raises NotFoundError."""
    found = newest_number(store, "PATHS", forecast.label, forecast.publication_id)
    if found is None:
        raise NotFoundError("No paths were published with this forecast. Forecast again.")
    return found
