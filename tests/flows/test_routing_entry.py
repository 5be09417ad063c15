"""MLproject's entry `evaluate-routing`, run by MLflow itself."""

import json

import pytest
from test_mlproject import mlflow_run


@pytest.mark.slow
def test_evaluate_routing_writes_its_report_and_figures(tmp_path):
    out = tmp_path / "routing"
    answer = mlflow_run("evaluate-routing", tmp_path, replications=2, number=4000, out=out)
    assert answer.returncode == 0, answer.stderr[-3000:]
    assert json.loads((out / "routing.json").read_text(encoding="utf8"))["settings"]["replications_run"] == 2
    assert (out / "report.html").exists()
