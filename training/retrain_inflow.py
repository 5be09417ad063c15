"""MLproject entry `retrain-inflow`: learn the inflow champion on the newest series and forecast with it."""

import argparse
import sys
from pathlib import Path

from triage.adapters.registry import Registry
from triage.adapters.settings import load_settings
from triage.adapters.sources import shipped_inflow
from triage.adapters.store import Store
from triage.jobs.forecast_inflow import forecast_inflow
from triage.jobs.learn_inflow import learn_inflow


def main() -> None:
    """Learn, log to MLflow, promote where the gate passes, publish the forecast; exit 1 where it does not pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", default="triage-home")
    parser.add_argument("--kind", default="first_application")
    parser.add_argument("--origins", help="first:last:step; default the public protocol where the data hold it")
    given = parser.parse_args()
    settings = load_settings(home=given.home)
    settings.folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.store_url)
    store.upgrade()
    found = store.newest("INFLOW", "inflow")
    frame = found[1] if found else shipped_inflow()
    registry = Registry(settings.tracking_url, settings.folder / "mlartifacts")
    result = learn_inflow(frame, given.kind, store, registry, Path(settings.folder), origins=given.origins)
    print(result["text"])
    table = forecast_inflow(frame, given.kind, settings.forecast_months, settings.forecast_paths, store)
    print(f"Published {len(table)} rows of FORECAST.")
    if not result["is_champion"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
