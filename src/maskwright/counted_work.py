"""Work on many files that somebody watches: what begins is counted, and every file that is done."""

from collections.abc import Callable

Count = Callable[[str, int], Callable[..., None]]
"""Takes what begins, such as "checking", with the number of files, and returns what is called after each of them."""


def uncounted(_: str, __: int) -> Callable[..., None]:
    """Return what counts nothing."""
    return _ignored


def _ignored(*_: object) -> None:
    return None
