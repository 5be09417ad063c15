"""What the tests of every room share: a clock that stands still, a store on both databases, and two processes."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings

from triage.adapters.store import Store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HERE = Path(__file__).parent

# A process per core already: libraries that start a thread per core would fight over the same cores. The processes
# of pytest-xdist, and all that the tests start, inherit this.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# `make test` gives the same examples every time, so that a change is judged by what it changes and never by chance.
# `make test-all`, the nightly run, draws new ones and so keeps looking. A busy machine is slow: no limit per example.
settings.register_profile("same-examples", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("new-examples", deadline=None, print_blob=True)

#: Files that take longest. They start first, so that the processes end together.
LONGEST_FIRST = ("tests/flows/test_demo.py", "tests/entrypoints/", "tests/flows/", "tests/law/test_properties.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files in front, in the order of LONGEST_FIRST; the rest stays in its order."""
    items.sort(key=lambda item: next((at for at, name in enumerate(LONGEST_FIRST) if item.nodeid.startswith(name)), 99))


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """24 November 2026, noon UTC, whenever it is asked."""
    return lambda: NOON


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """Address of the test database. Skips where no server can be had; in CI that is a failure."""
    started = subprocess.run(["bash", str(HERE / "postgres.sh")], capture_output=True, text=True, check=False)
    said = started.stdout.strip().splitlines()[-1:] or [started.stderr.strip()[-200:]]
    if started.returncode == 0:
        return said[0]
    if os.environ.get("CI") == "true":
        pytest.fail(said[0])
    pytest.skip(said[0])


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[str]:
    """Address of an empty schema of its own, dropped afterwards."""
    schema = f"t_{uuid.uuid4().hex}"
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    yield f"{postgres_url}?options=-csearch_path%3D{schema}"
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return request.getfixturevalue("fresh_postgres")


@pytest.fixture
def store(empty_url: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    """An empty store at the newest schema, once on SQLite and once on PostgreSQL."""
    opened = Store.open(empty_url, clock)
    opened.upgrade()
    yield opened
    opened.close()
