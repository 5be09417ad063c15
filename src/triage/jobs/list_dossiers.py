"""All files: page by page, what to chase first over all of them, and the figures of the bedrijfsbureau."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

import pandas as pd

from triage.adapters.dossiers import dossier_publications, events_in
from triage.adapters.store import Store
from triage.domain.records import WorkItem
from triage.dossier.checklist import cause_name, party_name, shipped_checklist
from triage.dossier.events import known_on
from triage.dossier.indicators import (
    DEFINITIONS,
    Chasing,
    Share,
    Waiting,
    cancelled_by_cause,
    chasing_time,
    share_ready_at_start,
    waiting_on,
)
from triage.jobs.show_case import standing_of
from triage.jobs.show_dossier import ChaseRules, Dossier, History, OpenItem, file_of, history_of
from triage.law.book import LawBook

STEP = 100
WEEKS_BACK = 13


@dataclass(frozen=True)
class Chase:
    """One item of one case to chase."""

    case_id: str
    interview_on: date | None
    item: OpenItem


@dataclass(frozen=True)
class Figures:
    """The indicators over a period, with Dutch names of causes and third parties, and their definitions."""

    first: date
    last: date
    ready_at_start: Share
    cancelled: tuple[tuple[str, Share], ...]
    waiting: tuple[Waiting, ...]
    chasing: tuple[Chasing, ...]
    definitions: dict[str, tuple[str, str]]


def list_dossiers(
    store: Store, law: LawBook, today: date, limit: int, after: str | None = None, rules: ChaseRules | None = None
) -> tuple[list[Dossier], str | None]:
    """A page of files in the order of the work list, and the case id to go on after (None on the last page).

    Raises NotFoundError where `after` is unknown.
    """
    items = store.work_list(limit + 1, after)
    history = history_of(store, today)
    page = [_file(item, law, history, today, rules or ChaseRules()) for item in items[:limit]]
    return page, page[-1].case_id if len(items) > limit else None


def every_dossier(
    store: Store, law: LawBook, today: date, rules: ChaseRules | None = None, most: int | None = None
) -> list[Dossier]:
    """The files of all cases, or of the `most` lodged first. About a millisecond each."""
    history, wanted = history_of(store, today), rules or ChaseRules()
    return [_file(item, law, history, today, wanted) for item in islice(_work(store), most)]


def chase_list(files: list[Dossier], most: int) -> list[Chase]:
    """What to chase first over all these files: the most expected interview hours saved per minute on top."""
    found = [Chase(one.case_id, one.interview_on, item) for one in files for item in one.items if item.hours_per_minute]
    return sorted(found, key=lambda chase: -(chase.item.hours_per_minute or 0.0))[:most]


def dossier_figures(store: Store, today: date) -> Figures:
    """The indicators over the last thirteen weeks, and who is waited on today."""
    return _figures(store, dossier_publications(store), today)


@lru_cache(maxsize=4)
def _figures(store: Store, numbers: tuple[int, ...], today: date) -> Figures:
    checklist, events = shipped_checklist(), known_on(events_in(store, numbers), today)
    first = today - timedelta(weeks=WEEKS_BACK)
    blocking = {row.item for row in checklist.rows if row.blocking}
    cancelled = cancelled_by_cause(events, first, today)
    return Figures(
        first=first,
        last=today,
        ready_at_start=share_ready_at_start(events, blocking, first, today),
        cancelled=tuple((cause_name(cause), share) for cause, share in cancelled.items()),
        waiting=tuple(
            Waiting(party_name(w.third_party), w.items, w.median_days, w.longest_days)
            for w in waiting_on(events, checklist.third_party, today)
        ),
        chasing=tuple(
            Chasing(party_name(c.third_party), c.times, c.minutes)
            for c in chasing_time(events, checklist.third_party, first, today)
        ),
        definitions=dict(DEFINITIONS),
    )


def dossier_table(files: list[Dossier]) -> pd.DataFrame:
    """One row per file, for a spreadsheet. Shares and chances in [0, 1]; empty where not known."""
    return pd.DataFrame([_row(one) for one in files], columns=list(_COLUMNS))


def is_made_up(store: Store, today: date) -> bool:
    """Whether made-up events are among what was read."""
    return history_of(store, today).made_up


def _file(item: WorkItem, law: LawBook, history: History, today: date, rules: ChaseRules) -> Dossier:
    return file_of(item.intake, standing_of(item, law).route or "", history, today, rules)


def _work(store: Store) -> Iterator[WorkItem]:
    after = None
    while items := store.work_list(STEP, after):
        yield from items
        after = items[-1].intake.case_id


_COLUMNS = (
    "case_id", "lodged_on", "route", "completeness", "ready", "interview_on", "p_ready", "expected_on", "missing",
    "may_be_needed", "chase_first", "chase_party", "hours_per_minute",
)  # fmt: skip


def _row(one: Dossier) -> dict[str, Any]:
    first = one.chase_first
    return {
        "case_id": one.case_id,
        "lodged_on": one.lodged,
        "route": one.route,
        "completeness": rounded(one.completeness),
        "ready": one.ready,
        "interview_on": one.interview_on,
        "p_ready": rounded(one.p_ready),
        "expected_on": one.expected_on,
        "missing": "; ".join(item.item for item in one.items if item.certain),
        "may_be_needed": "; ".join(item.item for item in one.items if not item.certain),
        "chase_first": first.item if first else None,
        "chase_party": first.party if first else None,
        "hours_per_minute": rounded(first.hours_per_minute) if first else None,
    }


def rounded(value: float | None) -> float | None:
    """To four decimals; finer promises what the history cannot hold."""
    return None if value is None else round(value, 4)
