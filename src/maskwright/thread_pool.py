"""Working through items in a few threads: decoding images does not hold the interpreter."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import cv2

_Item = TypeVar("_Item")
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


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Keep OpenCV to one thread: on small pictures its own threads wait for each other longer than they work."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
