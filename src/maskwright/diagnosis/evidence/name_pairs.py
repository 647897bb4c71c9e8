"""Names that mean the same photo though they differ: by a prefix, a suffix, or the padding of their numbers."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from maskwright.diagnosis.evidence.file_keys import key_of

T = TypeVar("T")
IMAGE_SUFFIX = re.compile(r"\.(png|jpe?g|tiff?|bmp|gif|webp|npy)$", re.IGNORECASE)
NEARLY_ALL = 0.9
"""Share of the shorter list that must pair up before another reading of names is believed."""


def paired_names(truths: Sequence[str], predictions: Sequence[str]) -> tuple[dict[str, str], str]:
    """Return each truth's prediction by name, and by what they pair, "" where names are equal.

    Equal names come first. Where fewer than half pair so, common beginnings and endings are left out, then only the
    numbers count. A reading is believed where it keeps names apart and pairs nearly all.

    >>> paired_names(["img_001", "img_002"], ["out1", "out2"])
    ({'img_001': 'out1', 'img_002': 'out2'}, 'their numbers')
    """
    equal = {name: name for name in truths if name in set(predictions)}
    shorter = min(len(truths), len(predictions))
    if 2 * len(equal) >= shorter:
        return equal, ""
    readings: tuple[tuple[str, Callable[[Sequence[str]], list[str]]], ...] = (
        ("their names without common beginnings and endings", _without_affixes),
        ("their numbers", _numbers),
        ("the last number in their names", _last_number),
    )
    for words, read in readings:
        pairs = _by(read(truths), read(predictions), truths, predictions)
        if len(pairs) >= max(1, NEARLY_ALL * shorter) and len(pairs) > len(equal):
            return pairs, words
    return equal, ""


def named_like(truths: Sequence[str], arrays: Mapping[str, T]) -> dict[str, T]:
    """Return the arrays of one npz by the keys that pair them with truths; empty where fewer than half pair.

    Their names come first as they are, then without the suffix of an image, then without endings such as "_mask".

    >>> named_like(["scan_1.01", "scan_1.02"], {"scan_1.01.png": 3, "scan_1.02.png": 4})
    {'scan_1.01': 3, 'scan_1.02': 4}
    """
    cut = [IMAGE_SUFFIX.sub("", name) for name in arrays]
    readings = [list(arrays), cut, [key_of(Path(f"{name}.png")) for name in cut]]
    readings = [keys for keys in readings if len(set(keys)) == len(keys)]
    keys = max(readings, key=lambda keys: len(set(keys) & set(truths)))
    pairs, _ = paired_names(truths, keys)
    return (
        dict(zip(keys, arrays.values(), strict=True)) if pairs and 2 * len(pairs) >= min(len(truths), len(keys)) else {}
    )


def _by(keys: list[str], others: list[str], truths: Sequence[str], predictions: Sequence[str]) -> dict[str, str]:
    if len(set(keys)) < len(keys) or len(set(others)) < len(others):
        return {}
    found = dict(zip(others, predictions, strict=True))
    return {name: found[key] for key, name in zip(keys, truths, strict=True) if key and key in found}


def _without_affixes(names: Sequence[str]) -> list[str]:
    lower = [name.lower() for name in names]
    if len(lower) < 2:
        return lower
    start = len(_shared(lower))
    start -= _trailing_digits(lower[0][:start])
    end = len(_shared([name[::-1] for name in lower]))
    end -= _trailing_digits(lower[0][::-1][:end])
    return [name[start : len(name) - end] if start + end < len(name) else name for name in lower]


def _shared(names: Sequence[str]) -> str:
    """Return the beginning that all names share."""
    first, last = min(names), max(names)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length]


def _trailing_digits(text: str) -> int:
    """Return how many digits the text ends with: a number is not cut in two."""
    return len(text) - len(text.rstrip("0123456789"))


def _numbers(names: Sequence[str]) -> list[str]:
    return ["-".join(str(int(n)) for n in re.findall(r"\d+", name)) for name in names]


def _last_number(names: Sequence[str]) -> list[str]:
    return [str(int(found[-1])) if (found := re.findall(r"\d+", name)) else "" for name in names]
