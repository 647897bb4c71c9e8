"""Every format gives back the pixels that were written, and says what it cannot hold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.converting import WRITERS, convert
from maskwright.datasets.dataset import Dataset, Sample, isolate
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.part_names import PartName
from maskwright.datasets.truth.shapes import Ellipse, Polygon, Shape, Shapes, bitmap_of
from maskwright.errors import ConfigError
from tests.support.drawn_layouts import ids, photo, save
from tests.support.real_data import shared_data
from tests.support.truths import draw_photos, named_pixels

SIZE_HW = (37, 53)
HIGHEST_SHARE = 0.0005
NO_IGNORED = ("yolo", "rle-csv")
NO_BACKGROUND = ("via", "via3", "coco", "cvat", "supervisely")
NO_PARTS = ("rle-csv",)

SLANTED = np.array([[3.3, 2.1], [30.7, 5.9], [25.2, 30.4], [6.6, 25.5]])
INNER = np.array([[10.1, 9.2], [18.4, 10.8], [14.9, 18.3]])
NOISE = np.random.default_rng(5).random((11, 9)) < 0.5
SHAPES: tuple[Shape, ...] = (
    Polygon(1, SLANTED, (INNER,)),
    Ellipse(2, (35.5, 18.2), (9.3, 5.1), 0.4),
    bitmap_of(3, NOISE, corner_xy=(22, 20)),
    Polygon(2, SLANTED / 3 + (30, 1)),
    Polygon(255, SLANTED / 4 + (2, 25)),
    Polygon(1, SLANTED / 5 + (4, 27)),
)


def dataset_of(root: Path, truths: dict[str, tuple[Shape, ...] | None], part: PartName | None = None) -> Dataset:
    draw_photos(root, *truths, size_hw=SIZE_HW)
    samples = tuple(
        Sample(name, root / name, None if shapes is None else Shapes(shapes), SIZE_HW, part)
        for name, shapes in truths.items()
    )
    return Dataset(root, "drawn", samples, class_table(("background", "leaf", "bug 2", "Käfer, <gross>")))


@pytest.mark.parametrize("name", WRITERS)
def test_polygons_holes_ellipses_bitmaps_and_their_order_come_back(tmp_path: Path, name: str) -> None:
    shapes = tuple(shape for shape in SHAPES if name not in NO_IGNORED or shape.class_id != 255)
    data = dataset_of(tmp_path / "in", {"a.png": shapes, "b.png": shapes[::-1]})
    report = convert(data, name, tmp_path / "out")
    assert all(file.is_file() for file in report.files)
    again = open_dataset(tmp_path / "out")
    for before, after in zip(data.samples, again.samples, strict=True):
        differing = named_pixels(data, before) != named_pixels(again, after)
        assert differing.mean() <= HIGHEST_SHARE
        assert name in ("yolo", "label-studio") or not differing.any()


@pytest.mark.parametrize("name", WRITERS)
def test_photos_are_copied_byte_for_byte_and_keep_their_names(tmp_path: Path, name: str) -> None:
    data = dataset_of(tmp_path / "in", {"x/a.png": SHAPES, "y/a.png": SHAPES, "c d.png": SHAPES})
    Image.fromarray(np.full((*SIZE_HW, 3), 7, np.uint8)).save(data.root / "y" / "a.png")
    convert(data, name, tmp_path / "out")
    copies = [path.read_bytes() for path in (tmp_path / "out").rglob("*.png")]
    for sample in data.samples:
        assert sample.photo.read_bytes() in copies
    assert len(open_dataset(tmp_path / "out")) == 3


@pytest.mark.parametrize("name", WRITERS)
def test_background_and_photos_without_annotation_stay_apart_or_it_is_said(tmp_path: Path, name: str) -> None:
    data = dataset_of(tmp_path / "in", {"a.png": SHAPES[:1], "bare.png": (), "new.png": None})
    report = convert(data, name, tmp_path / "out")
    samples = open_dataset(tmp_path / "out").samples
    again = {Path(sample.name).stem.replace("_leftImg8bit", ""): sample for sample in samples}
    assert again["a"].truth is not None
    assert again["new"].truth is None
    said = any("1 photos of background alone" in line for line in report.lost)
    assert said == (name in NO_BACKGROUND)
    assert (again["bare"].truth is None) == said


@pytest.mark.parametrize("name", WRITERS)
def test_ignored_regions_come_back_or_it_is_said(tmp_path: Path, name: str) -> None:
    data = dataset_of(tmp_path / "in", {"a.png": SHAPES})
    report = convert(data, name, tmp_path / "out")
    again = open_dataset(tmp_path / "out")
    kept = bool((named_pixels(again, again.samples[0]) == "ignored").any())
    assert kept != any("ignored" in line for line in report.lost)
    assert kept != (name in NO_IGNORED)


@pytest.mark.parametrize("name", WRITERS)
def test_the_parts_of_a_given_split_come_back_or_it_is_said(tmp_path: Path, name: str) -> None:
    first, second = (dataset_of(tmp_path / "in", {f"{part}1.png": SHAPES[:2]}, part) for part in ("train", "val"))
    data = replace(first, samples=first.samples + second.samples)
    report = convert(data, name, tmp_path / "out")
    again = open_dataset(tmp_path / "out")
    parts = [sample.part for sample in again.samples]
    assert parts == ["train", "val"] or any("split" in line for line in report.lost)
    assert (parts == ["train", "val"]) != (name in NO_PARTS)


@pytest.mark.parametrize("name", WRITERS)
def test_an_isolated_class_is_written_as_it_is_trained_on(tmp_path: Path, name: str) -> None:
    data = isolate(dataset_of(tmp_path / "in", {"a.png": SHAPES[:4]}), "bug 2")
    convert(data, name, tmp_path / "out")
    again = open_dataset(tmp_path / "out")
    np.testing.assert_array_equal(named_pixels(data, data.samples[0]), named_pixels(again, again.samples[0]))


def test_a_format_that_is_not_written_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'hasty' is not a format that is written: choose one of via, via3, coco"):
        convert(dataset_of(tmp_path, {"a.png": SHAPES}), "hasty", tmp_path / "out")


def test_missing_photos_are_counted(tmp_path: Path) -> None:
    data = dataset_of(tmp_path / "in", {"a.png": SHAPES, "b.png": SHAPES})
    (data.root / "b.png").unlink()
    assert "1 photos are missing and were not copied" in convert(data, "coco", tmp_path / "out").lost
    assert convert(data, "coco", tmp_path / "other", copy_photos=False).lost == ()
    assert not list((tmp_path / "other").rglob("*.png"))


corners = st.lists(
    st.tuples(st.floats(-5, 60).map(lambda x: x + 0.0123), st.floats(-5, 45).map(lambda y: y + 0.0071)),
    min_size=3,
    max_size=7,
)
"""Off the grid of pixel centres: shares of a side cannot hold an edge that runs through a whole row of them."""


@given(st.lists(st.tuples(st.integers(1, 3), corners), min_size=1, max_size=4), st.sampled_from(sorted(WRITERS)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_polygons_come_back(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, list[tuple[float, float]]]], name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    data = dataset_of(folder / "in", {"a.png": (*SHAPES[:1], *(Polygon(i, np.array(xy)) for i, xy in drawn))})
    convert(data, name, folder / "out")
    again = open_dataset(folder / "out")
    differing = named_pixels(data, data.samples[0]) != named_pixels(again, again.samples[0])
    assert differing.sum() <= (1 if name in ("yolo", "label-studio") else 0)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("source", ["labelme", "supervisely/project", "voc_palette", "coco_roboflow"])
def test_real_files_convert_into_each_format_and_back(tmp_path: Path, source: str, name: str) -> None:
    data = open_dataset(shared_data("formats") / source)
    report = convert(data, name, tmp_path / "out")
    again = open_dataset(tmp_path / "out")
    lost = any("ignored" in line for line in report.lost)
    for before, after in zip(data.samples, again.samples, strict=True):
        ours, theirs = named_pixels(data, before), named_pixels(again, after)
        assert (ours != theirs)[(ours != "ignored") | (not lost)].mean() <= HIGHEST_SHARE


def test_masks_with_a_hole_become_bitmaps_or_polygons_of_the_same_pixels(tmp_path: Path) -> None:
    ring = np.zeros(SIZE_HW, dtype=np.bool_)
    ring[5:30, 5:40] = True
    ring[10:20, 10:20] = False
    convert(dataset_of(tmp_path / "in", {"a.png": (bitmap_of(2, ring),)}), "masks", tmp_path / "masks")
    as_masks = open_dataset(tmp_path / "masks")
    convert(as_masks, "geojson", tmp_path / "geojson")
    again = open_dataset(tmp_path / "geojson")
    np.testing.assert_array_equal(named_pixels(again, again.samples[0]) == "bug 2", ring)


@pytest.mark.parametrize("name", ["voc", "masks"])
def test_classes_without_a_background_keep_their_numbers_in_images(tmp_path: Path, name: str) -> None:
    for k in range(3):
        save(tmp_path / f"drawn/images/{k}.png", photo(k))
        save(tmp_path / f"drawn/masks/{k}.png", ids(k))
    (tmp_path / "drawn/classes.csv").write_text("id,name\n0,sound\n1,hole\n2,crack\n")
    drawn = open_dataset(tmp_path / "drawn")
    convert(drawn, name, tmp_path / "written")
    back = open_dataset(tmp_path / "written")
    assert back.classes.names == drawn.classes.names == ("sound", "hole", "crack")
    for before, after in zip(drawn.samples, back.samples, strict=True):
        np.testing.assert_array_equal(drawn.mask(before), back.mask(after))
