"""Checking pairs of image and mask in memory, as people's own loaders give them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from maskwright.checks.classes import class_findings
from maskwright.checks.duplicates import duplicate_findings
from maskwright.checks.masks.alignment import alignment_findings
from maskwright.checks.masks.single_masks import mask_findings
from maskwright.checks.masks.values.mask_values import colour_findings, ignored_object_findings, smoothing_findings
from maskwright.checks.photos import photo_findings
from maskwright.checks.scan import ALIGNMENTS_MOST, PhotoScan, summarise_mask
from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.datasets.copies.duplicates import join_copies
from maskwright.datasets.copies.near_copies import near_pairs, thumbnail
from maskwright.errors import DataError
from maskwright.findings.finding import Finding, Severity, make_finding, ranked, some
from maskwright.imaging.array_inputs import Array, Trouble, as_array, as_mask, as_photo
from maskwright.imaging.edge_alignment import ALIGNMENT_PX, measure_alignment
from maskwright.imaging.mask_artefacts import NO_TRACES, Traces, traces_of
from maskwright.imaging.mask_geometry import Mask, reduce_photo, resize_mask
from maskwright.imaging.measuring.rectangles import outlined_objects
from maskwright.imaging.wrapped_values import wrapped_share

_NO_TABLE = class_table(("background",))


@dataclass(frozen=True)
class _Pair:
    """One pair as it is kept: a few kilobytes, whatever the size of its image."""

    scan: PhotoScan
    digest: bytes
    troubles: tuple[Trouble, ...]
    traces: Traces


def check_pairs(pairs: Iterable[tuple[object, object]]) -> list[Finding]:
    """Return everything found in pairs of (image, mask), errors first; a pair is named by its place, from 0.

    Images are HxW, HxWxC or CxHxW, whole numbers or floats 0..1 (normalised ones pass); masks HxW, HxWx1, 1xHxW
    or one-hot, class ids of any number type, 255 = ignore. The pairs are gone through once and not kept. Raises
    DataError for what is no pair of arrays.

        >>> pairs = [(photo[:, ::-1], mask) for photo, mask in mw.open_dataset("photos")]
        >>> mw.check_pairs(pairs)[0].code
        'mask-flipped'
    """
    scanned = [_scanned_pair(index, pair) for index, pair in enumerate(pairs)]
    if not scanned:
        raise DataError("there are no pairs to check: give (image, mask) pairs; a generator can be used up only once")
    scans, note = _binary_if_255([one.scan for one in scanned])
    table = _table(scans)
    values = _value_findings(scanned)
    findings = [*_trouble_findings(scanned), *note, *photo_findings(scans, table), *mask_findings(scans, table)]
    # Stray values are no classes: what would be said of them as classes only follows from them.
    stray = any(finding.code == "mask-ghosts" for finding in values)
    findings += [f for f in class_findings(scans, table) if not (stray and f.code in ("class-absent", "class-rare"))]
    findings += [*alignment_findings(scans), *values]
    same: dict[bytes, list[str]] = {}
    for one in scanned:
        same.setdefault(one.digest, []).append(one.scan.name)
    exact = [tuple(names) for names in same.values() if len(names) > 1]
    near = near_pairs({scan.name: scan.thumb for scan in scans if scan.thumb is not None})
    return ranked([*findings, *duplicate_findings(join_copies([scan.name for scan in scans], exact, near), scans)])


def _scanned_pair(index: int, pair: tuple[object, object]) -> _Pair:
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
    small = reduce_photo(photo, ALIGNMENT_PX) if photo is not None else None
    scan = PhotoScan(
        name,
        size_hw,
        annotated=True,
        thumb=thumbnail(small) if small is not None else None,
        mask=summarise_mask(ids, _NO_TABLE) if ids is not None else None,
        wrapped=wrapped_share(photo) if photo is not None else 0.0,
    )
    if index < ALIGNMENTS_MOST and small is not None and ids is not None:
        shown = _shown(ids)
        objects = tuple(int(value) for value in np.unique(shown) if 0 < value < IGNORE)
        aligned = measure_alignment(small, resize_mask(shown, (small.shape[0], small.shape[1])))
        scan = replace(scan, alignment=aligned, outlined=outlined_objects(shown, objects))
    return _Pair(scan, _digest(image), tuple(troubles), NO_TRACES if ids is None else traces_of(ids))


def _shown(ids: Mask) -> Mask:
    """Return the mask with 255 as an object where it may be one: which it is comes out when all pairs are seen."""
    return np.where(ids == IGNORE, 1, ids).astype(np.uint8) if set(np.unique(ids)) <= {0, IGNORE} else ids


def _value_findings(scanned: Sequence[_Pair]) -> list[Finding]:
    masks = [(pair.scan.name, pair.traces) for pair in scanned]
    held = {value for _, traces in masks for value in traces.pixels}
    findings = [*smoothing_findings(masks), *colour_findings(held, ())]
    return findings or ignored_object_findings(held)


def _digest(array: Array) -> bytes:
    kind = f"{array.shape}{array.dtype}".encode()
    return blake2b(
        np.ascontiguousarray(array).data, digest_size=16, person=blake2b(kind, digest_size=16).digest()
    ).digest()


def _trouble_findings(scanned: Sequence[_Pair]) -> list[Finding]:
    by_code: dict[tuple[str, Severity], list[tuple[str, str]]] = {}
    for pair in scanned:
        for trouble in pair.troubles:
            by_code.setdefault((trouble.code, trouble.severity), []).append((pair.scan.name, trouble.text))
    return [
        make_finding(
            code,
            f"{len(texts)}: {some([f'{name}: {text}' for name, text in texts], most=3)}",
            photos=[name for name, _ in texts],
            severity=severity,
            variant="" if code == "photo-range" else "array",
        )
        for (code, severity), texts in by_code.items()
    ]


def _binary_if_255(scans: list[PhotoScan]) -> tuple[list[PhotoScan], list[Finding]]:
    """Read 255 as the object where the masks hold only 0 and 255, and say so."""
    held = sum((scan.mask.counts for scan in scans if scan.mask), np.zeros(256, dtype=np.int64))
    if not held[0] or not held[IGNORE] or held[1:IGNORE].any():
        return scans, []
    as_object = np.r_[0, IGNORE, 2:IGNORE, 1]
    changed = [
        replace(scan, mask=replace(scan.mask, counts=scan.mask.counts[as_object])) if scan.mask else scan
        for scan in scans
    ]
    share = held[IGNORE] / held.sum()
    evidence = f"255 in {share:.2%} of the pixels, no other value but 0; for these checks it was taken as the object"
    return changed, [make_finding("mask-255", evidence)]


def _table(scans: Sequence[PhotoScan]) -> ClassTable:
    """Return a table of the ids that occur, named by number; 0 is background where it occurs."""
    held = sum((scan.mask.counts for scan in scans if scan.mask), np.zeros(256, dtype=np.int64))
    ids = np.flatnonzero(held[:IGNORE])
    names = tuple(f"id {i}" for i in range(int(ids[-1]) + 1 if len(ids) else 1))
    return class_table(names, background=0 if held[0] or not len(ids) else None)
