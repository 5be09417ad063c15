"""Speed, as ratios in one run: `make bench`.

The same model serves one case per request through our API and through `mlflow models serve`; wrk loads both
from this machine at 1 and 16 connections. Seconds depend on the machine, ratios less so.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import numpy as np

import bench_advice
import bench_inflow
import bench_law
import bench_learning
import bench_routing
import bench_world
from triage.adapters.bundles import read_bundle
from triage.adapters.registry import Registry
from triage.adapters.settings import load_settings
from triage.adapters.sources import shipped_inflow
from triage.adapters.store import Store
from triage.domain.case import Moment
from triage.domain.facts import Register
from triage.forecast.backtest import run_trial, usual_origins
from triage.forecast.series import panel_of
from triage.jobs.learn_complexity import learn_complexity
from triage.jobs.make_cases import make_cases
from triage.jobs.open_model import open_bundle, open_champion
from triage.law.book import LawBook
from triage.routing.served import to_served

SECONDS = 10
BIN = Path(sys.executable).parent  # mlflow starts uvicorn by name
TOKEN = "bench-token-0123456789abcdef0123456789abcdef"
GOAL_RATIO = 8.0


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server(command: list[str], url: str, environment: dict[str, str], patience: float = 120) -> Iterator[None]:
    """A server process that answers `url`, ended with its children."""
    process = subprocess.Popen(
        command,
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    start = time.monotonic()
    try:
        while True:
            try:
                urllib.request.urlopen(url, timeout=1).read()
                break
            except OSError:
                if time.monotonic() - start > patience or process.poll() is not None:
                    raise SystemExit(f"{command[0]} did not answer {url} in {patience:.0f} s.") from None
                time.sleep(0.2)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def load(url: str, body: str, headers: dict[str, str], connections: int) -> dict[str, float]:
    """Requests per second, p50 and p99 (ms) and failed answers under wrk."""
    lines = ["wrk.method = 'POST'", f"wrk.body = [[{body}]]"]
    lines += [f"wrk.headers['{name}'] = '{value}'" for name, value in headers.items()]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("\n".join(lines))
        script.flush()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", "-s", script.name, url],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    quantile = {q: _milliseconds(re.search(rf"{q}%\s+([\d.]+\w+)", said)[1]) for q in (50, 99)}
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return {"rate": rate, "p50": quantile[50], "p99": quantile[99], "failed": int(failed[1]) if failed else 0}


def _milliseconds(text: str) -> float:
    number, unit = re.match(r"([\d.]+)(\w+)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def in_process(model, law: LawBook, intakes: list) -> None:
    """Time per case without a server."""
    print("\nIn process, one case (p50 / p99 over 2,000 calls, microseconds)")
    for name, call in (("prediction, all heads", model.predict_one), ("law: routes", law.options)):
        took = []
        for number in range(2000):
            start = time.perf_counter()
            call(intakes[number % len(intakes)])
            took.append(time.perf_counter() - start)
        print(f"  {name:<24} {np.percentile(took, 50) * 1e6:8.0f} / {np.percentile(took, 99) * 1e6:8.0f}")


def whole_commands() -> None:
    """Seconds of what a person waits for."""
    print("\nSeconds, best of three")
    for name, work in (
        ("triage --help", lambda: subprocess.run([BIN / "triage", "--help"], check=True, capture_output=True)),
        ("path_fast, full protocol", _protocol),
        ("50,000 made-up cases", lambda: make_cases(50_000, 1, None)),
    ):
        took = []
        for _ in range(3):
            start = time.perf_counter()
            work()
            took.append(time.perf_counter() - start)
        print(f"  {name:<26} {min(took):6.2f}")


def _protocol() -> None:
    panel = panel_of(shipped_inflow(), "nationality_iso3", "first_application")
    run_trial("path_fast", panel, usual_origins(panel), 12)


def main() -> None:
    """Learn once, then load both servers with the same case."""
    home = Path(tempfile.mkdtemp(prefix="triage-bench-"))
    settings, register = load_settings(home=str(home)), Register.load()
    store = Store.open(settings.store_url)
    store.upgrade()
    registry = Registry(settings.tracking_url, home / "mlartifacts")
    cases = make_cases(8000, 1, None)
    print("Learning one model for both servers …", flush=True)
    learned = learn_complexity(
        cases, register, date.today(), None, registry=registry, store=store, home=home, promote=True
    )
    files = read_bundle(learned.folder)
    model, policy = open_bundle(files)
    intakes = [register.intake(row, Moment.REGISTERED) for row in cases.tail(200).to_dict("records")]
    row = _complete(cases, model)
    ours = _our_requests(home, register.intake(row.to_dict("records")[0], Moment.REGISTERED), register)
    theirs = _mlflow_requests(settings, learned, model, row)
    print(f"\nOne case per request, JSON in and out, {SECONDS} s each   requests/s      p50 ms      p99 ms   failed")
    for connections in (1, 16):
        for name, row in (("triage", ours[connections]), ("mlflow models serve", theirs[connections])):
            figures = f"{row['rate']:>22.0f} {row['p50']:>11.1f} {row['p99']:>11.1f} {row['failed']:>8}"
            print(f"  {name:<20} {connections:>2} connections {figures}")
        if any(side[connections]["failed"] for side in (ours, theirs)):
            raise SystemExit("A server refused requests: the figures above compare nothing.")
        ratio = ours[connections]["rate"] / theirs[connections]["rate"]
        verdict = "reached" if ratio >= GOAL_RATIO else "MISSED"
        print(f"  ratio at {connections}: {ratio:.1f} x (goal {GOAL_RATIO:.0f} x: {verdict})")
    in_process(model, LawBook.load(), intakes)
    bench_learning.against_served_copy(model, intakes, settings.tracking_url, learned.model_uri, row)
    bench_advice.main(model, policy, open_champion(store, home)[2])
    whole_commands()
    bench_learning.main()
    bench_law.main()
    bench_world.bench_world()
    bench_routing.main()
    bench_inflow.main()


def _complete(cases, model):
    """A case with every fact known: MLflow's signature refuses a request that leaves a column out."""
    flat = to_served(cases.tail(500), model.features, Moment.REGISTERED)
    known = flat.notna().all(axis=1) & flat.ne("").drop(columns="unknown_facts").all(axis=1)
    return cases.loc[known[known & flat["unknown_facts"].eq("")].index[:1]]


