"""How commands talk: a bar on a terminal, lines elsewhere, and JSON for machines."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from triage.domain.records import Progress as Tell


@contextmanager
def progress() -> Iterator[Tell]:
    """A progress to hand to a job; it writes to stderr, so that stdout stays the result's."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done, total=total)

        yield tell


def _lines() -> Tell:
    """A line when work starts, at each quarter and when it is done."""
    said: dict[str, int] = {}

    def tell(label: str, done: int, total: int) -> None:
        quarter = 4 * done // max(total, 1)
        if said.get(label, -1) < quarter:
            said[label] = quarter
            click.echo(f"{label}: {done} of {total}", err=True)

    return tell


def show(result: Any, as_json: bool, sentence: str) -> None:
    """The result as one JSON object, or the sentence for people."""
    click.echo(json.dumps(result, ensure_ascii=False, default=str) if as_json else sentence)


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
