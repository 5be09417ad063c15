"""The base forecast beside each scenario of the same kind: what the events laid over it change, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.forecasts import (
    BASE,
    ForecastHead,
    forecast_heads,
    forecast_of,
    head_of,
    newest_number,
    paths_number,
)
from triage.adapters.registers import REGISTER_LABELS, registered_mpp
from triage.adapters.sources import national_totals
from triage.adapters.store import Store
from triage.domain.errors import NotFoundError, TriageError
from triage.forecast.charts import DUTCH_SCENARIO, fan_chart_svg
from triage.forecast.hindsight import Hindsight, hindsight, history_of, parts, with_outcomes
from triage.forecast.mpp import Edition, editions_of, places, share_of_total, year_sums
from triage.forecast.series import TOTAL, Panel, panel_of
from triage.forecast.sums import Cube, cube_of, sum_quantiles

SHOWN_YEARS = 2
FIGURES = ("p10", "p50", "p90")


@dataclass(frozen=True)
class YearSum:
    """Sum of one series over the first year of the base and of the scenario: p10, p50, p90 each (persons)."""

    series: str
    base: tuple[float, ...]
    scenario: tuple[float, ...]


@dataclass(frozen=True)
class ShownScenario:
    """One scenario beside the base. `rows` is of the total: month, base and scenario p10, p50, p90 (persons)."""

    head: ForecastHead
    chart: str
    rows: tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...]
    years: tuple[YearSum, ...]  # the total first
    events: tuple[Mapping[str, Any], ...]  # rows of INFLOW_EVENTS of this scenario
    note: str  # what a reader must know of it: hindsight, a bridge, no effect
    found: Hindsight | None  # how it turned out so far, all series without the total
    base_found: Hindsight | None  # how the base turned out on the same months


@dataclass(frozen=True)
class PlacedEdition:
    """One year of an edition of the MPP in our newest base forecast of that year.

    `places`: share of our draws at or below min, medio and max, each times `share`: that of our series in first
    applications and nareis together in `share_year`, which is the bridge between the two definitions.
    """

    edition: Edition
    places: Mapping[str, float | None]
    share_year: int
    share: float
    ours: tuple[float, ...]  # p10, p50, p90 of our year sum, known months included (persons)


@dataclass(frozen=True)
class ComparedScenarios:
    """The newest base forecast of a kind and the newest of each of its scenarios that knew the same months."""

    base: ForecastHead
    first: str
    last: str
    scenarios: tuple[ShownScenario, ...]
    older: tuple[ForecastHead, ...]  # scenarios made with an earlier base; not shown beside this one
    mpp: tuple[PlacedEdition, ...]


def compare_scenarios(store: Store, kind: str) -> ComparedScenarios:
    """Base and scenarios of one kind, side by side. Raises NotFoundError where no base forecast was published."""
    number = newest_number(store, "FORECAST", kind)
    if number is None:
        raise NotFoundError("No forecast was published for this kind. Run triage forecast first.")
    base = head_of(store, number)
    newest: dict[str, ForecastHead] = {}
    for head in forecast_heads(store, kind):
        if head.scenario != BASE:
            newest.setdefault(head.scenario, head)
    beside = [head for head in newest.values() if head.made_on == base.made_on]
    inflow = newest_number(store, "INFLOW", "inflow")
    events = newest_number(store, "INFLOW_EVENTS", REGISTER_LABELS["INFLOW_EVENTS"])
    shown = [_shown(store, number, head.publication.publication_id, inflow, events) for head in beside]
    months = list(dict.fromkeys(forecast_of(store, number)[1]["month"]))[:12]
    older = tuple(head for head in newest.values() if head.made_on != base.made_on)
    placed = _placed(store, number, inflow, newest_number(store, "MPP", REGISTER_LABELS["MPP"]))
    return ComparedScenarios(base, months[0], months[-1], tuple(shown), older, placed)


@lru_cache(maxsize=32)
def _shown(store: Store, base_id: int, number: int, inflow_id: int | None, events_id: int | None) -> ShownScenario:
    """Kept by publication number: what is published never changes."""
    head, base, rows = head_of(store, number), forecast_of(store, base_id)[1], forecast_of(store, number)[1]
    history = history_of(store.published(inflow_id)[1] if inflow_id else None, head.kind)
    both = rows.merge(base, on=["series", "month"], suffixes=("", "_base"), validate="one_to_one")
    total = both.loc[both["series"] == TOTAL].reset_index(drop=True)
    known = with_outcomes(both, history)
    return ShownScenario(
        head=head,
        chart=_chart(head, total, history),
        rows=tuple(
            (str(row["month"]), tuple(row[name] for name in FIGURES), tuple(row[f"{name}_base"] for name in FIGURES))
            for row in total.to_dict("records")
        ),
        years=_years(store, base_id, number),
        events=_events(store, events_id, head),
        note=_note(rows),
        found=hindsight(parts(known)),
        base_found=hindsight(parts(_as_base(known))),
    )


def _note(rows: pd.DataFrame) -> str:
    found = rows["note"].dropna().unique() if "note" in rows else []
    return str(found[0]) if len(found) else ""


def _as_base(known: pd.DataFrame) -> pd.DataFrame:
    names = [name for name in known.columns if name.endswith("_base") and name != "made_on_base"]
    return known.drop(columns=[name.removesuffix("_base") for name in names]).rename(
        columns={name: name.removesuffix("_base") for name in names}
    )


def _chart(head: ForecastHead, total: pd.DataFrame, history: pd.DataFrame) -> str:
    """Fan of the scenario's total; the dashed line is the base's median."""
    column = history[TOTAL] if TOTAL in history else pd.Series(dtype=float)
    past = column.loc[: head.made_on].tail(12 * SHOWN_YEARS)
    drawn = total.assign(naive_p50=total["p50_base"])
    frame = pd.DataFrame({"period": list(past.index), "persons": past.to_numpy()})
    return fan_chart_svg(frame, drawn, TOTAL, f"Scenario {head.scenario}", DUTCH_SCENARIO)


def _years(store: Store, base_id: int, number: int) -> tuple[YearSum, ...]:
    """Sums over the first year, read off the paths of both."""
    cubes = [cube_of(store.published(paths_number(store, forecast_of(store, n)[0]))[1]) for n in (base_id, number)]
    names = sorted(set(cubes[0].names) & set(cubes[1].names), key=lambda name: (name != TOTAL, name))
    found = []
    for name in names:
        base, other = (tuple(map(float, sum_quantiles(c, [name], c.months[:12])[[1, 3, 5]])) for c in cubes)
        found.append(YearSum(name, base, other))
    return tuple(found)


def _events(store: Store, events_id: int | None, head: ForecastHead) -> tuple[Mapping[str, Any], ...]:
    """The events of the scenario, as registered."""
    if events_id is None:
        return ()
    frame = store.published(events_id)[1]
    frame = frame.loc[(frame["scenario"] == head.scenario) & (frame["kind"] == head.kind)]
    plain = frame.astype(object).where(frame.notna(), None)
    return tuple({str(k): v for k, v in row.items()} for row in plain.to_dict("records"))


@lru_cache(maxsize=8)
def _placed(store: Store, number: int, inflow_id: int | None, _mpp_id: int | None) -> tuple[PlacedEdition, ...]:
    """Editions on a year that this forecast and its counts hold in full; none where nothing bridges the two."""
    if inflow_id is None:
        return ()
    head, (publication, _) = head_of(store, number), forecast_of(store, number)
    cube = cube_of(store.published(paths_number(store, publication))[1])
    try:
        panel = panel_of(store.published(inflow_id)[1], "nationality_iso3", head.kind)
        known = panel.until(panel.length_at(head.made_on))
        sums = _own_years(known, cube)
        share_year, share = share_of_total(known, national_totals())
    except TriageError:  # another country's series, or a forecast that its counts no longer fit: nothing to bridge
        return ()
    return tuple(
        PlacedEdition(one, places(one, sums[one.year], share), share_year, share, _band(sums[one.year]))
        for one in editions_of(registered_mpp(store))
        if one.year in sums
    )


def _own_years(known: Panel, cube: Cube) -> dict[int, np.ndarray]:
    """Year sums of the total over our draws, known periods included."""
    if set(known.names) != set(cube.names):
        return {}
    ordered = cube.values[:, [cube.names.index(name) for name in known.names]]
    return {year: sums[:, -1] for year, sums in year_sums(known, ordered).items()}


def _band(sums: np.ndarray) -> tuple[float, ...]:
    return tuple(map(float, np.quantile(sums, [0.1, 0.5, 0.9])))