def _our_requests(home: Path, intake, register: Register) -> dict[int, dict[str, float]]:
    port = free_port()
    facts = {_camel(name): value for name, value in intake.facts.items() if register.facts[name].in_model == "yes"}
    body = json.dumps({"moment": "registered", "lodgedOn": str(intake.lodged), "facts": facts}, default=str)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    base = f"http://127.0.0.1:{port}"
    with server(
        [str(BIN / "triage"), "--home", str(home), "serve", "--port", str(port)],
        f"{base}/v1/health/ready",
        {"TRIAGE_TOKEN": TOKEN},
    ):
        load(f"{base}/v1/predictions/complexity", body, headers, 1)
        return {n: load(f"{base}/v1/predictions/complexity", body, headers, n) for n in (1, 16)}


def _mlflow_requests(settings, learned, model, row) -> dict[int, dict[str, float]]:
    port = free_port()
    record = to_served(row, model.features, Moment.REGISTERED).to_dict("records")[0]
    body = json.dumps({"dataframe_records": [{k: v for k, v in record.items() if v == v}]})  # NaN: not asked
    base = f"http://127.0.0.1:{port}"
    command = [
        str(BIN / "mlflow"),
        "models",
        "serve",
        "-m",
        learned.model_uri,
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "--env-manager",
        "local",
    ]
    with server(
        command, f"{base}/ping", {"MLFLOW_TRACKING_URI": settings.tracking_url, "MLFLOW_DISABLE_TELEMETRY": "true"}
    ):
        load(f"{base}/invocations", body, {"Content-Type": "application/json"}, 1)
        return {n: load(f"{base}/invocations", body, {"Content-Type": "application/json"}, n) for n in (1, 16)}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


if __name__ == "__main__":
    main()
