"""MLproject's entry points, run by MLflow itself, offline, in the environment at hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from triage.adapters.registry import Registry
from triage.adapters.store import Store

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def mlflow_run(entry: str, tmp_path: Path, **parameters: object) -> subprocess.CompletedProcess[str]:
    words = [f"-P{name}={value}" for name, value in parameters.items()]
    environment = os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": str(BIN.parent),
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'runs.db'}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    command = [BIN / "mlflow", "run", ROOT, "-e", entry, "--env-manager=local", *words]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=400, env=environment, cwd=tmp_path
    )


@pytest.mark.parametrize(
    ("entry", "model", "parameters"),
    [
        ("retrain-inflow", "inflow-first_application", {"origins": "2022-12:2024-12:12"}),
        ("retrain-complexity", "complexity", {"number": 4000}),
    ],
)
def test_a_retraining_logs_its_run_and_leaves_a_champion(entry, model, parameters, tmp_path):
    home = tmp_path / "home"
    answer = mlflow_run(entry, tmp_path, home=home, **parameters)
    assert answer.returncode == 0, answer.stderr[-3000:]
    champion = Store.open(f"sqlite:///{home / 'triage.db'}").champion(model)
    history = Registry(f"sqlite:///{home / 'mlflow.db'}", home / "mlartifacts").history(model)
    assert champion and champion.run_id in {row["run_id"] for row in history}
    assert "champion" in history[0]["aliases"]


def test_make_cases_writes_a_file_that_the_product_accepts(tmp_path):
    out = tmp_path / "cases.csv"
    assert mlflow_run("make-cases", tmp_path, number=300, out=out).returncode == 0
    answer = subprocess.run(
        [BIN / "triage", "--home", tmp_path / "home", "import", "cases", out, "--dry-run"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
