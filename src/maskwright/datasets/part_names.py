"""The parts of a given split, as folders and files are named after them."""

from collections.abc import Mapping
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
