"""Work in threads gives results in order, and stops at what fails."""

import pytest

from maskwright.thread_pool import in_threads


@pytest.mark.parametrize("count", [0, 1, 5, 63, 64, 1000])
def test_results_are_in_the_order_of_the_items(count: int) -> None:
    assert in_threads(lambda number: number * number, iter(range(count))) == [n * n for n in range(count)]


def test_an_error_in_one_item_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda number: 1 / (number - 700), range(1000))
