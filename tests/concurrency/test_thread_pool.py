"""Work in threads gives results in order, and stops at what fails."""

import threading
import time
from contextlib import closing

import pytest

from maskwright.concurrency.thread_pool import in_order, in_threads


@pytest.mark.parametrize("count", [0, 1, 5, 63, 64, 1000])
def test_results_are_in_the_order_of_the_items(count: int) -> None:
    assert in_threads(lambda number: number * number, iter(range(count))) == [n * n for n in range(count)]


def test_an_error_in_one_item_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda number: 1 / (number - 700), range(1000))


def together(_: object) -> None:
    """Ask for no item to be worked on alone."""


@pytest.mark.parametrize("is_alone", [True, False])
def test_results_and_errors_come_in_the_order_of_the_items(is_alone: bool) -> None:
    def work(number: int) -> float:
        return 4 / number

    results: list[object] = []
    for number, result in in_order([1, 0, 2, 4], work, threads=2, alone=lambda _: work if is_alone else None):
        try:
            results.append(result())
        except ZeroDivisionError:
            results.append(-number)
    assert results == [4.0, 0, 2.0, 1.0]
    assert list(in_order("", str.upper, threads=2, alone=together)) == []


def test_so_many_items_are_worked_on_at_a_time() -> None:
    both = threading.Barrier(2, timeout=60)

    def work(number: int) -> int:
        both.wait()  # passed by two at a time only
        return number

    assert [result() for _, result in in_order(range(4), work, threads=2, alone=together)] == [0, 1, 2, 3]


def test_a_large_item_is_worked_on_alone() -> None:
    at_work: set[int] = set()
    beside: dict[int, set[int]] = {}

    def work(number: int) -> None:
        at_work.add(number)
        beside[number] = at_work - {number}
        time.sleep(0.01)
        at_work.remove(number)

    for _, result in in_order([1, 2, 30, 4, 5], work, threads=2, alone=lambda n: work if n > 9 else None):
        result()
    assert not beside[30]
    assert 30 not in beside[4] | beside[5]


def test_what_was_begun_before_a_stop_is_finished_and_no_more_is_begun() -> None:
    begun, finished = [], []

    def work(number: int) -> None:
        begun.append(number)
        time.sleep(0.01)
        finished.append(number)

    with closing(in_order(range(100), work, threads=2, alone=together)) as results:
        next(results)[1]()
    assert 0 in finished
    assert sorted(begun) == sorted(finished)
    assert len(begun) < 10
