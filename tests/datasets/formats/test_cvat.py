"""CVAT files: every kind of shape, its place in depth, and labels that are no class."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from tests.support.naive_geometry import naive_ellipse
from tests.support.truths import draw_photos, pixels

masks = pytest.importorskip("cvat_sdk.masks", reason="the dev extra brings cvat-sdk")

SQUARE = '<polygon label="leaf" points="0,0;10,0;10,10;0,10"/>'
LABELS = "<meta><task><labels>{}</labels></task></meta>"


def label(name: str, colour: str = "", kind: str = "any", parent: str = "") -> str:
    inner = f"<name>{name}</name><color>{colour}</color><type>{kind}</type>"
    return f"<label>{inner}{f'<parent>{parent}</parent>' if parent else ''}</label>"


def xml(*images: str, labels: str = "") -> str:
    return f"<annotations><version>1.1</version>{LABELS.format(labels)}{''.join(images)}</annotations>"


def image(*shapes: str, name: str = "a.png", more: str = "") -> str:
    return f'<image id="0" name="{name}" width="40" height="30"{more}>{"".join(shapes)}</image>'


def opened(folder: Path, *shapes: str, labels: str = "") -> Dataset:
    draw_photos(folder, "a.png")
    (folder / "annotations.xml").write_text(xml(image(*shapes), labels=labels))
    return open_dataset(folder)


def test_polygons_boxes_and_ellipses_are_painted_by_depth_then_in_file_order(tmp_path: Path) -> None:
    data = opened(
        tmp_path,
        '<box label="bug" xtl="5" ytl="5" xbr="15" ybr="15" z_order="1"/>',
        SQUARE,
        '<ellipse label="egg" cx="30" cy="15" rx="8" ry="3" rotation="90.0"/>',
    )
    egg = int(naive_ellipse((30, 15), (3, 8), (30, 40)).sum())
    assert pixels(data) == {"leaf": 75, "bug": 100, "egg": egg}


def test_a_turned_box_is_turned_about_its_middle(tmp_path: Path) -> None:
    data = opened(tmp_path, '<box label="bug" xtl="10" ytl="10" xbr="20" ybr="14" rotation="90.00"/>')
    assert pixels(data) == {"bug": 40}
    assert data.mask(data.samples[0])[7:17, 13:17].all()


def test_a_bitmap_has_the_pixels_that_cvats_own_code_gives_it(tmp_path: Path) -> None:
    mask = np.random.default_rng(0).random((30, 40)) < 0.4
    mask[:, :4] = mask[:2] = False
    *counts, left, top, right, bottom = masks.encode_mask(mask)
    rle = ", ".join(str(count) for count in counts)
    box = f'left="{left}" top="{top}" width="{right - left + 1}" height="{bottom - top + 1}"'
    data = opened(tmp_path, f'<mask label="leaf" rle="{rle}" {box}/>')
    np.testing.assert_array_equal(data.mask(data.samples[0]) == 1, mask)


def test_classes_have_the_order_and_colours_of_the_task_without_skeletons(tmp_path: Path) -> None:
    labels = (
        label("leaf", "#ff0000") + label("ant", "#00ff00") + label("pose", kind="skeleton") + label("1", parent="pose")
    )
    data = opened(tmp_path, SQUARE, '<skeleton label="pose"/>', labels=labels)
    assert data.classes.names == ("background", "leaf", "ant")
    assert data.classes.colours[1:] == ((255, 0, 0), (0, 255, 0))
    assert "skeleton, which covers no area" in file_findings(data)[0].evidence


def test_subsets_are_parts_and_photos_without_shapes_are_not_annotated(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png", "b.png", "c.png")
    images = [image(SQUARE, name=f"{n}.png", more=f' subset="{s}"') for n, s in (("a", "Train"), ("b", "Validation"))]
    (tmp_path / "annotations.xml").write_text(xml(*images, image(name="c.png")))
    data = open_dataset(tmp_path)
    assert [sample.part for sample in data.samples] == ["train", "val", None]
    assert [sample.truth is None for sample in data.samples] == [False, False, True]


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ('<polygon label="leaf" points="1,1;2"/>', "not numbers"),
        ('<polygon label="leaf" points=""/>', "has 0 points"),
        ('<polygon label="leaf"/>', "has 0 points"),
        ('<box label="leaf" xtl="1" ytl="x" xbr="2" ybr="2"/>', "not numbers"),
        ('<ellipse label="leaf" cx="1" cy="1" rx="0" ry="2"/>', "radius of 0"),
        ('<mask label="leaf" rle="1,2" left="0" top="0" width="2" height="2"/>', "run lengths over 3 pixels"),
        ('<mask label="leaf" rle="1,-2" left="0" top="0" width="2" height="2"/>', "run length below 0"),
        ('<mask label="leaf" rle="a" left="0" top="0" width="2" height="2"/>', "damaged"),
        ('<mask label="leaf" rle="4" left="0" top="0"/>', "bitmap without a box"),
        ('<polyline label="leaf" points="1,1;2,2;3,9"/>', "is a line, which has no width"),
    ],
)
def test_what_encloses_no_area_is_left_out_and_said(tmp_path: Path, shape: str, why: str) -> None:
    data = opened(tmp_path, SQUARE, shape)
    assert pixels(data) == {"leaf": 100}
    (finding,) = file_findings(data)
    assert finding.code == "shape-invalid"
    assert why in finding.evidence


def test_cvat_for_video_is_refused_with_the_export_that_is_read(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png")
    (tmp_path / "annotations.xml").write_text(xml('<track id="0" label="leaf"><box frame="0"/></track>'))
    with pytest.raises(DataError, match=r"is CVAT for video: export the task as CVAT for images 1\.1"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("tail", ["<image", "</images>", "&bomb;"])
def test_broken_xml_is_refused_in_one_line(tmp_path: Path, tail: str) -> None:
    draw_photos(tmp_path, "a.png")
    (tmp_path / "annotations.xml").write_text(f"<annotations><version>1.1</version>{image(SQUARE)}{tail}")
    with pytest.raises(DataError, match=r"annotations\.xml is broken XML"):
        open_dataset(tmp_path)


def test_entities_that_grow_without_bound_are_refused(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png")
    rows = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 12))
    text = f'<!DOCTYPE a [<!ENTITY e0 "aaaaaaaaaa">{rows}]>{xml(image(SQUARE))}'
    (tmp_path / "annotations.xml").write_text(text.replace('label="leaf"', 'label="&e11;"'))
    with pytest.raises(DataError):
        open_dataset(tmp_path / "annotations.xml")


def test_the_format_is_named_in_one_line(tmp_path: Path) -> None:
    assert opened(tmp_path, SQUARE).read_as.startswith("read as CVAT for images XML (annotations.xml): 1 photos")


def test_boxes_among_other_shapes_are_filled_and_said(tmp_path: Path) -> None:
    box = '<box label="bug" xtl="20" ytl="10" xbr="25" ybr="15"/>'
    data = opened(tmp_path, '<polygon label="leaf" points="0,0;10,0;10,10;0,10"/>' + box)
    assert pixels(data) == {"leaf": 100, "bug": 25}
    assert [r.detail for r in data.facts.remarks] == ["boxes (1 of bug) are filled: all pixels within are the object"]
    assert not opened(tmp_path, box).facts.remarks
