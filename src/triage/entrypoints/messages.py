"""Shapes on the wire: camelCase, strict, nothing beyond the schema. The facts follow from the register.

In a message null says unknown (asked, no answer), and what was not asked is left out.
"""

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from triage.domain.case import Intake, Moment, Prediction
from triage.domain.facts import Fact, Register
from triage.entrypoints.explanation_messages import ExplanationAnswer
from triage.entrypoints.shapes import Answer, Message

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$", description="Letters, digits and . _ : -")]
#: No control characters: they hide in logs, and PostgreSQL takes no NUL.
FreeText = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$")]
Lodged = Annotated[date, Field(ge=date(1990, 1, 1), le=date(2099, 12, 31), description="Local date of lodging.")]


EXPLAINS = "what is missing, what can be corrected, and the hours of closed cases like this one"
MOST_EXPLAINED = 50  # cases of one message


def _field_of(fact: Fact) -> tuple[Any, Any]:
    """A message field for one fact; each may be null (unknown) or left out (not asked)."""
    describe: dict[str, Any] = {"description": f"{fact.meaning} Purpose: {fact.purpose} Ground: {fact.legal_ground}."}
    if fact.kind == "flag":
        kind: Any = bool
    elif fact.kind == "number":
        bounds = {"ge": fact.values[0], "le": fact.values[1]} if fact.values else {}
        kind = Annotated[float, Field(allow_inf_nan=False, **bounds)]
    elif fact.kind == "date":
        kind = date
    elif fact.is_open:
        kind = Annotated[str, Field(pattern=r"^[A-Za-z0-9 _.:/-]{1,40}$")]
    else:
        kind = Literal[tuple(fact.values)]
    return (kind | None, Field(default=None, **describe))


def facts_message(register: Register, name: str, left_out: frozenset[str]) -> type[Message]:
    """The message of facts, generated from the register without the facts of `left_out`."""
    fields = {fact.name: _field_of(fact) for fact in register.facts.values() if fact.name not in left_out}
    return _message(name, "Facts of the register. Null is unknown; leave out what was not asked.", **fields)


def _message(name: str, about: str, **fields: Any) -> type[Message]:
    """A message made at start: (type, default or Field) per field."""
    made: Any = create_model(name, __base__=Message, __doc__=about, **fields)
    return made


def given(facts: Message) -> dict[str, Any]:
    """The facts that were sent, nulls included: what was left out stays apart from what is unknown."""
    return {name: getattr(facts, name) for name in facts.model_fields_set}


class Wire:
    """The messages of one register, made once at start."""

    def __init__(self, register: Register, most_cases: int):
        self.register = register
        # Never in a score: protected traits and the public-order signal. The rules may read the nationality.
        never = frozenset(fact.name for fact in register.facts.values() if fact.in_model == "never")
        protected = never & {"ethnicity", "religion", "sex"}
        work = facts_message(register, "WorkFacts", never)
        law = facts_message(register, "IntakeFacts", protected)
        self.one_case = _message(
            "OneCase",
            "Facts of one application.",
            moment=(Moment, Field(strict=False, description="identified or registered")),
            lodged_on=(Lodged, ...),
            facts=(work, ...),
            with_reasons=(bool, Field(default=False, description="Also the reasons for and against; costs time.")),
            with_explanation=(bool, Field(default=False, description=f"Also {EXPLAINS}; costs more time.")),
        )
        row: Any = _message(
            "CaseRow",
            "One case of a batch.",
            case_id=(Code, ...),
            lodged_on=(Lodged, ...),
            facts=(work, ...),
        )
        self.batch = _message(
            "Batch",
            "Facts of several applications at one moment.",
            moment=(Moment, Field(strict=False)),
            cases=(Annotated[list[row], Field(min_length=1, max_length=most_cases)], ...),
            with_reasons=(bool, False),
            with_explanation=(
                bool,
                Field(default=False, description=f"Also {EXPLAINS}; {MOST_EXPLAINED} cases at most."),
            ),
        )
        self.intake = _message(
            "IntakeMessage",
            "One application as known at one moment. The case id is a code of your own, never a V-number.",
            case_id=(Code, ...),
            moment=(Moment, Field(strict=False)),
            lodged_on=(Lodged, ...),
            facts=(law, ...),
        )

    @cached_property
    def inbound(self) -> list[type[BaseModel]]:
        """All that comes in, for the API description."""
        return [self.one_case, self.batch, self.intake, DecisionMessage]

    def intake_of(self, case_id: str, message: Any, moment: Moment) -> Intake:
        """An intake of a message that fits its schema. Raises MomentError for a fact of a later moment."""
        facts = given(message.facts)
        if moment is Moment.IDENTIFIED:  # the schema checked all else
            self.register.check(facts, moment)
        return Intake(case_id, message.lodged_on, moment, facts)


