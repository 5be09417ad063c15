"""Dossier events in the store. Each publication holds the events that were new then, and all of them together count.

So two imports at once cannot push each other's events aside, and nothing that was written is ever left out.
"""

from functools import lru_cache

import pandas as pd

from triage.adapters.store import Store
from triage.domain.case_tables import DOSSIER_EVENTS

LABEL = "dossiers"


def dossier_publications(store: Store) -> tuple[int, ...]:
    """Numbers of the publications that hold the events, oldest first."""
    found = [one.publication_id for one in store.publications(DOSSIER_EVENTS.name) if one.label == LABEL]
    return tuple(sorted(found))


def dossier_events(store: Store) -> pd.DataFrame:
    """All events of dossiers, in the order they were written down. Of two with one key the first stands."""
    return events_in(store, dossier_publications(store))


@lru_cache(maxsize=4)
def events_in(store: Store, numbers: tuple[int, ...]) -> pd.DataFrame:
    """The events of these publications. Never change the frame: it is kept."""
    frames = [store.published(number)[1] for number in numbers]
    if not frames:
        return empty_events()
    return pd.concat(frames, ignore_index=True).drop_duplicates(list(DOSSIER_EVENTS.key), ignore_index=True)


def empty_events() -> pd.DataFrame:
    """A table without events, with every column."""
    dates = pd.Series(dtype="datetime64[ns]")
    columns = {name: pd.Series(dtype="str") for name in DOSSIER_EVENTS.columns}
    return pd.DataFrame(columns | {"at": dates, "planned_for": dates, "minutes": pd.Series(dtype=float)})
