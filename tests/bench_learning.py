"""Speed of learning and of the product's own prediction beside its MLflow copy, in one process: `make bench`."""

import resource
import time
from collections.abc import Callable, Sequence
from datetime import date

import mlflow
import numpy as np
import pandas as pd

from triage.domain.case import Intake, Moment
from triage.domain.facts import Register
from triage.jobs.make_cases import make_cases
from triage.routing.complexity import ComplexityModel
from triage.routing.learning import learn
from triage.routing.served import to_served

ROWS, GOAL_SECONDS, GOAL_GB = 200_000, 180.0, 4.0
GOAL_RATIO, GOAL_MS = 50.0, 0.2
CALLS = 200


def against_served_copy(
    model: ComplexityModel, intakes: Sequence[Intake], tracking_url: str, model_uri: str | None, case: pd.DataFrame
) -> None:
    """One case in process: the product's own call beside the pyfunc copy of the same model, by turns."""
    mlflow.set_tracking_uri(tracking_url)
    copy = mlflow.pyfunc.load_model(str(model_uri))
    flat = to_served(case, model.features, Moment.REGISTERED)
    ours = _median_ms([lambda i=i: model.predict_one(i) for i in intakes])
    theirs = _median_ms([lambda: copy.predict(flat)] * (CALLS // 10))
    reached = ours <= GOAL_MS and theirs / ours >= GOAL_RATIO
    print(
        f"\nOne case in process: {ours:.3f} ms beside {theirs:.1f} ms of the pyfunc copy, {theirs / ours:.0f} x "
        f"(goals {GOAL_MS} ms and {GOAL_RATIO:.0f} x: {'reached' if reached else 'MISSED'})"
    )


def _median_ms(calls: Sequence[Callable[[], object]]) -> float:
    seconds = []
    for call in calls:
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds) * 1000)


def main() -> None:
    """Learn on 200,000 made-up cases, on one core: all heads, backtest, calibration and measures."""
    cases = make_cases(ROWS, 1)
    start, cpu = time.perf_counter(), time.process_time()
    learn(cases, Register.load(), date(2026, 11, 1))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    verdict = "reached" if seconds <= GOAL_SECONDS and peak <= GOAL_GB else "MISSED"
    print(
        f"\nLearning on {ROWS:,} cases: {seconds:.0f} s, {cpu:.0f} s of processor, peak {peak:.1f} GB of the process "
        f"(goals {GOAL_SECONDS:.0f} s and {GOAL_GB:.0f} GB: {verdict})"
    )


if __name__ == "__main__":
    main()
