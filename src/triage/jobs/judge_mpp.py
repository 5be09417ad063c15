"""Our forecast in the MPP's own form, and the editions of the MPP placed in it and scored beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.adapters.forecasts import newest_rows
from triage.adapters.registers import registered_mpp
from triage.adapters.sources import national_totals, shipped_years
from triage.adapters.store import Store
from triage.domain.errors import NotFoundError
from triage.forecast.models import MODELS
from triage.forecast.mpp import (
    OUTER,
    Edition,
    EditionScore,
    Outcome,
    editions_of,
    full_years,
    interval_score,
    mpp_form,
    places,
    score_edition,
    share_of_total,
    year_sums,
)
from triage.forecast.reconcile import reconcile
from triage.forecast.series import LARGEST_HORIZON, Panel, panel_of
from triage.forecast.sums import Cube, cube_of

DRAWS = 400
#: Words of a definition that our bridge leads to.
FULL_DEFINITION = "total inflow incl. nareis, repeat, resettlement"
#: Persons a year that the MPP counts and first applications, repeat applications and nareis do not: a bound chosen
#: wide (the yearly quota was 500; other years took more), not a figure.
RESETTLEMENT = 2000.0
#: Repeat applications a year where no figure is known: 1,390 (2023) to 1,900 (2015) are, and this bound is wide.
REPEAT = 4000.0


@dataclass(frozen=True)
class JudgedEdition:
    """One year of an edition beside our forecast made with what was known when it was issued.

    `positions`: share of our draws of that year at or below min, medio, max times `share`, the bridge of year
    `share_year`. `ours`: our own p10, p50, p90 of the sum of the series given, and its interval score against its
    own outcome. Relative scores are over the outcome, so that the two definitions can stand side by side.
    """

    edition: Edition
    origin: str
    share_year: int
    share: float
    positions: Mapping[str, float | None]
    mpp: EditionScore
    ours: tuple[float, float, float]
    our_score: float | None
    our_outcome: float | None

    @property
    def relative(self) -> tuple[float | None, float | None]:
        """(interval score over outcome of the MPP, ours); None where not known."""
        outcome = self.mpp.outcome
        middle = (outcome.low + outcome.high) / 2 if outcome else 0
        mpp = self.mpp.score / middle if self.mpp.score is not None and middle else None
        ours = self.our_score / self.our_outcome if self.our_score is not None and self.our_outcome else None
        return mpp, ours


def published_mpp_form(store: Store, frame: pd.DataFrame, kind: str, label: str | None = None) -> pd.DataFrame:
    """The newest forecast published under `label` as min, medio and max per calendar year (see `mpp_form`).

    `frame` holds the counts it was made with; months of a year that are known already count as known. Raises
    NotFoundError where no paths stand under the label. Of the official forecast there is a national row too, where
    its remainder was forecast on the same draws (triage forecast-national).
    """
    known, drawn = _published(store, frame, kind, label)
    others = newest_rows(store, "PATHS", f"{kind} (national)") if label in (None, kind) else None
    return mpp_form(known, drawn, kind, None if others is None else _remainder(cube_of(others)))


def _published(store: Store, frame: pd.DataFrame, kind: str, label: str | None) -> tuple[Panel, np.ndarray]:
    """The panel that the newest forecast under a label knew, and its paths in the order of that panel."""
    paths = newest_rows(store, "PATHS", label or kind)
    if paths is None:
        raise NotFoundError("No paths were published under this name. Run triage forecast first.")
    cube = cube_of(paths)
    panel = panel_of(frame, "nationality_iso3", kind)
    known = panel.until(panel.length_at(str(paths["made_on"].iloc[0])))
    return known, cube.values[:, [cube.names.index(name) for name in panel.names]]


def placed_now(store: Store, frame: pd.DataFrame, kind: str, label: str | None = None) -> list[dict[str, object]]:
    """Where min, medio and max of each edition lie in the newest forecast: share of our draws at or below, bridged.

    Only years that the forecast holds in full; none where no bridge can be made (see `share_of_total`).
    """
    known, drawn = _published(store, frame, kind, label)
    sums, totals = year_sums(known, drawn), national_totals()
    if not set(full_years(known)) & set(totals):
        return []  # nothing to bridge with
    year, share = share_of_total(known, totals)
    return [
        {
            "edition": one.edition,
            "year": one.year,
            "bridge_year": year,
            "bridge_share": round(share, 4),
            **{f"position_{name}": place for name, place in places(one, sums[one.year][:, -1], share).items()},
        }
        for one in editions_of(registered_mpp(store))
        if one.year in sums
    ]


def _remainder(national: Cube) -> Callable[[int, np.ndarray], np.ndarray | None]:
    """Year sums of OTH, where the national forecast was made on the very paths that are asked about."""

    def others(year: int, sums: np.ndarray) -> np.ndarray | None:
        quarters = [f"{year}Q{part}" for part in (1, 2, 3, 4)]
        if not set(quarters) <= set(national.months) or len(sums) != len(national.values):
            return None
        inside = national.values[:, :, [national.months.index(q) for q in quarters]].sum(axis=2)
        same = np.allclose(inside[:, national.names.index("published")], sums, atol=0.5)
        return inside[:, national.names.index("OTH")] if same else None

    return others


def judge_mpp(
    store: Store, frame: pd.DataFrame, kind: str, model: str = "path_fast_rec", seed: int = 12345
) -> list[JudgedEdition]:
    """Every edition and year of the MPP beside our forecast from the last month that its makers can have known.

    An edition is left out where our series had not begun or no full year with a national total was known. Scores of
    the MPP are given only where its definition can be bridged (see `score_edition`), and withheld otherwise.
    """
    panel = panel_of(frame, "nationality_iso3", kind)
    outcomes, totals = _outcomes(), national_totals()
    return [
        _judged(edition, panel, outcomes, totals, model, seed)
        for edition in editions_of(registered_mpp(store))
        if _can_be_judged(edition, panel, totals)
    ]


def _can_be_judged(edition: Edition, panel: Panel, totals: Mapping[int, float]) -> bool:
    issued = int(edition.known_until[:4])
    first, last = panel.periods[0], panel.periods[-1]
    return (
        first <= edition.known_until
        and any(year < issued and year in totals for year in full_years(panel))
        and (edition.known_until <= last)
        and 1 <= _horizon(panel, edition.known_until, edition.year) <= LARGEST_HORIZON
    )


def _horizon(panel: Panel, known_until: str, year: int) -> int:
    """Periods from the origin to the end of the year."""
    return panel.calendar.number(year + 1, 1) - panel.first - panel.length_at(known_until)


def _judged(
    edition: Edition, panel: Panel, outcomes: Mapping[int, Outcome], totals: Mapping[int, float], model: str, seed: int
) -> JudgedEdition:
    known = panel.until(panel.length_at(edition.known_until))
    sums = _own_sums(known, edition.year, model, seed)
    share_year, share = share_of_total(known, totals)
    low, middle, high = map(float, np.quantile(sums, OUTER))
    came = full_years(panel).get(edition.year)
    return JudgedEdition(
        edition=edition,
        origin=edition.known_until,
        share_year=share_year,
        share=share,
        positions=places(edition, sums, share),
        mpp=_scored(edition, outcomes.get(edition.year)),
        ours=(low, middle, high),
        our_score=None if came is None else interval_score(low, high, came),
        our_outcome=came,
    )


def _own_sums(known: Panel, year: int, model: str, seed: int) -> np.ndarray:
    """Draws of our year sum, forecast with no later period visible (persons); the counts are as revised since."""
    horizon = _horizon(known, known.periods[-1], year)
    drawn = MODELS[model]().fit(known).sample(horizon, DRAWS, np.random.default_rng(seed))
    return year_sums(known, reconcile(drawn))[year][:, -1]


def _scored(edition: Edition, outcome: Outcome | None) -> EditionScore:
    """Withheld where the edition does not say in full what it counts: then nothing can be bridged to it."""
    if FULL_DEFINITION in edition.definition:
        return score_edition(edition, outcome)
    return EditionScore(edition, None, None, f"Withheld: what is counted is told as '{edition.definition}' only.")


def _outcomes() -> dict[int, Outcome]:
    """Per year the total inflow as the MPP counts it, as far as published figures go; the rest is a bound."""
    rows = shipped_years()
    repeat = _figures(rows, "repeat_applications")
    whole = rows.loc[rows["indicator"] == "total_inflow"]
    found = {
        int(row["year"]): _with_bound(int(row["year"]), float(row["value"]), 0, str(row["note"]))
        for row in whole.to_dict("records")
    }
    for year, value in national_totals().items():
        if year not in found:
            more = repeat.get(year)
            found[year] = _with_bound(
                year, value + (more or 0), 0 if more is not None else REPEAT, "CBS, first + nareis"
            )
    return found


def _figures(rows: pd.DataFrame, indicator: str) -> dict[int, float]:
    named = rows[rows["indicator"] == indicator]
    return dict(zip(map(int, named["year"]), map(float, named["value"]), strict=True))


def _with_bound(year: int, value: float, more: float, counted: str) -> Outcome:
    left_out = "repeat applications and resettlement" if more else "resettlement"
    text = f"Outcome {value:.0f} ({counted}); {left_out} bridged as 0 to {more + RESETTLEMENT:.0f} persons."
    return Outcome(year, value, value + more + RESETTLEMENT, text)


def judged_rows(judged: Sequence[JudgedEdition]) -> list[dict[str, object]]:
    """One plain row per judgement, for people and for JSON."""
    return [
        {
            "edition": one.edition.edition,
            "year": one.edition.year,
            "min": one.edition.low,
            "medio": one.edition.middle,
            "max": one.edition.high,
            "origin": one.origin,
            "bridge_year": one.share_year,
            "bridge_share": round(one.share, 4),
            "position_min": one.positions["min"],
            "position_medio": one.positions["medio"],
            "position_max": one.positions["max"],
            "interval_score": one.mpp.score,
            "reason": one.mpp.reason,
            "our_p10": one.ours[0],
            "our_p50": one.ours[1],
            "our_p90": one.ours[2],
            "our_outcome": one.our_outcome,
            "our_interval_score": one.our_score,
            "relative_score": one.relative[0],
            "our_relative_score": one.relative[1],
        }
        for one in judged
    ]
