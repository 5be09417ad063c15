"""How near a model comes to the best that anybody could say, in a made-up world: shares of the achievable.

A share of the achievable is (baseline - model) / (baseline - optimum) in the loss at hand; 1 is the optimum, 0 the
baseline. The baseline of classes is the class prior of the learned cases, of hours their quantiles, of lateness the
share that came late among the judged cases themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from triage.routing import scores

FEWEST_OF_SLICE = 150
PLACES = 3  # depths: light, standard, heavy


@dataclass(frozen=True)
class Judged:
    """What a model said of cases, and what came: (cases, classes), (cases, 3) hours, class index and hours (cases,)."""

    chances: np.ndarray
    hours: np.ndarray
    held: np.ndarray  # 90 % sets as booleans, (cases, classes)
    target: np.ndarray
    came: np.ndarray


def judged(said: pd.DataFrame, classes: tuple[str, ...], target: np.ndarray, came: np.ndarray) -> Judged:
    """A table of predictions beside the class and the hours that came."""
    held = np.array([[name in text.split("|") for name in classes] for text in said["set90"].unique()])
    rows = pd.Index(said["set90"].unique()).get_indexer(pd.Index(said["set90"]))
    chances = said[[f"p_{name}" for name in classes]].to_numpy()
    return Judged(chances, said[["hours_p10", "hours_p50", "hours_p90"]].to_numpy(), held[rows], target, came)


def class_figures(one: Judged, prior: np.ndarray, best: np.ndarray) -> dict[str, float]:
    """Share of the achievable log-loss, ECE, coverage of the 90 % sets. prior: (classes,); best: (cases, classes)."""
    first = np.tile(prior, (len(one.target), 1))
    inside = one.held[np.arange(len(one.target)), one.target]
    return {
        "achievable": scores.share_of_achievable(one.chances, first, best, one.target),
        "ece": scores.calibration_error(one.chances, one.target),
        "ece_optimum": scores.calibration_error(best, one.target),
        "coverage": float(inside.mean()),
        "coverage_class": float(min(inside[one.target == k].mean() for k in np.unique(one.target))),
        "set_size": float(one.held.sum(axis=1).mean()),
    }


def slice_coverage(one: Judged, cases: pd.DataFrame, facts: list[str]) -> dict[str, float]:
    """Coverage of the 90 % sets per value of each fact with at least 150 cases, named fact=value."""
    inside = one.held[np.arange(len(one.target)), one.target]
    return {name: float(inside[rows].mean()) for name, rows in _slices(cases, facts)}


def _slices(cases: pd.DataFrame, facts: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    for fact in facts:
        values = pd.Series(cases[fact].to_numpy(dtype=object)).map(str)
        for value, count in values.value_counts().items():
            if count >= FEWEST_OF_SLICE:
                yield f"{fact}={value}", (values == value).to_numpy()


def hours_figures(one: Judged, prior: np.ndarray, best: np.ndarray) -> dict[str, float]:
    """Share of the achievable pinball loss at .5 and .9, and what the 80 % band holds; prior (3,), best (cases, 3)."""
    figures = {"band_80": float(((one.came >= one.hours[:, 0]) & (one.came <= one.hours[:, 2])).mean())}
    for name, k, level in (("pinball_50", 1, 0.5), ("pinball_90", 2, 0.9)):
        worst, ours, least = (
            scores.pinball(one.came, np.broadcast_to(said, one.came.shape), level)
            for said in (prior[k], one.hours[:, k], best[:, k])
        )
        figures[name] = (worst - ours) / (worst - least)
    return figures


def late_chances(said: pd.DataFrame, term_days: np.ndarray | float) -> np.ndarray:
    """P(days > term) of cases as they stood at lodging, shape (cases,)."""
    return ndtr(-(np.log(term_days) - said["log_days_mean"].to_numpy()) / said["log_days_sd"].to_numpy())


def late_figures(ours: np.ndarray, best: np.ndarray, late: np.ndarray) -> dict[str, float]:
    """Share of the achievable log-loss of lateness, and how far the mean lies off. All (cases,); late is 0 or 1."""
    constant = np.full(len(late), np.clip(late.mean(), 1e-3, 1 - 1e-3))
    worst, model, least = (_log_loss(said, late) for said in (constant, ours, best))
    return {"achievable": (worst - model) / (worst - least), "mean_gap": float(abs(ours.mean() - best.mean()))}


def _log_loss(said: np.ndarray, came: np.ndarray) -> float:
    said = np.clip(said, scores.FLOOR, 1 - scores.FLOOR)
    return float(-np.where(came == 1, np.log(said), np.log(1 - said)).mean())


def routing_figures(hours_by_depth: np.ndarray, depth: np.ndarray, target: np.ndarray) -> Mapping[str, float]:
    """What advice saves of what an oracle would: share of hours, heavy share, and how often it is two steps off.

    hours_by_depth: true hours per case and depth (cases, 3); depth, target: indices (cases,), lightest first.
    """
    rows = np.arange(len(depth))
    usual = hours_by_depth[:, 1]
    saved, most = (usual - hours_by_depth[rows, depth]).sum(), (usual - hours_by_depth.min(axis=1)).sum()
    return {
        "oracle_share": float(saved / most),
        "saved_a_case": float(saved / len(rows)),
        "heavy_share": float((depth == PLACES - 1).mean()),
        "two_off": float((np.abs(depth - target) == 2).mean()),
    }