class DecisionMessage(Message):
    """The officer's decision. Following and deviating take the same fields."""

    route: Code
    depth: Annotated[Literal["light", "standard", "heavy"] | None, Field(description="Null where a rule decides.")] = (
        None
    )
    reason_code: Code
    reason_text: FreeText = ""


class Hours(Answer):
    """Expected handling hours from identification to first decision."""

    p10: float
    p50: float
    p90: float
    mean: float


class ReasonAnswer(Answer):
    """Why, or why not: weight in log-odds of heavier work."""

    code: str
    fact: str
    weight: float
    supports: bool
    text: str = Field(description="Dutch sentence.")


class WorkAnswer(Answer):
    """The expected work of one case. Never says anything of its outcome."""

    case_id: str | None = None
    probabilities: dict[str, float] = Field(description="Per class of work; sums to 1.")
    hours: Hours
    probability_late: float | None = Field(description="Chance to pass the lawful term; null without a term.")
    set90: list[str] = Field(description="Classes that hold the true one 9 times in 10.")
    known_regime: bool = Field(description="False: lodged under rules the model has not learned from.")
    model_version: str
    reasons: list[ReasonAnswer] | None = Field(default=None, description="Only when asked for.")
    explanation: ExplanationAnswer | None = Field(default=None, description="Only when asked for.")


class BatchAnswer(Answer):
    """One answer per case, in the order sent."""

    predictions: list[WorkAnswer]
    model_version: str


class VerdictAnswer(Answer):
    """What the law says about one route."""

    route: str
    name: str
    verdict: str
    article: str
    reason: str
    missing: list[str]


class NeedMeaning(Answer):
    """What one answer to a missing fact would mean."""

    value: str
    text: str = Field(description="Dutch sentence.")


class NeedAnswer(Answer):
    """A fact that could still decide the route, and what each answer would mean."""

    fact: str
    label: str = Field(description="Dutch.")
    answers: list[NeedMeaning]


class FlagAnswer(Answer):
    """Something an officer must look at first."""

    code: str
    text: str = Field(description="Dutch sentence.")


class ClockAnswer(Answer):
    """One legal clock; it has no dates while its start event has not happened."""

    term_id: str
    name: str = Field(description="Dutch.")
    article: str
    start_event: str = Field(description="lodgedOn, or the fact that starts the clock.")
    start_label: str = Field(description="Dutch.")
    start: date | None
    ends: date | None
    days_left: int | None = Field(description="Negative once the last day has passed.")
    basis: str
    lawful: bool = Field(description="False: applied then, later held unlawful.")


class DeadlinesAnswer(Answer):
    """Both last days to decide, and the other clocks of the case. Days are Dutch calendar days."""

    applied: date | None = Field(description="By the term applied when lodged.")
    lawful: date | None = Field(description="By the term later held lawful.")
    applied_basis: str
    lawful_basis: str
    as_of: date = Field(description="Local date from which the days are counted.")
    days_left_applied: int | None = Field(description="Negative once the last day has passed.")
    days_left_lawful: int | None = Field(description="Negative once the last day has passed.")
    clocks: list[ClockAnswer]


class WarningAnswer(Answer):
    """Facts that do not fit together. A warning: it stops nothing and corrects nothing."""

    code: str
    facts: list[str]
    text: str = Field(description="Dutch sentence.")


class ChangeAnswer(Answer):
    """A fact that is known differently than at the suggestion before."""

    fact: str
    label: str = Field(description="Dutch.")
    before: str = Field(description="known, unknown or not_asked")
    before_value: Any = Field(description="The value where it was known.")
    after: str = Field(description="known, unknown or not_asked")
    after_value: Any = Field(description="The value where it is known.")


class ItemAnswer(Answer):
    """An item that the file of this case still needs."""

    item: str
    name: str = Field(description="Dutch.")
    text: str = Field(description="Dutch sentence: what is missing, and who delivers it.")
    blocking: bool = Field(description="The file is not ready without it.")
    certain: bool = Field(description="False: not known yet whether this case needs it.")
    expected_on: date | None = Field(description="As likely in before as after; null without history.")


