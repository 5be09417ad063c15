"""Append events of dossiers from a file or a frame: what stands stays, what is new is added, all of it or nothing."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from triage.adapters.dossiers import LABEL, dossier_events
from triage.adapters.files import read_table
from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date
from triage.domain.case_tables import DOSSIER_EVENTS
from triage.domain.errors import NothingToDoError, TableError
from triage.dossier.checklist import shipped_checklist
from triage.dossier.events import INTERVIEW, refuse_misplaced

TOLD = ("by", "planned_for", "cause", "minutes")


@dataclass(frozen=True)
class DossierReport:
    """What an import of events did, or with `dry_run` would do."""

    rows: int
    new: int
    dry_run: bool
    publication_id: int | None  # None on a dry run

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def import_dossier_events(
    source: Path | pd.DataFrame, store: Store, clock: Clock, dry_run: bool = False
) -> DossierReport:
    """Append the events of a file or frame that do not stand yet.

    A row that stands already is passed over, so that a whole register may be offered every night. Raises TableError
    with the row, and appends nothing, for a row that is wrong in itself, lies after today, names an item that is on no
    checklist, or tells something else of an event that stands; NothingToDoError where every row stands already.
    """
    frame = source if isinstance(source, pd.DataFrame) else read_table(source)
    offered = DOSSIER_EVENTS.check(frame)
    _refuse(offered, clock)
    standing = dossier_events(store)
    keys = list(DOSSIER_EVENTS.key)
    known = pd.MultiIndex.from_frame(standing.loc[:, keys])
    is_new = ~pd.MultiIndex.from_frame(offered.loc[:, keys]).isin(known)
    _refuse_changed(offered.loc[~is_new], standing)
    if not is_new.any():
        raise NothingToDoError("DOSSIER_EVENTS: every row stands already. Nothing was added.")
    new: pd.DataFrame = offered.loc[is_new].reset_index(drop=True)
    number = None if dry_run else store.publish(DOSSIER_EVENTS.name, new, LABEL).publication_id
    return DossierReport(len(offered), len(new), dry_run, number)


def _refuse(events: pd.DataFrame, clock: Clock) -> None:
    if events.empty:
        raise TableError("DOSSIER_EVENTS: a header and no rows. Nothing was added.")
    refuse_misplaced(events)
    tomorrow = pd.Timestamp(local_date(clock()) + timedelta(days=1))
    known = {INTERVIEW, *(row.item for row in shipped_checklist().rows)}
    for wrong, expected in (
        (
            (events["at"] >= tomorrow).to_numpy(),
            "column at: lies after today, and an event is written down afterwards",
        ),
        (~events["item"].isin(list(known)).to_numpy(), f"column item: expected one of {', '.join(sorted(known))}"),
    ):
        if wrong.any():
            row = int(wrong.argmax()) + 1
            raise TableError(f"DOSSIER_EVENTS: row {row}, {expected}. Correct the row and offer the whole table again.")


def _refuse_changed(repeated: pd.DataFrame, standing: pd.DataFrame) -> None:
    """Raise TableError where a row tells something else than the event that stands under its key."""
    keys = list(DOSSIER_EVENTS.key)
    both = repeated.reset_index(names="place").merge(standing, on=keys, suffixes=("", "_standing"))
    for name in (n for n in TOLD if n in repeated):
        earlier = both[f"{name}_standing"] if f"{name}_standing" in both else pd.Series(None, both.index, dtype=object)
        differs = ((both[name] != earlier) & ~(both[name].isna() & earlier.isna())).to_numpy(bool)
        if differs.any():
            row = int(both.loc[differs, "place"].iloc[0]) + 1
            raise TableError(
                f"DOSSIER_EVENTS: row {row}, column {name}: this event stands already with another value, and what "
                f"stands is never changed. Write down a new event instead."
            )
