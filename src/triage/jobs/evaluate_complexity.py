"""Measure the complexity model against the optimum of made-up worlds, several seeds, and hold it to its goals.

Per seed a world is made and the model is learned as known on a snapshot: in a drifted period with and without the
audit sample, soon after the Pact began with almost no labels under it, and where the queue stands still for lateness.
It is judged on cases lodged after the snapshot: work on freshly drawn cases of the same world and period, lateness on
the world's own, since its queue is one history. Where the queue moves nobody can know the waits ahead from the cases;
what lateness is worth there is told too, without a goal.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triage.adapters.contracts import contract
from triage.adapters.parallel import run_all
from triage.adapters.sources import shipped_inflow
from triage.domain.case import Depth, Moment
from triage.domain.errors import TableError
from triage.domain.facts import Register
from triage.domain.records import Progress, silent
from triage.jobs.make_cases import usual_world
from triage.law.book import LawBook
from triage.routing import against_optimum as against
from triage.routing import scores
from triage.routing.goals import GoalRow, goal_rows, goal_table
from triage.routing.goals_report import goals_page
from triage.routing.labels import AUDIT_SAMPLE
from triage.routing.learning import Learned, hours_per_class, learn
from triage.routing.measures import class_prior
from triage.routing.policy import DEPTHS, Policy, hours_table, priced
from triage.routing.suggest import advise_many
from triage.simulation.history import hours_in_depth
from triage.simulation.settings import Settings
from triage.simulation.terms import term_days
from triage.simulation.world import World, make_world

FRESH = 12_000  # cases drawn anew to judge work on
RECENT = 3_000  # latest lodgings on which the price of the heavy depth is set
CAP = 0.25
OTHER_TERMS = (120.0, 183.0, 274.0, 456.0, 639.0)  # days, for "when the term changes"
#: A queue that stands still: capacity takes what comes, above a stock that is never worked off.
CALM = Settings(start_backlog_weeks=24.0, shortest_wait_weeks=24.0, capacity_share=1.2)
CALIBRATION, FIGURES, PAGE = "calibration", "evaluation.json", "report.html"


@dataclass(frozen=True)
class Scene:
    """A snapshot to learn on, the lodgings to judge on, and whether there is an audit sample."""

    name: str
    words: str
    snapshot: date
    first: date
    last: date
    has_audit: bool


SCENES = (
    Scene(
        "drifted_audit", "drifted, with audit", date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 11), has_audit=True
    ),
    Scene("drifted", "drifted, without audit", date(2026, 3, 31), date(2026, 4, 1), date(2026, 6, 11), has_audit=False),
    Scene(
        "new_regime", "regime without labels", date(2026, 7, 1), date(2026, 7, 2), date(2026, 9, 30), has_audit=False
    ),
    Scene("calm", "queue stands still", date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 31), has_audit=True),
)


@dataclass(frozen=True)
class Evaluation:
    """Goals with a figure per seed, all figures, and both as text."""

    rows: tuple[GoalRow, ...]
    figures: Mapping[int, Mapping[str, float]]
    text: str

    @property
    def all_met(self) -> bool:
        """Whether every goal is met."""
        return all(row.met for row in self.rows)

    def summary(self) -> dict[str, Any]:
        """For machines."""
        goals = [
            {"goal": r.goal.words, "asked": r.goal.asked, "values": list(r.values), "mean": r.mean, "met": r.met}
            for r in self.rows
        ]
        return {"goals": goals, "figures": {str(seed): dict(named) for seed, named in self.figures.items()}}


def evaluate_complexity(
    seeds: Sequence[int],
    number: int = 60_000,
    workers: int = 1,
    out: Path | None = None,
    progress: Progress = silent,
    scenes: Sequence[Scene] = SCENES,
) -> Evaluation:
    """Learn and judge in every scene of every seed; write report.html and evaluation.json in `out`.

    A part that stands in `out` from an interrupted run with the same number is not computed again.

    Raises TableError without seeds, or with one twice.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise TableError("Seeds are different whole numbers, at least one, such as 1,2,3.")
    parts = list(product(seeds, scenes))
    found = run_all(partial(_part, number=number, out=out), parts, workers, progress, "seeds and scenes")
    figures: dict[int, dict[str, float]] = {seed: {} for seed in seeds}
    bins = {}
    for (seed, scene), part in zip(parts, found, strict=True):
        figures[seed] |= part["figures"]
        bins[seed, scene.words] = part[CALIBRATION]
    rows = goal_rows(figures)
    text = goal_table(rows, list(seeds)) + f"\n{number} made-up cases a seed; nothing here describes a real person."
    result = Evaluation(tuple(rows), figures, text)
    if out is not None:
        about = {"seeds": list(seeds), "number": number, "scenes": [asdict(scene) for scene in scenes]}
        _write(out / FIGURES, json.dumps(about | result.summary(), indent=1, default=str))
        _write(out / PAGE, goals_page(rows, list(seeds), number, bins, figures))
    return result


def _part(item: tuple[int, Scene], number: int, out: Path | None) -> dict[str, Any]:
    """Figures of one scene of one seed, from `out` where an earlier run of the same code left them."""
    seed, scene = item
    kept = out / "parts" / f"{scene.name}-{number}-{seed}-{_code_digest()}.json" if out else None
    if kept is not None and kept.is_file():
        return json.loads(kept.read_text(encoding="utf8"))
    world = make_world(number, seed, settings=CALM) if scene.name == "calm" else usual_world(number, seed)
    part = judge(world, scene, seed)
    if kept is not None:
        _write(kept, json.dumps(part))
    return part


