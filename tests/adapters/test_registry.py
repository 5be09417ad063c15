"""MLflow keeps the record of runs and versions. One database for all tests here: its schema takes seconds."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from triage.adapters.bundles import write_bundle
from triage.adapters.registry import Registry, RunRecord
from triage.domain.errors import NotFoundError, StoreError

SERVED = '''
"""Counts the files of its bundle."""
import mlflow
import pandas as pd
from pathlib import Path

class Counter(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.files = len(list(Path(context.artifacts["bundle"]).iterdir()))

    def predict(self, context, model_input: pd.DataFrame, params=None) -> pd.DataFrame:
        return pd.DataFrame({"files": [float(self.files)] * len(model_input)})

mlflow.models.set_model(Counter())
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registry")
    write_bundle(folder / "bundle", {"model.txt": "tree", "features.json": "{}"})
    (folder / "served.py").write_text(SERVED)
    return folder


@pytest.fixture(scope="module")
def registry(place: Path) -> Registry:
    return Registry(f"sqlite:///{place / 'mlflow.db'}", place / "artifacts")


def a_record(place: Path, name: str | None, served: bool = False) -> RunRecord:
    return RunRecord(
        experiment="tests",
        name="run",
        parameters={"trees": 3},
        metrics={"brier": 0.25},
        tags={"version": "abc", "synthetic": "true"},
        texts={"card.md": "# Card"},
        bundle=place / "bundle" if name else None,
        registered_name=name,
        signature=({"family_size": "double"}, {"files": "double"}),
        served_code=place / "served.py" if served else None,
    )


def test_a_model_nobody_logged_has_no_history(registry: Registry):
    assert registry.history("nothing") == []


def test_asking_an_empty_record_makes_no_database(tmp_path: Path):
    assert Registry(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path).history("complexity") == []
    assert not (tmp_path / "mlflow.db").exists()


def test_a_run_without_a_bundle_has_no_version(registry: Registry, place: Path):
    logged = registry.log(a_record(place, None))
    assert logged.run_id and logged.version is None and logged.model_uri is None


def test_a_run_has_its_parts_below_it_with_their_own_measures(registry: Registry, place: Path):
    whole = registry.log(a_record(place, None))
    parts = [
        RunRecord("tests", f"naive {origin}", parameters={"origin": origin}, metrics={"wis": 2.5})
        for origin in ("2024-12", "2025-03")
    ]
    numbers = registry.log_parts("tests", whole.run_id, parts)
    with sqlite3.connect(place / "mlflow.db") as record:
        below = record.execute(
            "SELECT run_uuid FROM tags WHERE key = 'mlflow.parentRunId' AND value = ?", [whole.run_id]
        )
        assert {row[0] for row in below} == set(numbers)
        told = record.execute(
            "SELECT p.value, m.value, r.status FROM params p JOIN metrics m USING (run_uuid) JOIN runs r "
            "USING (run_uuid) WHERE run_uuid = ? AND p.key = 'origin'",
            [numbers[1]],
        )
        assert told.fetchall() == [("2025-03", 2.5, "FINISHED")]


def test_versions_are_listed_newest_first_with_measures_and_tags(registry: Registry, place: Path):
    runs = [registry.log(a_record(place, "inflow-tests")) for _ in range(2)]
    history = registry.history("inflow-tests")
    assert [row["version"] for row in history] == ["2", "1"]
    assert history[0]["run_id"] == runs[1].run_id
    assert history[0]["metrics"] == {"brier": 0.25}
    assert history[0]["tags"]["version"] == "abc"
    assert history[0]["created"].endswith("+00:00")


def test_an_alias_points_at_one_version(registry: Registry, place: Path):
    versions = [registry.log(a_record(place, "aliased")).version for _ in range(2)]
    for version in versions:
        assert version is not None
        registry.alias("aliased", version, "champion")
    assert [row["aliases"] for row in registry.history("aliased")] == [["champion"], []]


def test_an_alias_for_an_unknown_version_is_refused(registry: Registry):
    with pytest.raises(NotFoundError):
        registry.alias("aliased", "99", "champion")


def test_a_served_copy_loads_with_pickle_loading_disallowed(registry: Registry, place: Path):
    logged = registry.log(a_record(place, "served", served=True))
    code = (
        "import mlflow, pandas as pd, sys; mlflow.set_tracking_uri(sys.argv[1]); "
        "print(mlflow.pyfunc.load_model(sys.argv[2]).predict(pd.DataFrame({'family_size': [2.0]}))['files'][0])"
    )
    address = [f"sqlite:///{place / 'mlflow.db'}", str(logged.model_uri)]
    ran = subprocess.run([sys.executable, "-c", code, *address], capture_output=True, text=True, check=False)
    assert ran.stdout.strip().endswith("3.0"), ran.stderr[-500:]


def test_a_served_copy_holds_no_pickle_and_no_registry_address(registry: Registry, place: Path):
    registry.log(a_record(place, "served", served=True))
    files = [path for path in (place / "artifacts").rglob("*") if path.is_file()]
    assert files and not [p.name for p in files if p.suffix in {".pkl", ".joblib", ".skops"}]
    assert not [p.name for p in files if "index-url" in p.read_text(errors="replace")]


def test_the_bundle_in_the_record_is_the_bundle_byte_for_byte(registry: Registry, place: Path):
    registry.log(a_record(place, "inflow-tests"))
    copies = list((place / "artifacts").rglob("model.txt"))
    assert copies and all(copy.read_text() == "tree" for copy in copies)


@pytest.mark.parametrize("url", ["sqlite:////proc/nothing/mlflow.db", "postgresql://user:geheim@127.0.0.1:1/nothing"])
def test_a_database_that_does_not_open_is_refused_at_once(tmp_path: Path, url: str):
    with pytest.raises(StoreError, match="cannot be opened") as refused:
        Registry(url, tmp_path).log(RunRecord("tests", "run"))
    assert "geheim" not in str(refused.value)


def test_mlflow_is_not_imported_before_it_is_used():
    code = "import sys, triage.adapters.registry; print('mlflow' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
