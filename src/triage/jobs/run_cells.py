"""Every model at every origin, over processes; with a folder finished cells are kept, so that a broken run goes on."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np

from triage import forecast
from triage.adapters.arrays import read_arrays, sweep_drafts, write_arrays
from triage.adapters.parallel import run_all
from triage.domain.records import Progress, silent
from triage.forecast.backtest import DRAWS, SEED, Cell, OriginResult, Trial, cells_of, run_origin, stack_all
from triage.forecast.series import Panel

LABEL = "Backtesting: models x origins"
#: Libraries whose version may change a figure.
LIBRARIES = ("triage", "numpy", "scipy", "lightgbm", "statsmodels")


@dataclass(frozen=True)
class Run:
    """How a backtest is run. `folder` keeps finished cells; None keeps none."""

    horizon: int
    seed: int = SEED
    keep_paths: int = 0
    coherent: bool = False
    workers: int = 2
    folder: Path | None = None


def run_cells(
    models: Sequence[str], panel: Panel, origins: Sequence[str], run: Run, progress: Progress = silent
) -> tuple[list[Trial], int]:
    """One Trial per model, in the order given, and how many cells stood already in `run.folder`.

    No figure but the seconds depends on the number of workers, on the order, or on where a broken run ended.
    Raises ForecastError, with model and origin, where a model fails; what was finished stays in the folder.
    """
    # MODELS lists cheap models first; the slow ones start first, so that no process waits for the last.
    slow_first = list(models)[::-1]
    cells = cells_of(slow_first, panel, origins, run.horizon)
    places = _places(cells, run)
    found = [_read(place) for place in places]
    todo = [k for k, result in enumerate(found) if result is None]
    work = partial(_run_and_keep, run=run)
    reused = len(cells) - len(todo)
    made = run_all(
        work,
        [(cells[k], places[k]) for k in todo],
        run.workers,
        lambda label, done, _: progress(label, reused + done, len(cells)),
        LABEL,
    )
    for k, result in zip(todo, made, strict=True):
        found[k] = result
    return stack_all(slow_first, [r for r in found if r is not None])[::-1], reused


def panel_digest(panel: Panel) -> str:
    """SHA-256 of the counts with their names and first period: the data a run learned from, without the data."""
    digest = hashlib.sha256("|".join([*panel.names, panel.periods[0]]).encode())
    digest.update(np.ascontiguousarray(panel.values).tobytes())
    return digest.hexdigest()


def code_digest() -> str:
    """SHA-256 of the versions and of the source that decides a cell's figures: another recipe is another result."""
    digest = hashlib.sha256(json.dumps([(name, version(name)) for name in LIBRARIES]).encode())
    for source in _sources():
        digest.update(source)
    return digest.hexdigest()


def _sources() -> list[bytes]:
    """The modules of the forecast folder that `backtest` imports, and what these import in turn: not the charts."""
    folder, found, todo = Path(str(forecast.__file__)).parent, {}, ["backtest"]
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = (folder / f"{name}.py").read_bytes()
            todo += re.findall(r"^from triage\.forecast\.(\w+) import", found[name].decode(), re.MULTILINE)
    return [found[name] for name in sorted(found)]


def _places(cells: list[Cell], run: Run) -> list[Path | None]:
    """File of each cell, named after all that decides its figures."""
    if run.folder is None:
        return [None] * len(cells)
    sweep_drafts(run.folder)
    settings = [run.horizon, run.seed, run.keep_paths, run.coherent, DRAWS, code_digest()]
    first = {cell.origin: cell for cell in cells}
    known = {
        o: [panel_digest(cell.seen), hashlib.sha256(cell.actual.tobytes()).hexdigest()] for o, cell in first.items()
    }
    return [
        run.folder / f"{cell.model}-{cell.origin}-{_key([cell.model, *settings, *known[cell.origin]])}.npz"
        for cell in cells
    ]


def _key(parts: list[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def _run_and_keep(task: tuple[Cell, Path | None], run: Run) -> OriginResult:
    cell, place = task
    result = run_origin(cell, run.horizon, run.seed, run.keep_paths, run.coherent)
    if place is not None:
        arrays = {name: value for name, value in vars(result).items() if value is not None}
        write_arrays(arrays, place)
    return result


def _read(place: Path | None) -> OriginResult | None:
    arrays = read_arrays(place) if place else None
    if arrays is None or not {"quantiles", "sums", "energy", "seconds"} <= set(arrays):
        return None
    seconds = float(arrays.pop("seconds"))
    return OriginResult(**arrays, seconds=seconds)
