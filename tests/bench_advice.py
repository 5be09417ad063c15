"""How fast advice is: one case with and without reasons, what stands behind it, and 10,000 cases in a table."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from triage.domain.case import Intake, Moment
from triage.domain.facts import Register
from triage.jobs.explain_advice import explain_advice
from triage.jobs.make_cases import make_cases
from triage.jobs.predict_work import predict_work
from triage.jobs.score_cases import score_cases
from triage.law.book import LawBook
from triage.routing.complexity import ComplexityModel
from triage.routing.neighbours import Neighbours
from triage.routing.policy import Policy

CASES, CALLS = 10_000, 500
GOAL_SECONDS = 2.0


def main(model: ComplexityModel, policy: Policy, neighbours: Neighbours | None) -> None:
    """Print p50 and p99 of one case in ms, and the seconds of a table; processor time stands beside it."""
    register, law, cases = Register.load(), LawBook.load(), make_cases(CASES, 2)
    intakes = register.intakes(cases.tail(CALLS), Moment.REGISTERED)
    print("\nAdvice, one case in process (ms)                 p50      p99     goal")
    for name, goal, call in (
        ("prediction", "0.2", model.predict_one),
        ("with reasons", "3", lambda one: predict_work([one], model, law, with_reasons=True)),
        ("with explanation", "-", lambda one: explain_advice(one, register, law, model, policy, neighbours)),
    ):
        middle, worst = _milliseconds(call, intakes)
        print(f"  {name:<40} {middle:>9.2f} {worst:>8.2f} {goal:>8}")
    for moment in Moment:
        _table(cases, model, register, moment, policy)


def _milliseconds(call: Callable[[Intake], Any], intakes: Sequence[Intake]) -> tuple[float, float]:
    took = []
    for intake in intakes:
        start = time.perf_counter()
        call(intake)
        took.append(1000 * (time.perf_counter() - start))
    return float(np.percentile(took, 50)), float(np.percentile(took, 99))


def _table(cases: pd.DataFrame, model: ComplexityModel, register: Register, moment: Moment, policy: Policy) -> None:
    """With a law book that heard no case yet, as a command has it."""
    law = LawBook.load()
    start, work = time.perf_counter(), time.process_time()
    score_cases(cases, model, register, moment, law, policy)
    took, work = time.perf_counter() - start, time.process_time() - work
    verdict = "reached" if took <= GOAL_SECONDS else "MISSED"
    goal = f"goal {GOAL_SECONDS:.0f} s: {verdict}"
    print(f"  {CASES:,} cases, {moment:<11} {took:5.2f} s ({work:.2f} s of processor; {goal})")
