"""docs/reference/formats.md, made by writing and reading back: `python -m docs_tools.format_table`."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.converting import WRITERS, convert
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.opening import READERS, open_dataset
from maskwright.datasets.truth.shapes import Ellipse, Polygon, Shape, Shapes, bitmap_of
from maskwright.datasets.unread_formats.unsupported_tools import FILE_TOOLS, JSON_TOOLS
from maskwright.files import write_text
from maskwright.wording import capitalised

CONVERSIONS = Path(__file__).resolve().parents[1] / "benchmarks" / "conversions.json"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "formats.md"
SIZE_HW, PHOTOS, SHAPES = (240, 320), 6, 8


@dataclass(frozen=True)
class Row:
    """One line of the table; `read` is what is read, `oracle` whose code finds the same pixels in what is written."""

    title: str
    reader: str
    writer: str
    read: str
    oracle: str = ""


ROWS = (
    Row(
        "VIA 1, 2",
        "via",
        "via",
        "csv, json, projects: polygons, polylines (filled), boxes, circles, ellipses",
        "slow reference",
    ),
    Row("VIA 3", "via3", "via3", "projects of photos; classes by attribute and option", "slow reference"),
    Row(
        "COCO",
        "coco",
        "coco",
        "polygons, run lengths, crowds, panoptic PNGs, results; the variants of Roboflow, CVAT, VIA and makesense",
        "pycocotools, supervision",
    ),
    Row(
        "YOLO",
        "yolo",
        "yolo",
        "segmentation; data.yaml, labels/ or beside the photos; boxes alone are refused",
        "supervision",
    ),
    Row(
        "LabelMe",
        "labelme",
        "labelme",
        "json: polygons, boxes, circles, masks, `__ignore__`",
        "labelme's own VOC masks",
    ),
    Row("LabelMe XML", "labelme-xml", "", "polygons, boxes and mask images of the old web tool"),
    Row(
        "CVAT",
        "cvat",
        "cvat",
        "for images 1.1: polygons, boxes, ellipses (turned too), bitmaps, depth, subsets",
        "cvat-sdk, Datumaro",
    ),
    Row(
        "Label Studio",
        "label-studio",
        "label-studio",
        "json and small json: polygons, boxes, ellipses, brush strokes",
        "label-studio-sdk",
    ),
    Row("Supervisely", "supervisely", "supervisely", "bitmaps, polygons with holes, boxes", "OpenCV's PNG decoder"),
    Row("QuPath", "qupath", "geojson", "GeoJSON: polygons with holes and parts, `Ignore*`", ""),
    Row("Cityscapes", "cityscapes", "cityscapes", "polygons; class id images are read instead where they are", ""),
    Row("run-length csv", "rle-csv", "rle-csv", "as competitions have it, down the columns or along the rows", ""),
    Row("Pascal VOC", "masks", "voc", "palette masks, with labelmap.txt or class_names.txt", "Datumaro"),
    Row("mask images", "masks", "masks", "PNG, TIFF, GIF, BMP and more: ids, 0/255, palettes, colours", "Pillow"),
    Row("arrays", "arrays", "", "npy and npz", "NumPy"),
)

TOP = """# Label formats

<!-- made by `make docs`; do not edit -->

Give `maskwright` the folder of photos, the label file, or the zip that a tool exported. The format is recognised by
content, and one line says what was read as what. Two formats in one folder are asked about, never guessed.
`maskwright convert DATA --to NAME --out DIR` writes the formats with a name in the third column.

"Round trip" is the share of pixels that differ after writing {count} drawn photos with polygons, holes, ellipses,
bitmaps and ignored regions, and reading them back. What a format cannot hold is said when it is written. "Same pixels
in" names the code of others that the tests compare with.

| format | what is read | written as | round trip | same pixels in |
|---|---|---|---|---|
"""

REAL = """
`python -m benchmarks.conversions` does the same with real data, so far {sets} sets and exports of tools, each
written in every format. {exact} of {every} round trips change no pixel; the largest share in the others is {most} %.
"""

BOTTOM = """
[What shapes mean](shapes.md) says which pixels a shape covers, and in which order shapes are painted.

## Not annotated, or background

* VIA, COCO, CVAT and Supervisely list every photo that was loaded. One without shapes counts as not annotated.
* An empty YOLO txt, a LabelMe json without shapes, a submitted Label Studio annotation without regions, and a
  run-length row without pixels are photos of background.
* A photo that lies beside the others and that no label file names is not annotated.

## Parts of a split

Folders called train, val and test, files of labels named so, a column of a table, or lists (`train.txt`, `val.txt`: a
name, a stem or a path a line) beside photos, masks or files of labels give the part of each photo.

## Zip archives

An export is read as it is: `maskwright check export.zip`. It is unpacked into the user's cache folder, and removed two
weeks after its last use. Names never lead out of that folder. Archives that would fill the disk are refused.

## Other tools

