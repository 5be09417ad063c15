"""MLproject entry `backtest`: the public protocol on the shipped Dutch series."""

import argparse
from pathlib import Path

from triage.adapters.sources import shipped_inflow
from triage.jobs.backtest_inflow import backtest_inflow


def main() -> None:
    """Score every model and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--origins", default="2018-12:2025-09:3")
    parser.add_argument("--kind", default="first_application")
    parser.add_argument("--horizon", type=int, default=12)
    parser.add_argument("--out", default="backtest")
    given = parser.parse_args()
    scores = backtest_inflow(
        shipped_inflow(), "nationality_iso3", given.kind, given.origins, given.horizon, None, Path(given.out)
    )
    print(scores["table"])


if __name__ == "__main__":
    main()
