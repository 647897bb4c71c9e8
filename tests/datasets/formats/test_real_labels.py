"""Label files as real tools wrote them, against pixels that other code counts: tools' own rules, slow references."""

import base64
import json
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.shapes import Polygon, Shapes
from maskwright.imaging.mask_geometry import Bools
from tests.support.naive_geometry import naive_ellipse, shoelace_area
from tests.support.real_data import shared_data
from tests.support.slow_brush import slow_brush
from tests.support.truths import pixels

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools
coco_mask = pytest.importorskip("pycocotools.mask", reason="the dev extra brings pycocotools")


def opened(name: str, **options: object) -> Dataset:
    return open_dataset(shared_data("formats") / name, **options)  # type: ignore[arg-type]


def content(name: str) -> object:
    return json.loads((shared_data("formats") / name).read_text())


def polygons(sample: Sample) -> list[Polygon]:
    assert isinstance(sample.truth, Shapes)
    return [shape for shape in sample.truth.shapes if isinstance(shape, Polygon)]


def with_outline(polygon: Polygon, size_hw: tuple[int, int]) -> Bools:
    """Return the polygon with the pixels that its outline touches, as labelme itself paints it."""
    image = Image.new("L", size_hw[::-1], 0)
    ImageDraw.Draw(image).polygon([tuple(point) for point in polygon.rings[0].tolist()], outline=1, fill=1)
    return np.asarray(image) > 0


def outlines(drawn: list[Polygon], size_hw: tuple[int, int]) -> Bools:
    """Return the pixels within one of the outlines."""
    image = Image.new("L", size_hw[::-1], 0)
    for polygon in drawn:
        ImageDraw.Draw(image).polygon([tuple(point) for point in polygon.rings[0].tolist()], outline=1)
    return np.asarray(cv2.dilate(np.asarray(image), np.ones((3, 3), np.uint8)) > 0)


def test_labelme_files_painted_by_labelmes_rule_are_the_voc_masks_that_labelme_made() -> None:
    data, voc = opened("labelme"), opened("voc_palette")
    assert len(data) == len(voc) == 3
    for sample, other in zip(data.samples, voc.samples, strict=True):
        truth = voc.mask(other)
        mask = np.zeros_like(truth)
        for polygon in polygons(sample):
            mask[with_outline(polygon, (mask.shape[0], mask.shape[1]))] = polygon.class_id
        assert (mask != truth).sum() <= 1  # one pixel, by another version of Pillow
        differing = data.mask(sample) != truth
        assert differing.mean() < 0.011
        assert not (differing & ~outlines(polygons(sample), (mask.shape[0], mask.shape[1]))).any()


def test_labelmes_kinds_of_shapes_have_their_areas() -> None:
    counts = pixels(opened("labelme_primitives"))
    assert counts["rectangle"] == 100 * 100 + 151 * 102
    circle = naive_ellipse((195, 84), (np.hypot(30, 41),) * 2, (450, 560))
    assert counts["circle"] == circle.sum()
    assert counts["polygon"] == pytest.approx(shoelace_area([69, 45, 173, 198], [318, 403, 406, 321]), abs=60)
    assert set(counts) == {"rectangle", "circle", "polygon", "octagon"}


def test_cocos_polygons_cover_what_pycocotools_covers_but_for_outlines() -> None:
    for name, file in (("coco_labelme2coco", "annotations.json"), ("coco_roboflow", "_annotations.coco.json")):
        data, raw = opened(name), content(f"{name}/{file}")
        assert isinstance(raw, dict)
        names = {one["id"]: one["name"] for one in raw["categories"]}
        for image in raw["images"]:
            size = image["height"], image["width"]
            theirs = np.zeros(size, dtype=object)
            for one in (one for one in raw["annotations"] if one["image_id"] == image["id"]):
                drawn = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(one["segmentation"], *size)))
                theirs[drawn > 0] = names[one["category_id"]]
            (sample,) = [s for s in data.samples if Path(s.name).name == Path(image["file_name"]).name]
            ours = np.array([0, *data.classes.names[1:]], dtype=object)[data.mask(sample)]
            assert (ours != theirs).mean() < 0.006


