"""How fast the inflow forecast is: goals G8 (ten thousand series) and G9 (the full protocol). `make bench` calls it."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from triage.adapters.sources import shipped_inflow
from triage.forecast import models
from triage.forecast.backtest import Cell, origins_of, run_origin
from triage.forecast.series import CALENDARS, Panel, panel_of
from triage.jobs.run_cells import Run, run_cells

KINDS = ("first_application", "family_member_nareis")
PROTOCOL = "2018-12:2025-09:3"
QUICK = "path_fast"
#: The champion of the register; the quick model where none is named.
CHAMPION = getattr(models, "BEST", QUICK)
MANY, MONTHS, H = 10_000, 132, 12
GOALS = {"scale": 20.0, "memory": 2.0, QUICK: 10.0, "champion": 240.0}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def many_series(number: int = MANY, months: int = MONTHS, seed: int = 12345) -> np.ndarray:
    """Made-up monthly counts, months x series: a log random walk with heavy tails and a season, Poisson around it."""
    rng = np.random.default_rng(seed)
    level = rng.normal(3.5, 1.2, number) + np.cumsum(0.15 * rng.standard_t(5, (months, number)), axis=0)
    season = 0.2 * np.sin(2 * np.pi * (np.arange(months)[:, None] / 12 + rng.random(number)))
    return rng.poisson(np.exp(np.minimum(level + season, 13))).astype(float)


def forecast_many(number: int, model: str) -> None:
    """One origin of `number` series and their total, 400 paths of 12 months; prints seconds and peak memory (GB)."""
    counts = many_series(number)
    names = (*(f"S{k}" for k in range(number)), "total")
    panel = Panel(np.column_stack([counts, counts.sum(axis=1)]), names, CALENDARS[0], 2015 * 12)
    unknown = np.full((H, number + 1), np.nan)
    start, busy = time.perf_counter(), time.process_time()
    run_origin(Cell(model, panel, unknown), H)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"seconds": seconds, "cpu_seconds": busy, "gigabytes": peak}))


def at_scale(model: str = QUICK, number: int = MANY) -> dict[str, float]:
    """`forecast_many` in a process of its own, on one thread: seconds, cpu_seconds, gigabytes."""
    command = [sys.executable, str(Path(__file__)), str(number), model]
    told = subprocess.run(command, env=os.environ | ONE_THREAD, capture_output=True, text=True, check=True).stdout
    return json.loads(told)


def protocol_seconds(model: str, workers: int) -> float:
    """Seconds of the whole protocol on both Dutch sets: 28 origins, 16 series, one model."""
    start = time.perf_counter()
    for kind in KINDS:
        panel = panel_of(shipped_inflow(), kind=kind)
        run_cells([model], panel, origins_of(PROTOCOL, panel), Run(H, workers=workers))
    return time.perf_counter() - start


def verdict(found: float, goal: float) -> str:
    """Whether a goal was reached."""
    return "reached" if found <= goal else "MISSED"


def main() -> None:
    """Print G8 and G9 with their goals; the ratio to statsforecast is in `make bench-peers`."""
    print("\nInflow forecast")
    for model in dict.fromkeys((QUICK, CHAMPION)):
        many = at_scale(model)
        print(f"  {MANY:,} series x 1 origin x 400 paths, {model}, one thread (G8)")
        seconds, gigabytes = many["seconds"], many["gigabytes"]
        held = [verdict(seconds, GOALS["scale"]), verdict(gigabytes, GOALS["memory"])]
        print(f"    {seconds:6.1f} s, {many['cpu_seconds']:.1f} of them at work (goal {GOALS['scale']:.0f}: {held[0]})")
        print(f"    {gigabytes:6.2f} GB at most (goal {GOALS['memory']:.0f}: {held[1]})")
    print("  Full protocol on both Dutch sets (G9)")
    for model, goal in dict.fromkeys(
        [(QUICK, GOALS[QUICK]), (CHAMPION, GOALS[QUICK if CHAMPION == QUICK else "champion"])]
    ):
        workers = 1 if model == QUICK else 2  # a process takes longer to start than the quick model to run
        found = protocol_seconds(model, workers)
        print(f"    {model:<16} {found:6.1f} s (goal {goal:.0f}: {verdict(found, goal)})")


if __name__ == "__main__":
    forecast_many(int(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 2 else main()
