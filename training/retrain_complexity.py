"""MLproject entry `retrain-complexity`: learn the work of a case from a file, or from made-up cases."""

import argparse
import sys
from datetime import date
from pathlib import Path

from triage.adapters.files import read_cases
from triage.adapters.registry import Registry
from triage.adapters.settings import load_settings
from triage.adapters.store import Store
from triage.domain.facts import Register
from triage.jobs.learn_complexity import learn_complexity
from triage.jobs.make_cases import make_cases_and_truth

MADE_UP, TODAY = "made-up", "today"


def main() -> None:
    """Learn, log to MLflow, promote where the gate passes; exit 1 where it does not pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", default="triage-home")
    parser.add_argument("--cases", default=MADE_UP, help="A file of cases, or made-up.")
    parser.add_argument("--number", type=float, default=20000)
    parser.add_argument("--seed", type=float, default=1)
    parser.add_argument("--snapshot", default=TODAY, help="Learn from what was known on this date, or today.")
    given = parser.parse_args()
    snapshot = date.today() if given.snapshot == TODAY else date.fromisoformat(given.snapshot)
    settings, register = load_settings(home=given.home), Register.load()
    settings.folder.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.store_url)
    store.upgrade()
    registry = Registry(settings.tracking_url, settings.folder / "mlartifacts")
    made_up = given.cases == MADE_UP
    cases, truth = (
        make_cases_and_truth(int(given.number), int(given.seed))
        if made_up
        else (read_cases(Path(given.cases), register), None)
    )
    learned = learn_complexity(
        cases,
        register,
        snapshot,
        None,
        registry=registry,
        store=store,
        home=settings.folder,
        promote=True,
        margin_hours=settings.margin_hours,
        heavy_cap_share=settings.heavy_cap_share,
        truth=truth,
    )
    print(learned.text)
    if not learned.promoted:
        sys.exit(1)


if __name__ == "__main__":
    main()
