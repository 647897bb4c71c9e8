"""Folders of photos and mask images: read by what the files show, and written as masks of class ids."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.counted_work import Count
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.image_folders.case_samples import samples_of
from maskwright.datasets.image_folders.cases import FolderCases, read_cases
from maskwright.datasets.image_folders.choice.mask_sets import class_names
from maskwright.datasets.image_folders.image_roles import FolderImage, folder_images
from maskwright.datasets.image_folders.inventory import Inventory, some_images, take_inventory
from maskwright.datasets.image_folders.unread_files import unread_remarks
from maskwright.datasets.image_folders.unused_texts import unused_texts
from maskwright.datasets.labels.files.label_files import subfolders
from maskwright.datasets.mask_values.alike_objects import are_alike
from maskwright.datasets.mask_values.conventions import is_alpha_the_mask
from maskwright.datasets.mask_values.exchangeable import are_exchangeable, look_alike
from maskwright.datasets.mask_values.listed_classes import ListedClasses, find_listed
from maskwright.datasets.mask_values.meaning import meaning_of
from maskwright.datasets.mask_values.objects import (
    ground_taken_for_object,
    may_number_objects,
    numbering_in_groups,
    numbering_of,
)
from maskwright.datasets.mask_values.outlines import are_outlines, closed_outlines
from maskwright.datasets.mask_values.readme_classes import named_by_readme
from maskwright.datasets.mask_values.unlisted import Meaning
from maskwright.datasets.mask_values.value_counts import by_alpha, merged, pooled, read_all_values
from maskwright.datasets.reader_types import Facts, MaskFacts, MaskValues, ReadOptions, Recognition, Remark
from maskwright.datasets.truth.mask_truth import MaskFile, MaskFiles
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.mask_reader import COLOUR_BIT, NOT_A_NUMBER

NAME = "masks"
CONFIDENCE, MASKS_ALONE = 0.5, 0.3

TABLE_FOLDERS_MOST = 40

Files = dict[MaskFile, MaskValues]


def recognise(path: Path) -> Recognition | None:
    """Return that a folder holds photos and mask images; None if nothing in a sample of it looks like a mask."""
    if not path.is_dir():
        return None
    sample, count = some_images(path)
    images = folder_images(Inventory(path, sample))
    roles = {image.role for image in images}
    if not _holds_masks(images):
        return None
    confidence = CONFIDENCE if "photo" in roles else MASKS_ALONE
    return Recognition(confidence, "photos and mask images", f"{count} image files")


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of photos and masks below a folder.

    DataError if nothing there looks like a mask, and where the files can be read in several ways.
    """
    inventory = take_inventory(path, count=options.count)
    images = folder_images(inventory)
    if not _holds_masks(images):
        raise DataError(f"{path} holds {len(images)} images but no masks: put photos in images/ and masks in masks/")
    folder = read_cases(path, images, options)
    read_samples = samples_of(path, folder.cases, folder.choice, canvas_hw=options.canvas_hw)
    files = _values(read_samples.samples, options.count)
    listed = _find_listed(inventory, files, read_samples.samples)
    if options.objects is None:
        _ask_about_layers(path, files)
    as_classes = folder.choice.together == "classes"
    if not as_classes and listed is None and options.objects is None:
        _ask_what_numbers_mean(path, files, read_samples.samples, in_folders=folder.groups_by == "folders")
    meaning = meaning_of(
        list(files.values()),
        listed.rows if listed and not as_classes else None,
        ignore=options.ignore,
        one_object=as_classes or options.objects == "one",
        invert=options.invert,
    )
    if meaning.note and listed is None and options.objects is None:
        named = named_by_readme([path, *subfolders(path)], pooled(files.values()))
        meaning = replace(meaning, note=meaning.note + (named or _if_numbers(files, read_samples.samples)))
    classes = _classes(folder, listed) if as_classes else meaning.classes
    used = {*(path / name for name in folder.lists), *([listed.path] if listed else [])}
    noticed = (*folder.remarks, *read_samples.remarks, *_inventory_remarks(inventory, path, used=used))
    facts = Facts(
        read_samples.headers,
        (*noticed, *_value_remarks(files, meaning, read_samples.samples)),
        _facts(files, read_samples.samples, meaning=meaning, listed=listed, options=options),
        groups_by=folder.groups_by,
    )
    return Dataset(path, NAME, read_samples.samples, classes, facts, meaning.rule, bands=options.bands)


def _find_listed(inventory: Inventory, files: Files, samples: Sequence[Sample]) -> ListedClasses | None:
    return find_listed(
        inventory.root,
        list(files.values()),
        folders=_mask_folders(inventory.root, samples),
        others=subfolders(inventory.root)[:TABLE_FOLDERS_MOST],
        photos=frozenset(image.stem for image in inventory.images),
    )


