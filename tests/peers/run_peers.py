"""The peers of the public protocol, in an environment of their own: `make bench-peers` calls this.

`score FILE OUT` forecasts every origin of a set through the public interface of statsforecast and mlforecast, and
writes OUT/MODEL.parquet (origin, series, h, q05 … q95) and OUT/seconds.json. `time FILE` measures one series at a
time on one thread. FILE is parquet: a column `month` and one column per series; knows nothing of the product.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean
from mlforecast.target_transforms import Differences, GlobalSklearnTransformer
from mlforecast.utils import PredictionIntervals
from sklearn.preprocessing import FunctionTransformer
from statsforecast import StatsForecast
from statsforecast.models import MSTL, AutoARIMA, AutoCES, AutoETS, AutoTheta
from statsforecast.utils import ConformalIntervals

M, H = 12, 12
BANDS = (50, 80, 90)
NAMES = ["q05", "q10", "q25", "q50", "q75", "q90", "q95"]
Quantiles = Callable[[pd.DataFrame], pd.DataFrame]  # long history -> unique_id, ds, q05 … q95


def levels(told: pd.DataFrame, name: str, back: Callable[[np.ndarray], np.ndarray]) -> pd.DataFrame:
    """The seven quantiles of a library's answer: its point forecast stands for the median; sorted, clipped at 0."""
    low = [f"{name}-lo-{b}" for b in reversed(BANDS)]
    high = [f"{name}-hi-{b}" for b in BANDS]
    q = np.sort(np.maximum(back(told[[*low, name, *high]].to_numpy(float)), 0), axis=1)
    return told[["unique_id", "ds"]].assign(**dict(zip(NAMES, q.T, strict=True)))


def statistical(make: Callable[[], object], is_log: bool) -> Quantiles:
    """A statsforecast model, on counts or on log(y + 1) and back."""

    def forecast(history: pd.DataFrame) -> pd.DataFrame:
        given = history.assign(y=np.log1p(history["y"])) if is_log else history
        told = StatsForecast(models=[make()], freq="MS", n_jobs=1).forecast(df=given, h=H, level=list(BANDS))
        name = next(c for c in told.columns if c not in ("unique_id", "ds") and "-" not in c)
        return levels(told, name, np.expm1 if is_log else lambda x: x)

    return forecast


def boosted(history: pd.DataFrame) -> pd.DataFrame:
    """mlforecast with LightGBM on log1p and first differences; 2 to 4 conformal windows, as the history allows."""
    length = int(history.groupby("unique_id").size().min())
    windows = min(4, max(2, (length - 2 * M) // H))
    trees = lightgbm.LGBMRegressor(
        n_estimators=150, num_leaves=15, learning_rate=0.05, min_child_samples=20, n_jobs=1, verbose=-1
    )
    model = MLForecast(
        models={"lgbm": trees},
        freq="MS",
        lags=[1, 2, 3, 6, 12],
        lag_transforms={1: [RollingMean(3), RollingMean(12)]},
        date_features=["month"],
        target_transforms=[GlobalSklearnTransformer(FunctionTransformer(np.log1p, np.expm1)), Differences([1])],
    )
    model.fit(history, prediction_intervals=PredictionIntervals(n_windows=windows, h=H))
    return levels(model.predict(H, level=list(BANDS)), "lgbm", lambda x: x)


def mstl() -> MSTL:
    """Seasons by loess, the trend by exponential smoothing without a season."""
    return MSTL(season_length=M, trend_forecaster=AutoETS(model="ZZN"))


QUICK: dict[str, Quantiles] = {
    "sf_ces_raw": statistical(lambda: AutoCES(season_length=M), False),
    "sf_ces_log": statistical(lambda: AutoCES(season_length=M), True),
    "sf_ets_raw": statistical(lambda: AutoETS(season_length=M), False),
    "sf_ets_log": statistical(lambda: AutoETS(season_length=M), True),
    "sf_theta_raw": statistical(lambda: AutoTheta(season_length=M), False),
    "sf_theta_log": statistical(lambda: AutoTheta(season_length=M), True),
    "sf_mstl_log": statistical(mstl, True),
    "mlf_lgbm_conf": boosted,
}
SLOW: dict[str, Quantiles] = {
    "sf_ets_log_conf": statistical(
        lambda: AutoETS(season_length=M, prediction_intervals=ConformalIntervals(n_windows=3, h=H)), True
    ),
    "sf_arima_log": statistical(lambda: AutoARIMA(season_length=M, approximation=True), True),
}


def long(wide: pd.DataFrame) -> pd.DataFrame:
    """unique_id, ds, y from a frame with months as its index."""
    tidy = wide.rename_axis("ds").reset_index().melt("ds", var_name="unique_id", value_name="y")
    return tidy.assign(ds=pd.to_datetime(tidy["ds"]))[["unique_id", "ds", "y"]]


def at_origins(forecast: Quantiles, wide: pd.DataFrame, origins: list[str]) -> pd.DataFrame:
    """origin, series, h, q05 … q95; at an origin only the months up to it are handed over."""
    frames = []
    for origin in origins:
        told = forecast(long(wide.loc[:origin])).rename(columns={"unique_id": "series"})
        h = (told["ds"].dt.to_period("M") - pd.Period(origin, "M")).map(lambda step: step.n)
        frames.append(told.assign(origin=origin, h=h)[["origin", "series", "h", *NAMES]])
    return pd.concat(frames, ignore_index=True)


def score(given: argparse.Namespace) -> None:
    """Every peer at every origin; its seconds are those of its own calls."""
    wide = pd.read_parquet(given.file).set_index("month")
    origins = [m for m in wide.index if given.first <= m <= given.last][:: given.step]
    given.out.mkdir(parents=True, exist_ok=True)
    seconds = {}
    for name, forecast in (QUICK | SLOW if given.slow else QUICK).items():
        forecast(long(wide.loc[: origins[0]]))  # compiled once before the clock starts
        start = time.perf_counter()
        told = at_origins(forecast, wide, origins)
        seconds[name] = time.perf_counter() - start
        told.to_parquet(given.out / f"{name}.parquet", index=False)
        print(f"  {name:<16} {seconds[name]:7.1f} s", flush=True)
    (given.out / "seconds.json").write_text(json.dumps(seconds))


def clock(given: argparse.Namespace) -> None:
    """Seconds of AutoETS over the series of a file: one origin, one thread."""
    history = long(pd.read_parquet(given.file).set_index("month"))
    forecast = statistical(lambda: AutoETS(season_length=M), False)
    few = history["unique_id"].unique()[:2]
    forecast(history[history["unique_id"].isin(few)])
    start = time.perf_counter()
    forecast(history)
    print(json.dumps({"seconds": time.perf_counter() - start, "series": history["unique_id"].nunique()}))


def main() -> None:
    """score or time."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    doors = parser.add_subparsers(required=True)
    door = doors.add_parser("score")
    door.add_argument("file", type=Path)
    door.add_argument("out", type=Path)
    door.add_argument("--first", default="2018-12")
    door.add_argument("--last", default="2025-09")
    door.add_argument("--step", type=int, default=3)
    door.add_argument("--slow", action="store_true")
    door.set_defaults(work=score)
    door = doors.add_parser("time")
    door.add_argument("file", type=Path)
    door.set_defaults(work=clock)
    given = parser.parse_args()
    given.work(given)


if __name__ == "__main__":
    main()
