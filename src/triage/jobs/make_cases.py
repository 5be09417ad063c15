"""Made-up cases in a frame or a file, to learn and to try things on. Nobody in them is real.

Their months and nationalities follow the series of real counts that comes with the product; all else is invented.
"""

from datetime import timedelta
from pathlib import Path

import pandas as pd

from triage.adapters.files import write_table
from triage.adapters.sources import shipped_inflow
from triage.simulation.settings import Settings
from triage.simulation.world import LAST, World, make_world


def make_cases(n: int, seed: int, out: Path | None = None) -> pd.DataFrame:
    """`n` made-up cases as table CASES, open ones with empty outcomes; written to `out` where one is given.

    The same seed gives the same cases. Raises TableError for fewer than one case or an unknown file type.
    """
    cases, _ = make_cases_and_truth(n, seed)
    if out is not None:
        write_table(cases, out)
    return cases


def make_cases_and_truth(n: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cases of `make_cases`, and the optimum of their world (see `make_world`): what a model could reach at best.

    Learning takes the truth only to report the share of the achievable. Raises TableError for fewer than one case.
    """
    world = usual_world(n, seed)
    return world.cases_at(LAST + timedelta(days=1)), world.truth


def usual_world(n: int, seed: int, settings: Settings | None = None) -> World:
    """The made-up world on the shipped inflow: what every job that measures or simulates starts from."""
    return make_world(n, seed, inflow=shipped_inflow(), settings=settings)
