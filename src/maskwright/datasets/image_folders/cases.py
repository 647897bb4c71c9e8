"""Photos of a folder with their masks, their part and their group, and everything that was noticed on the way."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.datasets.image_folders.choice_of_masks import MaskChoice, choose_masks
from maskwright.datasets.image_folders.choice_of_photos import PhotoChoice, choose_photos
from maskwright.datasets.image_folders.folder_parts import folder_groups, parts_of
from maskwright.datasets.image_folders.given_lists import Given, given_masks, read_lists
from maskwright.datasets.image_folders.kinds import FolderImage
from maskwright.datasets.image_folders.mask_kinds import MaskKind, kinds_of_masks
from maskwright.datasets.image_folders.names import folder_words, runs
from maskwright.datasets.image_folders.near_misses import nothing_fits
from maskwright.datasets.image_folders.pairing import Pairing, pair
from maskwright.datasets.part_names import PartName
from maskwright.datasets.reading import ReadOptions, Remark
from maskwright.findings.finding import some

FAULTLESS_WORDS = frozenset(
    ["good", "ok", "normal", "healthy", "clean", "intact", "negative", "negatives", "defectfree", "faultless", "empty"]
)


@dataclass(frozen=True)
class Case:
    """One photo with its masks by kind, the part of a given split and the group that it belongs to.

    `photo` None: a mask whose photo is not there. `is_background`: a photo without objects, as its folder says.
    """

    photo: FolderImage | None
    masks: Mapping[MaskKind, tuple[FolderImage, ...]]
    part: PartName | None = None
    group: str | None = None
    is_background: bool = False

    @property
    def name(self) -> str:
        """The path of the photo, or of the mask that has none, below the root."""
        return (self.photo or next(iter(self.masks.values()))[0]).below


@dataclass(frozen=True)
class FolderCases:
    """All cases of a folder, which kinds of their masks count, and what was noticed."""

    cases: tuple[Case, ...]
    choice: MaskChoice
    remarks: tuple[Remark, ...]


def read_cases(root: Path, images: Sequence[FolderImage], options: ReadOptions) -> FolderCases:
    """Return the photos with their masks; DataError asks where photos or masks can be read in several ways."""
    pairing = pair(images, mode=options.pairing)
    photos = [image for image in images if image.role == "photo"]
    chosen = choose_photos(pairing.matches, photos, root, wanted=options.photo_folder)
    given = read_lists(root, images)
    matched: dict[str, list[FolderImage]] = defaultdict(list)
    for match in chosen.matches:
        matched[match.photos[0].below].append(match.mask)
    masks = given_masks(given, matched)
    used = {mask.below for several in masks.values() for mask in several}
    orphans = [image for image in images if image.role == "mask" and image.below not in used]
    if not masks and options.canvas_hw is None:
        raise nothing_fits(root, photos, orphans, pairing)
    loose = _by_name(orphans) if options.canvas_hw else {}
    kept = [photo for photo in photos if photo.below not in chosen.unused]
    kinds = kinds_of_masks((mask for several in (*masks.values(), *loose.values()) for mask in several), kept)
    by_photo = {photo: _by_kind(several, kinds) for photo, several in (masks | loose).items()}
    choice = choose_masks(by_photo, root, wanted=options.masks or options.attribute)
    cases = _cases(kept, by_photo, choice, given, masks)
    cases += [Case(None, own) for below in loose if (own := _chosen(by_photo[below], choice))]
    cases, faultless = _with_faultless(cases)
    left = [] if options.canvas_hw else orphans
    remarks = [*_remarks(images, pairing, chosen, given, choice, left, cases), *faultless]
    return FolderCases(tuple(sorted(cases, key=lambda case: case.name)), choice, tuple(remarks))


def _by_name(masks: Iterable[FolderImage]) -> dict[str, list[FolderImage]]:
    """Return masks without a photo by the path of the first of those that would belong to one photo."""
    found: dict[tuple[object, ...], list[FolderImage]] = defaultdict(list)
    for mask in masks:
        found[mask.file.folder, runs(mask.name.core)].append(mask)
    return {several[0].below: several for several in found.values()}


def _by_kind(masks: Iterable[FolderImage], kinds: Mapping[str, MaskKind]) -> dict[MaskKind, tuple[FolderImage, ...]]:
    found: dict[MaskKind, list[FolderImage]] = defaultdict(list)
    for mask in masks:
        found[kinds[mask.below]].append(mask)
    return {kind: tuple(sorted(several, key=lambda mask: mask.below)) for kind, several in found.items()}


def _chosen(
    masks: Mapping[MaskKind, tuple[FolderImage, ...]], choice: MaskChoice
) -> dict[MaskKind, tuple[FolderImage, ...]]:
    """Return the masks of the kinds that count, in the order of their classes, and the field of view."""
    return {kind: masks[kind] for kind in choice.kinds if kind in masks}


def _cases(
    photos: Sequence[FolderImage],
    by_photo: Mapping[str, Mapping[MaskKind, tuple[FolderImage, ...]]],
    choice: MaskChoice,
    given: Given,
    masks: dict[str, list[FolderImage]],
) -> list[Case]:
    parts = ({} if given.is_whole else parts_of(photos, masks)) | dict(given.parts)
    groups = given.groups or folder_groups([photo for photo in photos if photo.below in masks])
    cases = []
    for photo in photos:
        own = by_photo.get(photo.below, {})
        truth = dict(_chosen(own, choice))
        if truth and choice.view is not None and choice.view in own:
            truth[choice.view] = own[choice.view]
        cases.append(Case(photo, truth, parts.get(photo.below), groups.get(photo.below)))
    return cases


def _with_faultless(cases: Sequence[Case]) -> tuple[list[Case], list[Remark]]:
    """Return the cases, photos of faultless things as background alone: their folder is called so.

    A folder without any mask, named like `good`, where every photo of a folder beside it has masks.
    """
    folders: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in cases:
        if case.photo is not None:
            folders[case.photo.file.folder].append(case)
    masked = {folder for folder, members in folders.items() if all(case.masks for case in members)}
    bare = {folder for folder, members in folders.items() if not any(case.masks for case in members)}
    kinds = {folder[-1] for folder in bare if folder and set(folder_words(folder[-1:])) & FAULTLESS_WORDS}
    beside = {folder[-1] for folder in bare if folder and any(other[:-1] == folder[:-1] for other in masked)}
    good = {folder for folder in bare if folder and folder[-1] in kinds & beside}
    found = [replace(c, is_background=c.photo is not None and c.photo.file.folder in good) for c in cases]
    count = sum(case.is_background for case in found)
    if not count:
        return found, []
    names = some(sorted({folder[-1] for folder in good}))
    said = f"{count} photos of {names} have no mask and are read as background alone: the folders beside have masks"
    return found, [Remark("folder-reading", (), said)]


def _remarks(
    images: Sequence[FolderImage],
    pairing: Pairing,
    photos: PhotoChoice,
    given: Given,
    choice: MaskChoice,
    orphans: Sequence[FolderImage],
    cases: Sequence[Case],
) -> list[Remark]:
    remarks = [
        Remark("name-differs", (match.photos[0].below,), f"{match.mask.below} for {match.photos[0].below}", match.said)
        for match in photos.matches
        if match.said
    ]
    remarks += _orphan_remarks(orphans, pairing)
    if pairing.across:
        said = some([f"{match.mask.below} for {match.photos[0].below}" for match in pairing.across], most=3)
        remarks.append(Remark("pairs-across-folders", tuple(m.photos[0].below for m in pairing.across), said))
    if given.absent:
        remarks.append(Remark("listed-photo-missing", given.absent, ", ".join(given.files)))
    if given.twice:
        remarks.append(Remark("two-parts", given.twice))
    remarks += [Remark("folder-reading", (), said) for said in _how_read(choice, given, cases)]
    by_name = {(match.photos[0].below, match.mask.below) for match in photos.matches}
    if any((photo, mask.below) not in by_name for photo, mask in given.masks.items()):
        remarks.append(Remark("folder-reading", (), f"masks are paired as {', '.join(given.files)} says"))
    return remarks + _unused_remarks(images, photos, choice, cases)


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


def _how_read(choice: MaskChoice, given: Given, cases: Sequence[Case]) -> list[str]:
    """Return what was decided that a person may want otherwise, a sentence each."""
    said = []
    labels = [choice.labels[kind] for kind in choice.kinds]
    if choice.together != "alone":
        what = "a class each" if choice.together == "classes" else "one object"
        other = "union" if choice.together == "classes" else "classes"
        said.append(f"{some(labels)} are {what} (--set data.masks={other} otherwise)")
    several = [case for case in cases if any(len(masks) > 1 for masks in case.masks.values())]
    if several:
        said.append(f"{len(several)} photos have several masks, as {several[0].name}: their union is the truth")
    if choice.view is not None:
        said.append(f"{choice.labels[choice.view]} shows the field of view: pixels outside of it are ignored")
    groups = {case.group for case in cases if case.group is not None}
    if groups:
        whence = f"{given.files[0]}" if given.groups else "their folders"
        said.append(f"photos belong to {len(groups)} groups by {whence}, which a split keeps together")
    return said


def _unused_remarks(
    images: Sequence[FolderImage], photos: PhotoChoice, choice: MaskChoice, cases: Sequence[Case]
) -> list[Remark]:
    """Return the images that are neither a photo nor a mask of a case, by reason."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for below, why in photos.unused.items():
        reasons[why].append(below)
    unused = {choice.labels[kind]: why for kind, why in choice.unused.items()}
    remarks = [Remark("file-unused", tuple(names), why) for why, names in reasons.items()]
    remarks += [Remark("file-unused", (label,), why, "masks") for label, why in unused.items()]
    unclear = [image for image in images if image.role == "unclear" and image.below not in photos.unused]
    if unclear:
        kinds = Counter("/".join(image.file.folder) or image.file.path.suffix for image in unclear)
        names = tuple(image.below for image in unclear)
        remarks.append(Remark("file-unused", names, f"looks like neither photo nor mask ({some(list(kinds))})"))
    return remarks if cases else []
