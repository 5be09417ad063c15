"""Does routing help? Policies on the same made-up cases with the same hours, and a report for who has to decide."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from triage.adapters.bundles import read_bundle
from triage.adapters.parallel import run_all
from triage.domain.case import Depth, Intake, Moment
from triage.domain.errors import BundleError, SettingsError
from triage.domain.facts import Register
from triage.domain.records import Progress, silent
from triage.jobs.open_model import check_register, open_bundle
from triage.jobs.routing_pool import Material, make_material
from triage.law.book import LawBook
from triage.routing.complexity import ComplexityModel
from triage.routing.policy import Policy
from triage.simulation.policies import Cell, Procedure, simulate
from triage.simulation.policy_document import document, table_text
from triage.simulation.policy_measures import Outcome
from triage.simulation.policy_report import report_html
from triage.simulation.policy_statistics import BATCH, MOST_REPLICATIONS, is_precise
from triage.simulation.policy_study import MAIN, MODEL, PHI, PREDICTORS, Study, points, study_of

FEWEST_REPLICATIONS = 2


@dataclass(frozen=True)
class Question:
    """What is asked of the simulator; the study varies load, stock, phi and flexibility around it.

    margin_hours and heavy_cap_share are those of the advice where the model is learned here; a bundle has its own.
    """

    replications: int = 20
    seed: int = 1
    load: float = 1.0
    stock_weeks: int = 24
    phi: str = "base"
    predictors: tuple[str, ...] = PREDICTORS
    moment: Moment = Moment.REGISTERED
    number: int = 24_000
    term_weeks: int | None = None  # None: as the law says
    until_precise: bool = False
    main_only: bool = False
    margin_hours: float = 0.5
    heavy_cap_share: float = 0.25


@dataclass(frozen=True)
class RoutingEvaluated:
    """The document of routing.json, and the table for a terminal."""

    document: Mapping[str, Any]
    text: str


def evaluate_routing(
    question: Question,
    law: LawBook,
    register: Register,
    out: Path | None = None,
    bundle: Path | None = None,
    workers: int = 2,
    progress: Progress = silent,
) -> RoutingEvaluated:
    """Simulate every arm of the study, answer the contrasts, and write report.html and routing.json in `out`.

    The same question gives the same answer with any number of workers. `bundle` holds a model learned before; its
    cases are made after it was learned. Nothing is written before all is computed.

    Raises SettingsError for an impossible question, BundleError and LearningError as they come.
    """
    _check(question)
    opened = _opened(bundle, register) if bundle else None
    usual = Policy(margin_hours=question.margin_hours, caps={Depth.HEAVY: question.heavy_cap_share})
    material = make_material(question.number, question.seed, question.phi, register, usual, opened, progress)
    cell = _cell(question, material, law)
    study = study_of(cell, f"{MODEL}_{question.moment}", question.predictors, question.main_only)
    results = _results(study, material, question, workers, progress)
    settings = _plain(asdict(question)) | {"bundle": bundle.name if bundle else None}
    told = document(study, results, material.pool, settings, material.about)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "routing.json").write_text(json.dumps(told, indent=1, allow_nan=False), encoding="utf8")
        page = report_html(study, results, material.pool, told)
        (out / "report.html").write_text(page, encoding="utf8")
    return RoutingEvaluated(told, table_text(told))


def _check(question: Question) -> None:
    if question.phi not in PHI:
        raise SettingsError(f"phi {question.phi} is not known. Choose {', '.join(PHI)}.")
    unknown = [name for name in question.predictors if name not in PREDICTORS]
    if unknown:
        raise SettingsError(f"Predictor {unknown[0]} is not known. Choose from {', '.join(PREDICTORS)}.")
    if not FEWEST_REPLICATIONS <= question.replications <= MOST_REPLICATIONS:
        raise SettingsError(
            f"{question.replications} replications were asked; give {FEWEST_REPLICATIONS} to {MOST_REPLICATIONS}."
        )
    if not (math.isfinite(question.load) and 0.5 <= question.load <= 2.0):
        raise SettingsError(f"A load of {question.load} was asked; give 0.5 to 2 (1: hours as much as the work).")


def _opened(bundle: Path, register: Register) -> tuple[ComplexityModel, Policy]:
    files = read_bundle(bundle)
    check_register(files, register)
    model, policy = open_bundle(files)
    if len(model.classes) != len(policy.hours):
        raise BundleError("The policy in the bundle belongs to another model. Learn the model again.")
    return model, policy


def _cell(question: Question, material: Material, law: LawBook) -> Cell:
    term = question.term_weeks or lawful_weeks(law, material)
    over, under = PHI[question.phi]
    procedure = Procedure(term_weeks=term, phi_over=over, phi_under=under)
    return Cell(load=question.load, stock_weeks=question.stock_weeks, procedure=procedure)


def lawful_weeks(law: LawBook, material: Material) -> int:
    """The lawful term in weeks, rounded, on the standard route for the lodging date of the middle case of the pool."""
    intake = Intake("", material.lodged, Moment.IDENTIFIED)
    ends = law.deadlines(intake, law.options(intake).depths[Depth.STANDARD]).lawful
    if ends is None:
        raise SettingsError(f"The law book has no term for {material.lodged}. Give --term-weeks.")
    return round((ends - material.lodged).days / 7)


def _results(
    study: Study, material: Material, question: Question, workers: int, progress: Progress
) -> dict[str, dict[str, list[Outcome]]]:
    """Replications of every arm in every setting; with `until_precise` on until the main difference is known."""
    results: dict[str, dict[str, list[Outcome]]] = {
        name: {arm.name: [] for arm in arms} for name, arms in study.arms.items()
    }
    done, asked = 0, question.replications
    while True:
        _extend(results, study, material, question.seed, range(done, asked), workers, progress)
        done = asked
        main = results[MAIN]
        if not question.until_precise or done >= MOST_REPLICATIONS or is_precise(points(main[study.best], main["A"])):
            return results
        asked = min(done + BATCH, MOST_REPLICATIONS)


def _extend(
    results: dict[str, dict[str, list[Outcome]]],
    study: Study,
    material: Material,
    seed: int,
    replications: range,
    workers: int,
    progress: Progress,
) -> None:
    tasks = [(name, number) for number in replications for name in study.cells]
    one = partial(_one, study=study, material=material, seed=seed)
    label = f"simulate weeks, replications {replications.start + 1} to {replications.stop}"
    for (name, _), outcomes in zip(tasks, run_all(one, tasks, workers, progress, label), strict=True):
        for arm, outcome in outcomes.items():
            results[name][arm].append(outcome)


def _one(task: tuple[str, int], study: Study, material: Material, seed: int) -> dict[str, Outcome]:
    """All arms of one setting in one replication: they share their arrivals."""
    name, number = task
    return simulate(study.cells[name], study.arms[name], material.pool, material.advisors, seed, number)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
