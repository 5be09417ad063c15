"""How good a model was on later cases, beside a class prior and a hand rule table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.routing import scores
from triage.routing.complexity import sets
from triage.routing.labels import classes_at_level

ALPHA = 0.1
FEWEST_FOR_LIMIT = 30  # calibration cases of a class before it gets a limit of its own

#: Signs of a heavy file that a person would write on a card; the baseline counts them.
SIGNS: Mapping[str, tuple] = {
    "documents": ("suspect", "none"),
    "identity_doubt": (True,),
    "age_dispute": (True,),
    "unaccompanied_minor": (True,),
    "vulnerability_screening": ("serious",),
    "medical_advice": ("limits", "not_fit"),
    "special_guarantees": (True,),
    "changed_statements": (True,),
}


@dataclass(frozen=True)
class Measured:
    """The measures of one moment on cases after the split; log-losses in nats, pinball in hours."""

    moment: Moment
    cases: int
    log_loss: float
    log_loss_prior: float
    log_loss_hand_rules: float | None  # None where the register has no sign to count
    better_than_prior: bool  # by more than twice its standard error
    ece: float
    rps: float
    auc: float
    pinball_p50: float
    pinball_p90: float
    band_80: float  # share of hours between p10 and p90
    coverage_90: float
    coverage_least: float  # of the class that is covered least
    set_size: float
    achievable: float | None  # share of the log-loss gain that the optimum has; only in a made-up world
    bins: tuple[tuple[float, float, int], ...]


def conformal_limits(chances: np.ndarray, target: np.ndarray) -> tuple[float, ...]:
    """Class-conditional conformal limits at 90 %; a class with few cases takes the limit of all."""
    misfit = 1 - chances[np.arange(len(target)), target]
    whole = _conformal(misfit)
    per_class = [misfit[target == k] for k in range(chances.shape[1])]
    return tuple(_conformal(m) if len(m) >= FEWEST_FOR_LIMIT else whole for m in per_class)


def _conformal(misfit: np.ndarray) -> float:
    rank = int(np.ceil((len(misfit) + 1) * (1 - ALPHA)))
    return float(np.sort(misfit)[rank - 1]) if rank <= len(misfit) else 1.0


def measure(
    moment: Moment,
    chances: np.ndarray,
    quantiles: np.ndarray,
    target: np.ndarray,
    hours: np.ndarray,
    prior: np.ndarray,
    hand: np.ndarray | None = None,
    best: np.ndarray | None = None,
) -> Measured:
    """All measures of one moment.

    Parameters
    ----------
    chances, prior, hand, best : class probabilities of the model, the class prior, the hand rules and the optimum of
        a made-up world, each (cases, classes).
    quantiles : 10 %, 50 % and 90 % quantile of the hours, (cases, 3).
    target, hours : class index and hours that came, (cases,).
    """
    rows = np.arange(len(target))
    said, first = (np.log(np.maximum(table[rows, target], scores.FLOOR)) for table in (chances, prior))
    gain = said - first
    covered, size, least = _coverage(chances, target)
    heavy = target >= chances.shape[1] - scores.heavy_count(chances.shape[1])
    return Measured(
        moment=moment,
        cases=len(target),
        log_loss=scores.log_loss(chances, target),
        log_loss_prior=scores.log_loss(prior, target),
        log_loss_hand_rules=None if hand is None else scores.log_loss(hand, target),
        better_than_prior=bool(gain.mean() > 2 * gain.std() / np.sqrt(len(gain))),
        ece=scores.calibration_error(chances, target),
        rps=scores.ranked_probability_score(chances, target),
        auc=scores.ranking(scores.share_heavy(chances), heavy),
        pinball_p50=scores.pinball(hours, quantiles[:, 1], 0.5),
        pinball_p90=scores.pinball(hours, quantiles[:, 2], 0.9),
        band_80=float(((hours >= quantiles[:, 0]) & (hours <= quantiles[:, 2])).mean()),
        coverage_90=covered,
        coverage_least=least,
        set_size=size,
        achievable=None if best is None else scores.share_of_achievable(chances, prior, best, target),
        bins=tuple(scores.calibration_bins(chances, target)),
    )


def _coverage(chances: np.ndarray, target: np.ndarray) -> tuple[float, float, float]:
    """(coverage, mean size, coverage of the worst class): limits from every other case, measured on the rest."""
    limits = np.array(conformal_limits(chances[0::2], target[0::2]))
    held, came = sets(chances[1::2], limits), target[1::2]
    inside = held[np.arange(len(came)), came]
    per_class = [inside[came == k].mean() for k in range(chances.shape[1]) if (came == k).sum() >= FEWEST_FOR_LIMIT]
    return float(inside.mean()), float(held.sum(axis=1).mean()), float(min(per_class, default=inside.mean()))


def class_prior(window: pd.DataFrame, register: Register) -> np.ndarray:
    """Share of each class in the training window, weighted as the model's own cases are, never zero."""
    target = classes_at_level(window["label_hours"].to_numpy(), np.zeros(1), 0.0, register.cutoffs_hours)
    counts = np.bincount(target, window["label_weight"], minlength=len(register.class_names)) + 1.0
    return counts / counts.sum()


def hand_rules_or_none(
    window: pd.DataFrame, test: pd.DataFrame, register: Register, moment: Moment
) -> np.ndarray | None:
    """Class probabilities of the hand rules; without a sign they would be the class prior under another name: None."""
    return hand_rules(window, test, register, moment) if signs_of(register, window, moment) else None


def hand_rules(window: pd.DataFrame, test: pd.DataFrame, register: Register, moment: Moment) -> np.ndarray:
    """The baseline a person would write on a card: class shares by number of heavy signs (0, 1, 2, 3, 4 or more).

    The shares are weighted as the model's own cases are. Without a sign in the register it equals the class prior.
    """
    weights = window["label_weight"].to_numpy()
    target = classes_at_level(window["label_hours"].to_numpy(), np.zeros(1), 0.0, register.cutoffs_hours)
    prior = class_prior(window, register)
    seen, asked = heavy_signs(window, register, moment), heavy_signs(test, register, moment)
    counts = [np.bincount(target[seen == k], weights[seen == k], minlength=len(prior)) for k in range(5)]
    table = np.array(counts) + 5 * prior
    return (table / table.sum(axis=1, keepdims=True))[asked]


def heavy_signs(cases: pd.DataFrame, register: Register, moment: Moment) -> np.ndarray:
    """Number of heavy signs per case, at most 4."""
    signs = signs_of(register, cases, moment)
    held = [pd.Series(cases[name].to_numpy(dtype=object)).isin(list(v)).to_numpy() for name, v in signs.items()]
    return np.minimum(np.sum(held, axis=0), 4) if held else np.zeros(len(cases), dtype=int)


def signs_of(register: Register, cases: pd.DataFrame, moment: Moment) -> Mapping[str, tuple]:
    """The facts that count as a sign, with the values that do. Another register counts its flags that are true."""
    known = [fact for fact in register.model_facts() if fact in register.at(moment) and fact.name in cases]
    signs = {f.name: SIGNS[f.name] for f in known if f.name in SIGNS}
    return signs or {f.name: (True,) for f in known if f.kind == "flag"}
