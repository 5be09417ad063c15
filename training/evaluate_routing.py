"""MLproject entry `evaluate-routing`: routing policies on made-up cases, with a report."""

import argparse
from pathlib import Path

from triage.adapters.settings import load_settings
from triage.domain.facts import Register
from triage.jobs.evaluate_routing import Question, evaluate_routing
from triage.law.book import LawBook


def main() -> None:
    """Simulate, answer and write report.html and routing.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=float, default=20)
    parser.add_argument("--seed", type=float, default=1)
    parser.add_argument("--load", type=float, default=1.0)
    parser.add_argument("--number", type=float, default=24000)
    parser.add_argument("--out", default="routing")
    given = parser.parse_args()
    question = Question(
        replications=int(given.replications), seed=int(given.seed), load=given.load, number=int(given.number)
    )
    workers = load_settings().workers
    found = evaluate_routing(question, LawBook.load(), Register.load(), Path(given.out), workers=workers)
    print(found.text)


if __name__ == "__main__":
    main()