def test_uncompressed_run_lengths_are_those_of_the_file() -> None:
    data = opened("coco_rle_uncompressed")
    mask = data.mask(data.samples[0])
    assert data.classes.names == ("background", "a", "b", "c")
    assert (mask[:, :2] == 2).all()
    assert (mask[:, 2:] == 0).all()


def test_compressed_results_are_what_pycocotools_decodes() -> None:
    data = opened("coco_rle_compressed", canvas_hw=(480, 640))
    raw = content("coco_rle_compressed/instances_val2014_fakesegm100_results.json")
    assert isinstance(raw, list)
    assert len(data) == len({one["image_id"] for one in raw})
    for sample in data.samples:
        scored = [one for one in raw if f"{one['image_id']:012}" in sample.name and one["score"] >= 0.5]
        expected = np.zeros(scored[0]["segmentation"]["size"] if scored else (0, 0), dtype=np.uint8)
        for one in sorted(scored, key=lambda one: one["score"]):
            expected[coco_mask.decode(one["segmentation"]) > 0] = data.classes.names.index(
                f"class {one['category_id']}"
            )
        if scored:
            np.testing.assert_array_equal(data.mask(sample), expected)


def test_panoptic_segments_have_the_areas_that_the_file_states(tmp_path: Path) -> None:
    raw = content("coco_panoptic/panoptic_val.json")
    assert isinstance(raw, dict)
    ids = np.zeros((10, 5), dtype=np.uint8)
    ids[:, 0:2], ids[:, 2:4] = 7, 20
    (tmp_path / "panoptic_val.json").write_text(json.dumps(raw))
    Image.fromarray(np.stack([ids, ids * 0, ids * 0], axis=2)).save(tmp_path / "b.png")
    Image.new("RGB", (5, 10)).save(tmp_path / "b.jpg")
    data = open_dataset(tmp_path / "panoptic_val.json")
    assert pixels(data) == {"a": 20, "ignored": 30}


def test_cvats_boxes_are_read_and_skeletons_are_no_class() -> None:
    data = opened("cvat_images_1.1")
    assert data.classes.names == ("background", "label1", "label2")
    assert pixels(data) == {"label1": 8}


