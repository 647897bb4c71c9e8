"""Memory of a training: freed blocks are kept for the next step, which saves a tenth of its time and more on Linux."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_BLOCK = 32 << 20
"""Blocks beyond it are always the system's: the most that glibc allows, and comes to by itself once one was freed."""
KEPT_BYTES, USUALLY_KEPT_BYTES = 1 << 30, 2 * LARGEST_BLOCK
"""Freed memory at the end of the heap that the system gets back only beyond this: in a training, and by itself."""


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Within it glibc keeps freed blocks of up to 32 MB, 1 GB of them at most; at the end the system gets them back.

    As it comes, glibc returns what a step frees and gets it anew for the next, which then waits for the system to
    clear some hundred MB, page by page. Does nothing where the C library is another. Thresholds of the process's own
    (MALLOC_MMAP_THRESHOLD_ and its kin) are replaced, and glibc adapts them no more.
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
