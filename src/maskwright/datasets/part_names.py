"""The parts of a given split, as folders and files are named after them."""

from collections.abc import Mapping, Sequence

from maskwright.datasets.dataset import PartName
from maskwright.findings.finding import Finding, some

PARTS: Mapping[str, PartName] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}
"""The part that a word in lower case stands for."""


def split_leak(names: Sequence[str]) -> Finding:
    """Return the finding of photos that a given split lists in more than one part."""
    title, fix = "Photos are listed in several parts of the split", "list each photo once"
    return Finding("split-leak", "warning", title, f"{some(names)}: kept only in the part held out", fix, tuple(names))
