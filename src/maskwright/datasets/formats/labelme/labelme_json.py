"""LabelMe json, one file a photo, as the desktop tool writes it (versions 2 to 6).

A file without shapes is a photo of background; a photo without a file is not annotated. A labels.txt beside the
files gives the order of the classes. Where there are no photos, those inside the files (imageData) are unpacked into
the user's cache folder.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.datasets.class_tables.handwritten_classes import BACKGROUND_NAMES, IGNORE_NAMES, NAME_LISTS
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.formats.labelme.embedded_photos import with_renamed_photos
from maskwright.datasets.formats.labelme.unlisted_names import with_unlisted_names
from maskwright.datasets.labels.archives import cached_folder
from maskwright.datasets.labels.dataset_from_labels import LabelledPhoto, LabelledShape, dataset_of
from maskwright.datasets.labels.label_files import files_below, recognise_labels
from maskwright.datasets.labels.label_merge import LabelFile, merged
from maskwright.datasets.labels.open_lines import labelled_line
from maskwright.datasets.labels.writing import (
    DrawnPhoto,
    Holds,
    by_part,
    drawn_photos,
    general_losses,
    label_of,
    labels_of,
    plain,
    write_photo_copies,
)
from maskwright.datasets.parsing.json_values import Record, items, record, records, size_hw, text
from maskwright.datasets.parsing.text_files import json_outline, read_label_json, read_label_text
from maskwright.datasets.photo_search.photo_index import image_files
from maskwright.datasets.reader_types import ReadOptions, Recognition, WriteReport, refuse_mask_options
from maskwright.datasets.truth.shapes import (
    Bitmap,
    Polygon,
    Shape,
    bitmap_of,
    checked_ring,
    ellipse,
    finite,
    shape_or_reason,
)
from maskwright.errors import DataError, ShapeError
from maskwright.files import write_json, write_text
from maskwright.imaging.decoders.embedded_images import bytes_of, mask_of_bytes, png_text
from maskwright.progress_counter import StartCounting, no_counting

NAME = "LabelMe"
SUFFIXES = (".json",)
CERTAIN = 0.95
KEYS, OTHER_KEYS = frozenset({"shapes", "imagePath"}), frozenset({"shapes", "imageName"})
"""What a file holds; datasets that were drawn in LabelMe and written again may call the photo imageName."""
FIRST_KEYS = frozenset({"shapes", "flags"})
FOLDERS_MOST = 20
LINES = ("line", "linestrip")
WITHOUT_AREA = ("point", "points")


def recognise(path: Path) -> Recognition | None:
    """Return the LabelMe files at a path, which may be a folder or one file; None if there are none."""
    return recognise_labels(path, SUFFIXES, _recognised_file)


def _recognised_file(path: Path) -> Recognition | None:
    shown = json_outline(path)
    if shown.keys >= KEYS or shown.keys >= OTHER_KEYS or (not shown.whole and shown.keys >= FIRST_KEYS):
        return Recognition(CERTAIN, "LabelMe json", files=(path,))
    return None


def read(path: Path, options: ReadOptions) -> Dataset:
    """Return the dataset of all LabelMe files at a path; DataError where there is none."""
    refuse_mask_options(options, path, NAME)
    root = path if path.is_dir() else path.parent
    contents = [(file, record(read_label_json(file))) for file in files_below(path, SUFFIXES)]
    width = options.line_width
    files = [LabelFile(file, (_photo(file, data, width),)) for file, data in contents if "shapes" in data]
    if not files:
        raise DataError(f"{path} holds no LabelMe file: give the folder of the json files")
    embedded = {file: data["imageData"] for file, data in contents if isinstance(data.get("imageData"), str)}
    order, listed_in = _name_list([root, *dict.fromkeys(file.path.parent for file in files)])
    try:
        dataset = dataset_of(merged("labelme", root, files, order=order), options)
        lacking = any(header.trouble == "missing" for header in dataset.facts.headers.values())
    except DataError:
        if not embedded:
            raise
        lacking = True
    if lacking and embedded:
        dataset = _with_embedded(files, embedded, root=root, order=order, options=options)
    return with_unlisted_names(dataset, order, listed_in)


def _with_embedded(
    files: Sequence[LabelFile],
    embedded: Mapping[Path, object],
    *,
    root: Path,
    order: Sequence[str],
    options: ReadOptions,
) -> Dataset:
    """Return the dataset with the photos that hold what the files embed, or, where there are none, with these."""
    if images := image_files(root):
        labels = merged("labelme", root, with_renamed_photos(files, embedded, images=images, root=root), order=order)
        try:
            return dataset_of(labels, options)
        except DataError as error:
            way = f"the label files hold photos themselves: move the images out of {root} to have those read"
            raise DataError(f"{error}; or {way}") from error
    labels = merged("labelme", root, files, order=order)
    versions = [(str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in embedded]
    place = cached_folder(versions, _unpacker(embedded, root))
    return dataset_of(
        replace(labels, root=place, photos=tuple(_beside(p, place, root) for p in labels.photos)), options
    )


def _unpacker(embedded: Mapping[Path, object], root: Path) -> Callable[[Path], None]:
    """Return what writes the photos that the label files hold into a folder, under the names that these give."""

    def fill(folder: Path) -> None:
        for file, text_of_image in embedded.items():
            photo = _photo(file, record(read_label_json(file)))
            target = folder / file.parent.relative_to(root) / photo.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(bytes_of(text_of_image))

    return fill


def _beside(photo: LabelledPhoto, place: Path, root: Path) -> LabelledPhoto:
    return replace(photo, folders=tuple(place / folder.relative_to(root) for folder in photo.folders))


def _name_list(folders: Sequence[Path]) -> tuple[Sequence[str], str]:
    """Return the classes of the first list of names in some folders, and how the file is called."""
    for path in (folder / name for folder in folders[:FOLDERS_MOST] for name in NAME_LISTS):
        if path.is_file():
            return [line.strip() for line in read_label_text(path).splitlines() if line.strip()], path.name
    return (), ""


def _photo(file: Path, data: Record, line_width: float | None = None) -> LabelledPhoto:
    name = (text(data.get("imagePath")) or text(data.get("imageName"))).replace("\\", "/").rsplit("/", 1)[
        -1
    ] or f"{file.stem}.jpg"
    stated = size_hw(data.get("imageHeight"), data.get("imageWidth"))
    return LabelledPhoto(
        name,
        tuple(_labelled(drawn, line_width, stated) for drawn in records(data.get("shapes"))),
        other_name=file.stem + Path(name).suffix,
        folders=(file.parent,),
        size_hw=stated,
    )


def _labelled(content: Record, line_width: float | None, stated: tuple[int, int] | None) -> LabelledShape:
    name = text(content.get("label")) or None
    if text(content.get("shape_type")) in LINES:
        return labelled_line(name, lambda: items(content.get("points")), line_width, stated)
    return LabelledShape(name, _shape(content))


def _shape(content: Record) -> Shape | str:
    return shape_or_reason(lambda: _drawn(content))


def _drawn(content: Record) -> Shape:
    kind = text(content.get("shape_type")) or "polygon"
    points = items(content.get("points"))
    if kind in WITHOUT_AREA:
        raise ShapeError(f"is a {kind}, which covers no area")
    if kind in ("polygon", "oriented_rectangle"):
        return Polygon(0, checked_ring(points))
    if kind not in ("rectangle", "circle", "mask"):
        raise ShapeError(f"is of the unknown kind {kind!r}")
    (x, y), (to_x, to_y) = ([finite(number) for number in items(point)] for point in points[:2])
    if kind == "circle":
        return ellipse((x, y), (math.hypot(to_x - x, to_y - y),) * 2)
    if kind == "mask":
        return bitmap_of(0, mask_of_bytes(bytes_of(content.get("mask"))), corner_xy=(int(x), int(y)))
    if len(points) == 4:
        return Polygon(0, checked_ring(points))
    return Polygon(0, checked_ring([(x, y), (to_x, y), (to_x, to_y), (x, to_y)]))


def write(dataset: Dataset, path: Path, *, copy_photos: bool = True, count: StartCounting = no_counting) -> WriteReport:
    """Write a json for every annotated photo, the photos beside them, into a folder or its train/, val/ and test/.

    Bitmaps stay bitmaps; ellipses and holes become polygons of the same pixels. labels.txt keeps the classes' order.
    """
    photos = drawn_photos(dataset, Holds(bitmaps=True), count=count)
    files: list[Path] = []
    for part, of_part in by_part(photos):
        folder = path / (part or "")
        for photo in (photo for photo in of_part if photo.shapes is not None):
            write_json(folder / f"{photo.stem}.json", _content(photo, dataset.classes))
            files.append(folder / f"{photo.stem}.json")
        files += write_photo_copies(of_part, folder) if copy_photos else []
    names = [
        name for name in labels_of(dataset.classes, photos) if name.lower() not in (*BACKGROUND_NAMES, *IGNORE_NAMES)
    ]
    write_text(path / "labels.txt", "\n".join([IGNORE_NAMES[0], "_background_", *names]) + "\n")
    lost = general_losses(dataset, photos, copied=copy_photos)
    return WriteReport((path / "labels.txt", *files), tuple(lost))


def _content(photo: DrawnPhoto, classes: ClassTable) -> dict[str, object]:
    shapes = [
        {"label": label_of(classes, s.class_id), **_written(s), "group_id": None, "flags": {}}
        for s in photo.shapes or ()
    ]
    size = {"imageHeight": photo.size_hw[0], "imageWidth": photo.size_hw[1]}
    return {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": photo.name, "imageData": None, **size}


def _written(shape: Shape) -> dict[str, object]:
    if isinstance(shape, Bitmap):
        (x, y), (high, wide) = shape.corner_xy, shape.size_hw
        points = [[x, y], [x + wide - 1, y + high - 1]]
        return {"points": points, "shape_type": "mask", "mask": png_text(shape.pixels)}
    assert isinstance(shape, Polygon)
    return {"points": [[plain(x), plain(y)] for x, y in shape.rings[0]], "shape_type": "polygon"}
