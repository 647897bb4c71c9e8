"""Pairs that a diagnosis reads again and again: class ids are kept compressed, as long as they take little memory."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Case, Pair

MOST_BYTES = 48 * 2**20
"""Compressed size of all kept pairs. Masks of 1 megapixel take 20 to 300 kB each."""


@dataclass(frozen=True)
class PackedArray:
    """An array, compressed."""

    data: bytes
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, array: NDArray[Any]) -> "PackedArray":
        """Return the array in little memory, quickly."""
        return cls(zlib.compress(array.tobytes(), 1), array.dtype, array.shape)

    def unpacked(self) -> NDArray[Any]:
        """Return a copy that may be written to."""
        return np.frombuffer(bytearray(zlib.decompress(self.data)), dtype=self.dtype).reshape(self.shape)


@dataclass
class _Store:
    """The arrays of kept pairs by name - truth, prediction, and what was stored where that differs - and their size."""

    pairs: dict[str, tuple[PackedArray, ...]] = field(default_factory=dict)
    size: int = 0


def with_pairs_kept(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """Return cases whose pairs are read from their files once.

    Pairs with probabilities or a photo are not kept, nor those beyond MOST_BYTES: they are read each time.
    """
    store = _Store()
    return tuple(replace(case, reread=partial(_reread, store, case.name, case.reread)) for case in cases)


def _reread(store: _Store, name: str, read: Callable[[], Pair]) -> Pair:
    if (kept := store.pairs.get(name)) is not None:
        truth, prediction, *others = [one.unpacked() for one in kept]
        return Pair(name, truth, prediction, stored=others[0] if others else prediction.copy())
    pair = read()
    if pair.probabilities is None and pair.photo is None and pair.stored is not None and store.size < MOST_BYTES:
        is_same = pair.stored.dtype == pair.prediction.dtype and np.array_equal(pair.stored, pair.prediction)
        arrays = (pair.truth, pair.prediction, *(() if is_same else (pair.stored,)))
        store.pairs[name] = tuple(map(PackedArray.of, arrays))
        store.size += sum(len(one.data) for one in store.pairs[name])
    return pair