These files are not read. They are refused by name, with what to do:

| tool or file | what to do |
|---|---|
{others}
"""


def page() -> str:
    """Return the page as markdown."""
    unknown = {row.reader for row in ROWS} ^ set(READERS) | {row.writer for row in ROWS if row.writer} ^ set(WRITERS)
    assert not unknown, f"formats without a row, or rows without a format: {sorted(unknown)}"
    lines = [_line(row) for row in ROWS]
    others = "\n".join(_other_tools())
    return TOP.format(count=PHOTOS) + "\n".join(lines) + "\n" + _real_sets() + BOTTOM.format(others=others)


def _other_tools() -> list[str]:
    """Return a row for each tool or file that is not read: its name, and every way of its own that leads on."""
    ways: dict[str, list[str]] = {}
    for tool in JSON_TOOLS:
        ways.setdefault(tool.name, []).append(tool.way)
    for file in FILE_TOOLS:
        endings = ", ".join(".nii.gz" if ending == ".gz" else ending for ending in file.endings if ending)
        ways.setdefault(f"{file.name} ({endings})", []).append(file.way)
    return [f"| {_titled(name)} | {'; or: '.join(_distinct(known))} |" for name, known in ways.items()]


def _titled(name: str) -> str:
    return capitalised(name.removeprefix("a ").removeprefix("an "))


def _distinct(ways: list[str]) -> list[str]:
    """Return the ways without those whose command a way before them has."""
    kept: list[str] = []
    for way in ways:
        if not any(way.rpartition(": ")[2] in known for known in kept):
            kept.append(way)
    return kept


def _real_sets() -> str:
    """Return what `python -m benchmarks.conversions` measured on real data, as a paragraph."""
    shares = {name: own for name, own in json.loads(CONVERSIONS.read_text())["shares"].items() if own}
    every = [share for own in shares.values() for share in own.values()]
    exact = sum(share == 0 for share in every)
    return REAL.format(sets=len(shares), every=len(every), exact=exact, most=f"{100 * max(every):.4f}")


def _line(row: Row) -> str:
    written = f"`{row.writer}`" if row.writer else "-"
    return f"| {row.title} | {row.read} | {written} | {_round_trip(row.writer)} | {row.oracle or '-'} |"


def _round_trip(name: str) -> str:
    """Return the share of pixels that differ after a round trip, in words."""
    if not name:
        return "-"
    with tempfile.TemporaryDirectory() as folder:
        data = _drawn(Path(folder) / "in")
        report = convert(data, name, Path(folder) / "out")
        again = open_dataset(Path(folder) / "out")
        differing, compared = 0, 0
        lost = any("ignored" in line for line in report.lost)
        for before, after in zip(data.samples, again.samples, strict=True):
            ours, theirs = _named(data, before), _named(again, after)
            counted = (ours != "ignored") | (not lost)
            differing += int((ours != theirs)[counted].sum())
            compared += int(counted.sum())
    said = "0" if not differing else f"{100 * differing / compared:.4f} %"
    return said + (" (no ignored regions)" if lost else "")


def _named(data: Dataset, sample: Sample) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    names = np.full(256, "ignored", dtype=object)
    names[: len(data.classes)] = ["" if i == data.classes.background else n for i, n in enumerate(data.classes.names)]
    return np.asarray(names[data.mask(sample)])


def _drawn(root: Path) -> Dataset:
    rng = np.random.default_rng(0)
    samples = []
    root.mkdir(parents=True)
    for number in range(PHOTOS):
        path = root / f"{number}.png"
        Image.new("RGB", SIZE_HW[::-1], (90, 90, 90)).save(path)
        shapes = Shapes(tuple(_shape(rng) for _ in range(SHAPES)))
        samples.append(Sample(path.name, path, shapes, SIZE_HW))
    return Dataset(root, "drawn", tuple(samples), class_table(("background", "leaf", "stem", "root")))


def _shape(rng: np.random.Generator) -> Shape:
    class_id = int(rng.choice([1, 2, 3, 255], p=[0.3, 0.3, 0.3, 0.1]))
    place = rng.random(2) * (SIZE_HW[1] - 60, SIZE_HW[0] - 60) + 10
    turns = np.sort(rng.random(9)) * 2 * np.pi
    star = np.stack([np.cos(turns), np.sin(turns)], axis=1) * (20 + 20 * rng.random((9, 1)))
    match int(rng.integers(4)):
        case 0:
            return Polygon(class_id, star + place)
        case 1:
            return Polygon(class_id, star + place, (star[::2] / 3 + place,))
        case 2:
            radii = 10 + 20 * rng.random(2)
            return Ellipse(class_id, (float(place[0]), float(place[1])), (float(radii[0]), float(radii[1])), 0.5)
    return bitmap_of(class_id, rng.random((30, 40)) < 0.5, corner_xy=(int(place[0]), int(place[1])))


if __name__ == "__main__":
    write_text(PAGE, page())
