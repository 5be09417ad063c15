"""Work spread over processes gives what one process gives."""

import os

import pytest

from triage.adapters.parallel import run_all


def tenfold(number: int) -> int:
    return number * 10


def process_of(_: int) -> int:
    return os.getpid()


def refuse_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_items(workers: int):
    assert run_all(tenfold, range(7), workers) == [0, 10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize("workers", [1, 2])
def test_progress_hears_every_item_once(workers: int):
    heard: list[tuple[str, int, int]] = []
    run_all(tenfold, [1, 2, 3], workers, lambda *said: heard.append(said), "counting")
    assert heard == [("counting", 1, 3), ("counting", 2, 3), ("counting", 3, 3)]


def test_one_worker_stays_in_this_process():
    assert set(run_all(process_of, [1, 2, 3], 1)) == {os.getpid()}


def test_more_workers_are_other_processes():
    assert os.getpid() not in run_all(process_of, range(4), 2)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_error_of_an_item_is_raised(workers: int):
    with pytest.raises(ValueError, match="three"):
        run_all(refuse_three, range(5), workers)


def test_nothing_to_do_gives_nothing():
    assert run_all(tenfold, [], 4) == []
