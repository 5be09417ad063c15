"""Publish the series that come with the product."""

from dataclasses import dataclass

import pandas as pd

from triage.adapters.store import Store
from triage.domain.errors import NothingToDoError
from triage.domain.tables import INFLOW


@dataclass(frozen=True)
class Published:
    """What an import did."""

    rows: int
    dry_run: bool
    publication_id: int | None


def import_shipped(frame: pd.DataFrame, label: str, store: Store, dry_run: bool = False) -> Published:
    """Publish the shipped INFLOW rows under `label`; NothingToDoError where they stand there already."""
    checked = INFLOW.check(frame)
    if store.holds("INFLOW", checked, label):
        raise NothingToDoError("The shipped series stand in the store already. Nothing was published.")
    if dry_run:
        return Published(len(checked), True, None)
    return Published(len(checked), False, store.publish("INFLOW", checked, label).publication_id)
