"""The parts of a given split, as folders and files are named after them."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

PartName = Literal["train", "val", "test"]

PARTS: Mapping[str, PartName] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "validate": "val",
    "test": "test",
    "testing": "test",
    "trn": "train",
    "tst": "test",
    "dev": "val",
    "tuning": "val",
    "minival": "val",
    "trainval": "train",
    "eval": "test",
    "evaluation": "test",
    "holdout": "test",
    "heldout": "test",
}
"""The part that a word in lower case stands for."""

JOINT: frozenset[PartName] = frozenset(("train", "val"))
"""What a file of training and validation together speaks of, as trainval.txt does."""


def parts_named(words: Iterable[str]) -> frozenset[PartName]:
    """Return the parts that the words of a name, in lower case, speak of: trainval is two, and test-dev is test."""
    words = set(words)
    if {"test", "dev"} <= words:
        return frozenset(("test",))
    return frozenset(PARTS[word] for word in words if word in PARTS) | (JOINT if "trainval" in words else frozenset())


def words_of(name: str) -> list[str]:
    """Return the words of a file's or folder's name in lower case, without numbers behind them."""
    return [word.rstrip("0123456789") for word in re.split(r"[-._ ]", name.lower())]
