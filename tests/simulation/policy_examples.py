"""Small made-up pools and lines for the tests of the policy simulator."""

import numpy as np

from triage.simulation.arrivals import Inflow, Pool
from triage.simulation.policies import Cell
from triage.simulation.predictors import FORCED, SELECTIVE, Advisor
from triage.simulation.queue import Work

KINDS = ("light", "standard", "heavy")
SMALL = Cell(inflow=Inflow(per_week=20.0), weeks=80, stock_weeks=20)


def pool_of(n: int = 300, seed: int = 1) -> Pool:
    """A pool in which the depth that fits is the class of work."""
    random = np.random.default_rng(seed)
    kind = random.choice(3, n, p=[0.25, 0.45, 0.3])
    hours = np.array([10.0, 19.0, 38.0])[kind] * np.exp(random.normal(0, 0.2, n))
    today = np.where(random.random(n) < 0.1, 2, 1)
    group = random.integers(0, 2, n)
    return Pool(kind, KINDS, kind.astype(float), hours, today, group, ("SYR", "XXX"))


def knowing(pool: Pool) -> dict[str, Advisor]:
    """An advisor who knows the class of work."""
    hours = np.array([10.0, 19.0, 38.0])[pool.kind][:, None] * np.ones(3)
    too_light = (pool.fit[:, None] > np.arange(3)[None, :]).astype(float)
    return {"perfect": Advisor("perfect", {SELECTIVE: pool.kind, FORCED: pool.kind}, hours, too_light)}


def work_of(*cases: tuple[int, int, float], depth: int | list[int] = 1) -> Work:
    """Cases as (ready in week, due in week, hours), in order of arrival; no tail."""
    ready, due, hours = (np.array(column) for column in zip(*cases, strict=True))
    depths = np.full(len(cases), depth) if isinstance(depth, int) else np.array(depth)
    arrived, none = np.minimum(ready, 0), np.zeros(len(cases), dtype=int)
    return Work(
        arrived=arrived,
        ready=ready,
        due=due,
        tail=none,
        depth=depths,
        hours=hours.astype(float),
        expected=hours.astype(float),
        is_rerouted=none.astype(bool),
    )
