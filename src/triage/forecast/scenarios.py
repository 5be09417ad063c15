"""The scenarios that can be laid over a forecast: those of the event register, and the editions of the MPP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from triage.domain.errors import ForecastError
from triage.forecast.events import Event, notes_on, overlay
from triage.forecast.mpp import Edition, mpp_overlay, share_of_total, year_sums
from triage.forecast.series import Panel

BASE = "base"
MPP_PREFIX = "mpp-"


@dataclass(frozen=True)
class Scenario:
    """One scenario: events of the register, or one edition of the MPP with the years it speaks of."""

    name: str
    events: tuple[Event, ...] = ()
    editions: tuple[Edition, ...] = ()

    def about(self, kind: str) -> "Scenario":
        """Only the events of one kind of inflow; an edition of the MPP holds for every kind, bridged."""
        return Scenario(self.name, tuple(e for e in self.events if e.kind == kind), self.editions)


def scenarios_of(events: Sequence[Event], editions: Sequence[Edition]) -> dict[str, Scenario]:
    """Every scenario by its name, those of the register first."""
    names = dict.fromkeys(event.scenario for event in events)
    found = {name: Scenario(name, tuple(e for e in events if e.scenario == name)) for name in names}
    for edition in dict.fromkeys(one.edition for one in editions):
        name = MPP_PREFIX + edition
        found[name] = Scenario(name, editions=tuple(e for e in editions if e.edition == edition))
    return found


def chosen(known: Mapping[str, Scenario], names: Sequence[str], kind: str) -> list[Scenario]:
    """The scenarios asked for, each once. Raises ForecastError for an unknown one, or one without a word on `kind`."""
    return [_chosen(known, name, kind) for name in dict.fromkeys(names) if name != BASE]


def _chosen(known: Mapping[str, Scenario], name: str, kind: str) -> Scenario:
    if name not in known:
        raise ForecastError(f"No scenario has that name. Known are {', '.join(known)}.")
    found = known[name].about(kind)
    if not found.events and not found.editions:
        kinds = ", ".join(dict.fromkeys(event.kind for event in known[name].events))
        raise ForecastError(f"Scenario {name} says nothing of {kind}. It has events on {kinds}; choose with --kind.")
    return found


def laid_over(
    scenario: Scenario, paths: np.ndarray, panel: Panel, rng: np.random.Generator, totals: Mapping[int, float]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The paths under a scenario, and what a reader must know of it. `totals`: national inflow per year (persons)."""
    horizon = paths.shape[2]
    if scenario.events:
        return overlay(paths, panel, scenario.events, rng), notes_on(scenario.events, panel, horizon)
    year, share = share_of_total(panel, totals)
    named = {one.year for one in scenario.editions} & set(year_sums(panel, paths))
    note = (
        f"Bridge: the MPP counts all nationalities, first and repeat applications, nareis and resettlement; our series "
        f"were {100 * share:.0f} % of first applications and nareis together in {year}, and that share is kept."
        if named
        else f"{scenario.name} speaks of no year that this forecast holds in full, and changes nothing."
    )
    return mpp_overlay(paths, panel, scenario.editions, share), (note,)
