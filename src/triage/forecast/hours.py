"""Hours of work ahead: joint paths of the inflow times a norm mix, read off path by path.

The norm mix says, per kind and nationality (or ALL), which classes of case come in, with which share, and how many
hours each takes. No norm hours are public: the mix that comes with the product is an assumption and says so.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from triage.domain.errors import ForecastError, TableError
from triage.forecast.series import TOTAL
from triage.forecast.sums import Cube

EVERY_NATIONALITY = "ALL"
ALL_KINDS = "all"
BAND = (0.1, 0.5, 0.9)


def hours_a_person(mix: pd.DataFrame, kind: str) -> dict[str, float]:
    """Expected hours per person counted, by nationality or ALL, for one kind.

    Raises TableError where the shares of a nationality do not add up to 1, ForecastError for a kind without rows.
    """
    rows = mix.loc[mix["kind"] == kind]
    if rows.empty:
        raise ForecastError(f"The norm mix has no rows of kind {kind}. Add them, or leave the kind out.")
    whole: dict[str, float] = {}
    norms: dict[str, float] = {}
    for name, share, hours in zip(rows["nationality_iso3"], rows["share"], rows["hours"], strict=True):
        whole[name] = whole.get(name, 0.0) + float(share)
        norms[name] = norms.get(name, 0.0) + float(share) * float(hours)
    for name, share in whole.items():
        if abs(share - 1) > 1e-6:
            raise TableError(f"NORM_MIX: the shares of {kind}, {name} add up to {share:.3f}, not 1. Correct them.")
    return norms


def hour_paths(cube: Cube, mix: pd.DataFrame, kind: str) -> np.ndarray:
    """Hours per path and month: draws x months. A nationality without rows takes those of ALL.

    The spread is that of the inflow; mix and norms are held fixed. Raises ForecastError where neither is there.
    """
    norms = hours_a_person(mix, kind)
    names = [name for name in cube.names if name != TOTAL]
    norm = [norms.get(name, norms.get(EVERY_NATIONALITY)) for name in names]
    if None in norm:
        absent = names[norm.index(None)]
        raise ForecastError(f"The norm mix has no rows of {kind} for {absent}, nor for ALL. Add one of them.")
    parts = cube.values[:, [cube.names.index(name) for name in names]]
    return np.tensordot(parts, np.array(norm, dtype=float), axes=(1, 0))


def hours_table(by_kind: Mapping[str, np.ndarray], months: Sequence[str], made_on: str) -> pd.DataFrame:
    """HOURS_AHEAD per kind, and of all kinds together: rows of made_on, kind, month, p10, p50, p90 (hours).

    Kinds are separate models, so path k of one is put beside path k of the other, as independent; the sum of all
    kinds is work, not inflow. Each has draws x months.
    """
    kinds = dict(by_kind)
    if len(kinds) > 1:
        fewest = min(len(hours) for hours in kinds.values())
        kinds[ALL_KINDS] = np.sum([hours[:fewest] for hours in kinds.values()], axis=0)
    frames = []
    for kind, hours in kinds.items():
        low, middle, high = np.quantile(hours, BAND, axis=0)
        rows = {"made_on": made_on, "kind": kind, "month": list(months), "p10": low, "p50": middle, "p90": high}
        frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def sum_of_hours(hours: np.ndarray) -> tuple[float, float, float]:
    """p10, p50, p90 of the hours over all months, off the paths (draws x months)."""
    low, middle, high = np.quantile(hours.sum(axis=1), BAND)
    return float(low), float(middle), float(high)
