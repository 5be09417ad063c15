"""Our models and the peers in one table, in one run: `make bench-peers`.

The peers forecast in an environment of their own (run_peers.py) and hand over quantiles; both are scored here by
the same code. Seconds are per series and origin on this machine, with whatever else it was doing.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench_inflow import CHAMPION, KINDS, MANY, ONE_THREAD, PROTOCOL, H, at_scale, many_series
from triage.adapters.sources import shipped_inflow
from triage.forecast.backtest import Trial, origins_of, outcomes, scales, score_trials, significance
from triage.forecast.models import MODELS, REFERENCE
from triage.forecast.quantiles import NAMES
from triage.forecast.series import Panel, panel_of
from triage.jobs.run_cells import Run, run_cells

HERE = Path(__file__).parent
COLUMNS = {
    "rel_wis": "relWIS",
    "rwis": "rWIS",
    "swis": "sWIS",
    "mase": "MASE",
    "rmsse": "RMSSE",
    "wape": "WAPE",
    "bias": "bias",
    "coverage_50": "cov50",
    "coverage_80": "cov80",
    "coverage_90": "cov90",
    "width_90": "width90",
    "sum_rel_wis": "sumrel",
    "sum_coverage_80": "sum80",
    "sum_coverage_90": "sum90",
    "es": "ES",
    "seconds": "sec",
}
SAMPLE = 200
GOAL_RATIO = 50
OURS = ("naive", "path_fast")


def peers(python: Path, arguments: list[str]) -> str:
    """What run_peers.py prints, in the peers' environment, on one thread."""
    command = [str(python), str(HERE / "run_peers.py"), *arguments]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit("The peers stopped with an error; it stands above. Run make bench-peers again.")
    return done.stdout


def write_panel(panel: Panel, path: Path) -> None:
    """A column month and one per series, the total among them: the peers get all series that our models get."""
    pd.DataFrame(panel.values, columns=list(panel.names)).assign(month=panel.periods).to_parquet(path)


def peer_trials(folder: Path, panel: Panel, origins: list[str]) -> list[Trial]:
    """The peers' quantiles as trials. Of a sum the quantiles are added per level: they have no joint paths."""
    seconds = json.loads((folder / "seconds.json").read_text())
    empty = np.full((len(origins), len(panel.names)), np.nan)
    trials = []
    for name, took in seconds.items():
        rows = pd.read_parquet(folder / f"{name}.parquet").set_index(["origin", "h", "series"])
        whole = pd.MultiIndex.from_product([origins, range(1, H + 1), panel.names])
        q = rows.loc[whole, list(NAMES)].to_numpy().reshape(len(origins), H, len(panel.names), len(NAMES))
        trials.append(Trial(name, q, q.sum(axis=1), empty, took))
    return trials


def table(scores: dict[str, dict], group: str) -> str:
    """Models by rel_wis, the best first."""
    order = sorted(scores, key=lambda m: scores[m][group]["rel_wis"])
    head = "model".ljust(18) + "".join(name.rjust(9) for name in COLUMNS.values())
    lines = [m.ljust(18) + "".join(_figure(scores[m][group][n]).rjust(9) for n in COLUMNS) for m in order]
    return "\n".join([head, *lines])


def _figure(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "-"


def against_peers(trials: list[Trial], panel: Panel, origins: list[str], best: str, peer: str) -> str:
    """Our best against the best single peer: difference in scaled WIS with its test and interval."""
    named = {t.model: t for t in trials}
    d = significance(named[best], named[peer], outcomes(panel, origins, H), scales(panel, origins))
    return (
        f"{best} minus {peer}, scaled WIS over all series: {d['mean']:.3f} "
        f"[{d['low']:.3f}, {d['high']:.3f}], Diebold-Mariano {d['diebold_mariano']:.2f}"
    )


def one_set(kind: str, models: list[str], python: Path, is_slow: bool, folder: Path) -> str:
    """The tables of one set."""
    panel = panel_of(shipped_inflow(), kind=kind)
    origins = origins_of(PROTOCOL, panel)
    write_panel(panel, folder / f"{kind}.parquet")
    told = ["score", str(folder / f"{kind}.parquet"), str(folder / kind), *(["--slow"] if is_slow else [])]
    print(peers(python, told), end="", flush=True)
    ours, _ = run_cells(models, panel, origins, Run(H, workers=1))
    theirs = peer_trials(folder / kind, panel, origins)
    scores = score_trials([*ours, *theirs], panel, origins, H)
    parts = [f"\n== {kind}: 28 origins, 12 months ahead. ES needs joint paths; peers here give quantiles only."]
    for group, title in (("bottom", "seven nationalities"), ("total", "total (sum of seven)")):
        best, peer = (
            min((t.model for t in ts if t.model != REFERENCE), key=lambda m: scores[m][group]["rel_wis"])
            for ts in (ours, theirs)
        )
        ratio = scores[best][group]["rel_wis"] / scores[peer][group]["rel_wis"]
        parts += [f"\n-- {title}", table(scores, group), f"{best} / best single peer {peer}: {ratio:.3f}"]
        if group == "bottom":
            parts.append(against_peers([*ours, *theirs], panel, origins, best, peer))
    return "\n".join(parts)


def at_large(python: Path, folder: Path) -> str:
    """Ten thousand series, one origin: path_fast whole, AutoETS on some of the same series, scaled linearly."""
    counts = many_series()
    sample = pd.DataFrame(counts[:, :SAMPLE], columns=[f"S{k}" for k in range(SAMPLE)])
    months = [str(p) for p in pd.period_range("2015-01", periods=len(counts), freq="M")]
    sample.assign(month=months).to_parquet(folder / "many.parquet")
    ours = at_scale()
    took = json.loads(peers(python, ["time", str(folder / "many.parquet")]))
    theirs = took["seconds"] / took["series"] * MANY
    ratio = theirs / ours["seconds"]
    verdict = "reached" if ratio >= GOAL_RATIO else "MISSED"
    return (
        f"\n== {MANY:,} series x 1 origin, 12 months, one thread\n"
        f"path_fast, 400 joint paths: {ours['seconds']:.1f} s, {ours['gigabytes']:.2f} GB at most\n"
        f"statsforecast AutoETS: {took['seconds']:.1f} s for {took['series']} of the same series, so {theirs:.0f} s "
        f"for all when scaled linearly\nratio {ratio:.0f} x (goal {GOAL_RATIO} x: {verdict})"
    )


def main() -> None:
    """Both sets, then the scale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="Python of the peers' environment.")
    parser.add_argument("--slow", action="store_true", help="AutoARIMA and conformal AutoETS too.")
    parser.add_argument("--model", dest="models", action="append", choices=list(MODELS), help="Instead of ours.")
    parser.add_argument("--kind", dest="kinds", action="append", choices=KINDS)
    given = parser.parse_args()
    models = list(dict.fromkeys([REFERENCE, *(given.models or [*OURS, CHAMPION])]))
    with tempfile.TemporaryDirectory(prefix="triage-peers-") as made:
        folder = Path(made)
        for kind in given.kinds or KINDS:
            print(one_set(kind, models, given.python, given.slow, folder), flush=True)
        print(at_large(given.python, folder))


if __name__ == "__main__":
    main()
