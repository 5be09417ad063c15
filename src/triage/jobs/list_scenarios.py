"""The scenarios that a forecast may be made under, with what they hold."""

from dataclasses import dataclass

from triage.adapters.registers import registered_events, registered_mpp
from triage.adapters.store import Store
from triage.forecast.events import Event, events_of
from triage.forecast.mpp import Edition, editions_of
from triage.forecast.scenarios import scenarios_of


@dataclass(frozen=True)
class ListedScenario:
    """One scenario. `lines` has a line per event, or per year of an edition of the MPP."""

    name: str
    kinds: tuple[str, ...]  # empty: every kind
    lines: tuple[str, ...]


def list_scenarios(store: Store) -> list[ListedScenario]:
    """Those of the event register, then the editions of the MPP. Raises TableError where a register is wrong."""
    known = scenarios_of(events_of(registered_events(store)), editions_of(registered_mpp(store)))
    return [
        ListedScenario(
            one.name,
            tuple(dict.fromkeys(event.kind for event in one.events)),
            (*map(_event_line, one.events), *map(_edition_line, one.editions)),
        )
        for one in known.values()
    ]


def _event_line(event: Event) -> str:
    flag = "" if event.hindsight == "none" else f"; hindsight: {event.hindsight} of its window had passed"
    return (
        f"{event.event_id}: {' '.join(event.nationalities)} {event.first} to {event.last or 'no end known'}, "
        f"{event.shape}, times {event.low:g} to {event.high:g} with probability {event.probability:g}; "
        f"{event.author}, registered {event.registered_on}{flag}"
    )


def _edition_line(edition: Edition) -> str:
    middle = f", medio {edition.middle:.0f}" if edition.middle is not None else ""
    return f"{edition.year}: min {edition.low:.0f}{middle}, max {edition.high:.0f} ({edition.definition})"
