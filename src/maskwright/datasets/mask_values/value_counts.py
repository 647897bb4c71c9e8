"""The values that mask files hold, with their pixel counts, read once from every file."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np

from maskwright.classes import Colour
from maskwright.concurrency.thread_pool import in_threads
from maskwright.datasets.reader_types import MaskValues
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import is_array_file
from maskwright.imaging.decoders.image_files import first_bytes, open_image
from maskwright.imaging.mask_artefacts import NO_TRACES, traces_of
from maskwright.imaging.mask_layers import layers_overlap
from maskwright.imaging.mask_reader import (
    TRANSPARENT_MODES,
    RawMask,
    colour_value,
    is_divided,
    read_raw_mask,
)
from maskwright.progress_counter import StartCounting, no_counting

VALUES_MOST = 4096
OPAQUE_ALONE = {255}
PNG, PNG_COLOUR_TYPE, NEITHER = b"\x89PNG", 25, (b"\x00", b"\x02")
"""How PNG files begin, where they say their colour type, and those without palette and transparency: grey and RGB."""


def read_all_values(files: Sequence[Path | MaskFile], *, count: StartCounting = no_counting) -> list[MaskValues]:
    """Return the values of each mask file; files are decoded two at a time and not kept; `count` shows how many."""
    on_file = count("reading masks", len(files))

    def read(file: MaskFile) -> MaskValues:
        values = read_values(file)
        on_file()
        return values

    return in_threads(read, [file if isinstance(file, MaskFile) else MaskFile(file) for file in files])


def read_values(file: MaskFile) -> MaskValues:
    """Return the values of a mask file; of one with thousands the most frequent ones."""
    try:
        raw = read_raw_mask(file.path, page=file.page)
        palette, alpha = _palette_and_alpha(file.path)
    except DataError as error:
        return MaskValues({}, None, error=str(error), divided=is_divided(file.path))
    counts = dict(Counter(value_counts(raw)).most_common(VALUES_MOST))
    return MaskValues(
        counts,
        (raw.shape[0], raw.shape[1]),
        palette,
        traces=traces_of(raw),
        border=value_counts(_border(raw)),
        alpha=alpha,
        digest=blake2b(np.ascontiguousarray(raw).data, digest_size=16).digest(),
        overlap=file.page is None and layers_overlap(file.path),
    )


def value_counts(raw: RawMask) -> dict[int, int]:
    """Return how many pixels hold each value, without sorting them: masks are few values in long runs."""
    flat = raw.ravel()
    if flat.dtype.kind == "u" and flat.dtype.itemsize <= 2:
        counts = np.bincount(flat)
        return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1]) if flat.size else np.zeros(0, np.int64)
    values, which = np.unique(flat[starts], return_inverse=True)
    lengths = np.diff(starts, append=flat.size)
    totals = np.bincount(which, weights=lengths, minlength=len(values))
    return {int(value): int(total) for value, total in zip(values, totals, strict=True)}


def _border(raw: RawMask) -> RawMask:
    """Return the values along the edge of a mask."""
    return np.concatenate([raw[0], raw[-1], raw[1:-1, 0], raw[1:-1, -1]])


def _palette_and_alpha(path: Path) -> tuple[tuple[Colour, ...], dict[int, int]]:
    """Return the palette of a mask file, and how many pixels have each transparency where it is not opaque alone."""
    start = first_bytes(path, PNG_COLOUR_TYPE + 1)
    if is_array_file(path) or (start.startswith(PNG) and start[PNG_COLOUR_TYPE:] in NEITHER):
        return (), {}
    try:
        with open_image(path) as image:
            if image.mode == "P":
                flat = image.getpalette("RGB") or []
                return tuple((r, g, b) for r, g, b in zip(*[iter(flat)] * 3, strict=False)), {}
            if image.mode not in TRANSPARENT_MODES:
                return (), {}
            alpha = value_counts(np.asarray(image.getchannel("A")))
    except (DataError, OSError, ValueError, SyntaxError):
        return (), {}
    return (), alpha if set(alpha) != OPAQUE_ALONE else {}


def by_colour(mask: MaskValues) -> MaskValues:
    """Return the values of a palette file as the colours that its palette gives them; other files as they are."""
    if not mask.palette:
        return mask
    colours = [colour_value(colour) for colour in mask.palette]
    names = {index: colours[index] if 0 <= index < len(colours) else 0 for index in mask.counts}
    return replace(with_values(mask, names), palette=())


def with_values(mask: MaskValues, names: Mapping[int, int]) -> MaskValues:
    """Return the counts of a mask by other values: `names` has the new value of each, where it has one."""
    return replace(mask, counts=_renamed(mask.counts, names), border=_renamed(mask.border, names))


def _renamed(counts: Mapping[int, int], names: Mapping[int, int]) -> dict[int, int]:
    renamed: Counter[int] = Counter()
    for value, count in counts.items():
        renamed[names.get(value, value)] += count
    return dict(renamed)


def by_alpha(mask: MaskValues) -> MaskValues:
    """Return the values of a file with transparency as that; other files as they are."""
    return replace(mask, counts=mask.alpha, border={}, traces=NO_TRACES) if mask.alpha else mask


def pooled(masks: Iterable[MaskValues]) -> Counter[int]:
    """Return how many pixels hold each value over all masks."""
    counts: Counter[int] = Counter()
    for mask in masks:
        counts.update(mask.counts)
    return counts


def merged(masks: Sequence[MaskValues]) -> MaskValues:
    """Return the values of several masks of one photo as those of one; what is wrong with any is wrong with it."""
    if len(masks) == 1:
        return masks[0]
    broken = next((mask for mask in masks if mask.error), None)
    digest = blake2b(b"".join(mask.digest for mask in masks), digest_size=16).digest()
    return broken or replace(masks[0], counts=dict(pooled(masks)), digest=digest)
