"""Contracts are read by name, from the checkout or the package."""

from pathlib import Path

import pytest

from triage.adapters import contracts
from triage.domain.errors import NotFoundError, SettingsError


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(contracts, "PLACES", (tmp_path / "missing", tmp_path))
    return tmp_path


def test_a_contract_is_found_by_its_name(place: Path):
    (place / "complexity.toml").write_text('target = "hours"\n[gate]\nmargin = 0.5\n')
    assert contracts.contract("complexity") == {"target": "hours", "gate": {"margin": 0.5}}


@pytest.mark.parametrize("name", ["nothing", "../complexity", "", "Complexity.toml"])
def test_a_name_without_a_contract_is_not_found(place: Path, name: str):
    (place / "complexity.toml").write_text("")
    with pytest.raises(NotFoundError):
        contracts.contract(name)


def test_a_contract_that_is_no_toml_is_refused(place: Path):
    (place / "complexity.toml").write_text("target =")
    with pytest.raises(SettingsError, match=r"complexity\.toml"):
        contracts.contract("complexity")
