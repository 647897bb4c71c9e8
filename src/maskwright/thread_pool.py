"""Working through items in a few threads: decoding images does not hold the interpreter."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import NoReturn, TypeVar

import cv2

_Item = TypeVar("_Item")
_Value = TypeVar("_Value")
_Result = TypeVar("_Result")
MOST_THREADS = 4
CHUNK_MOST, CHUNKS_A_THREAD = 16, 8
"""Handing items over one by one takes longer than reading a small mask."""


def in_threads(work: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Return the result of `work` for every item, in order, from up to four threads."""
    items = list(items)
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    size = max(1, min(CHUNK_MOST, len(items) // (threads * CHUNKS_A_THREAD)))
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return [result for chunk in pool.map(lambda some: [work(item) for item in some], chunks) for result in chunk]


def read_ahead(
    items: Sequence[_Item], read: Callable[[_Item], _Result], *, is_small: Callable[[_Item], bool]
) -> Iterator[tuple[_Item, Callable[[], _Result]]]:
    """Yield each item with what returns, or raises, the result of `read`; the next one is read meanwhile if small."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        result: Callable[[], _Result] | None = None
        for place, item in enumerate(items):
            now, result = result or partial(read, item), None
            if place + 1 < len(items) and is_small(items[place + 1]):
                result = reader.submit(read, items[place + 1]).result
            yield item, now


def finish_behind(
    items: Iterable[tuple[_Item, _Value]],
    begin: Callable[[_Item, _Value], Callable[[], _Result]],
    *,
    is_small: Callable[[_Item], bool],
) -> Iterator[tuple[_Item, Callable[[], _Result]]]:
    """Yield each item with what returns, or raises, the result of the call that `begin` returns for it.

    That call is made in a thread while the next item is begun, if small; an item comes when the next one has begun.
    """
    waiting: list[tuple[_Item, Callable[[], _Result]]] = []
    with ThreadPoolExecutor(max_workers=1) as finisher:
        for item, value in items:
            try:
                finish = begin(item, value)
            except Exception as error:  # the item's own, for who asks for its result
                finish = partial(_raise, error)
            except BaseException:
                yield from waiting  # it may be done already: that must not be lost
                raise
            yield from waiting
            waiting = []
            if is_small(item):
                waiting = [(item, finisher.submit(finish).result)]
            else:
                yield item, finish
            del finish  # it holds the item
        yield from waiting


def _raise(error: Exception) -> NoReturn:
    raise error


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Keep OpenCV to one thread: on small pictures its own threads wait for each other longer than they work."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
