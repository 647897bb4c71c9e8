"""Memory of a training: freed blocks are kept for the next step, which saves a tenth of its time and more on Linux."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

M_TRIM_THRESHOLD = -1
"""The number of the option in glibc's malloc.h."""
M_MMAP_THRESHOLD = -3
"""The number of the option in glibc's malloc.h."""
LARGEST_BLOCK = 32 << 20
"""Blocks beyond it are always the system's: the most that glibc allows, and comes to by itself once one was freed."""
KEPT_BYTES = 1 << 30
"""Freed memory at the end of the heap that a training keeps: the system gets back what is beyond."""
USUALLY_KEPT_BYTES = 2 * LARGEST_BLOCK
"""What is kept by itself, outside trainings."""


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Let glibc keep freed blocks of up to 32 MB, 1 GB in all; at the end the system gets them back.

    By default glibc returns the memory that a step frees and asks for it again in the next step, which waits while the
    system clears some hundred MB, page by page. Other C libraries are left alone. Thresholds that the process was
    started with, such as MALLOC_MMAP_THRESHOLD_, are replaced, and glibc stops to adapt them.
    """
    library = _glibc()
    if library is None:
        yield
        return
    library.mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK)
    library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    try:
        yield
    finally:
        library.mallopt(M_TRIM_THRESHOLD, USUALLY_KEPT_BYTES)
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """Return the C library of this process if it is glibc."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    needed = ("gnu_get_libc_version", "mallopt", "malloc_trim")
    return library if all(hasattr(library, name) for name in needed) else None
