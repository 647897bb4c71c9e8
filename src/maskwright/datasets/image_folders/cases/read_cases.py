"""Photos of a folder with their masks, their part and their group, and everything that was noticed on the way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.datasets.group_names import groups_of
from maskwright.datasets.image_folders.cases.case import Case, FolderCases
from maskwright.datasets.image_folders.cases.case_remarks import case_remarks
from maskwright.datasets.image_folders.cases.defect_free_folders import mark_defect_free
from maskwright.datasets.image_folders.cases.matching import Matched, match_masks, unused_masks
from maskwright.datasets.image_folders.cases.pairing_remarks import Decisions, remarks_of
from maskwright.datasets.image_folders.copies_of_parts import copies_of_parts
from maskwright.datasets.image_folders.disambiguation.choose_masks import MaskChoice, choose_masks
from maskwright.datasets.image_folders.disambiguation.choose_photos import PhotoChoice
from maskwright.datasets.image_folders.disambiguation.derived_images import predictions
from maskwright.datasets.image_folders.disambiguation.folder_kinds import by_folders
from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind, kinds_of_masks
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.name_comparisons import INSIDE, words_inside
from maskwright.datasets.image_folders.pairs.names import runs
from maskwright.datasets.image_folders.pairs.pairing import pair
from maskwright.datasets.image_folders.pairs.sidecar_files import Given
from maskwright.datasets.image_folders.pairs.split_folders import parts_of
from maskwright.datasets.image_folders.world_files import overlapping_tiles
from maskwright.datasets.reader_types import ReadOptions, Remark


def read_cases(root: Path, images: Sequence[FolderImage], options: ReadOptions) -> FolderCases:
    """Return the photos with their masks; DataError asks where photos or masks can be read in several ways.

    Names pair photos and masks, lists correct that, and then it is decided which kinds of masks count.
    """
    predicted = predictions(images, wanted=options.masks)
    images = [image for image in images if image.below not in predicted]
    pairing = pair(images, mode=options.pairing)
    matched = match_masks(root, images, pairing, options)
    matched = replace(matched, photos=matched.photos.without(predicted))
    photos = [image for image in images if image.role == "photo" and image.below not in matched.photos.unused]
    loose = _by_name(matched.orphans) if options.canvas_hw else {}
    kinds = _kinds(matched, loose, photos)
    kinds = by_folders(matched.masks, kinds) if options.masks == "classes" else kinds
    by_photo = {photo: _by_kind(several, kinds) for photo, several in {**matched.masks, **loose}.items()}
    choice = choose_masks(by_photo, root, wanted=options.masks or options.attribute)
    grouping = _grouping([photo for photo in photos if photo.below in by_photo], matched.given)
    cases = _cases(photos, by_photo, choice=choice, given=matched.given, groups=grouping.groups)
    repeated, repeating = copies_of_parts(photos, matched.masks, {case.name: case.part for case in cases})
    cases = [case for case in cases if case.name not in repeated]
    cases += [Case(None, own) for below in loose if (own := _chosen(by_photo[below], choice))]
    cases, defect_free, flags = mark_defect_free(cases, root)
    given, counted = matched.given, _counted(matched.photos, kinds, choice)
    decided = Decisions(images, pairing, counted, given, choice)
    remarks = [
        *remarks_of(decided, [] if options.canvas_hw else matched.orphans),
        *case_remarks(cases, given, grouping.by),
    ]
    remarks += [Remark("folder-reading", (), grouping.unparted)] if grouping.unparted else []
    remarks += [*defect_free, *repeating, *unused_masks(matched)]
    in_order = tuple(sorted(cases, key=lambda case: case.name))
    lists = (*given.files, *given.set_aside, *flags)
    return FolderCases(in_order, choice, tuple(remarks), groups_by=grouping.by, lists=lists)


@dataclass(frozen=True)
class _Grouping:
    """The groups of photos, by path, what they were guessed from, and why photos that overlap have none."""

    groups: Mapping[str, str]
    by: str = ""
    unparted: str = ""


def _grouping(photos: Sequence[FolderImage], given: Given) -> _Grouping:
    if given.groups:
        return _Grouping(given.groups)
    groups, by = groups_of([photo.below for photo in photos])
    if groups or given.parts:
        return _Grouping(groups, by)
    groups, unparted = overlapping_tiles({photo.below: photo.file for photo in photos})
    return _Grouping(groups, "world files" if groups else "", unparted)


def _counted(photos: PhotoChoice, kinds: Mapping[str, MaskKind], choice: MaskChoice) -> PhotoChoice:
    """Return the matches without those of masks of a kind that does not count."""
    return replace(photos, matches=tuple(m for m in photos.matches if kinds.get(m.mask.below) not in choice.unused))


def _kinds(
    matched: Matched, loose: Mapping[str, Sequence[FolderImage]], photos: Sequence[FolderImage]
) -> Mapping[str, MaskKind]:
    """Return the kind of each mask, by path: its folder, the words of its name, or the class that a list gives it."""
    called = {m.mask.below: words_inside(m.mask, m.photos[0]) for m in matched.photos.matches if m.said == INSIDE}
    every = [*matched.masks.values(), *loose.values()]
    return kinds_of_masks(every, photos, classes={**called, **matched.given.classes})


def _by_name(masks: Iterable[FolderImage]) -> dict[str, list[FolderImage]]:
    """Return masks without a photo by the path of the first of those that would belong to one photo."""
    by_name: dict[tuple[object, ...], list[FolderImage]] = defaultdict(list)
    for mask in masks:
        by_name[mask.file.folder, runs(mask.name.core)].append(mask)
    return {several[0].below: several for several in by_name.values()}


def _by_kind(masks: Iterable[FolderImage], kinds: Mapping[str, MaskKind]) -> dict[MaskKind, tuple[FolderImage, ...]]:
    by_kind: dict[MaskKind, list[FolderImage]] = defaultdict(list)
    for mask in masks:
        by_kind[kinds[mask.below]].append(mask)
    return {kind: tuple(sorted(several, key=lambda mask: mask.below)) for kind, several in by_kind.items()}


def _chosen(
    masks: Mapping[MaskKind, tuple[FolderImage, ...]], choice: MaskChoice
) -> dict[MaskKind, tuple[FolderImage, ...]]:
    """Return the masks of the kinds that count, in the order of their classes, and the field of view."""
    return {kind: masks[kind] for kind in choice.kinds if kind in masks}


def _cases(
    photos: Sequence[FolderImage],
    by_photo: Mapping[str, Mapping[MaskKind, tuple[FolderImage, ...]]],
    *,
    choice: MaskChoice,
    given: Given,
    groups: Mapping[str, str],
) -> list[Case]:
    masks = {below: [mask for several in own.values() for mask in several] for below, own in by_photo.items()}
    parts = ({} if given.is_whole else parts_of(photos, masks)) | dict(given.parts)
    cases = []
    for photo in photos:
        own = by_photo.get(photo.below, {})
        truth = _chosen(own, choice)
        if truth and choice.view is not None and choice.view in own:
            truth[choice.view] = own[choice.view]
        cases.append(Case(photo, truth, parts.get(photo.below), groups.get(photo.below)))
    return cases
