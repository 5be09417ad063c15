"""Who may know whom: the house style's table. To change the architecture, change this table with a decision record."""

import ast
from pathlib import Path

import pytest

import triage

HOUSE = Path(triage.__file__).parent
CAPABILITIES = {"forecast", "routing", "dossier", "simulation"}
MAY_IMPORT = {
    "domain": set(),
    "law": {"domain"},
    **{capability: {"domain", "law"} for capability in CAPABILITIES},
    "adapters": {"domain"},
    "jobs": {"domain", "law", "adapters", *CAPABILITIES},
    "entrypoints": {"domain", "law", "adapters", "jobs"},
}
ONE_HOME = {
    "sqlalchemy": {"adapters/store.py", "adapters/queries.py", "adapters/schema.py", "adapters/migrations"},
    "alembic": {"adapters/store.py", "adapters/migrations"},
    # MLflow loads served_copy.py by itself (models-from-code); nothing in the house imports it.
    "mlflow": {"adapters/registry.py", "jobs/served_copy.py"},
    "fastapi": {"entrypoints"},
    "starlette": {"entrypoints"},
    "click": {"entrypoints"},
    "lightgbm": {"forecast", "routing"},
    "sklearn": {"forecast", "routing"},
    "statsmodels": {"forecast", "routing"},
    "joblib": {"adapters/parallel.py"},
}
FILES = sorted(HOUSE.rglob("*.py"))


def modules_of(path: Path) -> list[tuple[str, ast.AST]]:
    """Every module that a file imports, with the node that does it."""
    found: list[tuple[str, ast.AST]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found += [(name.name, node) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            found.append((node.module or "", node))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_each_room_knows_only_the_rooms_below_it(path: Path):
    room = path.relative_to(HOUSE).parts[0]
    for module, _ in modules_of(path):
        parts = module.split(".")
        if parts[0] != "triage" or len(parts) == 1 or room not in MAY_IMPORT:
            continue
        assert parts[1] == room or parts[1] in MAY_IMPORT[room], f"{path} may not import {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_each_framework_has_one_home(path: Path):
    place = str(path.relative_to(HOUSE))
    for module, _ in modules_of(path):
        homes = ONE_HOME.get(module.split(".")[0])
        assert homes is None or any(place.startswith(home) for home in homes), f"{place} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_imports_stand_at_the_top_save_for_mlflow(path: Path):
    tree = ast.parse(path.read_text(encoding="utf8"))
    top = {node.lineno for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))}
    late = [m for m, node in modules_of(path) if node.lineno not in top and not m.startswith("mlflow")]
    assert not late, f"{path} imports {late} inside a function"
