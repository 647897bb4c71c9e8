"""What is asked where the values of masks, or the layers of arrays, may number single objects instead of classes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from maskwright.classes import IGNORE
from maskwright.datasets.class_tables.class_files import read_table, tables_around
from maskwright.datasets.class_tables.handwritten_classes import BACKGROUND_NAMES, VOID_NAMES
from maskwright.datasets.dataset import Sample
from maskwright.datasets.labels.label_files import subfolders
from maskwright.datasets.mask_values.alike_objects import are_alike
from maskwright.datasets.mask_values.conventions import is_alpha_the_mask
from maskwright.datasets.mask_values.objects import (
    Numbering,
    may_number_objects,
    numbering_in_groups,
    numbering_of,
)
from maskwright.datasets.mask_values.readme_classes import named_by_readme
from maskwright.datasets.mask_values.reused_instance_values import are_exchangeable, look_alike
from maskwright.datasets.mask_values.value_counts import pooled
from maskwright.datasets.photo_search.photo_index import name_below
from maskwright.datasets.reader_types import MaskValues
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.errors import DataError
from maskwright.imaging.decoders.array_files import is_array_file
from maskwright.imaging.decoders.stored_pixels import image_header
from maskwright.imaging.mask_reader import COLOUR_BIT

Files = Mapping[MaskFile, MaskValues]
NO_OBJECT = frozenset([*BACKGROUND_NAMES, *VOID_NAMES, "ignore"])
"""What lists name beside their classes, in lower case and without lines around it."""


def ask_about_layers(root: Path, files: Files) -> None:
    """Raise DataError where arrays hold layers that share pixels: a pixel can have one class alone."""
    several = [file.path.name for file, values in files.items() if values.overlap]
    if several:
        raise DataError(
            f"{root}: the layers of {len(several)} arrays, as {several[0]}, share pixels, and a pixel can have one "
            "class alone. Choose --set data.objects=one (all layers are one class), or --set data.objects=ids (each "
            "layer is a class, and the last one that has a pixel counts)"
        )


def _ask_about_numbers_of_layers(root: Path, files: Files) -> None:
    """Raise DataError where arrays have another number of layers each: layers of classes would be as many in all."""
    counts = _layer_counts(files)
    if len(counts) > 1:
        raise DataError(
            f"{root}: the arrays hold {min(counts)} to {max(counts)} layers, as those of single objects do. But each "
            "layer may be a class. Choose --set data.objects=one (all layers are one class), or --set "
            "data.objects=ids (each layer is a class)"
        )


def _layer_counts(files: Files) -> set[int]:
    """Return the numbers of layers of all arrays; none where an array holds other values than those of its layers."""
    arrays = [file for file in files if file.page is None and is_array_file(file.path)]
    counts = {file: image_header(file.path).bands for file in arrays if not files[file].error}
    return set(counts.values()) if all(max(files[file].counts) <= count for file, count in counts.items()) else set()


def ask_what_numbers_mean(root: Path, files: Files, samples: Sequence[Sample], *, in_folders: bool) -> None:
    """Raise DataError where values seem to be no classes; `in_folders`: photos belong to groups by their folders."""
    _ask_about_numbers(root, files)
    _ask_about_numbers_of_layers(root, files)
    if in_folders:
        _ask_about_numbers_in_videos(root, files, samples)
    _ask_about_numbers_used_again(root, files, samples)
    _ask_about_as_many_numbers(root, files, samples)


def _ask_about_numbers(root: Path, files: Files) -> None:
    """Raise DataError where mask values number single objects instead of naming classes."""
    values = list(files.values())
    numbering = None if is_alpha_the_mask(values) else numbering_of(list(files), values)
    if numbering is not None:
        _refuse_beside_a_list(root, files, numbering)
        raise DataError(
            f"{root}: the values of {numbering.photos} masks seem to number single objects: each is one piece, and "
            f"there are {numbering.fewest} to {numbering.most} in a mask. But each value, or colour, may be a class. "
            "Choose --set data.objects=one (all of them are one class), or --set data.objects=ids (each is a class)"
        )


def _refuse_beside_a_list(root: Path, files: Files, numbering: Numbering) -> None:
    """Raise DataError where a list names several classes, and fewer than there are numbers: no choice makes these."""
    for path in tables_around((file.path for file in files), root):
        names = [name for name, _, _ in read_table(path) if name.strip(" _").lower() not in NO_OBJECT]
        if 2 <= len(names) < numbering.most:
            raise DataError(
                f"{root}: the masks number single objects, and {name_below(path, root)} lists {len(names)} classes: "
                f"each value is one piece, and there are {numbering.fewest} to {numbering.most} in a mask, so that one "
                "value is another thing in each. Masks of objects lie where masks of classes belong: take those that "
                "the labelling tool wrote as SegmentationClass (not SegmentationObject or SegmentationInstance), or "
                f"export semantic masks; then there are {len(names) + 1} classes with the background. Or choose --set "
                "data.objects=one, which makes all objects one class"
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


def hint_of_numbers(files: Files, samples: Sequence[Sample]) -> str:
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


def ask_which_is_background(root: Path, files: Files, *, ignore: int | None) -> None:
    """Raise DataError where every pixel is 1 or 2: which is the background? Other numbers belong to a longer list.

    A README in the folder or below it may say it.
    """
    counts = {
        value: count for value, count in pooled(files.values()).items() if value >= 0 and value not in (IGNORE, ignore)
    }
    if counts.keys() != {1, 2}:
        return
    border = sum((Counter(mask.border) for mask in files.values()), Counter[int]())
    background = max(counts, key=lambda value: (border.get(value, 0), counts[value]))
    share, edge = counts[background] / sum(counts.values()), border.get(background, 0) / max(1, sum(border.values()))
    rows = " and ".join(f"`{value},{'background' if value == background else 'NAME'}`" for value in (1, 2))
    raise DataError(
        f"{root}: the masks hold 1 and 2 and no 0, so that one of the two may be the background: {background} "
        f"covers {share:.0%} of the pixels and {edge:.0%} of the edges. Write classes.csv with the lines `id,name`, "
        f"{rows}; or name both, if both are classes{named_by_readme([root, *subfolders(root)], counts)}"
    )
