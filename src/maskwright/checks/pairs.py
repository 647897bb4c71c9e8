"""Checking pairs of image and mask in memory, as people's own loaders give them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from maskwright.checks.alignment import fit_findings
from maskwright.checks.mask_values import colour_findings, ignored_object_findings, smoothing_findings
from maskwright.checks.masks import class_findings, mask_findings
from maskwright.checks.photos import duplicate_findings, photo_findings
from maskwright.checks.scan import FITS_MOST, Look, look_at_mask
from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.datasets.duplicates import join_copies, near_pairs, thumbnail
from maskwright.errors import DataError
from maskwright.findings.finding import Finding, Severity, make_finding, ranked, some
from maskwright.imaging.arrays import Array, Trouble, as_array, as_mask, as_photo
from maskwright.imaging.edge_alignment import FIT_PX, Fit, fit_of
from maskwright.imaging.geometry import Mask, resize_mask
from maskwright.imaging.mask_artefacts import NO_TRACES, Traces, traces_of
from maskwright.imaging.photos import Photo, reduce_photo

_NO_TABLE = class_table(("background",))


@dataclass(frozen=True)
class _Seen:
    """One pair as it is kept: a few kilobytes, whatever the size of its image."""

    look: Look
    digest: bytes
    troubles: tuple[Trouble, ...]
    traces: Traces


def check_pairs(pairs: Iterable[tuple[object, object]]) -> list[Finding]:
    """Return everything found in pairs of (image, mask), errors first; a pair is named by its place, from 0.

    Images are HxW, HxWxC or CxHxW, whole numbers or floats 0..1 (normalised ones pass); masks HxW, HxWx1, 1xHxW
    or one-hot, class ids of any number type, 255 = ignore. The pairs are gone through once and not kept. Raises
    DataError for what is no pair of arrays.
    """
    seen = [_see(index, pair) for index, pair in enumerate(pairs)]
    if not seen:
        raise DataError("there are no pairs to check: give (image, mask) pairs; a generator can be used up only once")
    looks, note = _binary_if_255([one.look for one in seen])
    table = _table(looks)
    values = _value_findings(seen)
    findings = [*_trouble_findings(seen), *note, *photo_findings(looks), *mask_findings(looks, table)]
    # Stray values are no classes: what would be said of them as classes only follows from them.
    stray = any(finding.code == "mask-ghosts" for finding in values)
    findings += [f for f in class_findings(looks, table) if not (stray and f.code in ("class-absent", "class-rare"))]
    findings += [*fit_findings(looks), *values]
    same: dict[bytes, list[str]] = {}
    for one in seen:
        same.setdefault(one.digest, []).append(one.look.name)
    exact = [tuple(names) for names in same.values() if len(names) > 1]
    near = near_pairs({look.name: look.thumb for look in looks if look.thumb is not None})
    return ranked([*findings, *duplicate_findings(join_copies([look.name for look in looks], exact, near), looks)])


def _see(index: int, pair: tuple[object, object]) -> _Seen:
    name = f"pair {index}"
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise DataError(f"{name} is a {type(pair).__name__}, not (image, mask): give tuples of two arrays")
    image, mask = as_array(pair[0], f"the image of {name}"), as_array(pair[1], f"the mask of {name}")
    photo, troubles = as_photo(image)
    size_hw = (photo.shape[0], photo.shape[1]) if photo is not None else None
    ids = None
    if size_hw is not None:
        ids, more = as_mask(mask, size_hw)
        troubles += more
    small = reduce_photo(photo, FIT_PX) if photo is not None else None
    look = Look(
        name,
        size_hw,
        annotated=True,
        thumb=thumbnail(small) if small is not None else None,
        mask=look_at_mask(ids, _NO_TABLE) if ids is not None else None,
        fit=_fit(small, ids) if index < FITS_MOST and small is not None and ids is not None else None,
    )
    return _Seen(look, _digest(image), tuple(troubles), NO_TRACES if ids is None else traces_of(ids))


def _fit(photo: Photo, ids: Mask) -> Fit | None:
    # 255 may be the object here: which of the two it is comes out when all pairs are seen.
    shown = np.where(ids == IGNORE, 1, ids).astype(np.uint8) if set(np.unique(ids)) <= {0, IGNORE} else ids
    return fit_of(photo, resize_mask(shown, (photo.shape[0], photo.shape[1])))


def _value_findings(seen: Sequence[_Seen]) -> list[Finding]:
    masks = [(one.look.name, one.traces) for one in seen]
    held = {value for _, traces in masks for value in traces.pixels}
    found = [*smoothing_findings(masks), *colour_findings(held, ())]
    return found or ignored_object_findings(held)


def _digest(array: Array) -> bytes:
    kind = f"{array.shape}{array.dtype}".encode()
    return blake2b(
        np.ascontiguousarray(array).data, digest_size=16, person=blake2b(kind, digest_size=16).digest()
    ).digest()


def _trouble_findings(seen: Sequence[_Seen]) -> list[Finding]:
    found: dict[tuple[str, Severity], list[tuple[str, str]]] = {}
    for one in seen:
        for trouble in one.troubles:
            found.setdefault((trouble.code, trouble.severity), []).append((one.look.name, trouble.text))
    return [
        make_finding(
            code,
            f"{len(said)}: {some([f'{name}: {text}' for name, text in said], most=3)}",
            photos=[name for name, _ in said],
            severity=severity,
            variant="" if code == "photo-range" else "array",
        )
        for (code, severity), said in found.items()
    ]


def _binary_if_255(looks: list[Look]) -> tuple[list[Look], list[Finding]]:
    """Read 255 as the object where the masks hold only 0 and 255, and say so."""
    held = sum((look.mask.counts for look in looks if look.mask), np.zeros(256, dtype=np.int64))
    if not held[0] or not held[IGNORE] or held[1:IGNORE].any():
        return looks, []
    as_object = np.r_[0, IGNORE, 2:IGNORE, 1]
    changed = [
        replace(look, mask=replace(look.mask, counts=look.mask.counts[as_object])) if look.mask else look
        for look in looks
    ]
    share = held[IGNORE] / held.sum()
    evidence = f"255 in {share:.2%} of the pixels, no other value but 0; for these checks it was taken as the object"
    return changed, [make_finding("mask-255", evidence)]


def _table(looks: Sequence[Look]) -> ClassTable:
    """Return a table of the ids that occur, named by number; 0 is background where it occurs."""
    held = sum((look.mask.counts for look in looks if look.mask), np.zeros(256, dtype=np.int64))
    ids = np.flatnonzero(held[:IGNORE])
    names = tuple(f"id {i}" for i in range(int(ids[-1]) + 1 if len(ids) else 1))
    return class_table(names, background=0 if held[0] or not len(ids) else None)
