"""Publish counts of the inflow as a new vintage: what stood there stays, and the report says what was revised."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from triage.adapters.store import Store
from triage.domain.calendar import Clock, local_date, utc_now
from triage.domain.errors import NothingToDoError, TableError
from triage.domain.inflow_tables import INFLOW
from triage.forecast.vintages import Revision, day_reported, revision, without_vintage


@dataclass(frozen=True)
class VintageReport:
    """What an import of counts did, or with `dry_run` would do; `revision` is empty for the first vintage."""

    label: str
    rows: int
    vintage: str  # report date; "of the file" where the rows carry their own
    dry_run: bool
    publication_id: int | None  # None on a dry run
    revision: Revision | None
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self)


def import_inflow(
    frame: pd.DataFrame,
    label: str,
    vintage: str,
    store: Store,
    dry_run: bool = False,
    notes: tuple[str, ...] = (),
    clock: Clock = utc_now,
) -> VintageReport:
    """Publish INFLOW rows under `label` with their report date, beside the older vintages.

    `vintage` is the date that the source puts on its figures; without one it is today. Rows that carry a column
    `vintage` keep theirs. Raises NothingToDoError where the newest vintage holds the same counts (whatever its
    date), TableError where the rows are not INFLOW; nothing is then published.
    """
    rows = INFLOW.check(frame)
    if rows.empty:
        raise TableError("INFLOW: a header and no rows. Nothing was published.")
    has_own = "vintage" in rows and bool(rows["vintage"].nunique() > 1 or not vintage)
    dated = rows if has_own else rows.assign(vintage=vintage or str(local_date(clock())))
    dated["vintage"].map(day_reported)  # raises TableError for a date that is none
    standing = store.newest("INFLOW", label)
    if standing is not None and _same(standing[1], dated):
        raise NothingToDoError(f"INFLOW under {label} holds these counts already. Nothing was published.")
    found = None if standing is None else revision(standing[1], dated)
    number = None if dry_run else store.publish("INFLOW", dated, label).publication_id
    said = "of the file" if has_own else str(dated["vintage"].iloc[0])
    return VintageReport(label, len(dated), said, dry_run, number, found, notes)


def _same(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether two tables hold the same rows, the report date aside where each has one only."""
    if "vintage" in old and "vintage" in new and max(len(set(old["vintage"])), len(set(new["vintage"]))) > 1:
        return _sorted(old).equals(_sorted(new))
    return _sorted(without_vintage(old)).equals(_sorted(without_vintage(new)))


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    plain = frame.loc[:, sorted(frame.columns)].astype({"persons": float})
    texts = [name for name in plain.columns if name != "persons"]
    plain[texts] = plain[texts].astype(object).where(plain[texts].notna(), None)
    return plain.sort_values([*texts, "persons"], ignore_index=True)
