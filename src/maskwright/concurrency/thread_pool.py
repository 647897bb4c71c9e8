"""Working through items in a few threads: decoding images does not hold the interpreter."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import cv2

from maskwright.concurrency.usable_cores import usable_cores

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
MOST_THREADS = 4
CHUNK_MOST = 16
"""Items that a thread takes at once, at most: handing them over one by one takes longer than reading a small mask."""
CHUNKS_A_THREAD = 8
"""Portions that the items are cut into for each thread, at least, so that all end at about the same time."""


def in_threads(work: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Return the result of `work` for every item, in order, from up to four threads."""
    items = list(items)
    threads = min(MOST_THREADS, usable_cores())
    size = max(1, min(CHUNK_MOST, len(items) // (threads * CHUNKS_A_THREAD)))
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return [result for chunk in pool.map(lambda some: [work(item) for item in some], chunks) for result in chunk]


def in_order(
    items: Iterable[_Item],
    work: Callable[[_Item], _Result],
    *,
    threads: int,
    alone: Callable[[_Item], Callable[[_Item], _Result] | None],
) -> Generator[tuple[_Item, Callable[[], _Result]], None, None]:
    """Yield each item, in order, with what returns, or raises, the result of `work`.

    So many items are worked on at a time. Where `alone` returns a function, that one works on the item instead, with no
    other item at the same time, when the result is asked for. Who stops early closes the iterator: then what was begun
    is finished, and nothing else is begun.
    """
    begun: deque[tuple[_Item, Callable[[], _Result]]] = deque()
    with ThreadPoolExecutor(max_workers=threads) as pool:
        try:
            for item in items:
                work_alone = alone(item)
                if work_alone is None:
                    begun.append((item, pool.submit(work, item).result))
                else:
                    yield from _emptied(begun)
                    yield item, partial(work_alone, item)
                if len(begun) > threads:  # one waits, so that no thread does
                    yield begun.popleft()
            yield from _emptied(begun)
        finally:
            pool.shutdown(cancel_futures=True)


def _emptied(begun: deque[_Item]) -> Iterator[_Item]:
    while begun:
        yield begun.popleft()


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Keep OpenCV to one thread: on small pictures its own threads wait for each other longer than they work."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
