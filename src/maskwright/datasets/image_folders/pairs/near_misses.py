"""What to say where masks fit no photo by name: the nearest way to pair them, and how to ask for it."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from maskwright.datasets.image_folders.image_roles import FolderImage, Group, kind_of
from maskwright.datasets.image_folders.pairs.names import natural, runs
from maskwright.datasets.image_folders.pairs.pairing import Match, Pairing, pair
from maskwright.datasets.image_folders.pairs.split_folders import part_of
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.unread_formats.unsupported_tools import foreign_files
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.decoders.array_files import is_array_file

NEARLY_ALL, RENUMBERED_SHARE = 0.8, 0.5
LABEL_STUDIO = re.compile(r"task-\d+-annotation-\d+-by-")


def nothing_fits(
    root: Path, photos: Sequence[FolderImage], masks: Sequence[FolderImage], pairing: Pairing
) -> DataError:
    """Return the error for masks none of which found a photo, with the nearest way to pair them if there is one."""
    if not photos:
        if (foreign := next(foreign_files(root), None)) is not None:
            path, sentence = foreign
            return DataError(f"{root} has {len(masks)} masks but no photos: {name_below(path, root)} {sentence}")
        return DataError(
            f"{root} has {len(masks)} masks but no photos: put the photos in {root / 'images'} and the masks in "
            f"{root / 'masks'}"
        )
    if all(is_array_file(image.file.path) for image in (*photos, *masks)):
        return DataError(
            f"{root}: {some([image.below for image in (*photos, *masks)])} are no stack of photos and one of masks: "
            "save X.npy (NxHxWx3) and Y.npy (NxHxW, a class id a pixel) in one folder"
        )
    if pairing.unsure:
        return _several_fit(root, pairing.unsure)
    if LABEL_STUDIO.match(masks[0].name.stem):
        return DataError(
            f"{root}: {masks[0].below} is a brush export of Label Studio, whose names do not say which photo a mask "
            "is of: export JSON from the same project, and put it beside the photos in place of these masks"
        )
    problem = f"{root} has {len(photos)} photos and {len(masks)} masks, but no mask is named like a photo"
    pairs: Sequence[Match] = pair([*photos, *masks], mode="number").matches
    if len(pairs) >= NEARLY_ALL * len(masks):
        return DataError(f"{problem}: {_example(pairs)}? {len(pairs)} such pairs: --set data.pairing=number")
    if as_many := _as_many(photos, masks):
        pairs = [match for match in pair([*photos, *masks], mode="order").matches if kind_of(match.mask) == as_many]
        if pairs:
            return DataError(f"{problem}: {_example(pairs)}? {len(pairs)} such pairs: --set data.pairing=order")
    return DataError(
        f"{problem} ({masks[0].below}, {photos[0].below}): give photo and mask the same name, as in "
        f"{root / 'images'} and {root / 'masks'}"
    )


def _as_many(photos: Sequence[FolderImage], masks: Sequence[FolderImage]) -> Group | None:
    """Return the first kind of masks of which there are as many as photos; another one may be an older export."""
    kinds = Counter(kind_of(mask) for mask in masks)
    return next((kind for kind, count in kinds.items() if count == len(photos)), None)


def _several_fit(root: Path, unsure: Sequence[Match]) -> DataError:
    """Return the error for masks that fit several photos each: of several parts, or several versions of one."""
    match = unsure[0]
    names = some([photo.below for photo in match.photos])
    folders = list(dict.fromkeys("/".join(photo.file.folder) for photo in match.photos))
    if len(folders) > 1 and not any(part_of(photo) for photo in match.photos):
        beside = [photo.file.path.name for photo in match.photos if "/".join(photo.file.folder) == folders[0]]
        kinds = f" and, of several in it for one mask ({some(beside, most=2)}), one kind" if len(beside) > 1 else ""
        what = (
            f"they may be channels or sharpness of one picture: keep the pictures of one folder ({some(folders)})"
            f"{kinds}, and move the others out of {root}"
        )
    elif len(folders) > 1:
        what = "put masks and photos of one part in folders of one name"
    else:
        what = "keep one version of each photo there, or put each version in a folder of its own"
    return DataError(f"{root}: {len(unsure)} masks fit several photos each, as {match.mask.below} fits {names}: {what}")


def renumbered(root: Path, images: Sequence[FolderImage], pairing: Pairing) -> DataError | None:
    """Return the question about as many masks as photos, named by numbers, most of which differ; None for others.

    Frames 0, 3 and 6 with the masks 0, 1 and 2 are such: by number, most masks have no photo, or another one.
    """
    photos = [image for image in images if image.role == "photo"]
    masks = [image for image in images if image.role == "mask"]
    if not pairing.matches or len(photos) != len(masks) or len(pairing.orphans) < RENUMBERED_SHARE * len(masks):
        return None
    if len({kind_of(mask) for mask in masks}) > 1 or not all(_differ_by_numbers(kind) for kind in (photos, masks)):
        return None
    if _numbers(photos) == _numbers(masks):  # they lie in different folders, as volumes of a download do
        return None
    by_order = sorted(photos, key=lambda photo: natural(photo.below)), sorted(masks, key=lambda m: natural(m.below))
    photo, mask = (kind[-1].below for kind in by_order)
    return DataError(
        f"{root} has {len(photos)} photos and {len(masks)} masks, and only {len(masks) - len(pairing.orphans)} masks "
        f"have the number of a photo: choose --set data.pairing=order (they follow one another, up to {mask} ~ "
        f"{photo}), or --set data.pairing=number (the photos of the others are missing)"
    )


def _differ_by_numbers(images: Sequence[FolderImage]) -> bool:
    """Tell whether the names of images are alike but for numbers."""
    return len({tuple(run for run in runs(image.name.stem) if not run.isdigit()) for image in images}) == 1


def _numbers(images: Sequence[FolderImage]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(run for run in runs(image.name.stem) if run.isdigit()) for image in images)


def _example(pairs: Sequence[Match]) -> str:
    return f"{pairs[0].mask.below} ~ {pairs[0].photos[0].below}"
