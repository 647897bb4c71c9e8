"""How long work reports its progress: a function is given a title and a total, and returns what counts each item."""

from collections.abc import Callable

StartCounting = Callable[[str, int], Callable[..., None]]
"""Takes what begins, such as "checking", with the number of items, and returns what is called after each of them."""


def no_counting(_: str, __: int) -> Callable[..., None]:
    """Start a count that nobody sees."""
    return _ignored


def _ignored(*_: object) -> None:
    return None
