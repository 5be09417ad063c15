"""Made-up cases in a frame or a file, to learn and to try things on. Nobody in them is real."""

from datetime import timedelta
from pathlib import Path

import pandas as pd

from triage.adapters.files import write_table
from triage.simulation.world import LAST, make_world


def make_cases(n: int, seed: int, out: Path | None = None) -> pd.DataFrame:
    """`n` made-up cases as table CASES, open ones with empty outcomes; written to `out` where one is given.

    The same seed gives the same cases. Raises TableError for fewer than one case or an unknown file type.
    """
    cases = make_world(n, seed).cases_at(LAST + timedelta(days=1))
    if out is not None:
        write_table(cases, out)
    return cases
