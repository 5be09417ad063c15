"""evaluate: does it help, and is that shown: the complexity model, the routing policy, fairness."""

import click

from triage.entrypoints.commands.evaluate_complexity import complexity
from triage.entrypoints.commands.evaluate_fairness import fairness
from triage.entrypoints.commands.evaluate_overrides import overrides
from triage.entrypoints.commands.evaluate_routing import routing


@click.group("evaluate")
def evaluate() -> None:
    """Measure models and policies on made-up worlds with a known optimum."""


evaluate.add_command(complexity)
evaluate.add_command(fairness)
evaluate.add_command(overrides)
evaluate.add_command(routing)
