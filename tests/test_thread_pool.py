"""Work in threads gives results in order, and stops at what fails."""

import threading

import pytest

from maskwright.thread_pool import in_threads, read_ahead


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
