"""Other tools' own code reads what is written, and finds the same pixels.

Bitmaps are the same to the pixel. Polygons are painted by other rules there: OpenCV's, which supervision uses, adds the
pixels that the outline touches.
"""

import contextlib
import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.classes import class_table
from maskwright.datasets.converting import convert
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.shapes import Polygon, Shape, Shapes, bitmap_of
from maskwright.imaging.mask_geometry import trace_polygons
from tests.support.real_data import shared_data
from tests.support.slow_brush import slow_brush
from tests.support.truths import draw_photos

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
SIZE_HW = (60, 80)
RNG = np.random.default_rng(2)


def blobs() -> NDArray[np.bool_]:
    return np.asarray(cv2.GaussianBlur(RNG.random(SIZE_HW).astype(np.float32), (0, 0), 4) > 0.5)


BITMAPS: tuple[Shape, ...] = (bitmap_of(1, blobs()), bitmap_of(2, blobs()[:20, :30], corner_xy=(40, 30)))
TRACED: tuple[Shape, ...] = tuple(Polygon(1, outline) for outline in trace_polygons(blobs()))


def written(folder: Path, name: str, shapes: tuple[Shape, ...]) -> Dataset:
    draw_photos(folder / "in", "a.png", size_hw=SIZE_HW)
    sample = Sample("a.png", folder / "in" / "a.png", Shapes(shapes), SIZE_HW)
    data = Dataset(folder / "in", "drawn", (sample,), class_table(("background", "leaf", "bug")))
    convert(data, name, folder / "out")
    return data


def by_pycocotools(path: Path, photo: str) -> NDArray[np.uint8]:
    """Return category ids painted in the order of annotations, as pycocotools decodes them."""
    coco_api = pytest.importorskip("pycocotools.coco", reason="the dev extra brings pycocotools")
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_api.COCO(str(path))
    (image,) = [one for one in coco.dataset["images"] if one["file_name"] == photo]
    mask = np.zeros((image["height"], image["width"]), dtype=np.uint8)
    for one in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
        mask[coco.annToMask(one) > 0] = 255 if one["iscrowd"] else one["category_id"]
    return mask


@pytest.mark.parametrize("shapes", [BITMAPS, TRACED], ids=["bitmaps", "traced"])
def test_pycocotools_finds_the_same_pixels_in_our_coco(tmp_path: Path, shapes: tuple[Shape, ...]) -> None:
    data = written(tmp_path, "coco", shapes)
    theirs = by_pycocotools(tmp_path / "out" / "_annotations.coco.json", "a.png")
    np.testing.assert_array_equal(theirs, data.mask(data.samples[0]))


def test_pycocotools_finds_our_areas_and_boxes(tmp_path: Path) -> None:
    written(tmp_path, "coco", BITMAPS)
    coco_mask = pytest.importorskip("pycocotools.mask", reason="the dev extra brings pycocotools")
    for one in json.loads((tmp_path / "out" / "_annotations.coco.json").read_text())["annotations"]:
        assert coco_mask.area(one["segmentation"]) == one["area"]
        np.testing.assert_array_equal(coco_mask.toBbox(one["segmentation"]), one["bbox"])


def test_pycocotools_covers_real_slanted_polygons_but_for_outlines(tmp_path: Path) -> None:
    data = open_dataset(shared_data("formats") / "labelme")
    convert(data, "coco", tmp_path)
    for sample in data.samples:
        theirs = by_pycocotools(tmp_path / "_annotations.coco.json", Path(sample.name).name)
        assert (theirs != data.mask(sample)).mean() < 0.006


@pytest.mark.parametrize("name", ["coco", "yolo"])
def test_supervision_finds_the_same_objects_but_for_outlines(tmp_path: Path, name: str) -> None:
    supervision = pytest.importorskip("supervision", reason="the dev extra brings supervision")
    data = written(tmp_path, name, TRACED)
    out = tmp_path / "out"
    if name == "coco":
        label = str(out / "_annotations.coco.json")
        loaded = supervision.DetectionDataset.from_coco(str(out), label, force_masks=True)
    else:
        places = str(out / "images"), str(out / "labels"), str(out / "data.yaml")
        loaded = supervision.DetectionDataset.from_yolo(*places, force_masks=True)
    ((_, _, detections),) = list(loaded)
    assert loaded.classes == ["leaf", "bug"]
    assert detections.class_id.tolist() == [0] * len(TRACED)
    theirs, ours = detections.mask.any(axis=0), data.mask(data.samples[0]) == 1
    # OpenCV adds the pixels that the outline touches: those right of and below a traced patch, and no others.
    np.testing.assert_array_equal(theirs, cv2.dilate(ours.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0)


def test_cvats_own_code_decodes_our_bitmaps(tmp_path: Path) -> None:
    masks = pytest.importorskip("cvat_sdk.masks", reason="the dev extra brings cvat-sdk")
    data = written(tmp_path, "cvat", BITMAPS)
    theirs = np.zeros(SIZE_HW, dtype=np.uint8)
    for one in ElementTree.parse(tmp_path / "out" / "annotations.xml").getroot().iter("mask"):
        left, top, wide, high = (int(one.attrib[key]) for key in ("left", "top", "width", "height"))
        code = [*(int(count) for count in one.attrib["rle"].split(",")), left, top, left + wide - 1, top + high - 1]
        decoded = masks.decode_mask(code, image_width=SIZE_HW[1], image_height=SIZE_HW[0])
        theirs[decoded] = data.classes.names.index(one.attrib["label"])
    np.testing.assert_array_equal(theirs, data.mask(data.samples[0]))


def own_decoder() -> Callable[[list[int]], NDArray[np.uint8]]:
    """Return the brush decoder of label-studio-sdk, which needs another OpenCV than this project."""
    brush = pytest.importorskip("label_studio_sdk.converter.brush", reason="label-studio-sdk is installed apart")
    return lambda code: np.asarray(brush.decode_rle(code))


@pytest.mark.parametrize("whose", ["label-studio-sdk", "bit by bit"])
def test_our_brush_strokes_are_decoded_to_the_same_pixels(tmp_path: Path, whose: str) -> None:
    decode = own_decoder() if whose == "label-studio-sdk" else lambda code: np.array(slow_brush(code))
    data = written(tmp_path, "label-studio", BITMAPS)
    theirs = np.zeros(SIZE_HW, dtype=np.uint8)
    (task,) = json.loads((tmp_path / "out" / "tasks.json").read_text())
    for one in task["annotations"][0]["result"]:
        opaque = decode(one["value"]["rle"]).reshape(*SIZE_HW, 4)[:, :, 3] > 0
        theirs[opaque] = data.classes.names.index(one["value"]["brushlabels"][0])
    np.testing.assert_array_equal(theirs, data.mask(data.samples[0]))
