"""Speed of the made-up world: `make bench`."""

import time

from triage.domain.case import Moment
from triage.jobs.make_cases import usual_world

CASES = 100_000
GOAL_SECONDS = 10.0


def bench_world() -> None:
    """Seconds to make 100,000 cases, and to compute the best that can be said of them."""
    start = time.perf_counter()
    world = usual_world(CASES, 1)
    made = time.perf_counter() - start
    print(f"\nMade-up world, {CASES:,} cases: {made:.1f} s (goal {GOAL_SECONDS:.0f} s)")
    for moment in Moment:
        start = time.perf_counter()
        world.optimum(moment).late(182)
        print(f"  optimum, {moment.value:<12} {time.perf_counter() - start:6.1f} s")


if __name__ == "__main__":
    bench_world()
