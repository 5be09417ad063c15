"""Shapes on the wire of dossiers. Shares and chances lie in [0, 1]; null is not known, never zero."""

from datetime import date

from pydantic import Field

from triage.entrypoints.messages import Answer


class OpenItemAnswer(Answer):
    """One item of a file that is not in."""

    item: str = Field(description="Item of the checklist.")
    name: str = Field(description="Its name in Dutch.")
    sentence: str = Field(description="What is missing and who delivers it, in Dutch.")
    party: str = Field(description="Who delivers it, in Dutch.")
    blocking: bool = Field(description="Whether the interview waits for it.")
    certain: bool = Field(description="False: a fact that decides whether this case needs it is not known yet.")
    asked: bool
    open_since: date | None
    chased: int = Field(description="Times chased since it was asked for.")
    expected_on: date | None = Field(description="As likely in before as after this day; null without history.")
    careful_on: date | None = Field(description="In by this day with a chance of 80 %.")
    p_missing: float | None = Field(description="P(not in when the interview starts).")
    hours_per_minute: float | None = Field(
        description="Expected interview hours saved per minute of chasing; null where no interview waits for it."
    )


class DossierAnswer(Answer):
    """One file: how complete it is and when it will be. `items` has what is not in, what to chase first on top."""

    case_id: str
    lodged_on: date = Field(validation_alias="lodged")
    route: str
    completeness: float | None = Field(description="Weight in over weight needed; null where no checklist holds.")
    ready: bool = Field(description="Whether all blocking items are in, and none is in doubt.")
    interview_on: date | None = Field(description="Day of the interview that is planned; null where none is.")
    reckoned_on: date = Field(description="Day of the interview that the chances are of: planned, or assumed.")
    p_ready: float | None = Field(description="P(ready by then), as if items came independently of each other.")
    expected_on: date | None = Field(description="Day on which the file is as likely ready as not.")
    checklist_version: str
    items: list[OpenItemAnswer]


class DossierPage(Answer):
    """Files, oldest lodging first; `next` is the cursor for `after`, null on the last page."""

    dossiers: list[DossierAnswer]
    next: str | None
