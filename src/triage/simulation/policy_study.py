"""The study: which policies are compared in which settings, which differences count, and what came of them.

Contrasts and goals are written down here, before any run: what is looked at afterwards is exploration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from triage.simulation.policies import FORCED, SAME, SELECTIVE, TODAY, Arm, Cell
from triage.simulation.policy_measures import Outcome, lead_times
from triage.simulation.policy_statistics import Difference, holm, paired

PHI = {"0": (0.0, 0.0), "low": (0.05, 0.10), "base": (0.15, 0.25)}
LOADS, STOCKS = (0.95, 1.0, 1.05), (12, 24, 36)
AUCS = {"noise": 0.5, "auc_65": 0.65, "auc_75": 0.75, "auc_85": 0.85, "auc_95": 0.95}
PERFECT, ORACLE, MODEL = "perfect", "oracle", "model"
MODELS = (f"{MODEL}_identified", f"{MODEL}_registered")
PREDICTORS = (*AUCS, *MODELS, PERFECT, ORACLE)
MAIN = "main"
GUARD_POINTS, GUARD_WEEKS = 2.0, 26.0
SMALLEST_GROUP = 0.02  # of the pool; smaller nationality groups are one group, "other"

Results = Mapping[str, Mapping[str, Sequence[Outcome]]]  # setting -> arm -> replications


@dataclass(frozen=True)
class Study:
    """Settings by name, and the arms of each."""

    cells: Mapping[str, Cell]
    arms: Mapping[str, tuple[Arm, ...]]
    model: str  # the predictor that the goals are about

    @property
    def best(self) -> str:
        """Name of the arm that the goals are about."""
        return Arm("D", self.model, SELECTIVE, True).name

    @property
    def perfect(self) -> str:
        """Name of the same arm with the class of work known."""
        return Arm("D", PERFECT, SELECTIVE, True).name


def study_of(cell: Cell, model: str, predictors: Sequence[str] = PREDICTORS, main_only: bool = False) -> Study:
    """The main setting with all arms, and the factors varied one at a time around it with the arms that matter."""
    around = {} if main_only else _around(cell)
    arms = {name: _few_arms(model) for name in around}
    return Study({MAIN: cell} | around, {MAIN: _all_arms(model, predictors)} | arms, model)


def _around(cell: Cell) -> dict[str, Cell]:
    return {
        **{f"load {load:g}": replace(cell, load=load) for load in LOADS if load != cell.load},
        **{f"stock {weeks}": replace(cell, stock_weeks=weeks) for weeks in STOCKS if weeks != cell.stock_weeks},
        **{f"phi {name}": with_phi(cell, name) for name in PHI if with_phi(cell, name) != cell},
        **{f"flexible {share:g}": replace(cell, flexible=share) for share in (0.0, 1.0) if share != cell.flexible},
    }


def with_phi(cell: Cell, name: str) -> Cell:
    """The same setting where a depth that does not fit loses other shares of hours."""
    over, under = PHI[name]
    return replace(cell, procedure=replace(cell.procedure, phi_over=over, phi_under=under))


def _few_arms(model: str) -> tuple[Arm, ...]:
    return (
        Arm("A"),
        Arm("B", model, SELECTIVE),
        Arm("C", model, SAME, True),
        Arm("D", model, SELECTIVE, True),
        Arm("D", PERFECT, SELECTIVE, True),
    )


def _all_arms(model: str, predictors: Sequence[str]) -> tuple[Arm, ...]:
    made_up = [name for name in predictors if name in AUCS]
    arms = [Arm("A"), Arm("A'", routing=TODAY)]
    arms += [Arm("B", name, FORCED) for name in (*made_up, model)]
    made_up = [name for name in made_up if AUCS[name] > 0.5]  # who cannot tell cases apart advises nobody
    arms += [Arm("B", name, SELECTIVE) for name in (*made_up, model, PERFECT)]
    arms += [Arm("C", model, SAME, True)]
    models = [name for name in predictors if name in MODELS and name != model]
    rest = [ORACLE] if ORACLE in predictors else []
    arms += [Arm("D", name, SELECTIVE, True) for name in (*made_up, *models, model, PERFECT, *rest)]
    return tuple(arms)


@dataclass(frozen=True)
class Contrast:
    """A difference in the share within the term that was named beforehand."""

    question: str
    arm: str
    against: str
    cell: str = MAIN


def contrasts(study: Study) -> list[Contrast]:
    """The pre-registered contrasts, most important first; Holm's correction is over these."""
    b, forced = (Arm("B", study.model, way).name for way in (SELECTIVE, FORCED))
    order, best = Arm("C", study.model, SAME, True).name, study.best
    listed = [
        Contrast("Does routing with order help?", best, "A"),
        Contrast("Does routing alone help?", b, "A"),
        Contrast("Does order alone help?", order, "A"),
        Contrast("Does order add to routing?", best, b),
        Contrast("Does routing add to order?", best, order),
        Contrast("Is naive use of the model (every case to a depth) better than today's one route?", forced, "A"),
        Contrast("Do the tracks of history help?", "A'", "A"),
        Contrast("Does it help if routing saves no hours?", best, "A", "phi 0"),
        Contrast("Does routing alone help if it saves no hours?", b, "A", "phi 0"),
        Contrast("Does it harm where there is slack?", best, "A", "load 0.95"),
        Contrast("Does it help under overload?", best, "A", "load 1.05"),
    ]
    return [c for c in listed if c.cell in study.cells]


