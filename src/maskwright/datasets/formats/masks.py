"""Folders of photos and mask images: read by what the files show, and written as masks of class ids."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.classes import IGNORE, ClassTable, class_table
from maskwright.datasets.class_tables.class_files import read_table, table_files
from maskwright.datasets.class_tables.coded_names import coded_names
from maskwright.datasets.class_tables.flag_bits import ask_about_flags
from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV
from maskwright.datasets.class_tables.numbered_names import ask_about_numbered_names
from maskwright.datasets.class_tables.qupath_scripts import ask_about_qupath_labels
from maskwright.datasets.class_tables.void_names import void_said, zero_said
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.image_folders.cases.case import FolderCases
from maskwright.datasets.image_folders.cases.read_cases import read_cases
from maskwright.datasets.image_folders.cases.samples import samples_of
from maskwright.datasets.image_folders.disambiguation.depth_images import with_depths_as_photos
from maskwright.datasets.image_folders.disambiguation.duplicate_files import ask_about_versions, without_copies
from maskwright.datasets.image_folders.disambiguation.mask_kinds import class_names
from maskwright.datasets.image_folders.image_roles import FolderImage, folder_images
from maskwright.datasets.image_folders.inventory import Inventory, some_images, take_inventory
from maskwright.datasets.labels.label_files import subfolders
from maskwright.datasets.mask_values.colour_series import nearly_one_colour
from maskwright.datasets.mask_values.listed_classes import ListedClasses, find_listed
from maskwright.datasets.mask_values.meaning import meaning_of
from maskwright.datasets.mask_values.number_questions import (
    ask_about_layers,
    ask_what_numbers_mean,
    ask_which_is_background,
    hint_of_numbers,
)
from maskwright.datasets.mask_values.objects import (
    background_taken_for_object,
)
from maskwright.datasets.mask_values.outlines import are_outlines, closed_outlines
from maskwright.datasets.mask_values.readme_classes import named_by_readme
from maskwright.datasets.mask_values.unlisted import Meaning
from maskwright.datasets.mask_values.value_counts import by_alpha, merged, pooled, read_all_values
from maskwright.datasets.mask_values.value_hints import value_hints
from maskwright.datasets.reader_types import Facts, MaskFacts, MaskValues, ReadOptions, Recognition, Remark
from maskwright.datasets.truth.mask_truth import MaskFile, MaskFiles
from maskwright.datasets.unread_formats.segment_anything import refuse_unnamed_segments
from maskwright.datasets.unused_files.lists_and_tables import unused_texts
from maskwright.datasets.unused_files.possible_labels import unread_remarks
from maskwright.errors import DataError
from maskwright.findings.finding import some
from maskwright.imaging.mask_reader import NOT_A_NUMBER
from maskwright.progress_counter import StartCounting

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
    inventory, copied = without_copies(take_inventory(path, count=options.count))
    images = _images(inventory, options)
    folder = read_cases(path, images, options)
    read_samples = samples_of(path, folder.cases, folder.choice, canvas_hw=options.canvas_hw)
    files = _values(read_samples.samples, options.count)
    listed = _find_listed(inventory, files, read_samples.samples)
    as_classes = folder.choice.together == "classes"
    if options.objects is None:
        ask_about_layers(path, files)
        _ask_about_colours(path, files, listed=listed, as_classes=as_classes)
        if not as_classes and listed is None:
            ask_what_numbers_mean(path, files, read_samples.samples, in_folders=folder.groups_by == "folders")
            _ask_about_background(path, files, inventory.others, ignore=options.ignore)
    meaning = meaning_of(
        list(files.values()),
        listed.rows if listed and not as_classes else None,
        ignore=options.ignore,
        one_object=as_classes or options.objects == "one",
        invert=options.invert,
    )
    if meaning.note and listed is None and options.objects is None:
        named = named_by_readme([path, *subfolders(path)], pooled(files.values()))
        hints = named or _hints(files, meaning, read_samples.samples, ignore=options.ignore)
        meaning = replace(meaning, note=meaning.note + hints)
    spelled, spelling = _spelling(path, folder) if as_classes else ({}, [])
    classes = _classes(folder, listed, spelled) if as_classes else meaning.classes
    used = {*(path / name for name in folder.lists), *([listed.path] if listed else []), *spelling}
    noticed = (*copied, *folder.remarks, *read_samples.remarks, *_inventory_remarks(inventory, path, used=used))
    facts = Facts(
        read_samples.headers,
        (*noticed, *_value_remarks(files, meaning, read_samples.samples, listed=listed)),
        _facts(files, read_samples.samples, meaning=meaning, listed=listed, options=options),
        groups_by=folder.groups_by,
    )
    return Dataset(path, NAME, read_samples.samples, classes, facts, meaning.rule, bands=options.bands)


def _images(inventory: Inventory, options: ReadOptions) -> list[FolderImage]:
    """Return the images with their roles; DataError where no mask has a class, or masks have two versions."""
    images = with_depths_as_photos(folder_images(inventory))
    if not _holds_masks(images):
        held = f"{inventory.root} holds {len(images)} images but no masks"
        raise DataError(f"{held}: put photos in images/ and masks in masks/")
    ask_about_versions(inventory.root, images)
    if options.masks is None:
        masks = [image.file.path for image in images if image.role == "mask"]
        refuse_unnamed_segments(inventory.root, masks, inventory.others)
    return images


def _ask_about_background(root: Path, files: Files, others: Sequence[Path], *, ignore: int | None) -> None:
    ask_which_is_background(root, files, ignore=ignore)
    ask_about_qupath_labels(root, others, pooled(files.values()), ignore=ignore)


def _find_listed(inventory: Inventory, files: Files, samples: Sequence[Sample]) -> ListedClasses | None:
    return find_listed(
        inventory.root,
        list(files.values()),
        folders=_mask_folders(inventory.root, samples),
        others=subfolders(inventory.root)[:TABLE_FOLDERS_MOST],
        photos=frozenset(image.stem for image in inventory.images),
    )


def _ask_about_colours(root: Path, files: Files, *, listed: ListedClasses | None, as_classes: bool) -> None:
    """Raise DataError where colours hold flags, or a list calls them by one name and numbers."""
    if listed is None and not as_classes:
        ask_about_flags(root, pooled(files.values()))
    if listed is not None and listed.path.name != CLASSES_CSV:
        ask_about_numbered_names(root, listed.rows, pooled(files.values()))


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
        guessed=listed.note if listed else meaning.note,
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


def _values(samples: Sequence[Sample], count: StartCounting) -> Files:
    files = list(dict.fromkeys(file for sample in samples for file in _mask_files(sample)))
    return dict(zip(files, read_all_values(files, count=count), strict=True))


def _mask_folders(root: Path, samples: Sequence[Sample]) -> list[Path]:
    """Return the folders of masks and those around them."""
    folders = dict.fromkeys(file.path.parent for sample in samples for file in _mask_files(sample))
    around = [parent for folder in list(folders)[:20] for parent in (folder, *folder.parents) if root in parent.parents]
    return list(dict.fromkeys(around))[:TABLE_FOLDERS_MOST]


def _hints(files: Files, meaning: Meaning, samples: Sequence[Sample], *, ignore: int | None) -> str:
    """Return what colours and numbers may mean, and unless a person said so of one, which may count for nothing."""
    colours = [meaning.classes.colours[i] for i in meaning.classes.scored]
    hints = nearly_one_colour(list(files.values()), colours) + hint_of_numbers(files, samples)
    if ignore is not None:
        return hints
    return hints + value_hints([(s.photo, s.truth) for s in samples if isinstance(s.truth, MaskFile)])


def _spelling(root: Path, folder: FolderCases) -> tuple[dict[str, str], list[Path]]:
    """Return the names of a list of the classes that are an ending each, by their names in lower case, and the list."""
    names = class_names([folder.choice.labels[kind] for kind in folder.choice.kinds])
    called = [kind.folders[0] if kind.is_class else "" for kind in folder.choice.kinds]
    kinds = {(own or name).casefold() for own, name in zip(called, names, strict=True)}
    for path in table_files([root, *subfolders(root)[:TABLE_FOLDERS_MOST]]):
        spelled = {name.casefold(): name for name, _, _ in read_table(path)}
        if kinds <= spelled.keys():
            return spelled, [path]
        if named := coded_names(path, kinds):
            return named, [path]
    return {}, []


def _classes(folder: FolderCases, listed: ListedClasses | None, spelled: Mapping[str, str]) -> ClassTable:
    """Return the table of classes that are a folder or an ending each, with the colours of a list where it has them."""
    kinds, labels = folder.choice.kinds, folder.choice.labels
    named = [kind.folders[0] if kind.is_class else labels[kind] for kind in kinds]
    names = named if any(kind.is_class for kind in kinds) else class_names(named)
    table = class_table(("background", *(spelled.get(name.casefold(), name) for name in names)))
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


def _void_remarks(files: Files, meaning: Meaning, listed: ListedClasses | None) -> list[Remark]:
    """Return the remark on classes of a list that are called void; none of a list that can say so itself."""
    if listed is None or listed.path.name == CLASSES_CSV:
        return []
    table, ignored = meaning.classes, {value for value, meant in meaning.rule.values if meant == IGNORE}
    background = None if table.background is None else table.names[table.background]
    counts = {value: count for value, count in pooled(files.values()).items() if value not in ignored}
    said = "; ".join(
        t for t in (void_said(listed.rows, counts, background), zero_said(listed.path, listed.rows, counts)) if t
    )
    return [Remark("class-names", (), said, "void")] if said else []


def _value_remarks(
    files: Files, meaning: Meaning, samples: Sequence[Sample], *, listed: ListedClasses | None
) -> list[Remark]:
    """Return what stored values show that a person should know: pixels without data, and a background as the object."""
    remarks = _void_remarks(files, meaning, listed)
    lacking = {value: count for value, count in pooled(files.values()).items() if value < 0}
    if lacking:
        names = tuple(s.name for s in samples if any(v < 0 for file in _mask_files(s) for v in files[file].counts))
        shown = ", ".join("NaN" if value == NOT_A_NUMBER else str(value) for value in sorted(lacking))
        remarks.append(Remark("mask-nodata", names, f"{shown}: {sum(lacking.values())} pixels in {len(names)} masks"))
    if listed is not None and meaning.note:
        remarks.append(Remark("folder-reading", (), meaning.note))
    if meaning.rule.by_alpha and not any(
        file.path == sample.photo for sample in samples for file in _mask_files(sample)
    ):
        remarks.append(Remark("folder-reading", (), "the transparency of the masks is the truth, not their colours"))
    if meaning.classes.is_binary and not meaning.inverted:
        background = background_taken_for_object(list(files), list(files.values()), meaning.rule)
        if background is not None:
            covered, at_edges = f"{background.share:.0%}", f"{background.border:.0%}"
            text = f"the object covers {covered} of the pixels and {at_edges} of the edges of the masks"
            remarks.append(Remark("mask-ground", (), text))
        closed, seen = closed_outlines(list(files), meaning.rule)
        if are_outlines(closed, seen):
            text = f"{closed} of {seen} masks hold closed lines a few pixels wide, and nothing inside of them"
            remarks.append(Remark("mask-ground", (), text, "outline"))
    return remarks
