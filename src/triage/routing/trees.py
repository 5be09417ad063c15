"""LightGBM heads, shallow unless depth earned its place: fitted deterministically, kept as LightGBM's own text.

LightGBM may race when one booster is shared over threads (issue 6142), so every thread loads its own copy;
loading costs a few milliseconds, once per thread. For one case LightGBM spends its time on getting started, so
`raw_one` reads shallow trees from plain arrays: at most three leaves means at most two questions per tree, and
all questions of all trees are asked at once. Equal to LightGBM up to the order of summation. Deeper trees go
through LightGBM itself, which takes some four times as long for one case.
"""

import threading
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from triage.domain.errors import BundleError

ROUNDS = 300
SHALLOW = {
    "max_depth": 2,
    "num_leaves": 3,
    "min_data_in_leaf": 40,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 7,
    "verbosity": -1,
    "max_cat_to_onehot": 4,
}
DEEP = {"max_depth": 5, "num_leaves": 15}
#: Learning rate up to so many rows. With the rounds fixed, a large table needs larger steps and a small one smaller:
#: measured on made-up worlds, .08 everywhere left 1.5 points of the achievable at 30,000 rows and lost 1 at 1,600.
RATES = ((3_000, 0.05), (12_000, 0.08), (10**9, 0.15))
DEEP_SHARE = 0.5  # of the learning rate, for the deeper challenger
#: A quantile's leaves are fitted anew in each round, which costs: fewer and larger steps do as well.
QUANTILE = {"objective": "quantile", "learning_rate": 0.12}
QUANTILE_ROUNDS = 150


class Trees:
    """Several boosters over the same columns: one per class boundary, or one per quantile."""

    def __init__(self, texts: list[str], size: int) -> None:
        self.texts, self.size = texts, size
        self._own = threading.local()
        for booster in self._boosters():
            if booster.num_feature() != size:
                raise BundleError(f"A tree file reads {booster.num_feature()} columns, the feature map has {size}.")
        self._questions = _questions(self._boosters())

    def _boosters(self) -> list[lgb.Booster]:
        mine = getattr(self._own, "boosters", None)
        if mine is None:
            mine = self._own.boosters = [_loaded(text) for text in self.texts]
        return mine

    def raw(self, rows: np.ndarray) -> np.ndarray:
        """Raw scores, shape (rows, heads): log-odds for a class boundary, log-hours for a quantile."""
        return np.column_stack([np.asarray(b.predict(rows, raw_score=True, num_threads=1)) for b in self._boosters()])

    def raw_one(self, row: np.ndarray) -> np.ndarray:
        """Raw scores of one row, shape (heads,); safe to call from any thread."""
        return self.raw(row[None])[0] if self._questions is None else self._questions.answer(row)

    def leaves(self, rows: np.ndarray) -> np.ndarray:
        """Leaf of each row in each tree of each head, shape (rows, trees), as bytes."""
        said = [np.asarray(b.predict(rows, pred_leaf=True, num_threads=1)) for b in self._boosters()]
        return np.hstack([leaf.reshape(len(rows), -1) for leaf in said]).astype(np.uint8)

    def contributions(self, row: np.ndarray) -> np.ndarray:
        """Exact Shapley values per head and column, the baseline last: shape (heads, size + 1)."""
        rows = row.reshape(1, -1)
        return np.vstack([b.predict(rows, pred_contrib=True, num_threads=1) for b in self._boosters()])  # type: ignore[arg-type]


@dataclass(frozen=True)
class Questions:
    """All trees of all heads as arrays: two questions a tree, four answers.

    A question is numeric (value <= threshold; an empty value goes where LightGBM sent it) or categorical (code in
    a set, kept as bits). Question q of tree t stands at column t of row q.
    """

    feature: np.ndarray  # (2 * trees,) column asked
    threshold: np.ndarray  # (2 * trees,) nan for a categorical question
    empty_yes: np.ndarray  # (2 * trees,) answer for an empty value
    coded: np.ndarray  # positions of the categorical questions
    coded_feature: np.ndarray
    bits: np.ndarray  # uint64 per categorical question
    leaves: np.ndarray  # (4 * trees,) value for answers no-no, no-yes, yes-no, yes-yes
    first: np.ndarray  # first leaf position of each tree
    heads: np.ndarray  # first tree of each head

    def answer(self, row: np.ndarray) -> np.ndarray:
        """Sum of leaf values per head."""
        value = row[self.feature]
        yes = value <= self.threshold
        yes |= self.empty_yes & np.isnan(value)
        code = row[self.coded_feature].astype(np.uint64)
        yes[self.coded] = (self.bits >> code) & np.uint64(1)
        trees = len(self.first)
        at = self.first + 2 * yes[:trees] + yes[trees:]
        return np.add.reduceat(self.leaves[at], self.heads)