def _holds_masks(images: Sequence[FolderImage]) -> bool:
    """Tell whether there are masks, or photos whose transparency is their mask."""
    return any(image.role == "mask" or image.is_cutout for image in images)


def _facts(
    files: Files,
    samples: Sequence[Sample],
    *,
    meaning: Meaning,
    listed: ListedClasses | None,
    options: ReadOptions,
) -> MaskFacts:
    if meaning.rule.by_alpha:
        files = {file: by_alpha(values) for file, values in files.items()}
    own = {sample.name: [files[file] for file in _mask_files(sample)] for sample in samples}
    return MaskFacts(
        {name: merged(values) for name, values in own.items() if values},
        listed=listed.rows if listed else (),
        guessed=(listed.note if listed else "") or meaning.note,
        soft=meaning.soft,
        unfit=meaning.unfit,
        ignore=options.ignore,
    )


def _mask_files(sample: Sample) -> list[MaskFile]:
    """Return the mask files of a sample, its field of view left out."""
    match sample.truth:
        case MaskFile():
            return [sample.truth]
        case MaskFiles(layers):
            return [layer.file for layer in layers]
        case _:
            return []


def _values(samples: Sequence[Sample], count: Count) -> Files:
    files = list(dict.fromkeys(file for sample in samples for file in _mask_files(sample)))
    return dict(zip(files, read_all_values(files, count=count), strict=True))


def _mask_folders(root: Path, samples: Sequence[Sample]) -> list[Path]:
    """Return the folders of masks and those around them."""
    folders = dict.fromkeys(file.path.parent for sample in samples for file in _mask_files(sample))
    around = [parent for folder in list(folders)[:20] for parent in (folder, *folder.parents) if root in parent.parents]
    return list(dict.fromkeys(around))[:TABLE_FOLDERS_MOST]


def _ask_about_layers(root: Path, files: Files) -> None:
    """Raise DataError where arrays hold layers that share pixels: a pixel can have one class alone."""
    several = [file.path.name for file, values in files.items() if values.overlap]
    if several:
        raise DataError(
            f"{root}: the layers of {len(several)} arrays, as {several[0]}, share pixels, and a pixel can have one "
            "class alone. Choose --set data.objects=one (all layers are one class), or --set data.objects=ids (each "
            "layer is a class, and the last one that has a pixel counts)"
        )


def _ask_what_numbers_mean(root: Path, files: Files, samples: Sequence[Sample], *, in_folders: bool) -> None:
    """Raise DataError where values seem to be no classes; `in_folders`: photos belong to groups by their folders."""
    _ask_about_numbers(root, files)
    if in_folders:
        _ask_about_numbers_in_videos(root, files, samples)
    _ask_about_numbers_used_again(root, files, samples)
    _ask_about_as_many_numbers(root, files, samples)


def _ask_about_numbers(root: Path, files: Files) -> None:
    """Raise DataError where mask values number single objects instead of naming classes."""
    values = list(files.values())
    numbering = None if is_alpha_the_mask(values) else numbering_of(list(files), values)
    if numbering is not None:
        raise DataError(
            f"{root}: the values of {numbering.photos} masks seem to number single objects: each is one piece, and "
            f"there are {numbering.fewest} to {numbering.most} in a mask. But each value, or colour, may be a class. "
            "Choose --set data.objects=one (all of them are one class), or --set data.objects=ids (each is a class)"
        )


def _ask_about_numbers_in_videos(root: Path, files: Files, samples: Sequence[Sample]) -> None:
    """Raise DataError where values number the objects of each folder of photos, as of a video."""
    own = [(sample.truth, sample.group) for sample in samples if isinstance(sample.truth, MaskFile)]
    truths, groups = [truth for truth, _ in own], [group for _, group in own]
    numbering = numbering_in_groups(truths, [files[truth] for truth in truths], groups)
    if numbering is not None:
        raise DataError(
            f"{root}: the values of the masks seem to number the objects of each folder or video apart: each is one "
            f"piece, and {numbering.photos} folders count {numbering.fewest} to {numbering.most} from 1 without a gap, "
            "so that one value may be another thing in each. But each value may be a class. "
            "Choose --set data.objects=one (all of them are one class), or --set data.objects=ids (each is a class). "
            "To have their categories, write masks of one value a category"
        )


