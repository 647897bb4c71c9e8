"""Folders of photos and mask images to samples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from maskwright.checks.mask_values import (
    colour_findings,
    ignored_object_findings,
    mostly_ignored_findings,
    smoothing_findings,
)
from maskwright.checks.orientation import unturned_finding
from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset, MaskFile, Sample
from maskwright.datasets.formats.class_list import ClassRow, find_class_list
from maskwright.datasets.formats.mask_pairs import Pair, pair_masks
from maskwright.datasets.formats.mask_values import MaskValues, Meaning, meaning_of, read_all_values
from maskwright.datasets.formats.split_lists import with_listed_parts
from maskwright.datasets.photo_index import PhotoHead, head_findings, name_below, photo_head
from maskwright.errors import DataError
from maskwright.findings.finding import Finding, some
from maskwright.imaging.masks import COLOUR_BIT
from maskwright.imaging.photos import photo_turn

SAME_ASPECT = 0.01
NEARLY_SAME = 0.05


def read_mask_folder(
    root: Path,
    *,
    suffix: str | None = None,
    ignore: int | None = None,
    canvas_hw: tuple[int, int] | None = None,
) -> Dataset | None:
    """Return the dataset of photos and masks below `root`; None if nothing there looks like a mask.

    `suffix` chooses between several kinds of masks of one photo (`a_mask.png`, `a_edges.png`), `ignore` is a stored
    value that counts for nothing. With `canvas_hw` masks without a photo are samples of that size.
    """
    pairs, findings = with_listed_parts(pair_masks(root, suffix=suffix), root)
    masked = [pair for pair in pairs if pair.mask]
    if not masked:
        return None
    if canvas_hw is None and not any(pair.photo for pair in masked):
        raise DataError(
            f"{_no_photos(pairs, root)}: put the photos in {root / 'images'} and the masks in {root / 'masks'}"
        )
    orphans = [pair for pair in masked if pair.photo is None]
    pairs = pairs if canvas_hw else [pair for pair in pairs if pair.photo]
    used = [pair.mask for pair in pairs if pair.mask]
    values = dict(zip(used, read_all_values(used), strict=True))
    listed = find_class_list(root, sorted({v for mask in values.values() for v in mask.counts if v != ignore}))
    meaning = meaning_of(list(values.values()), listed[1] if listed else None, ignore=ignore)
    heads = {_name(pair, root): photo_head(_photo(pair, root), canvas_hw=canvas_hw) for pair in pairs}
    samples = sorted((_sample(pair, root, heads) for pair in _without_lone_part(pairs)), key=lambda s: s.name)
    findings += [] if canvas_hw else _orphan_findings(orphans, root)
    findings += (
        head_findings(heads)
        + _file_findings(samples, values)
        + _value_findings(samples, values, meaning, rows=listed[1] if listed else (), ignore=ignore)
    )
    return Dataset(root, "masks", tuple(samples), meaning.classes, tuple(findings), meaning.rule)


def _no_photos(pairs: Sequence[Pair], root: Path) -> str:
    photos, masks = sum(p.photo is not None for p in pairs), sum(p.mask is not None for p in pairs)
    if not photos:
        return f"{root} has {masks} masks but no photos"
    return f"{root} has {photos} photos and {masks} masks, but no mask is named like a photo"


def _name(pair: Pair, root: Path) -> str:
    path = pair.photo or pair.mask
    assert path is not None
    return name_below(path, root)


def _photo(pair: Pair, root: Path) -> Path:
    """Return the photo's path; of a mask without a photo one that leads nowhere, lest the mask is taken for it."""
    return pair.photo or root / "missing" / _name(pair, root)


def _without_lone_part(pairs: Sequence[Pair]) -> list[Pair]:
    """Drop the one part there is if all photos with a mask have it: a folder that is called test is no split yet."""
    named = {pair.part for pair in pairs if pair.part}
    alike = len(named) == 1 and {pair.part for pair in pairs if pair.mask} == named
    return [replace(pair, part=None) if alike else pair for pair in pairs]


def _sample(pair: Pair, root: Path, heads: Mapping[str, PhotoHead]) -> Sample:
    name = _name(pair, root)
    truth = MaskFile(pair.mask) if pair.mask else None
    return Sample(name, _photo(pair, root), truth, heads[name].size_hw, pair.part)


def _orphan_findings(orphans: Sequence[Pair], root: Path) -> list[Finding]:
    if not orphans:
        return []
    names = [_name(pair, root) for pair in orphans]
    title, fix = "Masks have no photo beside them", "give photo and mask the same name, or remove the mask"
    return [Finding("mask-missing", "warning", title, f"{len(names)}: {some(names)}", fix)]


def _file_findings(samples: Sequence[Sample], values: Mapping[Path, MaskValues]) -> list[Finding]:
    """Say which masks cannot be read, and which have another size than their photo."""
    broken: dict[str, str] = {}
    scaled: dict[str, str] = {}
    other: dict[str, str] = {}
    unturned: dict[str, str] = {}
    divided: dict[str, str] = {}
    for sample in samples:
        mask = values[sample.truth.path] if isinstance(sample.truth, MaskFile) else None
        if mask is None or sample.size_hw is None:
            continue
        if mask.size_hw is None:
            (divided if mask.divided else broken)[sample.name] = mask.error
        elif mask.size_hw == sample.size_hw[::-1] and _is_turned(sample.photo):
            unturned[sample.name] = _sizes(mask.size_hw, sample)
        elif mask.size_hw != sample.size_hw:
            (scaled if _is_scaled(mask.size_hw, sample.size_hw) else other)[sample.name] = _sizes(mask.size_hw, sample)
    return [
        *_unturned(unturned),
        *_grouped("mask-scaled", "error", "Masks were divided by 255", divided),
        *_grouped("mask-unreadable", "error", "Masks cannot be read", broken),
        *_grouped("mask-size", "error", "Masks do not fit their photos", other),
        *_grouped("mask-size", "warning", "Masks are smaller or larger than their photos and were scaled", scaled),
    ]


