"""The API description: to the NLGov rules, and true to what the API does."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from triage.entrypoints.problems import camel

ROOT = Path(__file__).parents[2]
RULES = ROOT / "tests" / "nlgov" / "linter.yaml"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The npm packages; skips where they cannot be had, fails in CI."""
    place = ROOT / "node_modules"
    if not (place / ".bin" / "spectral").exists() and shutil.which("npm"):
        subprocess.run(["npm", "ci", "--silent"], cwd=ROOT, check=False, timeout=300)
    if (place / ".bin" / "spectral").exists():
        return place
    if os.environ.get("CI") == "true":
        pytest.fail("The npm packages cannot be installed.")
    pytest.skip("The npm packages are not installed: run npm ci.")


def test_the_nlgov_linter_finds_no_error(door, node_modules, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_bytes(door.get("/v1/openapi.json").content)
    done = subprocess.run(
        [node_modules / ".bin" / "spectral", "lint", "-r", RULES, "--fail-severity", "error", document],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No results" in done.stdout, done.stdout


def test_the_description_is_openapi_31_with_every_call(door):
    made = door.get("/v1/openapi.json").json()
    assert made["openapi"].startswith("3.1")
    assert {
        "/predictions/complexity",
        "/route-suggestions",
        "/route-suggestions/{suggestionId}",
        "/route-suggestions/{suggestionId}/decision",
        "/cases",
        "/cases/{caseId}",
        "/dossiers",
        "/inflow-forecasts",
        "/inflow-forecasts/{forecastId}",
        "/inflow-forecasts/{forecastId}/sums",
        "/inflow-forecasts/{forecastId}/scores",
        "/models",
        "/models/{name}",
        "/models/{name}/card",
        "/health/live",
        "/health/ready",
    } == set(made["paths"])


def test_the_facts_in_the_description_follow_from_the_register(door, tools):
    schemas = door.get("/v1/openapi.json").json()["components"]["schemas"]
    work, law = schemas["WorkFacts"]["properties"], schemas["IntakeFacts"]["properties"]
    never = {f.name for f in tools.register.facts.values() if f.in_model == "never"}
    assert len(work) == len(tools.register.facts) - len(never)
    traits = {"nationalityIso3", "stateless", "nationalityDoubt", "publicOrderSignal"}
    assert set(law) - set(work) == traits | {camel(clock.name) for clock in tools.register.clocks()}


def test_every_reference_in_the_description_leads_somewhere(door):
    text = door.get("/v1/openapi.json").text
    schemas = json.loads(text)["components"]["schemas"]
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(schemas)


def test_the_lock_file_of_npm_holds_no_address():
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf8")
