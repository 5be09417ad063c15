"""Publish a register from a file, the events or the editions of the MPP: all of it, or nothing."""

from dataclasses import dataclass
from pathlib import Path

from triage.adapters.files import read_table
from triage.adapters.registers import REGISTER_LABELS
from triage.adapters.sources import shipped_events, shipped_mpp
from triage.adapters.store import Store
from triage.domain.errors import NothingToDoError, TableError
from triage.domain.inflow_tables import INFLOW_EVENTS, MPP
from triage.forecast.events import events_of
from triage.forecast.mpp import editions_of


@dataclass(frozen=True)
class EventsReport:
    """What an import of the register did, or with `dry_run` would do; `flags` names events written in hindsight."""

    rows: int
    scenarios: tuple[str, ...]
    flags: tuple[str, ...]
    dry_run: bool
    publication_id: int | None  # None on a dry run


def import_events(path: Path | None, label: str, store: Store, dry_run: bool = False) -> EventsReport:
    """Publish the register of `path`, or the shipped seed, as INFLOW_EVENTS under `label`; the older ones stay.

    Raises TableError with row and column, and publishes nothing, where one row is wrong; NothingToDoError where the
    newest register under the label holds the same rows.
    """
    frame = shipped_events() if path is None else INFLOW_EVENTS.check(read_table(path))
    if frame.empty:
        raise TableError("INFLOW_EVENTS: a header and no rows. Nothing was published.")
    events = events_of(frame)
    if store.holds("INFLOW_EVENTS", frame, label):
        raise NothingToDoError(f"INFLOW_EVENTS under {label} holds these rows already. Nothing was published.")
    number = None if dry_run else store.publish("INFLOW_EVENTS", frame, label).publication_id
    flags = tuple(f"{e.event_id}: {e.hindsight} of its window had passed" for e in events if e.hindsight != "none")
    return EventsReport(len(frame), tuple(dict.fromkeys(e.scenario for e in events)), flags, dry_run, number)


def import_mpp(path: Path | None, store: Store, dry_run: bool = False) -> int:
    """Publish the editions of the MPP of `path`, or those shipped; the number of rows. Older registers stay.

    Raises TableError with row and column, NothingToDoError where the newest register holds the same rows; nothing is
    then published.
    """
    frame = shipped_mpp() if path is None else MPP.check(read_table(path))
    if frame.empty:
        raise TableError("MPP: a header and no rows. Nothing was published.")
    editions_of(frame)
    if store.holds("MPP", frame, REGISTER_LABELS["MPP"]):
        raise NothingToDoError("MPP holds these editions already. Nothing was published.")
    if not dry_run:
        store.publish("MPP", frame, REGISTER_LABELS["MPP"])
    return len(frame)
