"""The pages in a real Chromium: accessible, no wider than a telephone, and a decision without a mouse.

SCREENSHOTS=demo takes the home that `triage demo` made instead, and also writes the pictures of the documentation
to docs/images/.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.entrypoints.test_description import ROOT, node_modules  # noqa: F401 - a fixture
from tests.entrypoints.world import CHANGED, TOKEN

from triage.adapters.settings import Settings
from triage.adapters.store import Store

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def served(learned_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server of its own process over a copy of the world."""
    world = ROOT / os.environ["SCREENSHOTS"] if os.environ.get("SCREENSHOTS") else learned_home
    home = Path(shutil.copytree(world, tmp_path_factory.mktemp("served") / "home"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.entrypoints.world", str(home), str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{base}/v1/health/ready", process)
        yield base, home
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], patience: float = 120) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end or process.poll() is not None:
                raise
            time.sleep(0.1)


@pytest.fixture(scope="session")
def seen(served: tuple[str, Path], node_modules: Path) -> dict:  # noqa: F811
    """What the browser found, once."""
    if not shutil.which("chromium"):
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium cannot be had.")
        pytest.skip("Chromium is not installed.")
    base, home = served
    store = Store.open(Settings(home=str(home)).store_url)
    cases = [item.intake.case_id for item in store.work_list(100) if item.intake.case_id != CHANGED]
    has_changed = bool(store.suggestions_of(CHANGED))  # the home of `triage demo` has no such case
    store.close()
    pictures = str(ROOT / "docs" / "images") if os.environ.get("SCREENSHOTS") else "-"
    command = ["node", str(HERE / "browser.mjs"), base, TOKEN, cases[8], pictures, *([CHANGED] if has_changed else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_axe_finds_nothing_on_any_page_wide_or_narrow(seen):
    assert {path: found for path, found in seen["axe"].items() if found} == {}
    assert len(seen["axe"]) == (13 if os.environ.get("SCREENSHOTS") else 14)  # a demo has no changed case


def test_no_page_scrolls_sideways_on_a_telephone(seen):
    assert {path: over for path, over in seen["width"].items() if over > 0} == {}


def test_a_decision_and_a_sum_can_be_made_with_the_keyboard_alone(seen):
    assert all(seen["keyboard"].values()), seen["keyboard"]


def test_nothing_is_fetched_from_elsewhere_and_the_policy_blocks_nothing(seen):
    assert seen["outside"] == []
    assert seen["console"] == []