def _questions(boosters: list[lgb.Booster]) -> Questions | None:
    """The trees as arrays; None where a tree has more than three leaves."""
    per_head = [booster.dump_model()["tree_info"] for booster in boosters]
    if any(tree["num_leaves"] > SHALLOW["num_leaves"] for head in per_head for tree in head):
        return None
    trees = [_two_questions(tree["tree_structure"]) for head in per_head for tree in head]
    asked = [tree[0] for tree in trees] + [tree[1] for tree in trees]
    coded = [k for k, q in enumerate(asked) if q["decision_type"] == "=="]
    return Questions(
        feature=np.array([q["split_feature"] for q in asked], dtype=int),
        threshold=np.array([np.nan if q["decision_type"] == "==" else q["threshold"] for q in asked], dtype=float),
        empty_yes=np.array([_empty_goes_left(q) for q in asked], dtype=bool),
        coded=np.array(coded, dtype=int),
        coded_feature=np.array([asked[k]["split_feature"] for k in coded], dtype=int),
        bits=np.array([_bits(asked[k]["threshold"]) for k in coded], dtype=np.uint64),
        leaves=np.array([leaf for tree in trees for leaf in tree[2]], dtype=float),
        first=np.arange(len(trees)) * 4,
        heads=np.cumsum([0, *(len(head) for head in per_head[:-1])]),
    )


#: Asked where a tree has fewer questions than two; the answer changes nothing.
_NO_QUESTION = {"decision_type": "<=", "split_feature": 0, "threshold": 0.0, "missing_type": "None"}


def _two_questions(root: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], list[float]]:
    """(first question, second question, leaf values for answers no-no, no-yes, yes-no, yes-yes)."""
    if "leaf_value" in root:
        return _NO_QUESTION, _NO_QUESTION, [root["leaf_value"]] * 4
    left, right = root["left_child"], root["right_child"]
    second = next((child for child in (left, right) if "leaf_value" not in child), _NO_QUESTION)
    return root, second, [*_ends(right), *_ends(left)]


def _ends(child: dict[str, Any]) -> list[float]:
    if "leaf_value" in child:
        return [child["leaf_value"]] * 2
    return [child["right_child"]["leaf_value"], child["left_child"]["leaf_value"]]


def _empty_goes_left(question: dict[str, Any]) -> bool:
    if question["decision_type"] == "==":
        return False
    if question["missing_type"] == "NaN":
        return bool(question["default_left"])
    return float(question["threshold"]) >= 0.0  # LightGBM reads an empty value as 0 where it never met one


def _bits(codes: str) -> int:
    return sum(1 << int(code) for code in codes.split("||"))


def _loaded(text: str) -> lgb.Booster:
    try:
        return lgb.Booster(model_str=text)
    except lgb.basic.LightGBMError as error:
        raise BundleError("A tree file cannot be read by LightGBM. Learn the model again.") from error


def fit_boundaries(
    rows: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    classes: int,
    names: list[str],
    categorical: list[int],
    is_deep: bool = False,
) -> list[str]:
    """One binary booster per boundary: P(class > j) for j = 0 .. classes - 2. labels: class index (rows,)."""
    rate = next(rate for most, rate in RATES if len(rows) <= most)
    deep = DEEP | {"learning_rate": DEEP_SHARE * rate} if is_deep else {}
    parameters = SHALLOW | {"objective": "binary", "learning_rate": rate} | deep
    above = [(labels > j).astype(float) for j in range(classes - 1)]
    return [_fitted(rows, target, weights, parameters, ROUNDS, names, categorical) for target in above]


def fit_quantiles(
    rows: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    levels: tuple[float, ...],
    names: list[str],
    categorical: list[int],
) -> list[str]:
    """One quantile booster per level. values: log-hours without trend (rows,)."""
    shapes = [SHALLOW | QUANTILE | {"alpha": level} for level in levels]
    return [_fitted(rows, values, weights, shape, QUANTILE_ROUNDS, names, categorical) for shape in shapes]


def _fitted(
    rows: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray,
    parameters: dict[str, Any],
    rounds: int,
    names: list[str],
    categorical: list[int],
) -> str:
    smallest = max(1, min(40, len(rows) // 20))  # small tables still split
    parameters = parameters | {"min_data_in_leaf": smallest}
    table = lgb.Dataset(
        rows, target, weight=weights, feature_name=names, categorical_feature=categorical, params={"verbosity": -1}
    )
    return lgb.train(parameters, table, num_boost_round=rounds).model_to_string()
