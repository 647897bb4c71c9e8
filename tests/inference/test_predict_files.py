import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from maskwright.classes import class_table
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError, OutputError
from maskwright.inference.load import load
from maskwright.inference.outputs.photo_outputs import encode_mask
from maskwright.inference.outputs.polygons import mask_regions
from maskwright.inference.predict_files import predict_files
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import PhotoToDo, photos_to_do
from maskwright.planning.plan import PredictPlan
from tests.support.rotated_photos import save_rotated

BINARY = class_table(("background", "disc"))


class Bright(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, photos: Tensor) -> Tensor:
        return (photos[:, :1] - 127) * self.weight


def bright() -> Segmenter:
    return Segmenter(Bright(), BINARY, PredictPlan((1.0,), False, False), 100, 512)


def save_photo(path: Path, *, size_hw: tuple[int, int] = (60, 100), exif_orientation: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    photo = np.zeros((*size_hw, 3), dtype=np.uint8)
    photo[10:40, 20:80] = 255
    if exif_orientation is None:
        Image.fromarray(photo).save(path)
    else:
        save_rotated(path, Image.fromarray(photo), orientation=exif_orientation)


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def test_masks_overlays_and_polygons_are_written_for_every_photo(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png")
    save_photo(tmp_path / "in" / "deep" / "b.png", size_hw=(50, 90))
    todo = photos_to_do([tmp_path / "in"], out=tmp_path / "out").photos
    predicted = predict_files(bright(), todo, tmp_path / "out")
    assert (predicted.done, predicted.findings) == (2, ())
    mask = pixels_of(tmp_path / "out" / "masks" / "deep" / "b.png")
    assert mask.shape == (50, 90)
    assert mask.sum() == 30 * 60
    assert pixels_of(tmp_path / "out" / "overlays" / "a.jpg").shape == (60, 100, 3)
    via = json.loads((tmp_path / "out" / "regions.via.json").read_text())
    assert sorted(entry["filename"] for entry in via.values()) == ["a.png", "deep/b.png"]


def test_the_polygons_open_again_as_annotations_with_the_same_pixels(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png")
    predict_files(bright(), photos_to_do([tmp_path / "in"], out=tmp_path / "out").photos, tmp_path / "out")
    (tmp_path / "in" / "regions.via.json").write_bytes((tmp_path / "out" / "regions.via.json").read_bytes())
    again = open_dataset(tmp_path / "in")
    assert again.classes.names == ("background", "disc")
    assert again.mask(again.samples[0]).sum() == 30 * 60


def test_a_photo_with_an_exif_turn_gets_an_upright_mask(tmp_path: Path) -> None:
    save_photo(tmp_path / "turned.jpg", exif_orientation=6)
    predict_files(bright(), photos_to_do([tmp_path / "turned.jpg"], out=tmp_path / "out").photos, tmp_path / "out")
    assert pixels_of(tmp_path / "out" / "masks" / "turned.png").shape == (100, 60)


def test_one_bad_photo_is_reported_and_the_others_finish(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.jpg").write_text("no photo at all")
    save_photo(tmp_path / "in" / "c.png")
    predicted = predict_files(bright(), photos_to_do([tmp_path / "in"], out=tmp_path / "out").photos, tmp_path / "out")
    assert predicted.done == 2
    assert [(f.code, f.severity, f.photos) for f in predicted.findings] == [("photo-unreadable", "error", ("b",))]


def test_two_photos_never_write_one_file(tmp_path: Path) -> None:
    for name in ("x/a.png", "x/a.jpg", "y/a.png", "z/x/a.png"):
        save_photo(tmp_path / name)
    todo = photos_to_do([tmp_path / "x", tmp_path / "y", tmp_path / "z" / "x" / "a.png"], out=tmp_path / "out").photos
    names = {one.name for one in todo}
    assert names == {"y/a", "z/x/a", f"{tmp_path.name}/x/a.jpg", f"{tmp_path.name}/x/a.png"}
    assert predict_files(bright(), todo, tmp_path / "out").done == 4
    assert len(list((tmp_path / "out" / "masks").rglob("*.png"))) == 4


def test_a_folder_that_is_repeated_below_another_stays_in_the_output(tmp_path: Path) -> None:
    original, copy = tmp_path / "photos" / "1.png", tmp_path / "backup" / tmp_path.relative_to("/") / "photos" / "1.png"
    for path in (original, copy):
        save_photo(path)
    before = original.read_bytes()
    todo = photos_to_do([original.parent, copy.parent], out=tmp_path / "out").photos
    assert len({one.name for one in todo}) == 2
    assert not any(Path(one.name).is_absolute() or one.name.startswith("/") for one in todo)
    predict_files(bright(), todo, tmp_path / "out")
    assert original.read_bytes() == before
    assert len(list((tmp_path / "out" / "masks").rglob("*.png"))) == 2


def test_names_that_differ_only_in_case_get_their_folders(tmp_path: Path) -> None:
    for name in ("x/IMG.png", "y/img.png"):
        save_photo(tmp_path / name)
    todo = photos_to_do([tmp_path / "x", tmp_path / "y"], out=tmp_path / "out").photos
    assert sorted(one.name for one in todo) == ["x/IMG", "y/img"]


def test_a_photo_given_in_two_ways_is_predicted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_photo(tmp_path / "in" / "a.png")
    monkeypatch.chdir(tmp_path)
    assert [t.name for t in photos_to_do(["in", str(tmp_path / "in" / "a.png")], out=tmp_path / "out").photos] == ["a"]


def test_patterns_keep_the_folders_below_their_wildcard(tmp_path: Path) -> None:
    save_photo(tmp_path / "x" / "a.png")
    save_photo(tmp_path / "y" / "a.png")
    todo = photos_to_do([str(tmp_path / "*" / "*.png")], out=tmp_path / "out").photos
    assert [t.name for t in todo] == ["x/a", "y/a"]


def test_patterns_files_and_folders_name_photos_and_the_output_is_not_one_of_them(tmp_path: Path) -> None:
    save_photo(tmp_path / "a.png")
    save_photo(tmp_path / "b.png")
    save_photo(tmp_path / "out" / "masks" / "a.png")
    (tmp_path / "notes.txt").write_text("no photo")
    out = tmp_path / "out"
    assert [t.name for t in photos_to_do([str(tmp_path / "*.png")], out=out).photos] == ["a", "b"]
    assert [t.name for t in photos_to_do([tmp_path], out=out).photos] == ["a", "b"]
    assert [t.name for t in photos_to_do([tmp_path / "a.png", tmp_path / "a.png"], out=out).photos] == ["a"]
    with pytest.raises(DataError, match="out is where the masks would go: choose another --out"):
        photos_to_do([out], out=out)
    with pytest.raises(DataError, match=r"typo\.jpg names no photo"):
        photos_to_do([tmp_path / "typo.jpg"], out=tmp_path)


@pytest.mark.parametrize("given", ["nothing.jpg", "empty", "*.tif"])
def test_an_input_that_names_no_photo_is_refused(tmp_path: Path, given: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="names no photo"):
        photos_to_do([tmp_path / given], out=tmp_path / "out")


def test_mask_files_hold_class_ids_and_show_class_colours() -> None:
    from io import BytesIO

    mask = np.array([[0, 1], [1, 0]], dtype=np.uint8)
    image = Image.open(BytesIO(encode_mask(mask, BINARY)))
    np.testing.assert_array_equal(np.asarray(image), mask)
    assert image.convert("RGB").getpixel((1, 0)) == BINARY.colours[1]


def test_regions_leave_the_background_out() -> None:
    mask = np.zeros((40, 40), dtype=np.uint8)
    mask[5:15, 5:15] = 1
    mask[20:30, 5:15] = 2
    table = class_table(("background", "a", "b"))
    regions = mask_regions(mask, table)
    assert [name for name, _ in regions] == ["a", "b"]
    np.testing.assert_array_equal(sorted(map(tuple, regions[0][1])), [(5, 5), (5, 15), (15, 5), (15, 15)])


def regions_of(out: Path) -> dict[str, int]:
    """Return the number of regions by file name."""
    entries = json.loads((out / "regions.via.json").read_text()).values()
    return {entry["filename"]: len(entry["regions"]) for entry in entries}


def predict(inputs: list[Path], out: Path) -> int:
    return predict_files(bright(), photos_to_do(inputs, out=out).photos, out).done


def test_files_that_are_no_photos_are_listed_with_the_reason(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png")
    for name in ("notes.txt", "walk.mp4", "README", ".hidden.txt"):
        (tmp_path / "in" / name).write_text("text")
    listed = photos_to_do([tmp_path / "in"], out=tmp_path / "out")
    assert [todo.name for todo in listed.photos] == ["a"]
    assert {Path(skipped.path).name: skipped.reason for skipped in listed.skipped} == {
        "README": "no photo: it has no suffix",
        "notes.txt": "no photo, by its suffix",
        "walk.mp4": "a film; predict it by itself, as in `maskwright predict RUN walk.mp4`",
    }
    with pytest.raises(DataError, match=r"walk\.mp4 names no photo: .*walk\.mp4: a film; predict it by itself"):
        photos_to_do([tmp_path / "in" / "walk.mp4"], out=tmp_path / "out")


@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.jpg"])
def test_a_photo_that_cannot_be_decoded_is_a_finding_whatever_its_kind(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic not really")
    save_photo(tmp_path / "b.png")
    predicted = predict_files(bright(), photos_to_do([tmp_path], out=tmp_path / "out").photos, tmp_path / "out")
    assert predicted.done == 1
    (finding,) = predicted.findings
    assert (finding.code, finding.severity) == ("photo-unreadable", "error")
    assert name in finding.evidence


def test_links_keep_their_own_names(tmp_path: Path) -> None:
    save_photo(tmp_path / "store" / "one.png")
    (tmp_path / "frames").mkdir()
    for frame in ("001.png", "002.png", "003.png"):
        (tmp_path / "frames" / frame).symlink_to(tmp_path / "store" / "one.png")
    assert predict([tmp_path / "frames"], tmp_path / "out") == 3
    assert regions_of(tmp_path / "out") == {"001.png": 1, "002.png": 1, "003.png": 1}
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 3


def test_predicting_twice_into_one_folder_merges_the_regions(tmp_path: Path) -> None:
    save_photo(tmp_path / "first" / "a.png")
    save_photo(tmp_path / "second" / "b.png")
    for folder in ("first", "second", "first"):
        assert predict([tmp_path / folder], tmp_path / "out") == 1
    assert regions_of(tmp_path / "out") == {"a.png": 1, "b.png": 1}
    assert len(list((tmp_path / "out" / "masks").iterdir())) == 2


def test_masks_of_other_photos_are_not_replaced(tmp_path: Path) -> None:
    save_photo(tmp_path / "first" / "a.png")
    save_photo(tmp_path / "second" / "a.png", size_hw=(90, 120))
    predict([tmp_path / "first"], tmp_path / "out")
    before = (tmp_path / "out" / "masks" / "a.png").read_bytes()
    with pytest.raises(OutputError, match=r"masks of other photos.* a: choose another --out"):
        predict([tmp_path / "second"], tmp_path / "out")
    assert (tmp_path / "out" / "masks" / "a.png").read_bytes() == before
    save_photo(tmp_path / "data" / "masks" / "a.png")
    with pytest.raises(OutputError, match="masks holds other pictures"):
        predict([tmp_path / "first"], tmp_path / "data")


def test_a_regions_file_of_another_program_is_not_replaced(tmp_path: Path) -> None:
    save_photo(tmp_path / "first" / "a.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "regions.via.json").write_text('{"mine": 1}')
    with pytest.raises(OutputError, match="not written by predict"):
        predict([tmp_path / "first"], tmp_path / "out")
    assert (tmp_path / "out" / "regions.via.json").read_text() == '{"mine": 1}'


def test_an_interrupted_prediction_keeps_its_regions_and_is_continued(tmp_path: Path) -> None:
    for name in "abc":
        save_photo(tmp_path / "in" / f"{name}.png")
    photos = photos_to_do([tmp_path / "in"], out=tmp_path / "out").photos

    def interrupt(todo: PhotoToDo) -> None:
        if todo.name == "b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict_files(bright(), photos, tmp_path / "out", on_photo=interrupt)
    kept = regions_of(tmp_path / "out")
    assert {"a.png", "b.png"} <= kept.keys()
    assert kept.keys() == {f"{mask.stem}.png" for mask in (tmp_path / "out" / "masks").iterdir()}  # and c, if begun
    assert predict_files(bright(), photos, tmp_path / "out").done == 3
    assert regions_of(tmp_path / "out") == {"a.png": 1, "b.png": 1, "c.png": 1}


@pytest.mark.parametrize("size_hw", [(1, 5000), (5000, 1), (1, 1)])
def test_a_strange_photo_never_stops_the_others(disc_run: Path, tmp_path: Path, size_hw: tuple[int, int]) -> None:
    save_photo(tmp_path / "in" / "a.png")
    Image.fromarray(np.full((*size_hw, 3), 200, np.uint8)).save(tmp_path / "in" / "strange.png")
    save_photo(tmp_path / "in" / f"{'n' * 244}.png")
    predicted = predict_files(
        load(disc_run), photos_to_do([tmp_path / "in"], out=tmp_path / "o").photos, tmp_path / "o"
    )
    assert (predicted.done, predicted.findings) == (3, ())
    assert pixels_of(tmp_path / "o" / "masks" / "strange.png").shape == size_hw


def test_a_photo_that_breaks_the_network_is_a_finding(tmp_path: Path) -> None:
    class Fragile(Bright):
        def forward(self, photos: Tensor) -> Tensor:
            if photos.shape[-1] > 90:
                raise RuntimeError("too wide")
            return super().forward(photos)

    save_photo(tmp_path / "in" / "narrow.png", size_hw=(60, 50))
    save_photo(tmp_path / "in" / "wide.png")
    segmenter = replace(bright(), net=Fragile())
    predicted = predict_files(segmenter, photos_to_do([tmp_path / "in"], out=tmp_path / "o").photos, tmp_path / "o")
    assert predicted.done == 1
    assert "RuntimeError: too wide" in predicted.findings[0].evidence
    assert regions_of(tmp_path / "o") == {"narrow.png": 1}
