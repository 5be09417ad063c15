"""MLproject entry `make-cases`: made-up cases as a file."""

import argparse
from pathlib import Path

from triage.jobs.make_cases import make_cases


def main() -> None:
    """Write made-up cases; nobody in them is real."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=float, default=1000)
    parser.add_argument("--seed", type=float, default=1)
    parser.add_argument("--out", default="cases.csv")
    given = parser.parse_args()
    cases = make_cases(int(given.number), int(given.seed), Path(given.out))
    print(f"Wrote {len(cases)} made-up cases to {given.out}.")


if __name__ == "__main__":
    main()
