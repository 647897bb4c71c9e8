"""VIA files of every make are read alike, and what is wrong with them is said."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.formats.via.via2 import via_entry
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.truth.shapes import Shapes
from maskwright.errors import DataError
from maskwright.files import write_json
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import trace_polygons
from tests.support.naive_geometry import naive_ellipse
from tests.support.rotated_photos import save_rotated

SIZE_HW = (30, 40)
SQUARE = {"name": "polygon", "all_points_x": [0, 10, 10, 0], "all_points_y": [0, 0, 10, 10]}
RECT = {"name": "rect", "x": 20, "y": 5, "width": 4, "height": 3}


def region(shape: Mapping[str, object], **attributes: object) -> dict[str, object]:
    return {"shape_attributes": dict(shape), "region_attributes": attributes}


def entry(name: str, *regions: object, size: int = 7) -> dict[str, object]:
    return {f"{name}{size}": {"filename": name, "size": size, "regions": list(regions), "file_attributes": {}}}


def draw(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE_HW[::-1], (90, 90, 90)).save(path)


def opened(folder: Path, *regions: object, attribute: str | None = None) -> Dataset:
    """Return the dataset of one photo a.png with these regions."""
    draw(folder, "a.png")
    (folder / "via.json").write_text(json.dumps(entry("a.png", *regions)))
    return open_dataset(folder, attribute=attribute)


def pixels(data: Dataset, index: int = 0) -> dict[str, int]:
    """Return the pixel count of each class but the background."""
    counts = np.bincount(data.mask(data.samples[index]).ravel(), minlength=256)
    names = {i: name for i, name in enumerate(data.classes.names) if i} | {255: "ignored"}
    return {name: int(counts[i]) for i, name in names.items() if counts[i]}


def coded(data: Dataset, code: str) -> Finding:
    (finding,) = [f for f in file_findings(data) if f.code == code]
    return finding


def csv_line(name: str, shape: str, attributes: str, count: int = 1) -> str:
    quoted = ['"' + text.replace('"', '""') + '"' for text in ("{}", shape, attributes)]
    return f"{name},7,{quoted[0]},{count},0,{quoted[1]},{quoted[2]}\n"


HEADER = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"


def test_a_polygon_and_a_rectangle_get_the_classes_of_their_attribute(tmp_path: Path) -> None:
    data = opened(tmp_path, region(SQUARE, kind="leaf"), region(RECT, kind="bug"))
    assert data.classes.names == ("background", "bug", "leaf")
    assert data.classes.background == 0
    assert pixels(data) == {"leaf": 100, "bug": 12}
    assert file_findings(data) == []


def test_dict_regions_full_projects_and_csv_read_alike(tmp_path: Path) -> None:
    listed = entry("a.png", region(SQUARE, kind="leaf"), region(RECT, kind="bug"))
    as_dict = json.loads(json.dumps(listed))
    as_dict["a.png7"]["regions"] = dict(enumerate(listed["a.png7"]["regions"]))  # type: ignore[index]
    project = {"_via_settings": {"core": {}}, "_via_img_metadata": listed, "_via_attributes": {}}
    lines = csv_line("a.png", json.dumps(SQUARE), '{"kind":"leaf"}') + csv_line(
        "a.png", json.dumps(RECT), '{"kind":"bug"}'
    )
    texts = {
        "list.json": json.dumps(listed),
        "dict.json": json.dumps(as_dict),
        "project.json": "\ufeff" + json.dumps(project),
        "plain.csv": HEADER + lines,
        "hash.csv": "#" + HEADER + lines.rstrip("\n"),
        "spread.csv": (HEADER.replace(",", ";") + csv_line("a.png", json.dumps(SQUARE), '{"kind":"leaf"}'))
        .replace('a.png,7,"{}",1,0,"', 'a.png;7;"{}";1;0;"')
        .replace('","{""kind', '";"{""kind'),
    }
    for name, text in texts.items():
        folder = tmp_path / name.replace(".", "_")
        draw(folder, "a.png")
        (folder / name).write_text(text, encoding="utf-8")
        expected = {"leaf": 100} if name == "spread.csv" else {"leaf": 100, "bug": 12}
        assert pixels(open_dataset(folder)) == expected, name


def test_shapes_are_filled_in_file_order(tmp_path: Path) -> None:
    over = {"name": "rect", "x": 5, "y": 5, "width": 10, "height": 10}
    assert pixels(opened(tmp_path, region(SQUARE, k="z"), region(over, k="a"))) == {"z": 75, "a": 100}


def test_circles_and_turned_ellipses_are_filled(tmp_path: Path) -> None:
    circle = {"name": "circle", "cx": 12, "cy": 14, "r": 6.5}
    ellipse = {"name": "ellipse", "cx": 28, "cy": 15, "rx": 9, "ry": 3, "theta": 0.6}
    data = opened(tmp_path, region(circle, k="round"), region(ellipse, k="long"))
    long = naive_ellipse((28, 15), (9, 3), SIZE_HW, angle_rad=0.6)
    assert (data.mask(data.samples[0]) == 1).sum() == long.sum()
    assert pixels(data)["round"] == (naive_ellipse((12, 14), (6.5, 6.5), SIZE_HW) & ~long).sum()


def test_a_polyline_is_filled_with_a_note(tmp_path: Path) -> None:
    data = opened(tmp_path, region(SQUARE | {"name": "polyline"}))
    assert pixels(data) == {"object": 100}
    assert coded(data, "shape-filled").severity == "note"


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ({"name": "point", "cx": 3, "cy": 3}, "is a point"),
        ({"name": "polygon", "all_points_x": [1, 9], "all_points_y": [1, 9]}, "2 different points"),
        ({"name": "polygon", "all_points_x": [1, 9, 1], "all_points_y": [1, 9, 1]}, "2 different points"),
        ({"name": "polygon", "all_points_x": [1, 2, 3], "all_points_y": [1, 2, 3]}, "no area"),
        ({"name": "polygon", "all_points_x": [1, 2, 3], "all_points_y": [1, 2]}, "3 x but 2 y"),
        ({"name": "polygon", "all_points_x": [1, float("nan"), 3], "all_points_y": [1, 2, 5]}, "not numbers"),
        ({"name": "polygon", "all_points_x": [1, float("inf"), 3], "all_points_y": [1, 2, 5]}, "not numbers"),
        ({"name": "polygon", "all_points_x": [1, None, 3], "all_points_y": [1, 2, 5]}, "not numbers"),
        ({"name": "polygon", "all_points_x": 4, "all_points_y": 4}, "not numbers"),
        ({"name": "polygon", "all_points_x": [1, 2, 3]}, "without all_points_y"),
        ({"name": "rect", "x": 1, "y": 1, "width": 0, "height": 5}, "no area"),
        ({"name": "circle", "cx": 5, "cy": 5, "r": 0}, "radius of 0"),
        ({"name": "cube"}, "unknown kind 'cube'"),
    ],
)
def test_a_shape_that_is_none_is_left_out_and_said(tmp_path: Path, shape: Mapping[str, object], why: str) -> None:
    data = opened(tmp_path, region(SQUARE), region(shape))
    finding = coded(data, "shape-invalid")
    assert finding.severity == "warning"
    assert f"a.png: shape 2 {why}" in finding.evidence or why in finding.evidence
    assert pixels(data) == {"object": 100}


def test_a_figure_of_eight_has_an_area_though_its_signed_area_is_nought(tmp_path: Path) -> None:
    eight = {"name": "polygon", "all_points_x": [0, 10, 0, 10], "all_points_y": [0, 10, 10, 0]}
    data = opened(tmp_path, region(eight))
    assert 40 <= pixels(data)["object"] <= 60
    assert file_findings(data) == []


def test_a_photo_that_has_no_good_shape_left_is_an_error(tmp_path: Path) -> None:
    far = {"name": "rect", "x": 400, "y": 5, "width": 4, "height": 3}
    finding = coded(opened(tmp_path, region(far)), "shape-outside")
    assert (finding.severity, finding.photos) == ("error", ("a.png",))
    assert "40x30" in finding.evidence


def test_a_shape_outside_the_photo_is_left_out_and_one_partly_outside_is_cut(tmp_path: Path) -> None:
    far = {"name": "circle", "cx": -20, "cy": 5, "r": 10}
    cut = {"name": "rect", "x": 30, "y": 20, "width": 100, "height": 100}
    data = opened(tmp_path, region(far), region(cut))
    assert coded(data, "shape-outside").severity == "warning"
    assert pixels(data) == {"object": 100}


def test_an_empty_attribute_is_no_class(tmp_path: Path) -> None:
    data = opened(tmp_path, region(SQUARE, area=""), region(RECT))
    assert data.classes.names == ("background", "object")
    assert pixels(data) == {"object": 112}


def test_a_shape_without_a_class_is_left_out_where_others_have_one(tmp_path: Path) -> None:
    data = opened(tmp_path, region(SQUARE, kind="leaf"), region(RECT, kind=""))
    assert pixels(data) == {"leaf": 100}
    assert "shape 2 has no class" in coded(data, "shape-unclassed").evidence


def test_several_attributes_ask_for_a_choice(tmp_path: Path) -> None:
    regions = (region(SQUARE, kind="leaf", state="dry"), region(RECT, kind="bug", state="dry"))
    with pytest.raises(DataError, match=r"kind \(bug, leaf\); state \(dry\).*--set data\.attribute=kind"):
        opened(tmp_path, *regions)
    assert pixels(opened(tmp_path, *regions, attribute="state")) == {"dry": 112}
    with pytest.raises(DataError, match="no region has a value for the attribute 'colour'"):
        opened(tmp_path, *regions, attribute="colour")


def test_ticked_boxes_and_numbers_are_classes(tmp_path: Path) -> None:
    data = opened(tmp_path, region(SQUARE, k={"leaf": True, "bug": False}), region(RECT, k=10), region(RECT, k=2))
    assert data.classes.names == ("background", "2", "10", "leaf")


def test_a_class_called_background_is_the_background(tmp_path: Path) -> None:
    hole = {"name": "rect", "x": 2, "y": 2, "width": 5, "height": 5}
    data = opened(tmp_path, region(SQUARE, k="leaf"), region(hole, k="Background"))
    assert data.classes.names == ("Background", "leaf")
    assert pixels(data) == {"leaf": 75}


def test_too_many_classes_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"300 different class names"):
        opened(tmp_path, *(region(SQUARE, note=f"n{i}") for i in range(300)))


def test_undefined_in_a_csv_is_repaired_and_said(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    line = csv_line("a.png", json.dumps(SQUARE), '{"name":"leaf","type":undefined}')
    (tmp_path / "via.csv").write_text(HEADER + line)
    data = open_dataset(tmp_path)
    assert pixels(data) == {"leaf": 100}
    assert coded(data, "attribute-invalid").evidence.startswith("via.csv, 1 rows: a.png")


def test_a_csv_row_beyond_repair_loses_its_class_or_its_shape_only(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    lines = [
        csv_line("a.png", json.dumps(SQUARE), '{"name":"leaf"}'),
        csv_line("a.png", json.dumps(RECT), '{"name":"le'),
        csv_line("a.png", '{"name":"poly', '{"name":"leaf"}'),
    ]
    (tmp_path / "via.csv").write_text(HEADER + "".join(lines))
    data = open_dataset(tmp_path)
    assert pixels(data) == {"leaf": 100}
    assert {f.code for f in file_findings(data)} == {"attribute-invalid", "shape-unclassed", "shape-invalid"}


def test_a_polygon_of_very_many_points_fits_into_a_csv_field(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    angle = np.linspace(0, 2 * np.pi, 20000, endpoint=False)
    round_ = {
        "name": "polygon",
        "all_points_x": list(15 + 9 * np.cos(angle)),
        "all_points_y": list(15 + 9 * np.sin(angle)),
    }
    (tmp_path / "via.csv").write_text(HEADER + csv_line("a.png", json.dumps(round_), "{}"))
    assert pixels(open_dataset(tmp_path))["object"] == naive_ellipse((15, 15), (9, 9), SIZE_HW).sum()


def test_listed_photos_without_regions_and_unlisted_photos_are_not_annotated(tmp_path: Path) -> None:
    draw(tmp_path, "a.png", "b.png", "c.png", "d.png")
    (tmp_path / "via.json").write_text(json.dumps(entry("b.png", region(SQUARE)) | entry("a.png")))
    data = open_dataset(tmp_path)
    assert [(s.name, s.truth is None) for s in data.samples] == [
        ("a.png", True), ("b.png", False), ("c.png", True), ("d.png", True),
    ]  # fmt: skip
    (tmp_path / "via.json").unlink()
    (tmp_path / "via.csv").write_text(
        HEADER + csv_line("b.png", json.dumps(SQUARE), "{}") + csv_line("a.png", "{}", "{}", 0)
    )
    assert open_dataset(tmp_path).samples == data.samples


def test_missing_photos_are_findings_and_take_a_canvas_for_counting(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    (tmp_path / "via.json").write_text(json.dumps(entry("a.png", region(SQUARE)) | entry("b.png", region(RECT))))
    data = open_dataset(tmp_path)
    finding = coded(data, "photo-missing")
    assert (finding.severity, finding.photos) == ("error", ("b.png",))
    assert data.samples[1].size_hw is None
    counted = open_dataset(tmp_path, canvas_hw=(50, 60))
    assert [s.size_hw for s in counted.samples] == [SIZE_HW, (50, 60)]
    assert pixels(counted, 1) == {"object": 12}
    assert [f.code for f in file_findings(counted)] == ["photo-canvas"]


def test_no_photo_at_all_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "via.json").write_text(json.dumps(entry("b.png", region(RECT))))
    with pytest.raises(DataError, match=r"none of the 1 photos named in via\.json was found.*images"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("place", ["a.png", "images/a.png", "Photos/a.png", "deep/below/a.png", "A.PNG", "x/pre_a.png"])
def test_photos_are_found_beside_in_image_folders_and_below(tmp_path: Path, place: str) -> None:
    draw(tmp_path, place)
    size = (tmp_path / place).stat().st_size
    (tmp_path / "via.json").write_text(json.dumps(entry("a.png", region(SQUARE), size=size)))
    (sample,) = open_dataset(tmp_path).samples
    assert sample.name == place
    assert sample.photo == tmp_path / place


def test_of_two_photos_of_a_name_the_one_of_the_right_size_is_taken(tmp_path: Path) -> None:
    draw(tmp_path, "one/a.png", "two/a.png")
    with (tmp_path / "two/a.png").open("ab") as file:
        file.write(b"more")
    size = (tmp_path / "two/a.png").stat().st_size
    (tmp_path / "via.json").write_text(json.dumps(entry("a.png", region(SQUARE), size=size)))
    assert [s.name for s in open_dataset(tmp_path).samples if s.truth] == ["two/a.png"]
    (tmp_path / "via.json").write_text(json.dumps(entry("a.png", region(SQUARE), size=1)))
    with pytest.raises(DataError, match="none of the 1 photos"):
        open_dataset(tmp_path)


def test_paths_addresses_and_the_projects_folder_lead_to_the_photo(tmp_path: Path) -> None:
    draw(tmp_path, "a.png", "sub/b.png", "kept/c.png")
    moved = {"filename": "gone.png", "fileref": "sub/b.png", "size": "?", "regions": [region(SQUARE)]}
    metadata = entry("https://example.org/x/a.png", region(SQUARE)) | entry("sub\\b.png", region(SQUARE))
    metadata |= entry("c.png", region(SQUARE)) | {"moved": moved}
    project = {"_via_settings": {"core": {"default_filepath": "kept/"}}, "_via_img_metadata": metadata}
    (tmp_path / "via.json").write_text(json.dumps(project))
    data = open_dataset(tmp_path)
    assert [s.name for s in data.samples] == ["a.png", "kept/c.png", "sub/b.png"]
    assert coded(data, "name-differs").evidence == "1 differ in folder (a.png for https://example.org/x/a.png)"


def test_of_two_entries_of_a_photo_the_one_with_its_size_counts(tmp_path: Path) -> None:
    draw(tmp_path, "a.png")
    size = (tmp_path / "a.png").stat().st_size
    stale, fresh = entry("a.png", region(SQUARE)), entry("a.png", region(RECT), size=size)
    (tmp_path / "via.json").write_text(json.dumps(stale | fresh))
    assert pixels(open_dataset(tmp_path)) == {"object": 12}


def test_train_and_val_files_are_a_given_split(tmp_path: Path) -> None:
    draw(tmp_path, "images/a.png", "images/b.png", "images/c.png")
    (tmp_path / "train_x.json").write_text(json.dumps(entry("a.png", region(SQUARE)) | entry("b.png", region(SQUARE))))
    (tmp_path / "via-val.json").write_text(json.dumps(entry("b.png", region(RECT))))
    data = open_dataset(tmp_path)
    assert [(s.name, s.part) for s in data.samples] == [
        ("images/a.png", "train"), ("images/b.png", "val"), ("images/c.png", None),
    ]  # fmt: skip
    assert coded(data, "split-leak").photos == ("images/b.png",)
    assert pixels(data, 1) == {"object": 12}


def test_photos_named_after_their_part_are_found(tmp_path: Path) -> None:
    draw(tmp_path, "images/train_a.png", "images/val_a.png", "images/val_b.png")
    (tmp_path / "train.json").write_text(json.dumps(entry("a.png", region(SQUARE))))
    (tmp_path / "val.json").write_text(json.dumps(entry("b.png", region(SQUARE))))
    data = open_dataset(tmp_path)
    assert [s.name for s in data.samples if s.truth] == ["images/train_a.png", "images/val_b.png"]


def test_annotations_inside_part_folders_are_a_given_split(tmp_path: Path) -> None:
    draw(tmp_path, "train/a.png", "val/a.png")
    for part in ("train", "val"):
        (tmp_path / part / "via_region_data.json").write_text(json.dumps(entry("a.png", region(SQUARE, k=part))))
    data = open_dataset(tmp_path)
    assert [(s.name, s.part) for s in data.samples] == [("train/a.png", "train"), ("val/a.png", "val")]
    assert data.classes.names == ("background", "train", "val")


def test_classes_csv_gives_ids_colours_and_ignored_classes(tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text("id,name,colour,ignore\n2,leaf,#102030,\n4,bug,,\n9,dirt,,1\n")
    other = {"name": "rect", "x": 30, "y": 20, "width": 2, "height": 2}
    data = opened(tmp_path, region(SQUARE, k="leaf"), region(RECT, k="dirt"), region(other, k="lef"))
    assert data.classes.names == ("background", "class 1", "leaf", "class 3", "bug")
    assert data.classes.colours[2] == (16, 32, 48)
    assert pixels(data) == {"leaf": 100, "ignored": 12 + 4}
    assert "shape 3 is a 'lef'" in coded(data, "class-unknown").evidence


def test_unclassed_shapes_are_the_only_class_of_classes_csv(tmp_path: Path) -> None:
    (tmp_path / "classes.csv").write_text("id,name\n0,background\n1,grid\n")
    assert pixels(opened(tmp_path, region(SQUARE))) == {"grid": 100}


def test_masks_written_as_via_are_read_back_the_same(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    masks = {name: rng.integers(0, 3, SIZE_HW).astype(np.uint8) for name in ("a.png", "sub/b.png")}
    masks["c.png"] = np.full(SIZE_HW, 1, np.uint8)
    draw(tmp_path, *masks)
    photos = [(name, (tmp_path / name).stat().st_size, shapes_of(mask)) for name, mask in masks.items()]
    write_json(tmp_path / "regions.via.json", {entry[0]: via_entry(*entry) for entry in photos})
    data = open_dataset(tmp_path)
    assert data.classes.names == ("background", "bug", "leaf")
    for sample in data.samples:
        np.testing.assert_array_equal(data.mask(sample), masks[sample.name])
    assert isinstance(data.samples[0].truth, Shapes)


def shapes_of(mask: np.ndarray) -> Sequence[tuple[str, np.ndarray]]:
    return [(name, xy) for i, name in ((1, "bug"), (2, "leaf")) for xy in trace_polygons(mask == i)]


def test_written_polygons_keep_fractions_and_whole_numbers() -> None:
    content = via_entry("a.png", 5, [("leaf", np.array([[0, 0.5], [4, 0.5], [4, 3]]))])
    shape = json.loads(json.dumps(content))["regions"][0]["shape_attributes"]
    assert shape == {"name": "polygon", "all_points_x": [0, 4, 4], "all_points_y": [0.5, 0.5, 3]}
    assert [type(x) for x in shape["all_points_x"]] == [int, int, int]


def test_a_browser_drawn_polygon_fits_the_upright_photo(tmp_path: Path) -> None:
    save_rotated(tmp_path / "a.jpg", Image.new("RGB", (40, 30)))
    tall = {"name": "rect", "x": 0, "y": 30, "width": 30, "height": 10}
    (tmp_path / "via.json").write_text(json.dumps(entry("a.jpg", region(tall))))
    data = open_dataset(tmp_path)
    sample: Sample = data.samples[0]
    assert sample.size_hw == (40, 30)
    assert data.mask(sample)[30:].all()
    assert pixels(data) == {"object": 300}
