"""Put a feature or a model to the ablation gate: forecast with and without it, from the same origins, and rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError
from triage.domain.records import Progress, silent
from triage.forecast.ablation import (
    PUBLICATION_LAG,
    FeatureRidge,
    Ruling,
    judge_parts,
    leading_indicator,
    trial_of,
)
from triage.forecast.backtest import origins_of, usual_origins
from triage.forecast.models import MODELS
from triage.forecast.nareis import LagModel
from triage.forecast.series import Panel, panel_of

DRIVER = "first_application"  # stands in for grants, which are not public by month and nationality
ECHO = "family_member_nareis"


@dataclass(frozen=True)
class Ablation:
    """Rulings per comparison and group; `enters` says whether the candidate may, by the group that decides."""

    candidate: str
    kind: str
    origins: tuple[str, ...]
    rulings: tuple[tuple[str, Ruling], ...]  # (group, ruling)
    notes: tuple[str, ...]

    @property
    def enters(self) -> bool:
        """The separate series decide, in every comparison; the total alone opens no door."""
        return all(ruling.passes for group, ruling in self.rulings if group == "bottom")


def ablate_indicator(
    inflow: pd.DataFrame,
    kind: str,
    indicator: pd.DataFrame,
    column: str,
    name: str,
    lag: int = PUBLICATION_LAG,
    horizon: int = 12,
    origins: str | None = None,
    progress: Progress = silent,
) -> Ablation:
    """A monthly indicator per nationality as an extra feature of the pooled ridge, against the ridge without it.

    `indicator` holds month, nationality_iso3 and `column`; figures of the last `lag` months are never used. Origins
    at which it was not yet known, or no longer, are left out and noted.

    Raises TableError and ForecastError.
    """
    panel = panel_of(inflow, kind=kind)
    extra, known = leading_indicator(indicator, column, panel, lag)
    asked = usual_origins(panel) if origins is None else origins_of(origins, panel)
    usable = [origin for origin in asked if panel.length_at(origin) <= known]
    if not usable:
        raise ForecastError("The indicator is known at none of the origins. Choose earlier --origins.")
    progress("Forecasting with and without", 0, 2)
    candidate = trial_of(FeatureRidge(extra), panel, usable, horizon)
    progress("Forecasting with and without", 1, 2)
    reference = trial_of(FeatureRidge(), panel, usable, horizon)
    progress("Forecasting with and without", 2, 2)
    rulings = judge_parts(f"{name}, against the ridge without it,", candidate, reference, panel, usable)
    notes = [f"Known as of each origin: figures up to {lag} months before it."]
    if len(usable) < len(asked):
        notes.append(f"Left out, the indicator is not known there: {', '.join(o for o in asked if o not in usable)}.")
    return Ablation(name, kind, tuple(usable), tuple(rulings.items()), tuple(notes))


def ablate_lags(
    inflow: pd.DataFrame,
    drivers: pd.DataFrame | None = None,
    references: Sequence[str] = ("naive", "path_fast"),
    horizon: int = 12,
    origins: str | None = None,
    progress: Progress = silent,
) -> Ablation:
    """The lag model of nareis against models that do without a driver.

    `drivers` are grants per month and nationality (month, nationality_iso3, persons); without them lagged first
    applications of `inflow` stand in. Raises TableError and ForecastError.
    """
    panel = panel_of(inflow, kind=ECHO)
    driver = panel_of(inflow, kind=DRIVER) if drivers is None else panel_of(drivers)
    starts = usual_origins(panel) if origins is None else origins_of(origins, panel)
    candidate = trial_of(LagModel(driver), panel, starts, horizon)
    rulings: list[tuple[str, Ruling]] = []
    for done, name in enumerate(references):
        progress("Forecasting without the lags", done, len(references))
        rulings += _against(name, candidate, panel, starts, horizon).items()
    progress("Forecasting without the lags", len(references), len(references))
    stand_in = "Lagged first applications stand in for grants, which are not public by month and nationality."
    return Ablation("lag model", ECHO, tuple(starts), tuple(rulings), (stand_in,) if drivers is None else ())


def _against(name: str, candidate: np.ndarray, panel: Panel, origins: list[str], horizon: int) -> dict[str, Ruling]:
    if name not in MODELS:
        raise ForecastError(f"No forecast model has that name. Known are {', '.join(MODELS)}.")
    reference = trial_of(MODELS[name](), panel, origins, horizon)
    return judge_parts(f"The lag model, against {name},", candidate, reference, panel, origins)
