"""What the store keeps beside cases: publications, champions, receipts, and the officer's work list."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


class Arm(StrEnum):
    """Where the audit sample puts a case: outside it, or in it with the advice shown or hidden."""

    NONE = "none"
    SHOWN = "shown"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Drawn:
    """How a suggestion came before the officer. For evaluation only: no door shows it.

    `whole` is the suggestion with its advice, where the officer saw it without; None where both are one.
    """

    arm: Arm = Arm.NONE
    share: float = 0.0  # of intakes in the sample, as set on that day
    key_id: str = ""  # which key drew; says nothing of the key itself
    whole: Suggestion | None = None


@dataclass(frozen=True)
class LoggedAdvice:
    """One line of the decision log, for evaluation: what was said, what the officer saw of it, and what followed."""

    shown: Suggestion
    whole: Suggestion  # with the advice, also where the officer did not see it
    arm: Arm | None  # None: made by a triage without an audit sample
    decision: Decision | None


@dataclass(frozen=True)
class AuditEvent:
    """Who did what with which subject, and when. `seq` orders events; time does not."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str


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