def test_cvats_bitmaps_have_the_pixels_of_their_run_lengths() -> None:
    data = opened("cvat_mask_rle", canvas_hw=(1, 1))
    root = ElementTree.parse(shared_data("formats") / "cvat_mask_rle" / "annotations.xml").getroot()
    for image in root.iterfind("image"):
        expected = np.full((int(image.attrib["height"]), int(image.attrib["width"])), "", dtype=object)
        for one in sorted(image, key=lambda one: int(one.get("z_order", 0))):
            if one.tag == "box":
                sides = [float(one.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr")]
                left, top, right, bottom = (int(np.ceil(side - 0.5)) for side in sides)
                expected[top:bottom, left:right] = one.attrib["label"]
            if one.tag == "mask":
                left, top, wide, high = (int(one.attrib[key]) for key in ("left", "top", "width", "height"))
                inside = [False] * 0
                for number, count in enumerate(one.attrib["rle"].split(",")):
                    inside += [number % 2 == 1] * int(count)
                box = expected[top : top + high, left : left + wide]
                box[np.array(inside).reshape(high, wide)] = one.attrib["label"]
        (sample,) = [sample for sample in data.samples if sample.name == image.attrib["name"]]
        ours = np.array(["", *data.classes.names[1:]], dtype=object)[data.mask(sample)]
        np.testing.assert_array_equal(ours, expected)


def test_label_studios_shapes_have_their_areas() -> None:
    counts = pixels(opened("label_studio", canvas_hw=(1, 1)))
    points = content("label_studio/data.json")[0]["annotations"][0]["result"][1]["value"]["points"]  # type: ignore[index]
    area = shoelace_area([5.00 * x for x, _ in points], [3.20 * y for _, y in points])
    assert counts["polygon_label"] == pytest.approx(area, abs=12)
    assert counts["rectangle_label"] == pytest.approx(5 * 6.352087 * 3.2 * 9.929078, abs=35)
    airplane = content("label_studio/polygons/data_polygons.json")[0]["annotations"][0]["result"][0]["value"]  # type: ignore[index]
    area = shoelace_area([6.40 * x for x, _ in airplane["points"]], [4.26 * y for _, y in airplane["points"]])
    assert pixels(opened("label_studio/polygons", canvas_hw=(1, 1)))["Airplane"] == pytest.approx(area, rel=0.01)


def test_label_studios_brush_strokes_are_what_a_slow_reader_reads() -> None:
    data = opened("label_studio_brush", canvas_hw=(1, 1))
    expected = np.zeros((576, 768), dtype=np.bool_)
    for one in content("label_studio_brush/test_brush_labels.json")[0]["result"]:  # type: ignore[index]
        expected |= np.array(slow_brush(one["value"]["rle"])).reshape(576, 768, 4)[:, :, 3] > 127
    np.testing.assert_array_equal(data.mask(data.samples[0]) == 1, expected)
    assert expected.sum() > 10_000


def test_superviselys_bitmaps_are_the_opacity_of_their_pngs() -> None:
    data = opened("supervisely/project")
    assert data.classes.names == ("background", "kiwi", "lemon")
    assert len(data) == 6
    for sample in data.samples:
        raw = content(f"supervisely/project/ds1/ann/{Path(sample.name).name}.json")
        assert isinstance(raw, dict)
        expected = np.zeros((raw["size"]["height"], raw["size"]["width"]), dtype=np.uint8)
        for one in raw["objects"]:
            png = np.frombuffer(zlib.decompress(base64.b64decode(one["bitmap"]["data"])), np.uint8)
            stored = cv2.imdecode(png, cv2.IMREAD_UNCHANGED)
            assert stored is not None
            alpha = stored[:, :, 3] > 0
            x, y = one["bitmap"]["origin"]
            box = expected[y : y + alpha.shape[0], x : x + alpha.shape[1]]
            box[alpha] = data.classes.names.index(one["classTitle"])
        np.testing.assert_array_equal(data.mask(sample), expected)


def test_via_3_projects_are_read_by_one_attribute() -> None:
    data = opened("via3", attribute="screws", canvas_hw=(400, 1800))
    discs = [
        naive_ellipse((x, y), (r, r), (400, 1800)) for x, y, r in ((589.489, 217.226, 44.214), (596.496, 77.08, 46.1))
    ]
    assert pixels(data) == {"cyl": int((discs[0] | discs[1]).sum())}


def test_yolos_outlines_have_their_areas() -> None:
    data = opened("yolo_seg")
    assert len(data.classes) == 81
    lines = (shared_data("formats") / "yolo_seg/labels/000000000025.txt").read_text().splitlines()
    areas = [
        shoelace_area([640 * float(x) for x in line.split()[1::2]], [426 * float(y) for y in line.split()[2::2]])
        for line in lines
    ]
    (sample,) = [sample for sample in data.samples if "000000000025" in sample.name]
    counts = pixels(data, data.samples.index(sample))
    assert set(counts) == {"giraffe"}
    assert counts["giraffe"] == pytest.approx(sum(areas), rel=0.02)


def test_an_empty_yolo_file_is_a_photo_of_background() -> None:
    data = opened("yolo_seg_negative")
    assert [sample.truth is not None for sample in data.samples] == [True, True]
    assert pixels(data, 0) == {}
    assert set(pixels(data, 1)) == {"defect"}


def test_the_xml_of_the_old_labelme_is_read() -> None:
    counts = pixels(opened("labelme_old_xml"))
    assert counts["window"] == 6
    assert counts["b1"] == 10 * 11


def test_via_and_its_own_coco_export_say_the_same() -> None:
    folder = shared_data("formats") / "via2_triplet_receipts"
    via, coco = open_dataset(folder), open_dataset(folder / "via_export_coco.json")
    assert via.format == "via"
    for ours, theirs in zip(via.samples, coco.samples, strict=True):
        names = np.array(via.classes.names)[via.mask(ours)]
        np.testing.assert_array_equal(names, np.array(coco.classes.names)[coco.mask(theirs)])
