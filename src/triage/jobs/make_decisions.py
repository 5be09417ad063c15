"""Made-up decisions, to see what the report on overrides says of officers whose habits are known."""

import pandas as pd

from triage.simulation.officers import Habits, made_up_decisions


def make_decisions(n: int, seed: int, habits: Habits | None = None) -> pd.DataFrame:
    """Table DECISIONS of `n` made-up cases. Nobody in it is real."""
    return made_up_decisions(n, seed, habits)
