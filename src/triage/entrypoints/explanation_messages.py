"""What stands behind an advice, on the wire: what is missing, what can be corrected, and closed cases like this one."""

from typing import Any

from pydantic import Field

from triage.entrypoints.shapes import Answer


class SpreadAnswer(Answer):
    """Lowest and highest of a figure."""

    lowest: int
    highest: int


class OpenFactAnswer(Answer):
    """A fact without an answer, and between what the expected work would lie once it is answered."""

    fact: str
    label: str = Field(description="Dutch.")
    was_asked: bool = Field(description="True: asked, no answer. False: not asked yet.")
    heavy_percent: SpreadAnswer = Field(description="Chance of the heaviest class, in steps of 5 %.")
    hours: SpreadAnswer = Field(description="Expected handling hours, whole.")
    could_change_advice: bool


class CorrectionAnswer(Answer):
    """A fact that can still be corrected, and into what."""

    fact: str
    label: str = Field(description="Dutch.")
    value: Any


class CounterfactualAnswer(Answer):
    """What would be said if something that can be corrected were otherwise. Never about a personal trait."""

    changes: list[CorrectionAnswer]
    outcome: str = Field(description="rule, suggestion or not_sure")
    route: str
    depth: str | None
    text: str = Field(description="Dutch sentence.")


class ExplanationAnswer(Answer):
    """What an advice on the depth rests on, beside its reasons. Empty where a rule decides."""

    missing: list[OpenFactAnswer]
    counterfactuals: list[CounterfactualAnswer]
    nearest_hours: list[int] = Field(
        description="Booked hours of the five closed cases that the model treats most alike; "
        "each figure is shared by ten cases or more."
    )
