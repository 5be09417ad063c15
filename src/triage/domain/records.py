"""What the store keeps beside cases: publications, champions, receipts, and the officer's work list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from triage.domain.case import Decision, Intake, Suggestion

#: Told of progress as (what is being done, how many are done, of how many). The doors show it; jobs only tell.
Progress = Callable[[str, int, int], None]


def silent(label: str, done: int, total: int) -> None:
    """The progress of somebody who does not want to know."""


@dataclass(frozen=True)
class Publication:
    """One table as published at one moment; never overwritten."""

    publication_id: int
    table: str
    label: str
    published_at: datetime
    rows: int
    digest: str


@dataclass(frozen=True)
class Champion:
    """The model version in use. `sequence` counts changes, so that two promoters cannot overwrite each other."""

    name: str
    version: str
    location: str  # folder of the bundle, relative to home
    run_id: str
    sequence: int
    since: datetime


@dataclass(frozen=True)
class Receipt:
    """An idempotency key with the digest of the message it came with, and the answer that was given."""

    key: str
    fingerprint: str
    answer: str


@dataclass(frozen=True)
class StoredSuggestion:
    """A suggestion as logged, with its row version and the officer's decision where there is one."""

    suggestion: Suggestion
    version: int  # 1 open, 2 decided
    decision: Decision | None
    is_stale: bool = False  # newer facts came in after it was made
    intake_seq: int | None = None  # the intake it was made from; 0 none that stood, None made by an older triage


@dataclass(frozen=True)
class StoredIntake:
    """An intake as it came in. `seq` orders intakes; time does not."""

    seq: int
    received_at: datetime
    intake: Intake


@dataclass(frozen=True)
class WorkItem:
    """One line of the officer's work list: the newest intake of a case and its newest suggestion."""

    intake: Intake
    stored: StoredSuggestion | None
