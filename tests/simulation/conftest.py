"""One made-up world for the tests that only read it."""

import pytest

from triage.simulation.world import World, make_world


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(20_000, 3)
