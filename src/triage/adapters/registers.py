"""The registers that people keep: events, and editions of the MPP. The newest published one, else the seed."""

import pandas as pd

from triage.adapters.sources import shipped_events, shipped_mpp
from triage.adapters.store import Store

#: Table -> the label under which its register is published.
REGISTER_LABELS = {"INFLOW_EVENTS": "events", "MPP": "mpp"}


def registered_events(store: Store) -> pd.DataFrame:
    """INFLOW_EVENTS as last imported, else as shipped."""
    found = store.newest("INFLOW_EVENTS", REGISTER_LABELS["INFLOW_EVENTS"])
    return found[1] if found else shipped_events()


def registered_mpp(store: Store) -> pd.DataFrame:
    """MPP as last imported, else as shipped."""
    found = store.newest("MPP", REGISTER_LABELS["MPP"])
    return found[1] if found else shipped_mpp()


def keep_register(store: Store, table: str, frame: pd.DataFrame) -> None:
    """Publish the register that a forecast was made with, unless it stands there already: it must be found again."""
    if not store.holds(table, frame, REGISTER_LABELS[table]):
        store.publish(table, frame, REGISTER_LABELS[table])
