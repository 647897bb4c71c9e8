"""Files as real tools wrote them, against pixel counts that do not come from the code under test."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.naive_geometry import naive_polygon, shoelace_area
from tests.support.real_data import shared_data

Region = tuple[str, dict[str, list[int]], str]


def json_regions(path: Path, attribute: str | None) -> Iterator[Region]:
    """Yield photo, shape and class of every region, read in the plainest way."""
    content = json.loads(path.read_text())
    for entry in content.get("_via_img_metadata", content).values():
        regions = entry["regions"]
        for region in regions.values() if isinstance(regions, dict) else regions:
            name = region["region_attributes"][attribute] if attribute else "object"
            yield entry["filename"], region["shape_attributes"], name


def csv_regions(path: Path, attribute: str | None) -> Iterator[Region]:
    with path.open(newline="") as file:
        for row in list(csv.reader(file))[1:]:
            name = json.loads(row[6].replace("undefined", "null"))[attribute] if attribute else "object"
            yield row[0], json.loads(row[5]), name


def painted(regions: Iterator[Region], size_hw: tuple[int, int]) -> dict[str, NDArray[np.object_]]:
    """Return by photo which class name each pixel has, the regions painted in file order by the slow reference."""
    masks: dict[str, NDArray[np.object_]] = {}
    for photo, shape, name in regions:
        mask = masks.setdefault(photo, np.full(size_hw, "", dtype=object))
        mask[naive_polygon(shape["all_points_x"], shape["all_points_y"], size_hw)] = name
    return masks


def named(data: Dataset, sample: Sample) -> NDArray[np.object_]:
    names = np.array(
        ["" if i == data.classes.background else name for i, name in enumerate(data.classes.names)], object
    )
    return np.asarray(names[data.mask(sample)])


VIA_FILES = [
    ("via2_multiclass/val_multiclass.json", "name", (1024, 1024), 8, 24),
    ("via2_project/car-damage-val.json", "name", (1024, 1024), 8, 12),
    ("via_csv_undefined/via_region_data.csv", "name", (1024, 1024), 8, 12),
    ("via_csv_undefined/via_region_data.json", "name", (1024, 1024), 8, 12),
    ("via1_json_dict_regions/rice_via_region_data.json", "class_id", (320, 640), 16, 149),
    ("via1_json_dict_regions/corrosion_via_region_data.json", None, (600, 1000), 23, 90),
    ("via1_csv_hash_header/via_region_data.csv", "class_id", (320, 640), 16, 149),
]


@pytest.mark.parametrize(("file", "attribute", "canvas_hw", "photos", "shapes"), VIA_FILES)
def test_via_files_give_the_masks_of_the_slow_reference(
    file: str, attribute: str | None, canvas_hw: tuple[int, int], photos: int, shapes: int
) -> None:
    path = shared_data("formats") / file
    regions = list((csv_regions if path.suffix == ".csv" else json_regions)(path, attribute))
    assert len(regions) == shapes
    data = open_dataset(path, canvas_hw=canvas_hw)
    assert len(data) == photos
    assert set(data.classes.names) - {"background"} == {name for _, _, name in regions}
    expected = painted(iter(regions), canvas_hw)
    for sample in data.samples:
        np.testing.assert_array_equal(named(data, sample), expected[sample.name])


@pytest.mark.parametrize("folder", ["via2_multiclass", "via2_project", "via_csv_undefined", "via1_csv_hash_header"])
def test_via_folders_open_without_naming_the_file(folder: str) -> None:
    data = open_dataset(shared_data("formats") / folder, canvas_hw=(1024, 1024))
    assert data.format == "via"
    assert all(sample.truth for sample in data.samples)


def test_invalid_attributes_in_a_csv_are_reported() -> None:
    data = open_dataset(shared_data("formats") / "via_csv_undefined/via_region_data.csv", canvas_hw=(1024, 1024))
    assert [f.code for f in file_findings(data) if f.severity == "warning"] == ["attribute-invalid"]


def test_two_annotations_in_one_folder_ask_for_a_choice() -> None:
    with pytest.raises(DataError, match=r"corrosion_via_region_data\.json, rice_via_region_data\.json"):
        open_dataset(shared_data("formats") / "via1_json_dict_regions", canvas_hw=(500, 500))


def test_a_project_without_regions_is_not_annotated() -> None:
    data = open_dataset(shared_data("formats") / "via2_empty_regions", canvas_hw=(100, 100))
    assert [(s.name, s.truth) for s in data.samples] == [("video_2020-05-01_13500.jpg", None)]


def test_receipts_hold_the_areas_that_their_coco_export_states() -> None:
    folder = shared_data("formats") / "via2_triplet_receipts"
    coco = json.loads((folder / "via_export_coco.json").read_text())
    data = open_dataset(folder)
    assert data.classes.names == ("background", "Date", "Header", "Total")
    assert file_findings(data) == []
    for image, sample in zip(coco["images"], data.samples, strict=True):
        assert sample.name == f"images/{image['file_name']}"
        assert sample.size_hw == (image["height"], image["width"])
        stated = sorted(a["bbox"][2] * a["bbox"][3] for a in coco["annotations"] if int(a["image_id"]) == image["id"])
        assert sorted(np.bincount(data.mask(sample).ravel(), minlength=4)[1:].tolist()) == stated


@pytest.mark.parametrize("name", ["formats/via1_csv_exif", "futoshiki"])
def test_futoshiki_grids_lie_upright(name: str) -> None:
    folder = shared_data(name)
    data = open_dataset(folder, canvas_hw=(4032, 3024))
    assert data.classes.names == ("background", "object")
    assert {s.size_hw for s in data.samples} == {(4032, 3024)}
    regions = {photo: shape for photo, shape, _ in csv_regions(folder / "annotations.csv", None)}
    assert len(data) == len(regions) == 14
    for sample in data.samples:
        xs, ys = regions[sample.name]["all_points_x"], regions[sample.name]["all_points_y"]
        area = shoelace_area(xs, ys)
        assert data.mask(sample).sum() == pytest.approx(area, rel=1e-4)
        assert 0.01 < area / (4032 * 3024) < 0.14
    mask = data.mask(data.samples[1])[1800:2850, 1100:2200]
    shape = regions[data.samples[1].name]
    xs, ys = [x - 1100 for x in shape["all_points_x"]], [y - 1800 for y in shape["all_points_y"]]
    np.testing.assert_array_equal(mask == 1, naive_polygon(xs, ys, mask.shape))


def test_futoshiki_photos_come_as_the_polygons_were_drawn() -> None:
    data = open_dataset(shared_data("futoshiki"))
    assert file_findings(data) == []
    assert data.photo(data.samples[0], long_side_px=504).shape == (504, 378, 3)


def test_car_parts_are_a_split_of_photos_named_after_their_part() -> None:
    folder = shared_data("car_parts")
    data = open_dataset(folder)
    assert Counter(s.part for s in data.samples) == {"train": 62, "val": 8}
    assert data.classes.names == ("background", "door", "front_bumper", "headlamp", "hood", "rear_bumper")
    assert file_findings(data) == []
    expected = painted(json_regions(folder / "val_multiclass.json", "name"), (1024, 1024))
    for sample in data.samples:
        assert sample.truth is not None
        if sample.part == "val":
            np.testing.assert_array_equal(named(data, sample), expected[sample.name.removeprefix("images/val_")])


def stored(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path))


@pytest.mark.parametrize(
    ("name", "photos", "share"), [("crackforest", 118, 0.016), ("isbi_membrane", 30, 0.783), ("kolektor", 112, 0.0024)]
)
def test_binary_folders_hold_the_stated_share_of_object(name: str, photos: int, share: float) -> None:
    folder = shared_data(name)
    data = open_dataset(folder)
    assert len(data) == photos
    assert data.classes.names == ("background", "object")
    assert file_findings(data) == []
    pixels = objects = 0
    for sample in data.samples:
        mask = data.mask(sample)
        np.testing.assert_array_equal(mask, stored(folder / "masks" / f"{Path(sample.name).stem}.png"))
        pixels, objects = pixels + mask.size, objects + int(mask.sum())
    assert objects / pixels == pytest.approx(share, rel=0.05)


def test_camvid_has_eleven_classes_and_an_ignored_one() -> None:
    folder = shared_data("camvid")
    data = open_dataset(folder, ignore=11)
    assert Counter(s.part for s in data.samples) == {"train": 367, "val": 101, "test": 233}
    assert data.classes.scored == tuple(range(11))
    for sample in data.samples[::50]:
        values = stored(folder / str(sample.part) / "masks" / f"{Path(sample.name).stem}.png")
        np.testing.assert_array_equal(data.mask(sample), np.where(values == 11, 255, values))


def test_voc_palette_masks_keep_their_indices() -> None:
    folder = shared_data("formats") / "voc_palette"
    data = open_dataset(folder)
    assert len(data) == 3
    assert len(data.classes) == 21
    assert (data.classes.names[5], data.classes.names[15]) == ("bottle", "person")
    assert data.classes.background == 0
    counts = [np.unique(data.mask(s), return_counts=True) for s in data.samples]
    # Counted once with Pillow alone, as the values of the palette indices.
    assert [dict(zip(v.tolist(), n.tolist(), strict=True)) for v, n in counts] == [
        {0: 125767, 5: 873, 15: 32900, 255: 9460},
        {0: 93492, 9: 44306, 15: 34791, 18: 14002, 255: 909},
        {0: 62022, 6: 118222, 7: 7256},
    ]


def mask_counts(data: Dataset) -> list[dict[int, int]]:
    counts = [np.unique(data.mask(s), return_counts=True) for s in data.samples]
    return [dict(zip(v.tolist(), n.tolist(), strict=True)) for v, n in counts]


def test_one_bit_and_colour_masks_are_read_once_one_kind_is_chosen() -> None:
    folder = shared_data("formats") / "mask_1bit_and_rgb"
    with pytest.raises(DataError, match=r"several kinds of masks: annotation \(2 photos.*data\.masks=annotation"):
        open_dataset(folder, canvas_hw=(966, 1296))
    bits = open_dataset(folder, canvas_hw=(966, 1296), attribute="mask")
    assert mask_counts(bits) == [{0: 221109, 1: 1030827}, {0: 125755, 1: 1126181}]
    colours = open_dataset(folder, canvas_hw=(966, 1296), attribute="annotation")
    assert colours.classes.colours == ((0, 0, 0), (0, 255, 0), (255, 0, 0))
    assert mask_counts(colours) == [{0: 1047760, 1: 30589, 2: 173587}, {0: 1160909, 1: 37187, 2: 53840}]


def test_a_gif_mask_pairs_with_its_tiff_photo() -> None:
    data = open_dataset(shared_data("formats") / "mask_gif")
    assert [s.name for s in data.samples] == ["01_test.tif"]
    assert mask_counts(data) == [{0: 300520, 1: 29440}]
    assert file_findings(data) == []


@pytest.mark.parametrize(("name", "masks"), [("mask_is_jpeg", "labels/*.jpg"), ("mask_soft_grey", "*.png")])
def test_soft_masks_are_cut_at_the_middle(name: str, masks: str) -> None:
    folder = shared_data("formats") / name
    data = open_dataset(folder)
    assert [f.code for f in file_findings(data)] == ["mask-soft"]
    expected = [stored(path) >= 128 for path in sorted(folder.glob(masks))]
    expected = [mask[..., 0] if mask.ndim == 3 else mask for mask in expected]
    assert len(data) == len(expected)
    for sample, mask in zip(data.samples, expected, strict=True):
        np.testing.assert_array_equal(data.mask(sample), mask)


def test_the_border_of_a_palette_mask_is_ignored() -> None:
    data = open_dataset(shared_data("formats") / "mask_palette_ignore255")
    assert data.classes.is_binary
    assert mask_counts(data) == [{0: 198766, 1: 22938, 255: 18296}]


def test_masks_smaller_than_their_photos_are_scaled_with_a_warning() -> None:
    folder = shared_data("formats") / "mask_size_differs"
    data = open_dataset(folder)
    assert [(f.code, f.severity) for f in file_findings(data)] == [("mask-size", "warning")]
    assert [s.size_hw for s in data.samples] == [(734, 1100), (790, 1186), (400, 735)]
    for sample in data.samples:
        small = stored(folder / "masks" / f"{Path(sample.name).stem}.png")
        assert data.mask(sample).mean() == pytest.approx((small == 255).mean(), abs=0.002)
