"""Pictures of depth or height, and those computed from others: left out beside photos in colour."""

from collections.abc import Sequence
from dataclasses import replace

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import folder_words, numbers, runs
from maskwright.datasets.image_folders.pairs.pairing import Match

DEPTH_WORDS = frozenset(["dsm", "dem", "dtm", "ndsm", "chm", "elev", "disp"])
DEPTH_BEGINNINGS = ("depth", "disparit", "height", "elevation")
COMPUTED_WORDS = frozenset(
    ["distance", "distances", "weighted", "weights", "heatmap", "heatmaps", "flow", "ndvi", "evi", "hha"]
)
"""What folders are called whose pictures were computed from photos or masks."""


def with_depths_as_photos(images: Sequence[FolderImage]) -> list[FolderImage]:
    """Return the images, grey ones of folders called depth or height as pictures though they look like masks.

    So smooth a picture of heights is none where a photo in colour and a mask elsewhere have its name.
    """
    masks = {image.file.stem for image in images if image.role == "mask" and not _in_folder_of_depths(image)}
    coloured = {image.file.stem for image in images if image.role == "photo" and is_coloured(image)}
    called = [i for i, image in enumerate(images) if _in_folder_of_depths(image) and not is_coloured(image)]
    if not masks or not any(images[i].role == "photo" and images[i].file.stem in coloured for i in called):
        return list(images)
    settled = list(images)
    for i in called:
        if images[i].role != "photo" and images[i].file.stem in coloured and not _holds_fractions(images[i]):
            settled[i] = replace(images[i], role="photo")
    return settled


def _in_folder_of_depths(image: FolderImage) -> bool:
    words = folder_words(image.file.folder[-1:])
    return any(word in DEPTH_WORDS or word.startswith(DEPTH_BEGINNINGS) for word in words)


def without_depths(match: Match, unused: dict[str, str]) -> Match:
    """Return a match without pictures of depth or height, as their folder or name says, beside pictures in colour."""
    depths = [photo for photo in match.photos if _is_called_depth(photo) and not is_coloured(photo)]
    others = tuple(photo for photo in match.photos if photo not in depths)
    if depths and any(map(is_coloured, others)):
        unused |= {photo.below: "shows depths or heights, beside photos in colour" for photo in depths}
        match = replace(match, photos=others)
    computed = [photo for photo in match.photos if set(folder_words(photo.file.folder[-1:])) & COMPUTED_WORDS]
    if 0 < len(computed) < len(match.photos):
        unused |= {photo.below: "is computed from other pictures, as its folder says" for photo in computed}
        match = replace(match, photos=tuple(photo for photo in match.photos if photo not in computed))
    return match


def leave_out_depths(matches: Sequence[Match], photos: Sequence[FolderImage], unused: dict[str, str]) -> None:
    """Note the pictures of depth or height that have the numbers of a photo in colour, and no mask of their own.

    So they are beside a photo in colour of the same name that has no mask either.
    """
    own = {photo.below for match in matches for photo in match.photos}
    coloured = {numbers(photo.name.stem) for match in matches for photo in match.photos if is_coloured(photo)}
    beside = {(photo.file.folder[:-1], photo.file.stem) for photo in photos if is_coloured(photo)}
    for photo in photos:
        if photo.below in own or photo.below in unused or is_coloured(photo) or _holds_fractions(photo):
            continue
        is_beside = _in_folder_of_depths(photo) and (photo.file.folder[:-1], photo.file.stem) in beside
        if is_beside or (_is_called_depth(photo) and numbers(photo.name.stem) in coloured):
            unused[photo.below] = "shows depths or heights, beside photos in colour"


def _is_called_depth(photo: FolderImage) -> bool:
    words = [*folder_words(photo.file.folder), *runs(photo.name.stem)]
    return any(word in DEPTH_WORDS or word.startswith(DEPTH_BEGINNINGS) for word in words)


def is_coloured(photo: FolderImage) -> bool:
    """Tell whether a picture has three bands or more."""
    return photo.file.header is not None and photo.file.header.bands >= 3


def _holds_fractions(photo: FolderImage) -> bool:
    return photo.file.header is not None and photo.file.header.mode == "F"
