"""What a training's text says of the weights it kept: the score that was watched, and its value at each save."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from maskwright.diagnosis.history.history import KeptWeights

NUMBER = r"([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|inf))"
KERAS = re.compile(rf"(?<![\w/])([\w./-]+) improved from {NUMBER} to {NUMBER}, saving model", re.IGNORECASE)
"""`Epoch 3: val_dice improved from inf to 0.40660, saving model to best.h5`"""
LIGHTNING = re.compile(rf"'([\w./-]+)' reached {NUMBER} \(best {NUMBER}\), saving model", re.IGNORECASE)
"""`Epoch 2, global step 40: 'val_dice' reached 0.40660 (best 0.40660), saving model to '...' as top 1`"""


PASSED = re.compile(r"'([\w./-]+)' was not in top \d", re.IGNORECASE)


def kept_weights(text: str) -> tuple[KeptWeights, ...]:
    """Return for each watched score what it was before the first save (NaN where not said), and at each save."""
    before: dict[str, float] = {}
    values: dict[str, list[float]] = {}
    for name, first, value in _saves(text):
        before.setdefault(name, first)
        values.setdefault(name, []).append(value)
    passed = Counter(PASSED.findall(text))
    return tuple(KeptWeights(name, before[name], tuple(kept), passed[name]) for name, kept in values.items())


def _saves(text: str) -> Iterator[tuple[str, float, float]]:
    for match in KERAS.finditer(text):
        yield match.group(1), float(match.group(2)), float(match.group(3))
    for match in LIGHTNING.finditer(text):
        if match.group(2) == match.group(3):  # with several best ones kept, the others come and go
            yield match.group(1), math.nan, float(match.group(2))
