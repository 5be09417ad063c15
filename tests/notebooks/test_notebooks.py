"""Every notebook runs, and the figures in its first cell are the figures that it computes."""

import re
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.py"))
ROW = re.compile(r"^\| (?P<name>[^|]+?) \| (?P<figure>-?\d+(?:\.\d+)?) \|$", re.M)
PRINTED = re.compile(r"^(?P<name>[^:\n]+): (?P<figure>-?\d+\.\d+)$", re.M)
MOST_SECONDS = 240  # it takes well under a minute on a quiet machine
#: Scores some forty settings, which takes a minute and a half: with the nightly rest.
SLOW = {"2026-11-which-scale-and-members"}
RUN = [pytest.param(path, marks=pytest.mark.slow if path.stem in SLOW else ()) for path in NOTEBOOKS]


def first_cell(path: Path) -> str:
    """The text of the first cell."""
    return jupytext.read(path).cells[0].source


def figures(pattern: re.Pattern[str], text: str) -> dict[str, str]:
    """Name -> figure as written."""
    return {found["name"]: found["figure"] for found in pattern.finditer(text)}


def test_there_is_a_notebook():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_first_cell_says_question_data_and_answer(path: Path):
    assert all(f"**{part}.**" in first_cell(path) for part in ("Question", "Data", "Answer"))


@pytest.mark.parametrize("path", RUN, ids=lambda p: p.stem)
def test_it_runs_and_computes_the_figures_of_its_answer(path: Path, tmp_path: Path):
    run = subprocess.run(
        [sys.executable, path], capture_output=True, text=True, timeout=MOST_SECONDS, cwd=tmp_path, check=False
    )
    assert run.returncode == 0, run.stderr
    said, computed = figures(ROW, first_cell(path)), figures(PRINTED, run.stdout)
    assert said, "the Answer holds no figures"
    for name, figure in said.items():
        decimals = len(figure.partition(".")[2])
        assert f"{float(computed[name]):.{decimals}f}" == figure, f"{name}: the answer says {figure}"
