"""Scores of what was published: base and scenario alike, beside the baseline that stood in the same table."""

import numpy as np
import pandas as pd

from triage.forecast.hindsight import QUANTILES
from triage.forecast.scores import BANDS, coverage, wis

MIDDLE = ("p10", "p50", "p90")
MEASURES = ("wis", "wis_80", "naive_wis_80", "coverage_50", "coverage_80", "coverage_90", "bias")


def short_wis(q: np.ndarray, y: np.ndarray) -> np.ndarray:
    """`q` holds p10, p50, p90 per row. WIS of median and 80 % band alone: (|y - median| / 2 + .1 * IS) / 1.5 (persons).

    The baseline is published with these three quantiles only; the same formula on ours makes the two comparable.
    """
    low, middle, high = q.T
    missed = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    return (np.abs(y - middle) / 2 + 0.1 * (high - low + 10 * missed)) / 1.5


def published_scores(rows: pd.DataFrame) -> dict[str, float | int | None]:
    """Measures of rows of FORECAST with their outcome in `actual`; None where no outcome is known yet."""
    if rows.empty:
        return {"outcomes": 0, **dict.fromkeys(MEASURES)}
    q, y = rows[list(QUANTILES)].to_numpy(float), rows["actual"].to_numpy(float)
    ours, naive = (short_wis(rows[[prefix + name for name in MIDDLE]].to_numpy(float), y) for prefix in ("", "naive_"))
    return {
        "outcomes": len(y),
        "wis": float(wis(q, y).mean()),
        "wis_80": float(ours.mean()),
        "naive_wis_80": float(naive.mean()),
        **{f"coverage_{100 - round(100 * alpha)}": coverage(q, y, alpha) for alpha in BANDS},
        "bias": float((rows["p50"] - rows["actual"]).sum() / y.sum()) if y.sum() > 0 else None,
    }