class LawAnswer(Answer):
    """What the law of the lodging date says of a case, and what an officer should know beside it."""

    law_version: str | None = Field(description="Null where the law book has no rules for the lodging date.")
    verdicts: list[VerdictAnswer] = Field(description="Every route in force: allowed, excluded, or not to say yet.")
    missing: list[str] = Field(description="Facts that could still decide.")
    needs: list[NeedAnswer] = Field(description="The same facts, with what each answer would mean.")
    grounds: list[VerdictAnswer] = Field(description="Grounds for accelerated examination, one by one.")
    priority: list[VerdictAnswer] = Field(description="Grounds to go first: an order of work, never a route.")
    modality: list[VerdictAnswer] = Field(description="Ways of hearing that the law allows; never suggested.")
    flags: list[FlagAnswer]
    deadlines: DeadlinesAnswer | None = Field(description="Null where there are no rules for the lodging date.")
    contradictions: list[WarningAnswer]
    changed_facts: list[ChangeAnswer]
    missing_items: list[ItemAnswer] | None = Field(description="Null where no checklist covers the route.")


class AlternativeAnswer(Answer):
    """Hours of a depth."""

    depth: str
    hours: float


class DecisionAnswer(Answer):
    """The officer's route."""

    decision_id: str
    decided_at: datetime
    officer: str
    route: str
    depth: str | None
    followed: bool
    had_advice: bool | None = Field(description="False: there was no advice. Null: decided under an older release.")
    reason_code: str
    reason_text: str


class SuggestionAnswer(LawAnswer):
    """A suggested route with everything it rests on. The officer decides. Changed facts: since the one before it."""

    suggestion_id: str
    case_id: str
    made_at: datetime
    moment: str
    outcome: str = Field(description="rule, suggestion or not_sure")
    route: str
    depth: str | None
    alternatives: list[AlternativeAnswer] = Field(description="Expected hours per depth that the law leaves open.")
    margin_hours: float | None = Field(description="Expected hours saved against standard.")
    margin_hours_at_phi_zero: float | None = Field(
        default=None, description="The same if a depth that does not fit cost no time: what the assumption adds."
    )
    prices: list[AlternativeAnswer] = Field(default=[], description="Hours on top of a scarce depth, as weighed.")
    probability_late: float | None
    work: WorkAnswer | None
    reason_codes: list[str]
    reasons: list[ReasonAnswer]
    explanation: ExplanationAnswer | None = Field(
        default=None, description="Only when asked for; null where model, policy or rules have changed since."
    )
    model_version: str | None
    policy_version: str
    version: int
    decision: DecisionAnswer | None


class CaseAnswer(LawAnswer):
    """One case as known now: facts, what the law says of them, and the newest suggestion. Changed facts: since that."""

    case_id: str
    lodged_on: date
    moment: str
    regime: str
    known: dict[str, Any]
    unknown: list[str]
    not_asked: list[str]
    suggestion: SuggestionAnswer | None


class CaseLine(Answer):
    """One line of the work list."""

    case_id: str
    lodged_on: date
    moment: str
    suggestion_id: str | None
    outcome: str | None
    route: str | None
    decided: bool


class CasePage(Answer):
    """A page of the work list; `next` is the cursor for `after`, null on the last page."""

    cases: list[CaseLine]
    next: str | None


class ModelLine(Answer):
    """A model in use."""

    name: str
    version: str
    since: datetime
    sequence: int
    run_id: str


class ModelList(Answer):
    """All models in use."""

    models: list[ModelLine]


class ModelAnswer(ModelLine):
    """A model in use with its measures."""

    measures: dict[str, Any]


class CardAnswer(Answer):
    """The model card, as Markdown."""

    name: str
    version: str
    card: str


class HealthAnswer(Answer):
    """What a probe wants to know."""

    status: str
    complexity_model: str | None = None


class ProblemDocument(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlationId: str  # noqa: N815 - the wire's own spelling


def _rounded(value: float, digits: int = 4) -> float:
    return round(value, digits)


def work_answer(
    prediction: Prediction, late: float | None = None, reasons: list[ReasonAnswer] | None = None, case_id: str = ""
) -> WorkAnswer:
    """A prediction as answer."""
    return WorkAnswer(
        case_id=case_id or None,
        probabilities={k: _rounded(p, 6) for k, p in zip(prediction.classes, prediction.probabilities, strict=True)},
        hours=Hours(
            p10=_rounded(prediction.hours_p10),
            p50=_rounded(prediction.hours_p50),
            p90=_rounded(prediction.hours_p90),
            mean=_rounded(prediction.hours_mean),
        ),
        probability_late=late,
        set90=list(prediction.set90),
        known_regime=prediction.known_regime,
        model_version=prediction.model_version,
        reasons=reasons,
    )
