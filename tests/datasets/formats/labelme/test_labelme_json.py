"""LabelMe files: every kind of shape, embedded masks, and what a missing or an empty file means."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.naive_geometry import naive_ellipse
from tests.support.truths import draw_photos, pixels

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]


def shape(label: str, points: object, kind: str | None = "polygon", **more: object) -> dict[str, object]:
    return {"label": label, "points": points, "flags": {}, **({"shape_type": kind} if kind else {}), **more}


def write(folder: Path, name: str, *shapes: object, size_hw: tuple[int, int] = (30, 40), **more: object) -> None:
    sizes = {"imageHeight": size_hw[0], "imageWidth": size_hw[1]}
    content: dict[str, object] = {
        "version": "5.0",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": f"{name}.png",
        "imageData": None,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({**content, **sizes, **more}))


def opened(folder: Path, *shapes: object) -> Dataset:
    draw_photos(folder, "a.png")
    write(folder, "a", *shapes)
    return open_dataset(folder)


def png(mask: np.ndarray) -> str:
    data = io.BytesIO()
    Image.fromarray(mask).save(data, format="PNG")
    return base64.b64encode(data.getvalue()).decode()


def test_polygons_rectangles_and_circles_are_painted_in_file_order(tmp_path: Path) -> None:
    data = opened(
        tmp_path,
        shape("leaf", SQUARE),
        shape("bug", [[5, 5], [9, 8]], "rectangle"),
        shape("egg", [[30, 20], [30, 25]], "circle"),
        shape("leaf", [[20, 0], [24, 0], [24, 4], [20, 4]], None),
    )
    egg = int(naive_ellipse((30, 20), (5, 5), (30, 40)).sum())
    assert pixels(data) == {"leaf": 100 - 12 + 16, "bug": 12, "egg": egg}


def test_an_embedded_mask_lies_at_the_corner_of_its_box(tmp_path: Path) -> None:
    mask = np.array([[1, 0, 1], [0, 1, 0]], dtype=np.uint8) * 255
    data = opened(tmp_path, shape("leaf", [[4, 7], [6, 8]], "mask", mask=png(mask)))
    assert pixels(data) == {"leaf": 3}
    assert (data.mask(data.samples[0])[7:9, 4:7] == mask // 255).all()


def test_the_label_ignore_is_an_ignored_region(tmp_path: Path) -> None:
    data = opened(tmp_path, shape("leaf", SQUARE), shape("__ignore__", [[5, 0], [10, 0], [10, 10], [5, 10]]))
    assert data.classes.names == ("background", "leaf")
    assert pixels(data) == {"leaf": 50, "ignored": 50}


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("line", "is a line, which has no width"),
        ("linestrip", "is a line, which has no width"),
        ("point", "is a point, which covers no area"),
    ],
)
def test_lines_and_points_cover_no_area_and_are_said(tmp_path: Path, kind: str, why: str) -> None:
    data = opened(tmp_path, shape("leaf", SQUARE), shape("vein", [[1, 1], [9, 9]], kind))
    assert data.classes.names == ("background", "leaf")
    (finding,) = file_findings(data)
    assert why in finding.evidence


def test_a_file_without_shapes_is_background_and_a_photo_without_file_is_not_annotated(tmp_path: Path) -> None:
    draw_photos(tmp_path, "b.png", "c.png")
    write(tmp_path, "b")
    data = opened(tmp_path, shape("leaf", SQUARE))
    assert [sample.truth is None for sample in data.samples] == [False, False, True]
    assert pixels(data, 1) == {}


def test_labels_txt_gives_the_order_of_classes(tmp_path: Path) -> None:
    tmp_path.joinpath("labels.txt").write_text("__ignore__\n_background_\nzebra\nant\n")
    data = opened(tmp_path, shape("ant", SQUARE))
    assert data.classes.names == ("_background_", "zebra", "ant")


def test_photos_and_files_of_two_folders_are_kept_apart(tmp_path: Path) -> None:
    for part in ("train", "val"):
        draw_photos(tmp_path / part, "1.png")
        write(tmp_path / part, "1", shape("leaf" if part == "train" else "bug", SQUARE))
    data = open_dataset(tmp_path)
    assert [(sample.name, sample.part) for sample in data.samples] == [("train/1.png", "train"), ("val/1.png", "val")]
    assert [pixels(data, i) for i in range(2)] == [{"leaf": 100}, {"bug": 100}]


def test_a_path_of_another_machine_leads_to_the_photo_beside_the_file(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png")
    write(tmp_path, "a", shape("leaf", SQUARE), imagePath="..\\..\\other\\a.png")
    assert pixels(open_dataset(tmp_path)) == {"leaf": 100}


@pytest.mark.parametrize(
    "mask", [None, 5, "", "no base64 at all", base64.b64encode(b"no image").decode()], ids=["none", "number", *"xyz"]
)
def test_a_damaged_embedded_mask_is_left_out_and_said(tmp_path: Path, mask: object) -> None:
    data = opened(tmp_path, shape("leaf", SQUARE), shape("bug", [[4, 7], [6, 8]], "mask", mask=mask))
    assert pixels(data) == {"leaf": 100}
    assert [finding.code for finding in file_findings(data)] == ["shape-invalid"]


@pytest.mark.parametrize("points", [None, 5, [], [[1]], [[1, 2], [3, "x"]], [[1, 2], [3, 10**400]], [[[]]]])
@pytest.mark.parametrize("kind", ["polygon", "rectangle", "circle"])
def test_damaged_points_are_left_out_and_said(tmp_path: Path, points: object, kind: str) -> None:
    data = opened(tmp_path, shape("leaf", SQUARE), shape("leaf", points, kind))
    assert pixels(data) == {"leaf": 100}
    assert [finding.code for finding in file_findings(data)] == ["shape-invalid"]


def test_a_choice_about_masks_is_refused(tmp_path: Path) -> None:
    opened(tmp_path, shape("leaf", SQUARE))
    with pytest.raises(DataError, match=r"data.ignore is a value in masks, and this is LabelMe"):
        open_dataset(tmp_path, ignore=3)


def test_photos_inside_the_files_are_unpacked_where_there_are_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("a", "b"):
        draw_photos(tmp_path / "photos", f"{name}.png")
        image = base64.b64encode((tmp_path / "photos" / f"{name}.png").read_bytes()).decode()
        write(tmp_path / "data", name, shape("leaf", SQUARE), imageData=image, imagePath=f"../x/{name}.png")
    data = open_dataset(tmp_path / "data")
    assert [pixels(data, i) for i in range(2)] == [{"leaf": 100}] * 2
    assert data.root.is_relative_to(tmp_path / "cache")
    assert data.photo(data.samples[0]).shape == (30, 40, 3)
