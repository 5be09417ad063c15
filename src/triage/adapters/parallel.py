"""Work spread over processes: joblib is the seam, so that Dask can take over where one machine is too small."""

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from joblib import Parallel, delayed

from triage.domain.records import Progress, silent

Item = TypeVar("Item")
Result = TypeVar("Result")


def run_all(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    progress: Progress = silent,
    label: str = "",
) -> list[Result]:
    """`function` of every item, in the order of the items, over at most `workers` processes.

    One worker runs in this process, without a start-up cost. The first error of any item is raised here.
    The cores are divided over the processes, so that numerical libraries do not fight over them.
    `progress` hears (label, done, total) after every item, in order.
    """
    todo = list(items)
    count = max(1, min(workers, len(todo)))
    pool = Parallel(n_jobs=count, return_as="generator")  # loky, or what joblib.parallel_config names
    results: list[Result] = []
    for result in pool(delayed(function)(item) for item in todo):
        results.append(cast(Result, result))
        progress(label, len(results), len(todo))
    return results
