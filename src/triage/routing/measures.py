"""How good a model was on later cases, beside a class prior and a hand rule table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.routing import scores
from triage.routing.complexity import ComplexityModel, sets
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


def class_chances(said: pd.DataFrame, model: ComplexityModel) -> np.ndarray:
    """Class probabilities (cases, classes) out of a table of predictions."""
    return said[[f"p_{name}" for name in model.classes]].to_numpy()


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
    said: pd.DataFrame,
    model: ComplexityModel,
    test: pd.DataFrame,
    target: np.ndarray,
    window: pd.DataFrame,
    register: Register,
    truth: pd.DataFrame | None,
) -> Measured:
    """All measures of one moment, on `test` cases with their class in `target`; baselines come from `window`."""
    chances, hours = class_chances(said, model), test["label_hours"].to_numpy()
    prior = class_prior(window, register)
    first = np.tile(prior, (len(test), 1))
    gain = np.log(np.maximum(chances[np.arange(len(target)), target], scores.FLOOR)) - np.log(first[0][target])
    covered, size, least = _coverage(chances, target)
    return Measured(
        moment=moment,
        cases=len(test),
        log_loss=scores.log_loss(chances, target),
        log_loss_prior=scores.log_loss(first, target),
        log_loss_hand_rules=_hand_rules_loss(window, test, target, register, moment),
        better_than_prior=bool(gain.mean() > 2 * gain.std() / np.sqrt(len(gain))),
        ece=scores.calibration_error(chances, target),
        rps=scores.ranked_probability_score(chances, target),
        auc=scores.ranking(
            scores.share_heavy(chances), target >= chances.shape[1] - scores.heavy_count(chances.shape[1])
        ),
        pinball_p50=scores.pinball(hours, said["hours_p50"].to_numpy(), 0.5),
        pinball_p90=scores.pinball(hours, said["hours_p90"].to_numpy(), 0.9),
        band_80=float(((hours >= said["hours_p10"]) & (hours <= said["hours_p90"])).mean()),
        coverage_90=covered,
        coverage_least=least,
        set_size=size,
        achievable=_achievable(moment, chances, first, target, test, model, truth),
        bins=tuple(scores.calibration_bins(chances, target)),
    )


def _coverage(chances: np.ndarray, target: np.ndarray) -> tuple[float, float, float]:
    """(coverage, mean size, coverage of the worst class): limits from every other case, measured on the rest."""
    limits = np.array(conformal_limits(chances[0::2], target[0::2]))
    held, came = sets(chances[1::2], limits), target[1::2]
    inside = held[np.arange(len(came)), came]
    per_class = [inside[came == k].mean() for k in range(chances.shape[1]) if (came == k).sum() >= FEWEST_FOR_LIMIT]
    return float(inside.mean()), float(held.sum(axis=1).mean()), float(min(per_class, default=inside.mean()))


def _achievable(
    moment: Moment,
    chances: np.ndarray,
    prior: np.ndarray,
    target: np.ndarray,
    test: pd.DataFrame,
    model: ComplexityModel,
    truth: pd.DataFrame | None,
) -> float | None:
    """(prior - model) / (prior - optimum), in log-loss."""
    if truth is None:
        return None
    number = 1 if moment is Moment.IDENTIFIED else 2
    best = truth.set_index("case_id").loc[test["case_id"], [f"p{number}_{n}" for n in model.classes]].to_numpy()
    worst = scores.log_loss(prior, target)
    return (worst - scores.log_loss(chances, target)) / (worst - scores.log_loss(best, target))


def class_prior(window: pd.DataFrame, register: Register) -> np.ndarray:
    """Share of each class in the training window, weighted as the model's own cases are, never zero."""
    target = classes_at_level(window["label_hours"].to_numpy(), np.zeros(1), 0.0, register.cutoffs_hours)
    counts = np.bincount(target, window["label_weight"], minlength=len(register.class_names)) + 1.0
    return counts / counts.sum()


def _hand_rules_loss(
    window: pd.DataFrame, test: pd.DataFrame, target: np.ndarray, register: Register, moment: Moment
) -> float | None:
    """Log-loss of the hand rules; without a sign they would be the class prior under another name."""
    if not signs_of(register, window, moment):
        return None
    return scores.log_loss(hand_rules(window, test, register, moment), target)


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
