"""One learned world per session; every test that writes gets a copy of it."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.entrypoints.world import TOKEN, make_home, settings_of, suggest_all

from triage.entrypoints.api import create_app
from triage.entrypoints.tools import Tools, open_tools


@pytest.fixture(scope="session")
def learned_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with store and model, cases with suggestions; never written to after this."""
    home = tmp_path_factory.mktemp("world")
    settings = make_home(home)
    tools = open_tools(settings)
    suggest_all(tools)
    tools.store.close()
    return home


@pytest.fixture
def home(learned_home: Path, tmp_path: Path) -> Path:
    """A copy of the world to write in."""
    return Path(shutil.copytree(learned_home, tmp_path / "home"))


@pytest.fixture
def tools(home: Path) -> Iterator[Tools]:
    """The opened world."""
    opened = open_tools(settings_of(home))
    yield opened
    opened.store.close()


@pytest.fixture
def door(tools: Tools) -> TestClient:
    """A client without any token."""
    return TestClient(create_app(tools, TOKEN), base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture
def api(tools: Tools) -> TestClient:
    """A client of the API with the token."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    app = create_app(tools, TOKEN)
    return TestClient(app, base_url="http://127.0.0.1", headers=headers, raise_server_exceptions=False)


@pytest.fixture
def pages(door: TestClient) -> TestClient:
    """A client of the pages that is signed in."""
    door.get(f"/inloggen?token={TOKEN}")
    return door


@pytest.fixture
def without_model(tools: Tools) -> TestClient:
    """The API of a house where no model was promoted yet."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    app = create_app(replace(tools, complexity=None, policy=None), TOKEN)
    return TestClient(app, base_url="http://127.0.0.1", headers=headers, raise_server_exceptions=False)
