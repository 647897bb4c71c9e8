"""Work in threads gives results in order, and stops at what fails."""

import threading
from collections.abc import Callable
from functools import partial

import pytest

from maskwright.thread_pool import finish_behind, in_threads, read_ahead


@pytest.mark.parametrize("count", [0, 1, 5, 63, 64, 1000])
def test_results_are_in_the_order_of_the_items(count: int) -> None:
    assert in_threads(lambda number: number * number, iter(range(count))) == [n * n for n in range(count)]


def test_an_error_in_one_item_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda number: 1 / (number - 700), range(1000))


def test_the_next_item_is_read_while_the_first_is_worked_on() -> None:
    begun = {name: threading.Event() for name in "abc"}

    def read(name: str) -> str:
        begun[name].set()
        return name.upper()

    for name, result in read_ahead("abc", read, is_small=bool):
        assert result() == name.upper()
        after = chr(ord(name) + 1)
        assert after not in begun or begun[after].wait(timeout=60)
    assert list(read_ahead("", read, is_small=bool)) == []


def test_what_cannot_be_read_is_raised_in_its_turn() -> None:
    results = []
    for number, result in read_ahead([1, 0, 2], lambda number: 2 // number, is_small=lambda _: True):
        try:
            results.append(result())
        except ZeroDivisionError:
            results.append(-number)
    assert results == [2, 0, 1]


def test_a_large_item_is_not_read_before_its_turn() -> None:
    read: list[int] = []
    for number, result in read_ahead([1, 2, 3], read.append, is_small=lambda number: number != 2):
        assert (2 in read) == (number > 2)
        result()
    assert sorted(read) == [1, 2, 3]


def begun(number: int, value: int) -> Callable[[], float]:
    """Return what divides by the value; 13 cannot be begun."""
    if number == 13:
        raise ValueError("13")
    return lambda: number / value


@pytest.mark.parametrize("is_small", [True, False])
def test_items_are_finished_in_order_and_errors_come_in_their_turn(is_small: bool) -> None:
    results: list[object] = []
    items = [(1, 1), (2, 0), (13, 1), (4, 2)]
    for number, result in finish_behind(iter(items), begun, is_small=lambda _: is_small):
        try:
            results.append(result())
        except (ZeroDivisionError, ValueError) as error:
            results.append((number, type(error)))
    assert results == [1.0, (2, ZeroDivisionError), (13, ValueError), 2.0]


def test_an_item_is_finished_while_the_next_one_is_begun() -> None:
    finished = threading.Event()

    def finish(number: int) -> int:
        finished.set()
        return number

    def begin(number: int, _: int) -> Callable[[], int]:
        assert number == 1 or finished.wait(timeout=60)
        return partial(finish, number)

    assert [result() for _, result in finish_behind(iter([(1, 0), (2, 0)]), begin, is_small=bool)] == [1, 2]


def test_what_was_done_before_a_stop_is_not_lost() -> None:
    def begin(number: int, _: int) -> Callable[[], int]:
        if number == 2:
            raise KeyboardInterrupt
        return lambda: number

    items = finish_behind(iter([(1, 0), (2, 0)]), begin, is_small=bool)
    number, result = next(items)
    assert (number, result()) == (1, 1)
    with pytest.raises(KeyboardInterrupt):
        next(items)
