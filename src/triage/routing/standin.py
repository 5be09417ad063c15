"""Does the score stand in for something it may not know: the outcome of a case, or a nationality? Audit path only.

The outcome (grant or not) is read here and nowhere else, to hold the model against it; it is never predicted, shown
per case or kept. A score of work may go along with grants as far as work itself does. What it tells beyond that, it
can only have from the outcome.
"""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.stats import norm

from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.domain.small_groups import hidden_cells
from triage.routing.features import FeatureMap
from triage.routing.scores import FLOOR, ranking
from triage.routing.trees import SHALLOW

MOST_EXCESS = 0.02  # AUC that a score may tell of grant beyond what work tells
TELLTALE = 0.75  # AUC at equal work above which one fact is suspected of knowing the outcome
STRATA = 10
FOLDS = 5
FEWEST_PROXY = 150  # cases of a group before its proxy AUC is given
FEWEST_GRANTS = 100  # of either kind
DRAWS = 200
PLAIN = SHALLOW | {"learning_rate": 0.08}
ROUNDS = 150


@dataclass(frozen=True)
class StandIn:
    """What the score tells of grant, against what work tells of it. AUCs are at least .5: the direction is left out."""

    cases: int
    score_auc: float
    work_auc: float  # of the benchmark: the optimum of a made-up world, or work expected from the facts anew
    hours_auc: float  # of the hours as booked, which are noisier than any expectation
    excess: float  # score minus work
    low: float  # 95 % bootstrap interval of the excess, score and work on the same draws
    high: float
    at_equal_work: float  # AUC of score -> grant among cases of equal expected work; .5 is nothing
    p_at_equal_work: float
    benchmark: str
    telltale: tuple[str, ...] = ()  # facts that tell grant at equal work

    @property
    def passes(self) -> bool:
        """Not over the margin, unless that may be chance; and no fact that knows the outcome."""
        return not self.telltale and not (self.excess > MOST_EXCESS and self.low > 0)


def stand_in(
    score: np.ndarray,
    work: np.ndarray,
    hours: np.ndarray,
    granted: np.ndarray,
    benchmark: str,
    telltale: tuple[str, ...] = (),
    seed: int = 1,
) -> StandIn | None:
    """Hold a score of work against the outcome; None with under 100 cases of either outcome.

    Parameters
    ----------
    score : the model's expected hours (or P heavy); work : the same by the benchmark; hours : as booked (h).
    granted : True or False per case. All of shape (cases,).
    """
    granted = granted.astype(bool)
    if min(granted.sum(), (~granted).sum()) < FEWEST_GRANTS:
        return None
    said, best, booked = (_strength(ranking(one, granted)) for one in (score, work, hours))
    low, high = _excess_interval(score, work, granted, np.random.default_rng(seed))
    partial, p_value = at_equal_work(score, work, granted)
    return StandIn(len(granted), said, best, booked, said - best, low, high, partial, p_value, benchmark, telltale)


def _strength(auc: float) -> float:
    return max(auc, 1 - auc)


def _excess_interval(
    score: np.ndarray, work: np.ndarray, granted: np.ndarray, random: np.random.Generator
) -> tuple[float, float]:
    """The direction of each is that of all cases: near one half it would flip from draw to draw."""
    up, work_up = (np.sign(ranking(one, granted) - 0.5) for one in (score, work))
    excess = []
    for _ in range(DRAWS):
        i = random.integers(len(granted), size=len(granted))
        told, best = ranking(score[i], granted[i]), ranking(work[i], granted[i])
        excess.append(up * (told - 0.5) - work_up * (best - 0.5))
    low, high = np.quantile(excess, [0.025, 0.975])
    return float(low), float(high)


