"""How fast the law book is: one case with its trace, and a whole stock. `make bench` calls it."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from triage.domain.case import Intake, Moment
from triage.domain.facts import Register
from triage.jobs.make_cases import make_cases
from triage.law.book import LawBook

MANY = 40_000
GOALS = {"one": 0.5, "many": 10.0, "memory": 500.0}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def made_up(number: int) -> list[Intake]:
    """Made-up cases at the second moment, every fifth at the first; the same each time."""
    register = Register.load()
    rows = make_cases(number, 1, None).to_dict("records")
    return [register.intake(row, Moment.IDENTIFIED if k % 5 == 0 else Moment.REGISTERED) for k, row in enumerate(rows)]


def measure(number: int) -> None:
    """Ask a fresh book all cases once, options and trace; prints seconds, milliseconds per case, and MB at most.

    Seconds are those at work (process time), so that a busy machine does not spoil the figures.
    """
    intakes = made_up(number)
    law, took = LawBook.load(), []
    start = time.process_time()
    for intake in intakes:
        began = time.process_time()
        law.options(intake)
        law.trace(intake)
        took.append(time.process_time() - began)
    seconds = time.process_time() - start
    typical, worst = np.percentile(took, (50, 99)) * 1000
    print(
        json.dumps(
            {
                "seconds": seconds,
                "p50": typical,
                "p99": worst,
                "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def at_scale(number: int = MANY) -> dict[str, float]:
    """`measure` in a process of its own, on one thread."""
    command = [sys.executable, str(Path(__file__)), str(number)]
    told = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True).stdout
    return json.loads(told)


def lines(found: dict[str, float]) -> list[str]:
    """The figures beside their goals."""
    return [
        f"  {MANY:,} cases, options and trace, one core",
        f"    {found['seconds']:6.1f} s at work (goal {GOALS['many']:.0f}: {verdict(found['seconds'], GOALS['many'])})",
        f"    {found['p50']:6.3f} ms a case (goal {GOALS['one']}: {verdict(found['p50'], GOALS['one'])}); "
        f"p99 {found['p99']:.3f} ms, of cases unlike any before",
        f"    {found['mb']:6.0f} MB at most, the cases included (goal {GOALS['memory']:.0f}: "
        f"{verdict(found['mb'], GOALS['memory'])})",
    ]


def verdict(found: float, goal: float) -> str:
    """Whether a goal was reached."""
    return "reached" if found <= goal else "MISSED"


def main() -> None:
    """Print the figures with their goals."""
    print("\nLaw book")
    print("\n".join(lines(at_scale())))


if __name__ == "__main__":
    measure(int(sys.argv[1])) if len(sys.argv) > 1 else main()