def _ask_about_numbers_used_again(root: Path, files: Files, samples: Sequence[Sample]) -> None:
    """Raise DataError where pieces of all values are alike, as objects that neighbours' numbers tell apart are."""
    pairs, values = _pairs_and_values(files, samples)
    if not are_exchangeable(pairs, values):
        return
    raise DataError(
        f"{root}: the {len(values)} values of the masks seem to tell touching objects apart: pieces of each value are "
        "of the same sizes and of the same colours in the photos. But each may be a class. "
        "Choose --set data.objects=one (all of them are one class), or --set data.objects=ids (each is a class)"
    )


def _ask_about_as_many_numbers(root: Path, files: Files, samples: Sequence[Sample]) -> None:
    """Raise DataError where every mask has the values 1 to N, one piece each, and these are alike, as cells are."""
    held = {value for values in files.values() for value in values.counts if value > 0}
    pairs = [(sample.photo, sample.truth) for sample in samples if isinstance(sample.truth, MaskFile)]
    if not may_number_objects(list(files), list(files.values())) or not are_alike(pairs, len(held)):
        return
    raise DataError(
        f"{root}: the values 1 to {len(held)} of the masks seem to number single objects: each is one piece in every "
        "mask, and they are of about the same sizes and colours in the photos. But each may be a class. "
        "Choose --set data.objects=one (all of them are one class), or --set data.objects=ids (each is a class)"
    )


def _if_numbers(files: Files, samples: Sequence[Sample]) -> str:
    """Return what to set if values are numbers of objects, where each is one piece in each mask; else ""."""
    if may_number_objects(list(files), list(files.values())):
        return "; each value is one piece in each mask: if they number single objects, --set data.objects=one"
    if not look_alike(*_pairs_and_values(files, samples)):
        return ""
    return (
        "; each value is one piece in nearly every mask, and all look alike in size, shape and colour: if they number "
        "single objects, --set data.objects=one"
    )


def _pairs_and_values(files: Files, samples: Sequence[Sample]) -> tuple[list[tuple[Path, MaskFile]], list[int]]:
    """Return the photos with their masks, and the values of objects in them."""
    values = sorted(value for value in pooled(files.values()) if value > 0 and value not in (IGNORE, COLOUR_BIT))
    return [(sample.photo, sample.truth) for sample in samples if isinstance(sample.truth, MaskFile)], values


def _classes(folder: FolderCases, listed: ListedClasses | None) -> ClassTable:
    """Return the table of classes that are a folder or an ending each, with the colours of a list where it has them."""
    kinds, labels = folder.choice.kinds, folder.choice.labels
    named = [kind.folders[0] if kind.is_class else labels[kind] for kind in kinds]
    names = named if any(kind.is_class for kind in kinds) else class_names(named)
    table = class_table(("background", *names))
    known = {row.name.casefold(): row.colour for row in listed.rows if row.colour} if listed else {}
    colours = [known.get(name.casefold(), colour) for name, colour in zip(table.names, table.colours, strict=True)]
    return replace(table, colours=tuple(colours))


def _inventory_remarks(inventory: Inventory, root: Path, *, used: Collection[Path]) -> list[Remark]:
    remarks = unread_remarks(root, inventory.images, inventory.others)
    remarks += unused_texts(root, {image.stem for image in inventory.images}, inventory.others, used=used)
    if inventory.special:
        remarks.append(Remark("file-unused", inventory.special, "no file: a device, a loop or a broken link"))
    if inventory.links:
        text = f"{some(list(inventory.links))} is a link as git writes it into a text file, and was followed"
        remarks.append(Remark("folder-reading", (), text))
    return remarks


def _value_remarks(files: Files, meaning: Meaning, samples: Sequence[Sample]) -> list[Remark]:
    """Return what stored values show that a person should know: pixels without data, and a ground as the object."""
    remarks = []
    lacking = {value: count for value, count in pooled(files.values()).items() if value < 0}
    if lacking:
        names = tuple(s.name for s in samples if any(v < 0 for file in _mask_files(s) for v in files[file].counts))
        shown = ", ".join("NaN" if value == NOT_A_NUMBER else str(value) for value in sorted(lacking))
        remarks.append(Remark("mask-nodata", names, f"{shown}: {sum(lacking.values())} pixels in {len(names)} masks"))
    if meaning.classes.is_binary and not meaning.inverted:
        ground = ground_taken_for_object(list(files), list(files.values()), meaning.rule)
        if ground is not None:
            text = (
                f"the object covers {ground.share:.0%} of the pixels and {ground.border:.0%} of the edges of the masks"
            )
            remarks.append(Remark("mask-ground", (), text))
        closed, seen = closed_outlines(list(files), meaning.rule)
        if are_outlines(closed, seen):
            text = f"{closed} of {seen} masks hold closed lines a few pixels wide, and nothing inside of them"
            remarks.append(Remark("mask-ground", (), text, "outline"))
    return remarks