@cache
def _code_digest() -> str:
    """Digest of the facts register and of all that makes, learns and judges cases: other code gives other figures."""
    rooms = ("routing", "simulation", "law", "domain")
    package = Path(__file__).parents[1]
    files = sorted(f for room in rooms for f in (package / room).rglob("*") if f.suffix in (".py", ".csv", ".toml"))
    return hashlib.sha256(b"".join(f.read_bytes() for f in (*files, Path(__file__)))).hexdigest()[:12]


def judge(world: World, scene: Scene, seed: int) -> dict[str, Any]:
    """Learn as known on the scene's snapshot, and judge on later cases."""
    register, began = Register.load(), time.process_time()
    cases = world.cases_at(scene.snapshot)
    if not scene.has_audit:
        cases = cases.loc[cases[AUDIT_SAMPLE] != True].reset_index(drop=True)  # noqa: E712 - cells, not flags
    learned = learn(cases, register, scene.snapshot)
    took = time.process_time() - began
    figures = {"learning_seconds": took} | (_late(world, scene, learned) if scene.has_audit else {})
    bins: dict[str, list] = {}
    fresh = make_world(FRESH, 1000 + seed, scene.first, scene.last, inflow=shipped_inflow())
    for moment in Moment:
        named, bins[moment] = _work(fresh, learned, register, moment)
        figures |= {f"{moment}.{name}": value for name, value in named.items()}
    saved = [figures[f"{moment}.saved_a_case"] for moment in Moment]
    figures |= {"routing.least_saved": min(saved), "audited": float(learned.audited)}
    return {"figures": {f"{scene.name}.{name}": value for name, value in figures.items()}, CALIBRATION: bins}


def _work(fresh: World, learned: Learned, register: Register, moment: Moment) -> tuple[dict[str, float], list]:
    """Classes, hours, sets and routing of one moment against the optimum, and the bins of a calibration plot."""
    truth, best = fresh.truth, fresh.optimum(moment)
    said = learned.model.predict(fresh.cases, moment)
    target, came = truth["class_true"].to_numpy(), truth["hours_true"].to_numpy()
    window, _ = learned.labels.window()
    one = against.judged(said, register.class_names, target, came)
    usual = np.quantile(window["label_hours"], [0.1, 0.5, 0.9])
    slices = against.slice_coverage(one, fresh.cases, _slice_facts(fresh.cases, register))
    figures = (
        against.class_figures(one, class_prior(window, register), best.chances)
        | against.hours_figures(one, usual, best.hours_quantiles)
        | {"coverage_slice": min(slices.values())}
        | dict(_routing(fresh, learned, register, moment, one.chances))
    )
    return figures, scores.calibration_bins(one.chances, target)


def _slice_facts(cases: pd.DataFrame, register: Register) -> list[str]:
    """Facts with a few values: those of the model, and those that only the audit of fairness may group by."""
    kinds = ("flag", "category")
    return [fact.name for fact in register.facts.values() if fact.kind in kinds and fact.name in cases]


def _routing(
    fresh: World, learned: Learned, register: Register, moment: Moment, chances: np.ndarray
) -> Mapping[str, float]:
    """Advice by the policy that would be shipped, judged by the hours that the world says a depth takes."""
    draft = Policy(
        caps={Depth.HEAVY: CAP}, hours=hours_per_class(learned, register), **contract("complexity")["policy"]
    )
    recent = learned.labels.cases.sort_values("lodged_on", kind="stable").tail(RECENT)
    policy = priced(draft, {moment: learned.model.chances(recent, moment) @ hours_table(draft)})
    prices = [policy.prices_for(moment).get(depth, 0.0) for depth in DEPTHS]
    everyone = np.ones((len(chances), len(DEPTHS)), dtype=bool)
    nobody = np.zeros((len(chances), 4), dtype=bool)
    advice = advise_many(chances, everyone, nobody, nobody[:, 0], np.tile(prices, (len(chances), 1)), policy)
    depth = np.array([[d.value for d in DEPTHS].index(name) for name in advice["depth"]])
    truth, world = fresh.truth, Settings()
    target, hours = truth["class_true"].to_numpy(), truth["hours_true"].to_numpy()
    by_depth = [hours_in_depth(hours, target, k, world.phi_over, world.phi_under) for k in range(len(DEPTHS))]
    return against.routing_figures(np.column_stack(by_depth), depth, target)


def _late(world: World, scene: Scene, learned: Learned) -> dict[str, float]:
    """Lateness under the term as applied, and how far its mean lies off under other terms."""
    days = world.cases["lodged_on"]
    mine = days.between(pd.Timestamp(scene.first), pd.Timestamp(scene.last)).to_numpy()
    cases, came = world.cases.loc[mine], world.truth.loc[mine, "days_true"].to_numpy()
    applied = term_days(cases["lodged_on"], LawBook.load())
    figures: dict[str, float] = {}
    for moment in Moment:
        said, best = learned.model.predict(cases, moment), world.optimum(moment)

        def at(term: np.ndarray | float, said: pd.DataFrame = said, best: Any = best) -> dict[str, float]:
            term = np.broadcast_to(term, came.shape)
            whole = np.ones(len(mine))
            whole[mine] = term
            return against.late_figures(against.late_chances(said, term), best.late(whole)[mine], came > term)

        figures[f"{moment}.late_achievable"] = at(applied)["achievable"]
        figures[f"{moment}.late_gap"] = max(at(term)["mean_gap"] for term in OTHER_TERMS)
    return figures


def _write(path: Path, text: str) -> None:
    """Whole or not at all: an interrupted run must not leave half a part behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(text, encoding="utf8")
    draft.replace(path)
