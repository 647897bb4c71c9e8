"""Photos of a folder with their masks, their part and their group, and everything that was noticed on the way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.datasets.group_names import groups_of, groups_said
from maskwright.datasets.image_folders.appearance import is_cut_away
from maskwright.datasets.image_folders.copies_of_parts import copies_of_parts
from maskwright.datasets.image_folders.cut_pieces import pieces_said
from maskwright.datasets.image_folders.disambiguation.alternative_annotations import with_masks_of_one_photo
from maskwright.datasets.image_folders.disambiguation.choose_masks import MaskChoice, choose_masks
from maskwright.datasets.image_folders.disambiguation.choose_photos import PhotoChoice, choose_photos
from maskwright.datasets.image_folders.disambiguation.derived_images import augmented_copies, predictions
from maskwright.datasets.image_folders.disambiguation.duplicate_datasets import second_copies
from maskwright.datasets.image_folders.disambiguation.mask_kinds import MaskKind, kinds_of_masks
from maskwright.datasets.image_folders.folder_parts import divided_by_folders
from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairing_remarks import Decisions, remarks_of
from maskwright.datasets.image_folders.pairs.defect_free_lists import listed_faultless
from maskwright.datasets.image_folders.pairs.list_files import given_masks, read_lists
from maskwright.datasets.image_folders.pairs.name_comparisons import INSIDE, words_inside
from maskwright.datasets.image_folders.pairs.names import folder_words, runs
from maskwright.datasets.image_folders.pairs.near_misses import nothing_fits, renumbered
from maskwright.datasets.image_folders.pairs.pairing import pair
from maskwright.datasets.image_folders.pairs.sidecar_files import Given
from maskwright.datasets.image_folders.pairs.split_folders import parts_of
from maskwright.datasets.part_names import PartName
from maskwright.datasets.reader_types import ReadOptions, Remark
from maskwright.errors import DataError
from maskwright.findings.finding import some

CUTOUTS_TRIED = 4
MASKED_LEAST = 0.8
"""Where so many photos of a folder have masks, the others were left out, and masks are what it is about."""
FAULTLESS_WORDS = frozenset(
    [
        *("good", "ok", "normal", "healthy", "clean", "intact", "negative", "negatives", "neg", "faultless", "empty"),
        *("defectfree", "nodefect", "nodefects", "nondefective", "undamaged", "nocrack", "noncrack", "uncracked"),
    ]
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
    """All cases of a folder, which kinds of their masks count, and what was noticed.

    `groups_by` says what their groups were guessed from, "folders" or "names"; "" where a list gives them. `lists` are
    the files that were read as lists, below the root.
    """

    cases: tuple[Case, ...]
    choice: MaskChoice
    remarks: tuple[Remark, ...]
    groups_by: str = ""
    lists: tuple[str, ...] = ()


def read_cases(root: Path, images: Sequence[FolderImage], options: ReadOptions) -> FolderCases:
    """Return the photos with their masks; DataError asks where photos or masks can be read in several ways."""
    predicted = predictions(images)
    images = [image for image in images if image.below not in predicted]
    pairing = pair(images, mode=options.pairing)
    given = read_lists(root, images)
    if options.pairing is None and not given.masks and (question := renumbered(root, images, pairing)) is not None:
        raise question
    photos = [image for image in images if image.role == "photo"]
    chosen = choose_photos(pairing.matches, photos, root, wanted=options.photo_folder)
    chosen, given = _with_lists(chosen, given, root=root, images=images, wanted=options.photo_folder)
    matched = _masks_of(chosen)
    every_mask = given_masks(given, matched) or _own_transparency(photos, root)
    used = {mask.below for several in every_mask.values() for mask in several}
    copies = second_copies(photos, every_mask, wanted=options.photo_folder) or augmented_copies(photos, every_mask)
    chosen = chosen.without({**copies, **predicted})
    masks = {below: several for below, several in every_mask.items() if below not in copies}
    set_aside = tuple(sorted({m.below for photo in given.masks for m in matched.get(photo, ())} - used))
    orphans = [i for i in images if i.role == "mask" and i.below not in used and i.below not in set_aside]
    if not masks and options.canvas_hw is None:
        raise nothing_fits(root, photos, orphans, pairing)
    loose = _by_name(orphans) if options.canvas_hw else {}
    kept = [photo for photo in photos if photo.below not in chosen.unused]
    called = {m.mask.below: words_inside(m.mask, m.photos[0]) for m in chosen.matches if m.said == INSIDE}
    kinds = kinds_of_masks([*masks.values(), *loose.values()], kept, classes={**called, **given.classes})
    by_photo = {photo: _by_kind(several, kinds) for photo, several in (masks | loose).items()}
    choice = choose_masks(by_photo, root, wanted=options.masks or options.attribute)
    cases = _cases(kept, by_photo, choice=choice, given=given)
    repeated, repeating = copies_of_parts(kept, masks, {case.name: case.part for case in cases})
    cases = [case for case in cases if case.name not in repeated]
    cases += [Case(None, own) for below in loose if (own := _chosen(by_photo[below], choice))]
    cases, faultless, flags = _with_faultless(cases, root)
    counting = tuple(match for match in chosen.matches if kinds.get(match.mask.below) not in choice.unused)
    decided = Decisions(images, pairing, replace(chosen, matches=counting), given, choice)
    remarks = [*remarks_of(decided, [] if options.canvas_hw else orphans), *_case_remarks(cases, given)]
    remarks += [*faultless, *repeating, *_unused_masks(every_mask, chosen, set_aside, given)]
    in_order = tuple(sorted(cases, key=lambda case: case.name))
    lists = (*given.files, *given.set_aside, *flags)
    return FolderCases(in_order, choice, tuple(remarks), groups_by=_groups_by(cases, given), lists=lists)


def _unused_masks(
    masks: Mapping[str, Sequence[FolderImage]], chosen: PhotoChoice, set_aside: tuple[str, ...], given: Given
) -> list[Remark]:
    """Return what is said of masks whose photo is not used, and of those that a list does not name."""
    counting = {mask.below for photo, several in masks.items() if photo not in chosen.unused for mask in several}
    known = counting | chosen.unused.keys()  # a photo may be its own mask
    lost = tuple(dict.fromkeys(m.below for several in masks.values() for m in several if m.below not in known))
    remarks = [Remark("file-unused", lost, "only pictures that are not used have its name")] if lost else []
    return remarks + ([Remark("file-unused", set_aside, f"{some(given.files)} names other masks")] if set_aside else [])


def _with_lists(
    chosen: PhotoChoice, given: Given, *, root: Path, images: Sequence[FolderImage], wanted: str | None
) -> tuple[PhotoChoice, Given]:
    """Return the photos with all masks of their copies, and what lists say of these photos.

    Lists are read again where names of pictures that are not used were ambiguous.
    """
    whole = with_masks_of_one_photo(chosen, wanted=wanted)
    is_unread = not (given.parts or given.masks or given.groups)
    if len(whole.unused) > len(chosen.unused) or (chosen.unused and is_unread):
        given = read_lists(root, [image for image in images if image.below not in whole.unused])
    return whole, _of_chosen_photos(given, whole)


def _masks_of(chosen: PhotoChoice) -> dict[str, list[FolderImage]]:
    matched: dict[str, list[FolderImage]] = defaultdict(list)
    for match in chosen.matches:
        matched[match.photos[0].below].append(match.mask)
    return matched


def _of_chosen_photos(given: Given, chosen: PhotoChoice) -> Given:
    """Return what lists say of pictures that are not used as said of the photo that has the listed mask."""
    owners = {match.mask.below: match.photos[0].below for match in chosen.matches}
    moved = {
        photo: owners[mask.below]
        for photo, masks in given.masks.items()
        if photo in chosen.unused
        for mask in masks
        if mask.below in owners
    }
    if not moved:
        return given
    return replace(
        given,
        parts={moved.get(photo, photo): part for photo, part in given.parts.items()},
        masks={moved.get(photo, photo): masks for photo, masks in given.masks.items()},
        groups={moved.get(photo, photo): group for photo, group in given.groups.items()},
    )


def _groups_by(cases: Sequence[Case], given: Given) -> str:
    """Return what the groups of cases were guessed from, "folders" or "names"; "" for given ones and for none."""
    return "" if given.groups else groups_of([case.name for case in cases if case.photo and case.masks])[1]


def _own_transparency(photos: Sequence[FolderImage], root: Path) -> dict[str, list[FolderImage]]:
    """Return photos as their own masks where their transparency parts object and background; DataError for cut-outs."""
    photos = photos if all(photo.is_cutout for photo in photos) else ()
    if any(is_cut_away(photo.file) for photo in photos[:CUTOUTS_TRIED]):
        raise DataError(
            f"{root}: the transparency of {len(photos)} photos is their mask, but what was behind the object is cut "
            f"away ({photos[0].below}): put the photos as they were taken in {root / 'images'}, and these in "
            f"{root / 'masks'} under the same names"
        )
    return {photo.below: [photo] for photo in photos}


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
) -> list[Case]:
    masks = {below: [mask for several in own.values() for mask in several] for below, own in by_photo.items()}
    parts = ({} if given.is_whole else parts_of(photos, masks)) | dict(given.parts)
    groups = given.groups or groups_of([photo.below for photo in photos if photo.below in masks])[0]
    cases = []
    for photo in photos:
        own = by_photo.get(photo.below, {})
        truth = _chosen(own, choice)
        if truth and choice.view is not None and choice.view in own:
            truth[choice.view] = own[choice.view]
        cases.append(Case(photo, truth, parts.get(photo.below), groups.get(photo.below)))
    return cases


def _case_remarks(cases: Sequence[Case], given: Given) -> list[Remark]:
    """Return what was decided about single photos: unions of masks, and groups that a split keeps together."""
    texts = []
    several = [case for case in cases if any(len(masks) > 1 for masks in case.masks.values())]
    if several:
        texts.append(f"{len(several)} photos have several masks, as {several[0].name}: their union is the truth")
    own = [case.name for case in cases if case.photo and any(case.photo in masks for masks in case.masks.values())]
    if own:
        texts.append(f"the transparency of {len(own)} photos is their mask, as in {own[0]}")
    groups = {case.name: case.group for case in cases if case.group is not None}
    if groups:
        of_list = f"{len(set(groups.values()))} groups by {given.files[0]}" if given.groups else ""
        said = of_list or groups_said(groups, _groups_by(cases, given))
        texts.append(f"photos belong to {said}, which a split keeps together")
    texts += pieces_said(case.photo for case in cases if case.photo and case.masks)
    annotated = {case.name: case.part for case in cases if case.photo and case.masks}
    texts += (
        divided_by_folders(annotated, given.files if given.parts else ())
        if not groups or any(annotated.values())
        else []
    )
    return [Remark("folder-reading", (), text) for text in texts]


def _faultless_place(folder: tuple[str, ...]) -> int | None:
    """Return which of the folders on a path is called so that its photos show faultless things; None for none."""
    return next((i for i, name in enumerate(folder) if set(folder_words((name,))) & FAULTLESS_WORDS), None)


def _with_faultless(cases: Sequence[Case], root: Path) -> tuple[list[Case], list[Remark], tuple[str, ...]]:
    """Return the cases, photos of faultless things as background alone, and the lists that say so.

    Their folder is called so, or lists do: a folder without any mask, named like `good`, where most photos of a
    folder beside it have masks.
    """
    folders: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in cases:
        if case.photo is not None:
            folders[case.photo.file.folder].append(case)
    shares = {folder: sum(bool(c.masks) for c in members) / len(members) for folder, members in folders.items()}
    masked = {folder for folder, share in shares.items() if share >= MASKED_LEAST}
    bare = {folder for folder, share in shares.items() if not share}
    called = {folder: place for folder in bare if (place := _faultless_place(folder)) is not None}
    beside = {
        folder[place] for folder, place in called.items() if any(other[:place] == folder[:place] for other in masked)
    }
    good = {folder for folder, place in called.items() if folder[place] in beside}
    marked = [replace(c, is_background=c.photo is not None and c.photo.file.folder in good) for c in cases]
    count = sum(case.is_background for case in marked)
    if not count:
        listed, files, said = listed_faultless(root, {c.name: bool(c.masks) for c in cases if c.photo is not None})
        marked = [replace(case, is_background=case.name in listed) for case in cases]
        return marked, [Remark("folder-reading", (), said)] if said else [], files
    names = some(sorted({folder[called[folder]] for folder in good}))
    text = f"{count} photos of {names} have no mask and are read as background alone: the folders beside have masks"
    return marked, [Remark("folder-reading", (), text)], ()
