"""The application itself: models in use, probes, and a quick start."""

import subprocess
import sys


def test_a_model_in_use_shows_measures_and_card(api, tools):
    assert api.get("/v1/models").json()["models"][0]["version"] == tools.complexity.version
    assert api.get("/v1/models/complexity").json()["measures"]
    assert api.get("/v1/models/complexity/card").json()["card"].startswith("#")
    assert api.get("/v1/models/unheard-of").status_code == 404


def test_ready_says_which_model_is_in_use(door, tools):
    assert door.get("/v1/health/live").json()["status"] == "live"
    assert door.get("/v1/health/ready").json() == {"status": "ready", "complexityModel": tools.complexity.version}


def test_the_api_starts_without_what_takes_seconds():
    code = "import sys, triage.entrypoints.api; print([m for m in ('mlflow', 'statsmodels') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