def at_equal_work(score: np.ndarray, work: np.ndarray, granted: np.ndarray) -> tuple[float, float]:
    """(AUC of score -> grant within tenths of equal work, p): the partial association; .5 where there is none."""
    rank = pd.Series(work).rank(method="first").to_numpy() - 1
    strata = (rank * STRATA // len(rank)).astype(int)
    wins, pairs, variance = 0.0, 0.0, 0.0
    for stratum in range(STRATA):
        rows = strata == stratum
        ups = granted[rows].sum()
        both = float(ups * (rows.sum() - ups))
        if both:
            wins += both * ranking(score[rows], granted[rows])
            pairs += both
            variance += both * (rows.sum() + 1) / 12
    if not pairs:
        return 0.5, 1.0
    return wins / pairs, float(2 * norm.sf(abs(wins - pairs / 2) / np.sqrt(variance)))


def telltale_facts(
    cases: pd.DataFrame, register: Register, moment: Moment, work: np.ndarray, granted: np.ndarray
) -> tuple[str, ...]:
    """Model facts that, each alone, tell grant with an AUC over .75 at equal work: a column under another name."""
    features = FeatureMap.of(register, cases)
    rows = features.matrix(cases, moment)
    found = []
    for column in features.columns:
        codes = rows[:, column.at]
        if column.is_measured:
            tenth = pd.Series(rows[:, column.at + 1]).rank(pct=True).fillna(0.0).to_numpy()
            codes = codes * (STRATA + 1) + np.ceil(STRATA * tenth)
        if _strength(at_equal_work(_share_by_code(codes, granted), work, granted)[0]) > TELLTALE:
            found.append(column.fact)
    return tuple(found)


def _share_by_code(codes: np.ndarray, granted: np.ndarray) -> np.ndarray:
    """Share of grants among the other folds' cases of the same code: what one fact alone would say."""
    place = np.unique(codes, return_inverse=True)[1]
    fold, size = np.arange(len(codes)) % FOLDS, place.max() + 1
    out = np.empty(len(codes))
    for k in range(FOLDS):
        others = fold != k
        grants = np.bincount(place[others], granted[others], minlength=size)
        counts = np.bincount(place[others], minlength=size)
        out[~others] = ((grants + granted.mean()) / (counts + 1))[place[~others]]
    return out


def expected_work(
    cases: pd.DataFrame, register: Register, moment: Moment, hours: np.ndarray, without: tuple[str, ...] = ()
) -> np.ndarray:
    """Log-hours expected from the model's facts, learned anew here and out of fold: a score that saw hours only."""
    features = FeatureMap.of(register, cases)
    keep = [place for place, owner in enumerate(features.owner) if owner not in without]
    coded = [keep.index(place) for place in features.categorical if place in keep]
    return _crossed(features.matrix(cases, moment)[:, keep], np.log(hours), coded)


def _crossed(rows: np.ndarray, target: np.ndarray, coded: list[int]) -> np.ndarray:
    """Out-of-fold prediction of a mean by shallow trees."""
    out, fold = np.empty(len(rows)), np.arange(len(rows)) % FOLDS
    for k in range(FOLDS):
        learned = lgb.Dataset(rows[fold != k], target[fold != k], categorical_feature=coded, params={"verbosity": -1})
        out[fold == k] = np.asarray(lgb.train(PLAIN, learned, ROUNDS).predict(rows[fold == k], num_threads=1))
    return out


@dataclass(frozen=True)
class Proxies:
    """How well the model's facts tell each nationality (AUC, one against the rest), and the mean over cases."""

    groups: tuple[tuple[str, float], ...]  # shown groups, most easily told first
    mean: float


def proxies(cases: pd.DataFrame, register: Register, moment: Moment, trait: np.ndarray) -> Proxies | None:
    """What a model could know of a trait (text per case) although it never reads it; None where no group is large."""
    words, counts = np.unique(trait.astype(str), return_counts=True)
    shown = ~hidden_cells(counts[None, :])[0, :-1] & (counts >= FEWEST_PROXY) & (counts < len(trait))
    if not shown.any():
        return None
    features = FeatureMap.of(register, cases)
    rows = features.matrix(cases, moment)
    told = [
        (str(word), ranking(_crossed(rows, (trait == word).astype(float), features.categorical), trait == word))
        for word in words[shown]
    ]
    mean = float(np.average([auc for _, auc in told], weights=counts[shown]))
    return Proxies(tuple(sorted(told, key=lambda one: -one[1])), mean)


@dataclass(frozen=True)
class Ablation:
    """Log-loss of the class of work with and without a trait among the facts, on later cases, in nats."""

    cases: int
    without: float
    with_trait: float
    error: float  # standard error of the gain

    @property
    def gain(self) -> float:
        """What the trait adds; negative where it does harm."""
        return self.without - self.with_trait

    @property
    def is_alarm(self) -> bool:
        """More than chance (two standard errors): a leak, or a proxy of work that the facts lack."""
        return self.gain > 2 * self.error


def ablation(
    cases: pd.DataFrame, register: Register, moment: Moment, target: np.ndarray, trait: np.ndarray
) -> Ablation:
    """Does knowing the trait make the class of work better known? Learned on the earlier half, measured on the later.

    The model that is served is not touched: both arms are fitted here, and thrown away.
    """
    order = np.argsort(cases["lodged_on"].to_numpy(), kind="stable")
    early, late = np.array_split(order, 2)
    features = FeatureMap.of(register, cases.iloc[early])
    rows = features.matrix(cases, moment)
    wide = np.column_stack([rows, pd.factorize(trait)[0]])
    losses = []
    for table, coded in ((rows, features.categorical), (wide, [*features.categorical, rows.shape[1]])):
        learned = lgb.Dataset(table[early], target[early], categorical_feature=coded, params={"verbosity": -1})
        several = {"objective": "multiclass", "num_class": len(register.class_names)}
        chances = np.asarray(lgb.train(PLAIN | several, learned, ROUNDS).predict(table[late], num_threads=1))
        losses.append(-np.log(np.maximum(chances[np.arange(len(late)), target[late]], FLOOR)))
    gain = losses[0] - losses[1]
    without, with_trait = (float(loss.mean()) for loss in losses)
    return Ablation(len(late), without, with_trait, float(gain.std() / np.sqrt(len(gain))))
