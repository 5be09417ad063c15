"""A case on its way through intake: what is known, what the law says, what we suggest, what the officer decides.

We predict work (hours, class), never the outcome of a case. Nothing in here has a field for grant or refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

FactValue = bool | float | int | str | date


class Moment(StrEnum):
    """The two moments of intake: after identification, and after the registration interview."""

    IDENTIFIED = "identified"
    REGISTERED = "registered"


class Verdict(StrEnum):
    """What a criterion says of a case. Not knowing is an answer of its own, never a no."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """The three things the product can say."""

    RULE = "rule"
    SUGGESTION = "suggestion"
    NOT_SURE = "not_sure"


class Depth(StrEnum):
    """How deep the procedure goes: the choice that the law leaves open."""

    LIGHT = "light"
    STANDARD = "standard"
    HEAVY = "heavy"


@dataclass(frozen=True)
class Intake:
    """What is known of one application, and at which moment.

    `facts` holds known facts with their value and facts that were asked without an answer as None
    (unknown). A fact that is absent was not asked. The three stay apart everywhere.
    """

    case_id: str
    lodged: date  # local date in Europe/Amsterdam
    moment: Moment
    facts: Mapping[str, FactValue | None] = field(default_factory=dict)

    def known(self, name: str) -> FactValue | None:
        """Value of a fact, or None where it is unknown or was not asked."""
        return self.facts.get(name)


@dataclass(frozen=True)
class RouteVerdict:
    """What the law says about one route for one case."""

    route: str
    name: str  # Dutch, as officers say it
    verdict: Verdict
    article: str
    reason: str  # one Dutch sentence
    missing: tuple[str, ...] = ()  # facts whose answer would decide


@dataclass(frozen=True)
class Need:
    """A fact that could still decide, and what each answer would mean: (value, Dutch sentence)."""

    fact: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RouteOptions:
    """What the law leaves open for one case.

    `decided` is the route a rule already decides (None: the model may advise on depth);
    `depths` maps each depth that is open to its route id, always with "standard" in it.
    """

    regime: str
    law_version: str
    verdicts: tuple[RouteVerdict, ...]
    decided: RouteVerdict | None
    depths: Mapping[Depth, str]
    missing: tuple[str, ...]  # unknown facts that could still decide a route
    needs: tuple[Need, ...] = ()  # the same facts, with what each answer would mean
    grounds: tuple[RouteVerdict, ...] = ()  # for accelerated examination, one by one
    priority: tuple[RouteVerdict, ...] = ()  # a closed list; an order of work, never a route
    modality: tuple[RouteVerdict, ...] = ()  # ways of hearing that the law allows
    flags: tuple[str, ...] = ()  # codes of what an officer must look at first

    @property
    def standing_route(self) -> str:
        """The route whose term counts while nothing is suggested: what a rule decides, else the standard one."""
        return self.decided.route if self.decided else self.depths[Depth.STANDARD]


@dataclass(frozen=True)
class TermClock:
    """One legal clock of a case: its start and last day are None while the event has not happened."""

    term_id: str
    name: str  # Dutch
    article: str
    start_event: str  # "lodged", or the fact that starts it
    start: date | None
    ends: date | None
    basis: str
    lawful: bool = True  # False: applied then, later held unlawful


@dataclass(frozen=True)
class Deadlines:
    """Both last days to decide: by the term applied when lodged, and by the term later held lawful."""

    applied: date | None
    lawful: date | None
    applied_basis: str
    lawful_basis: str
    clocks: tuple[TermClock, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """The work we expect: class probabilities, handling hours, and the days until decision.

    `probabilities` sums to 1 over the classes in order, light first. Hours are handling hours from
    identification to first decision. `log_days` is (mean, sd) of the natural log of days to decision.
    """

    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    hours_p10: float
    hours_p50: float
    hours_p90: float
    hours_mean: float
    log_days: tuple[float, float]
    set90: tuple[str, ...]
    known_regime: bool
    model_version: str


@dataclass(frozen=True)
class Reason:
    """Why, or why not: a code from texts_nl.toml, the fact it rests on, and its weight in log-odds or hours."""

    code: str
    fact: str
    weight: float
    supports: bool


@dataclass(frozen=True)
class OpenFact:
    """A fact that is not known yet, and between what the expected work would lie once it is answered.

    `share` is the chance of the heaviest class in steps of 5 %, `hours` are whole expected hours; both lowest and
    highest, over its possible answers; of a number, over those that learning met.
    """

    fact: str
    was_asked: bool  # False: not asked yet
    share: tuple[int, int]
    hours: tuple[int, int]
    could_change_advice: bool


@dataclass(frozen=True)
class Counterfactual:
    """What the advice would be if something that can be corrected were otherwise. Never about a personal trait."""

    changes: tuple[tuple[str, FactValue], ...]
    outcome: Outcome
    route: str
    depth: Depth | None


@dataclass(frozen=True)
class Explanation:
    """What stands behind an advice on the depth, besides its reasons.

    `nearest_hours` are the booked hours of the five closed cases that the model treats most alike, lowest first;
    each of these figures stands for ten cases or more. Empty without an index of closed cases.
    """

    missing: tuple[OpenFact, ...] = ()
    counterfactuals: tuple[Counterfactual, ...] = ()
    nearest_hours: tuple[int, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """What the product said about one case at one moment. Appended to the log, never changed."""

    suggestion_id: str
    case_id: str
    made_at: datetime
    moment: Moment
    outcome: Outcome
    route: str  # route id of the law
    depth: Depth | None  # None where a rule decides
    alternatives: tuple[tuple[str, float], ...]  # (depth, expected hours), cheapest first
    margin_hours: float | None  # expected hours saved against standard
    prediction: Prediction | None  # None where a rule decides: the model is not called
    p_late: float | None
    reason_codes: tuple[str, ...]
    reasons: tuple[Reason, ...]
    verdicts: tuple[RouteVerdict, ...]
    missing: tuple[str, ...]
    deadlines: Deadlines
    law_version: str
    model_version: str | None
    policy_version: str
    needs: tuple[Need, ...] = ()  # a document of before these five fields reads as empty
    grounds: tuple[RouteVerdict, ...] = ()
    priority: tuple[RouteVerdict, ...] = ()
    modality: tuple[RouteVerdict, ...] = ()
    flags: tuple[str, ...] = ()
    saved_at_phi_0: float | None = None  # hours saved if a depth that does not fit cost nothing
    prices: tuple[tuple[str, float], ...] = ()  # (depth, hours on top because it is scarce), as weighed


@dataclass(frozen=True)
class Decision:
    """The officer's route. Only a person makes one; `followed` is derived, so that it cannot disagree."""

    decision_id: str
    suggestion_id: str
    case_id: str
    decided_at: datetime
    officer: str
    route: str
    depth: Depth | None
    followed: bool
    reason_code: str
    reason_text: str = ""
    had_advice: bool | None = None  # whether the suggestion held any advice as shown; None: an older triage
    shown_at: datetime | None = None  # when the page first showed it to this officer; None where it did not
    dwell_seconds: float | None = None  # from then to the decision
