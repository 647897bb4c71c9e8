"""Folders of photos and mask images to samples."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.datasets.dataset import Dataset, MaskFile, Sample
from maskwright.datasets.formats.mask_pairs import Pair, pair_masks
from maskwright.datasets.formats.mask_values import meaning_of, read_all_values
from maskwright.datasets.formats.split_lists import with_listed_parts
from maskwright.datasets.labels.class_list import find_class_list
from maskwright.datasets.labels.photo_index import name_below, read_header
from maskwright.datasets.reading import Facts, MaskFacts, PhotoHeader, ReadOptions, Recognition, Remark
from maskwright.errors import DataError

NAME = "masks"


def recognise(path: Path) -> Recognition | None:
    """Return that a folder holds photos and mask images; None if nothing there looks like a mask."""
    if not path.is_dir():
        return None
    try:
        masks = sum(pair.mask is not None for pair in pair_masks(path))
    except DataError:  # several masks of one photo: reading says which
        masks = 1
    return Recognition(0.5, "photos and mask images", f"{masks} masks") if masks else None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of photos and masks below a folder; DataError if nothing there looks like a mask."""
    dataset = read_mask_folder(path, suffix=options.attribute, ignore=options.ignore, canvas_hw=options.canvas_hw)
    if dataset is None:
        raise DataError(f"{path} holds photos but no masks: put photos in images/ and masks in masks/")
    return dataset


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
    pairs, remarks = with_listed_parts(pair_masks(root, suffix=suffix), root)
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
    heads = {_name(pair, root): read_header(_photo(pair, root), canvas_hw=canvas_hw) for pair in pairs}
    samples = sorted((_sample(pair, root, heads) for pair in _without_lone_part(pairs)), key=lambda s: s.name)
    if orphans and canvas_hw is None:
        remarks.append(Remark("mask-without-photo", tuple(_name(pair, root) for pair in orphans)))
    facts = MaskFacts(
        {s.name: values[s.truth.path] for s in samples if isinstance(s.truth, MaskFile)},
        listed=listed[1] if listed else (),
        guessed=meaning.note,
        soft=meaning.soft,
        unfit=meaning.unfit,
        ignore=ignore,
    )
    return Dataset(root, "masks", tuple(samples), meaning.classes, Facts(heads, tuple(remarks), facts), meaning.rule)


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


def _sample(pair: Pair, root: Path, heads: Mapping[str, PhotoHeader]) -> Sample:
    name = _name(pair, root)
    truth = MaskFile(pair.mask) if pair.mask else None
    return Sample(name, _photo(pair, root), truth, heads[name].size_hw, pair.part)