def _is_turned(photo: Path) -> bool:
    return photo.is_file() and photo_turn(photo) is not None


def _unturned(said: Mapping[str, str]) -> list[Finding]:
    evidence = f"{len(said)} masks have the size of the photo as stored: {some(list(said.values()), most=3)}"
    return [unturned_finding(evidence, tuple(said))] if said else []


def _is_scaled(mask_hw: tuple[int, int], photo_hw: tuple[int, int]) -> bool:
    """Tell whether both sides differ by one factor; a factor of nearly 1 is a crop or a margin, not another scale."""
    high, wide = photo_hw[0] / mask_hw[0], photo_hw[1] / mask_hw[1]
    return abs(high / wide - 1) <= SAME_ASPECT and abs(high - 1) > NEARLY_SAME


def _sizes(mask_hw: tuple[int, int], sample: Sample) -> str:
    assert sample.size_hw is not None
    high, wide = sample.size_hw
    text = f"{sample.name}: mask {mask_hw[1]}x{mask_hw[0]}, photo {wide}x{high}"
    if _is_scaled(mask_hw, sample.size_hw):
        return f"{text}, factor {high / mask_hw[0]:.3g}"
    return f"{text} upright, {high}x{wide} before its EXIF turn?" if mask_hw == (wide, high) else text


_FIXES = {
    "mask-unreadable": "save these masks again as PNG, or remove them",
    "mask-scaled": "multiply by 255 before saving: Image.fromarray((mask * 255).round().astype(np.uint8)).save(path)",
    "mask-size": "save these masks at the size of their photos as a viewer shows them",
}


def _grouped(code: str, severity: Literal["error", "warning"], title: str, said: Mapping[str, str]) -> list[Finding]:
    if not said:
        return []
    evidence = f"{len(said)}: {some(list(said.values()), most=3)}"
    return [Finding(code, severity, title, evidence, _FIXES[code], tuple(said))]


def _value_findings(
    samples: Sequence[Sample],
    values: Mapping[Path, MaskValues],
    meaning: Meaning,
    *,
    rows: Sequence[ClassRow],
    ignore: int | None,
) -> list[Finding]:
    masks = [(s.name, values[s.truth.path]) for s in samples if isinstance(s.truth, MaskFile)]
    findings = [_soft(masks)] if meaning.soft else []
    if not meaning.soft:
        lossy = frozenset(s.name for s in samples if _is_jpeg(s))
        findings += smoothing_findings([(name, mask.traces) for name, mask in masks], lossy=lossy)
    held = {value for _, mask in masks for value in mask.counts}
    palette = any(mask.palette for _, mask in masks)
    findings += colour_findings(held, rows, palette=palette)
    if not rows and not palette:
        ignored = [value for value, class_id in meaning.rule.values if class_id == IGNORE and value != ignore]
        mostly = mostly_ignored_findings([mask.counts for _, mask in masks], ignored)
        findings += ignored_object_findings(held) or mostly
    if meaning.note:
        fix = "name them in classes.csv with the columns id,name,colour,ignore"
        findings.append(Finding("class-guessed", "note", "The classes were read off the masks", meaning.note, fix))
    if meaning.unfit:
        findings.append(_unfit(masks, meaning))
    return findings


def _is_jpeg(sample: Sample) -> bool:
    return isinstance(sample.truth, MaskFile) and sample.truth.path.suffix.lower() in (".jpg", ".jpeg")


def _soft(masks: Sequence[tuple[str, MaskValues]]) -> Finding:
    names = [name for name, mask in masks if set(mask.counts) - {0, 255}]
    between = sum(n for _, mask in masks for value, n in mask.counts.items() if 16 <= value < 240)
    share = between / max(sum(n for _, mask in masks for n in mask.counts.values()), 1)
    evidence = f"{len(names)}: {some(names)}; {share:.2%} of the pixels lie between, from 128 on they are object"
    title, fix = "Binary masks hold shades", "save masks as PNG with 0 and 255 only"
    return Finding("mask-soft", "warning", title, evidence, fix, tuple(names))


def _unfit(masks: Sequence[tuple[str, MaskValues]], meaning: Meaning) -> Finding:
    """An error where no rule could be found, or for what is left of a mask; else the pixels are only ignored."""
    names = [name for name, mask in masks if meaning.unfit & set(mask.counts)]
    shown = some([_value_text(value) for value in sorted(meaning.unfit)])
    if not meaning.rule.values:
        evidence = f"{len(meaning.unfit)} colours in {len(names)} masks: {shown}"
        fix = "write classes.csv with id,name,colour (#rrggbb), and save masks without smooth edges as PNG"
        return Finding("mask-values", "error", "Masks hold too many colours", evidence, fix, tuple(names))
    pixels = sum(mask.counts.get(value, 0) for _, mask in masks for value in meaning.unfit)
    evidence = f"{shown}: {pixels} pixels in {len(names)} masks ({some(names)}) are ignored"
    fix = "add the values to the class list, or mark them there as ignored"
    return Finding("mask-values", "warning", "Masks hold values that are no class", evidence, fix, tuple(names))


def _value_text(value: int) -> str:
    return f"#{value - COLOUR_BIT:06x}" if value >= COLOUR_BIT else str(value)
