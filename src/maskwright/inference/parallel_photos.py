"""Several photos at a time: each thread's network computes on its share of the cores."""

from dataclasses import replace

from maskwright.inference.exported.runtimes import RuntimeNet
from maskwright.inference.segmenter import Segmenter

WORTH_COMPILING = 8
"""From so many photos on it pays to compile an exported network again, for several photos at a time."""


def for_callers(segmenter: Segmenter, callers: int, *, photos: int) -> Segmenter | None:
    """Return the same Segmenter for so many threads that predict at a time; None where networks should take turns.

    PyTorch's take turns: on a GPU there is nothing to share, and on the CPU two at a time were not faster than one
    after the other with all threads.
    """
    others = [for_callers(other, callers, photos=photos) for other in segmenter.others]
    if photos < WORTH_COMPILING or not isinstance(segmenter.net, RuntimeNet) or None in others:
        return None
    shared = tuple(other for other in others if other is not None)
    return replace(segmenter, net=segmenter.net.for_callers(callers), others=shared)
