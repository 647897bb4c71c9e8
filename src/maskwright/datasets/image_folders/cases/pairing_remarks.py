"""What was noticed and decided while photos and masks of a folder were put together, as remarks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from maskwright.datasets.image_folders.disambiguation.choose_masks import MaskChoice
from maskwright.datasets.image_folders.disambiguation.choose_photos import PhotoChoice
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import MASK_WORDS, folder_words, numbers
from maskwright.datasets.image_folders.pairs.pairing import Pairing, are_apart
from maskwright.datasets.image_folders.pairs.sidecar_files import Given
from maskwright.datasets.reader_types import Remark
from maskwright.findings.finding import some

MAX_CHARTS = 2
"""Flat pictures in a folder without masks that are hardly lost masks; more of them may be."""
CHART = "flat as a mask is, and with the name of no photo, in a folder without other masks: a chart or a drawing"


@dataclass(frozen=True)
class Decisions:
    """All images of a folder, how names paired them, which photos and masks count, and what lists give."""

    images: Sequence[FolderImage]
    pairing: Pairing
    photos: PhotoChoice
    given: Given
    choice: MaskChoice


def remarks_of(decided: Decisions, orphans: Sequence[FolderImage]) -> list[Remark]:
    """Return the remarks about pairs, lists, kinds of masks and files that are not used; `orphans` lack a photo."""
    fitting = {m.below for m, _ in decided.pairing.foreign} | {match.mask.below for match in decided.pairing.unsure}
    charts = _charts([mask for mask in orphans if mask.below not in fitting], decided.photos)
    return [
        *_name_remarks(decided),
        *_orphan_remarks([mask for mask in orphans if mask not in charts], decided.pairing),
        *([Remark("file-unused", tuple(chart.below for chart in charts), CHART)] if charts else []),
        *_list_remarks(decided),
        *(Remark("folder-reading", (), text) for text in _how_masks_count(decided.choice)),
        *_unused_remarks(decided),
    ]


def _charts(orphans: Sequence[FolderImage], photos: PhotoChoice) -> list[FolderImage]:
    """Return the flat pictures that are hardly lost masks, as results.png: they lie apart from the masks.

    Their names have no number and no word for masks.
    """
    places = {match.mask.file.folder for match in photos.matches}
    apart = [image for image in orphans if image.file.folder not in places]
    count = Counter(image.file.folder for image in apart)
    return [
        image
        for image in apart
        if count[image.file.folder] <= MAX_CHARTS
        and not numbers(image.file.stem)
        and not set(folder_words((*image.file.folder, image.file.stem))) & MASK_WORDS
    ]


def _name_remarks(decided: Decisions) -> list[Remark]:
    """Return the pairs whose names differ, and those of folders that are named otherwise."""
    remarks = [
        Remark("name-differs", (match.photos[0].below,), f"{match.mask.below} for {match.photos[0].below}", match.said)
        for match in decided.photos.matches
        if match.said and match.photos[0].below not in decided.given.masks
    ]
    elsewhere = [match for match in decided.photos.matches if are_apart(match.mask, match.photos[0])]
    across = list(dict.fromkeys([*decided.pairing.across, *elsewhere]))
    if across:
        text = some([f"{match.mask.below} for {match.photos[0].below}" for match in across], most=3)
        remarks.append(Remark("pairs-across-folders", tuple(match.photos[0].below for match in across), text))
    return remarks


def _orphan_remarks(orphans: Sequence[FolderImage], pairing: Pairing) -> list[Remark]:
    """Return the masks without a photo, apart those that a photo elsewhere fits, and those that several photos fit."""
    foreign = {mask.below: photo.below for mask, photo in pairing.foreign}
    unsure = {match.mask.below: some([photo.below for photo in match.photos]) for match in pairing.unsure}
    remarks = []
    for topic, why in (("elsewhere", foreign), ("several", unsure)):
        names = tuple(mask.below for mask in orphans if mask.below in why)
        if names:
            remarks.append(Remark("mask-without-photo", names, f"{names[0]} fits {why[names[0]]}", topic))
    names = tuple(mask.below for mask in orphans if mask.below not in foreign and mask.below not in unsure)
    return [*remarks, Remark("mask-without-photo", names)] if names else remarks


def _list_remarks(decided: Decisions) -> list[Remark]:
    """Return what is wrong with lists, and that they pair masks otherwise than names do."""
    given = decided.given
    remarks = []
    if given.absent:
        pieces = "" if given.parts else _of_pieces(given.absent, decided.images)
        remarks.append(Remark("listed-photo-missing", given.absent, ", ".join(given.files) + pieces))
    if given.twice:
        remarks.append(Remark("two-parts", given.twice))
    if given.parts_said:
        remarks.append(Remark("folder-reading", (), given.parts_said))
    by_name = {(match.photos[0].below, match.mask.below) for match in decided.photos.matches}
    if any((photo, mask.below) not in by_name for photo, masks in given.masks.items() for mask in masks):
        remarks.append(Remark("folder-reading", (), f"masks are paired as {', '.join(given.files)} says"))
    return remarks


def _of_pieces(absent: Sequence[str], images: Sequence[FolderImage]) -> str:
    """Return that lists name pieces to cut from photos, where their lines are photos' names with a number behind."""
    photos = {image.name.stem: image.below for image in images if image.role == "photo"}
    lines = [line.rpartition("_")[0] for line in absent if line.rpartition("_")[2].isdigit()]
    named = [line for line in lines if line in photos]
    if 2 * len(named) < len(absent):
        return ""
    return (
        f" (pieces to be cut from photos, as from {photos[named[0]]}: cut photos and masks as the dataset's script "
        "does, or these lists give no parts)"
    )


def _how_masks_count(choice: MaskChoice) -> list[str]:
    """Return what several kinds of masks were taken for, a sentence each."""
    texts = []
    if choice.together != "alone":
        labels = some([choice.labels[kind] for kind in choice.kinds])
        what = "a class each" if choice.together == "classes" else "one object"
        other = "union" if choice.together == "classes" else "classes"
        texts.append(f"{labels} are {what} (--set data.masks={other} otherwise)")
    if choice.overlap:
        texts.append(
            "where they overlap, the one that lies within the other counts, or else the later one of this list"
        )
    if choice.view is not None:
        texts.append(f"{choice.labels[choice.view]} shows the field of view: pixels outside of it are ignored")
    return texts


def _unused_remarks(decided: Decisions) -> list[Remark]:
    """Return the images that are neither a photo nor a mask of one, by reason."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for below, why in decided.photos.unused.items():
        reasons[why].append(below)
    remarks = [Remark("file-unused", tuple(names), why) for why, names in reasons.items()]
    choice = decided.choice
    remarks += [Remark("file-unused", (choice.labels[kind],), why, "masks") for kind, why in choice.unused.items()]
    unclear = [i for i in decided.images if i.role == "unclear" and i.below not in decided.photos.unused]
    if unclear:
        kinds = Counter("/".join(image.file.folder) or image.file.path.suffix for image in unclear)
        names = tuple(image.below for image in unclear)
        remarks.append(Remark("file-unused", names, f"looks like neither photo nor mask ({some(list(kinds))})"))
    return remarks
