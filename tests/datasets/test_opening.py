"""What lies in a folder is recognised, or one line says what was found and what to do."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.check import file_findings
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError

SQUARE = {"name": "polygon", "all_points_x": [0, 10, 10, 0], "all_points_y": [0, 0, 10, 10]}
VIA_HEADER = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"


def draw(path: Path, mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (30, 20)).save(path)


def via(*names: str, **attributes: str) -> str:
    regions = [{"shape_attributes": SQUARE, "region_attributes": attributes}]
    return json.dumps({f"{n}1": {"filename": n, "size": 1, "regions": regions, "file_attributes": {}} for n in names})


def test_an_annotation_file_can_be_given_itself(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    (tmp_path / "one.json").write_text(via("a.png"))
    (tmp_path / "two.json").write_text(via("a.png", kind="leaf"))
    assert open_dataset(tmp_path / "one.json").classes.names == ("background", "object")
    assert open_dataset(str(tmp_path / "two.json")).classes.names == ("background", "leaf")
    with pytest.raises(DataError, match=r"2 annotation files that differ \(one\.json, two\.json\).*give the path"):
        open_dataset(tmp_path)


def test_the_csv_and_the_json_of_one_annotation_are_one(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(via("a.png"))
    quoted = json.dumps(SQUARE).replace('"', '""')
    (tmp_path / "v.csv").write_text(VIA_HEADER + f'a.png,1,"{{}}",1,0,"{quoted}","{{""type"":undefined}}"\n')
    (tmp_path / "photo_groups.csv").write_text("photo,group\na.png,1\n")
    data = open_dataset(tmp_path)
    assert (len(data), data.format) == (1, "via")
    assert file_findings(data) == []


def test_an_annotation_goes_before_masks(tmp_path: Path) -> None:
    draw(tmp_path / "images/a.png")
    draw(tmp_path / "masks/a.png", "L")
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/v.json").write_text(via("a.png"))
    data = open_dataset(tmp_path)
    assert data.format == "via"
    assert [s.name for s in data.samples] == ["images/a.png"]


def test_only_isolates_a_class(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(via("a.png", kind="leaf"))
    assert open_dataset(tmp_path, only="leaf").classes.names == ("background", "leaf")
    with pytest.raises(DataError, match="no class 'bug'"):
        open_dataset(tmp_path, only="bug")


def test_broken_photos_are_findings(tmp_path: Path) -> None:
    names = ("good.png", "text.jpg", "ink.jpg")
    draw(tmp_path / "good.png")
    (tmp_path / "text.jpg").write_text("hello")
    draw(tmp_path / "ink.jpg", "CMYK")
    (tmp_path / "v.json").write_text(via(*names, "gone.png"))
    data = open_dataset(tmp_path)
    assert "4 photos, 4 annotated, 1 missing" in data.read_as
    found = {f.code: (f.severity, f.photos) for f in file_findings(data)}
    assert found == {
        "photo-missing": ("error", ("gone.png",)),
        "photo-unreadable": ("error", ("text.jpg",)),
        "photo-depth": ("error", ("ink.jpg",)),
    }
    assert {s.name: s.size_hw is None for s in data.samples} == {
        "good.png": False, "text.jpg": True, "ink.jpg": False, "gone.png": True,
    }  # fmt: skip


def test_deep_photos_share_one_grey_range(tmp_path: Path) -> None:
    for i in range(30):
        values = np.linspace(1000 + 100 * i, 2000 + 100 * i, 400).astype(np.uint16).reshape(20, 20)
        (tmp_path / "images").mkdir(exist_ok=True)
        Image.fromarray(values).save(tmp_path / f"images/{i:02}.png")
    (tmp_path / "v.json").write_text(via("00.png"))
    grey = open_dataset(tmp_path).grey_range
    assert grey is not None
    assert 1000 <= grey.low < 1200
    assert 4600 < grey.high <= 4900


def test_a_broken_deep_photo_does_not_stop_the_others(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        values = np.random.default_rng(0).integers(0, 4000, (90, 90)).astype(np.uint16)
        Image.fromarray(values).save(tmp_path / name)
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:3000])
    (tmp_path / "v.json").write_text(via("a.png", "b.png"))
    assert open_dataset(tmp_path).grey_range is not None
    draw(tmp_path / "b.png")
    assert open_dataset(tmp_path).grey_range is None


def test_samples_are_sorted_and_uniquely_named(tmp_path: Path) -> None:
    for name in ("b/x.jpg", "a/y.jpg", "a/x.jpg"):
        draw(tmp_path / "images" / name)
        draw(tmp_path / "masks" / name.replace("jpg", "png"), "L")
    assert [s.name for s in open_dataset(tmp_path).samples] == ["images/a/x.jpg", "images/a/y.jpg", "images/b/x.jpg"]


OTHER_FORMATS = {
    "JSON": {"hello": 1},
}


@pytest.mark.parametrize("kind", OTHER_FORMATS)
def test_other_formats_are_called_by_name(tmp_path: Path, kind: str) -> None:
    draw(tmp_path / "a.png")
    path = tmp_path / "ann.json"
    path.write_text(json.dumps(OTHER_FORMATS[kind]))
    with pytest.raises(DataError, match=rf"1 photos, and ann\.json is {kind} of a kind that is not read: export"):
        open_dataset(tmp_path)
    with pytest.raises(DataError, match=rf"ann\.json is {kind} of a kind that is not read"):
        open_dataset(path)


def test_many_files_of_another_format_are_not_all_read(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    for i in range(40):
        (tmp_path / f"{i:02}.json").write_text(json.dumps(OTHER_FORMATS["JSON"]))
    (tmp_path / "39.json").write_text("{broken")
    with pytest.raises(DataError, match=r"00\.json is JSON.*\(2 more like it\)"):
        open_dataset(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("v.json", '{"a": ', r"v\.json is broken JSON"),
        ("v.csv", "photo,group\na.png,1\n", r"csv with the columns 'photo,group', which is not read: export COCO"),
        ("v.csv", "", r"csv with the columns ''"),
        (
            "v.csv",
            "# Exported using VIA\n# CSV_HEADER = metadata_id,file_list\n",
            "is a VIA 3 csv, which is not read: save",
        ),
        ("v.csv", VIA_HEADER, r"v\.csv lists no photo: annotate some"),
        ("v.json", "{}", r"v\.json lists no photo"),
        ("v.json", "[" * 100_000, r"v\.json is (broken )?JSON"),
    ],
)
def test_unusable_annotation_files_say_why(tmp_path: Path, name: str, text: str, message: str) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / name).write_text(text)
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(DataError, match=message):
            open_dataset(path)


def test_a_latin_csv_is_read(tmp_path: Path) -> None:
    draw(tmp_path / "Fläche.png")
    quoted = json.dumps(SQUARE).replace('"', '""')
    text = VIA_HEADER + f'Fläche.png,1,"{{}}",1,0,"{quoted}","{{}}"\n'
    (tmp_path / "v.csv").write_bytes(text.encode("latin-1"))
    assert open_dataset(tmp_path).samples[0].name == "Fläche.png"


def test_no_such_path_and_files_of_other_kinds_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere does not exist: give a folder"):
        open_dataset(tmp_path / "nowhere")
    draw(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a\.png is no annotation file"):
        open_dataset(tmp_path / "a.png")


def test_folders_without_annotation_say_what_they_hold(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is empty: put photos"):
        open_dataset(tmp_path)
    (tmp_path / "notes").mkdir()
    with pytest.raises(DataError, match=r"no photos \(found only folders\)"):
        open_dataset(tmp_path)
    for name in ("a.dng", "b.dng", "c.xml"):
        (tmp_path / name).write_text("")
    with pytest.raises(DataError, match=r"no photos \(found 2 \.dng, 1 \.xml\)"):
        open_dataset(tmp_path)
    for i in range(3):
        draw(tmp_path / f"photo_{i}.jpg")
    with pytest.raises(DataError, match=r"3 photos, and c\.xml is XML of a kind that is not read"):
        open_dataset(tmp_path)
    (tmp_path / "c.xml").unlink()
    with pytest.raises(DataError, match="3 photos but neither an annotation file nor masks"):
        open_dataset(tmp_path)
    (tmp_path / ".idea").mkdir()
    (tmp_path / ".idea" / "workspace.xml").write_text("")
    with pytest.raises(DataError, match="3 photos but neither an annotation file nor masks"):
        open_dataset(tmp_path)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "photo_0.txt").write_text("0 0.1 0.1 0.2 0.2 0.3 0.1")
    assert open_dataset(tmp_path).format == "yolo"


def test_an_ignored_value_has_no_meaning_for_drawn_shapes(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(via("a.png"))
    with pytest.raises(DataError, match="value in mask files, and this is VIA"):
        open_dataset(tmp_path, ignore=3)


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(tmp_path / "a.png")

    def refuse(path: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "v.json").write_text(via("a.png"))
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match=r"v\.json cannot be read: Permission denied"):
        open_dataset(tmp_path)
    monkeypatch.setattr(Path, "glob", lambda path, _: refuse(path))
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        open_dataset(tmp_path)


def test_a_csv_of_old_line_ends_beside_the_annotations_stops_nothing(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(via("a.png"))
    (tmp_path / "old.csv").write_bytes(b"name,number\ra,1\rb,2\r")
    assert len(open_dataset(tmp_path)) == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"filename": "a.png", "regions": [' + "[" * 50_000,
        '{"a": {"filename": "a.png", "size": ' + "9" * 5000 + ', "regions": []}}',
        '{"a": {"filename": "a.png", "size": 1e999, "regions": []}}',
        '{"a": {"filename": ["a.png"], "regions": {"0": 7, "1": null}}}',
        '{"a": {"filename": null, "regions": [{"shape_attributes": [], "region_attributes": "x"}]}}',
        '{"_via_img_metadata": 7, "_via_settings": [], "_via_attributes": 3}',
        '{"_via_img_metadata": {"a": {"filename": "a.png", "regions": {}}}, "_via_attributes": {"region": {"k": 1}}}',
    ],
)
def test_damage_is_read_around_or_refused_in_one_line(tmp_path: Path, text: str) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(text)
    for path in (tmp_path, tmp_path / "v.json"):
        said = refusal_of(path)
        assert said is None or (str(tmp_path) in said and "\n" not in said)


def refusal_of(path: Path) -> str | None:
    """Return what refuses the path, None where it is read."""
    try:
        open_dataset(path)
    except DataError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (KeyError("name"), r"v\.json is damaged or incomplete \(KeyError: 'name'\): export it again"),
        (RecursionError("too deep"), "damaged or incomplete"),
        (OverflowError("too large"), "damaged or incomplete"),
        (MemoryError(), r"v\.json needs more memory than there is"),
        (PermissionError(13, "Permission denied", "x.csv"), r"x\.csv cannot be read: Permission denied"),
    ],
)
def test_whatever_a_reader_raises_is_one_line_with_the_name_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, said: str
) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(via("a.png"))

    def fail(_path: Path, _options: ReadOptions) -> None:
        raise raised

    monkeypatch.setattr("maskwright.datasets.formats.via.via2.read", fail)
    with pytest.raises(DataError, match=said):
        open_dataset(tmp_path)


def test_two_formats_in_one_folder_are_asked_about(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(via("a.png"))
    coco = {
        "images": [{"id": 1, "file_name": "a.png", "width": 30, "height": 20}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[0, 0, 9, 0, 9, 9]]}],
        "categories": [{"id": 1, "name": "leaf"}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    with pytest.raises(DataError, match=r"can be read as VIA 2 json \(v\.json\) or as COCO.*give the path that counts"):
        open_dataset(tmp_path)
    assert open_dataset(tmp_path / "coco.json").format == "coco"


def test_what_was_read_as_what_is_one_line(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    (tmp_path / "v.json").write_text(via("a.png", kind="leaf"))
    assert open_dataset(tmp_path).read_as == "read as VIA 2 json (v.json): 1 photos, 1 annotated, classes: leaf"


def test_a_name_that_leads_outside_the_folder_stays_inside(tmp_path: Path) -> None:
    draw(tmp_path / "private.png")
    draw(tmp_path / "data/a.png")
    (tmp_path / "data/v.json").write_text(via("../private.png", "a.png"))
    data = open_dataset(tmp_path / "data")
    assert {s.name: s.size_hw for s in data.samples} == {"a.png": (20, 30), "private.png": None}
    assert all(s.photo.is_relative_to(tmp_path / "data") for s in data.samples)


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_devices_are_not_read(path: str) -> None:
    with pytest.raises(DataError):
        open_dataset(path)
