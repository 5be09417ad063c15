"""How fast policies are compared: 20 replications x 10 policies x 3 years on 2 cores. `make bench` calls it."""

import time
from functools import partial

import numpy as np

from triage.adapters.parallel import run_all
from triage.simulation.arrivals import Pool
from triage.simulation.policies import SAME, SELECTIVE, TODAY, Arm, Cell, simulate
from triage.simulation.predictors import Advisor

GOAL_SECONDS, REPLICATIONS, WORKERS = 60.0, 20, 2
SCORES = (0.0, 0.7, 1.2)  # noise added to the class of work; the first knows it


def made_up_pool(n: int = 5000, seed: int = 1) -> Pool:
    """Cases of three classes of work, hours log-normal around 11, 19 and 41."""
    random = np.random.default_rng(seed)
    kind = random.choice(3, n, p=[0.25, 0.4, 0.35])
    hours = np.array([11.0, 19.0, 41.0])[kind] * np.exp(random.normal(0, 0.2, n))
    today, group = np.where(random.random(n) < 0.1, 2, 1), random.integers(0, 10, n)
    return Pool(kind, ("light", "standard", "heavy"), kind.astype(float), hours, today, group, tuple("ABCDEFGHIJ"))


def made_up_advisors(pool: Pool, seed: int = 2) -> dict[str, Advisor]:
    """Advisors who see the class of work through noise."""
    random, found = np.random.default_rng(seed), {}
    for noise in SCORES:
        depth = np.clip(np.rint(pool.kind + noise * random.standard_normal(len(pool.kind))), 0, 2).astype(int)
        hours = np.array([11.0, 19.0, 41.0])[depth][:, None] * np.ones(3)
        too_light = np.tile(depth[:, None] > np.arange(3), 1).astype(float)
        found[f"{noise:g}"] = Advisor(f"{noise:g}", {SELECTIVE: depth}, hours, too_light)
    return found


def seconds(replications: int = REPLICATIONS, workers: int = WORKERS) -> tuple[float, float, int]:
    """(seconds, seconds at work of all processes, policies) of the comparison, start of the processes included."""
    pool = made_up_pool()
    advisors = made_up_advisors(pool)
    arms = [Arm("A"), Arm("A'", routing=TODAY), Arm("C", "0", SAME, True), Arm("C", "0.7", SAME, True)]
    arms += [Arm(letter, f"{n:g}", SELECTIVE, letter == "D") for letter in "BD" for n in SCORES]
    one = partial(_one, arms=tuple(arms), pool=pool, advisors=advisors)
    start = time.perf_counter()
    busy = sum(run_all(one, range(replications), workers))
    return time.perf_counter() - start, busy, len(arms)


def _one(replication: int, arms: tuple[Arm, ...], pool: Pool, advisors: dict[str, Advisor]) -> float:
    start = time.process_time()
    simulate(Cell(), arms, pool, advisors, 1, replication)
    return time.process_time() - start


def main() -> None:
    """Print the goal's line."""
    took, busy, policies = seconds()
    verdict = "reached" if took <= GOAL_SECONDS else "MISSED"
    print("\nRouting policies")
    print(
        f"  {REPLICATIONS} replications x {policies} policies x 3 years, {WORKERS} processes: {took:.1f} s, "
        f"{busy:.1f} of them at work together (goal {GOAL_SECONDS:.0f}: {verdict})"
    )


if __name__ == "__main__":
    main()