@dataclass(frozen=True)
class Answered:
    """A contrast with its difference in percentage points, Holm's p, and the guardrails that the arm breaks."""

    contrast: Contrast
    difference: Difference
    p_holm: float
    broken: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """What may be said: better, worse, no difference shown, or not counted because a guardrail fell."""
        if self.p_holm >= 0.05:
            return "no difference shown"
        if self.difference.mean < 0:
            return "worse"
        return "not counted: a guardrail fell" if self.broken else "better"


def answers(study: Study, results: Results, kinds: Sequence[str], groups: Sequence[str]) -> list[Answered]:
    """Every contrast answered."""
    listed = contrasts(study)
    found = [points(results[c.cell][c.arm], results[c.cell][c.against]) for c in listed]
    adjusted = holm([d.p for d in found])
    broken = [broken_guardrails(results[c.cell][c.arm], results[c.cell][c.against], kinds, groups) for c in listed]
    return [Answered(*parts) for parts in zip(listed, found, adjusted, broken, strict=True)]


def points(one: Sequence[Outcome], other: Sequence[Outcome]) -> Difference:
    """Difference in the share within the term, in percentage points."""
    return paired([100 * o.within for o in one], [100 * o.within for o in other])


def broken_guardrails(
    one: Sequence[Outcome], other: Sequence[Outcome], kinds: Sequence[str], groups: Sequence[str]
) -> tuple[str, ...]:
    """Classes of work and nationality groups that lost over 2 points, worst first; and 99 % decided too late."""
    fell = []
    for name, labels in (("within_by_kind", kinds), ("within_by_group", groups)):
        change = 100 * (mean_of(one, name) - mean_of(other, name))
        fell += [(c, f"{label} {c:+.1f} points") for label, c in zip(labels, change, strict=True) if c < -GUARD_POINTS]
    found = [words for _, words in sorted(fell)]
    if not holds_p99(one, other):
        found.append(f"99 % decided more than {GUARD_WEEKS:.0f} weeks later")
    return tuple(found)


def holds_p99(one: Sequence[Outcome], other: Sequence[Outcome]) -> bool:
    """Whether the time in which 99 % is decided grew by at most 26 weeks; not known in either counts as held."""
    mine, theirs = lead_times(one).p99, lead_times(other).p99
    if mine is None:
        return theirs is None
    return theirs is None or mine <= theirs + GUARD_WEEKS


def mean_of(outcomes: Sequence[Outcome], name: str) -> np.ndarray:
    """Mean over replications of a figure or a list of figures."""
    return np.mean([getattr(o, name) for o in outcomes], axis=0)


@dataclass(frozen=True)
class Goal:
    """A goal with what was found; `is_reached` is None where the figure is only to be reported."""

    text: str
    found: str
    is_reached: bool | None


def goals(study: Study, results: Results) -> list[Goal]:
    """The goals of the protocol, for our model with routing and order against one route for everybody."""
    main = results[MAIN]
    best, base, perfect = main[study.best], main["A"], main[study.perfect]
    gain, share = points(best, base), share_of_perfect(best, base, perfect)
    worst, worst_before = (float(mean_of(o, "within_by_kind").min()) for o in (best, base))
    p99, p99_before = lead_times(best).p99, lead_times(base).p99
    listed = [
        Goal("at least +15 points", f"{gain.mean:+.1f}", gain.mean >= 15),
        Goal("lower 95 % bound at least +7", f"{gain.low:+.1f}", gain.low >= 7),
        Goal("at least 60 % of the gain with the class known", _percent(share), share is not None and share >= 0.6),
        Goal(
            "share within the term of the worst class of work not below A",
            f"{100 * worst:.1f} against {100 * worst_before:.1f}",
            worst >= worst_before,
        ),
        Goal("99 % decided at most 26 weeks later", f"{_weeks(p99)} against {_weeks(p99_before)}",
             holds_p99(best, base)),
    ]  # fmt: skip
    if "load 0.95" in study.cells:
        slack = points(results["load 0.95"][study.best], results["load 0.95"]["A"])
        listed.append(Goal("with slack (load .95) never below A by more than .5", f"{slack.mean:+.1f}",
                           slack.mean >= -0.5))  # fmt: skip
    if "phi 0" in study.cells:
        none = points(results["phi 0"][study.best], results["phi 0"]["A"])
        text = f"{none.mean:+.1f} [{none.low:.1f}, {none.high:.1f}]"
        listed.append(Goal("reported whatever it is: if routing saves no hours", text, None))
    return listed


def share_of_perfect(one: Sequence[Outcome], base: Sequence[Outcome], perfect: Sequence[Outcome]) -> float | None:
    """Part of the gain with the class known; None where that gains less than a point: there is nothing to share."""
    whole = points(perfect, base).mean
    return points(one, base).mean / whole if whole >= 1.0 else None


def _percent(share: float | None) -> str:
    return "nothing to gain" if share is None else f"{100 * share:.0f} %"


def _weeks(weeks: float | None) -> str:
    return "not reached" if weeks is None else f"{weeks:.0f} weeks"


@dataclass(frozen=True)
class Parts:
    """Gain of the best arm in points, and what it is made of: hours saved, and a better order and other waits."""

    whole: Difference
    hours: Difference
    order: Difference


def decomposition(study: Study, results: Results) -> Parts | None:
    """The gain split by running the same advice where routing saves no hours; None without that run."""
    if "phi 0" not in results:
        return None
    best, base = results[MAIN][study.best], results[MAIN]["A"]
    flat, flat_base = results["phi 0"][study.best], results["phi 0"]["A"]
    return Parts(points(best, base), points(best, flat), points(flat, flat_base))
