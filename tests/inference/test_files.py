import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from maskwright.classes import class_table
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError
from maskwright.inference.files import encode_mask, photos_to_do, predict_files
from maskwright.inference.regions import mask_regions
from maskwright.inference.segmenter import Segmenter
from maskwright.planning.plan import PredictPlan

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
    exif = Image.Exif()
    if exif_orientation is not None:
        exif[0x0112] = exif_orientation
    Image.fromarray(photo).save(path, exif=exif)


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def test_masks_overlays_and_polygons_are_written_for_every_photo(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png")
    save_photo(tmp_path / "in" / "deep" / "b.png", size_hw=(50, 90))
    todo = photos_to_do([tmp_path / "in"], out=tmp_path / "out")
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
    predict_files(bright(), photos_to_do([tmp_path / "in"], out=tmp_path / "out"), tmp_path / "out")
    (tmp_path / "in" / "regions.via.json").write_bytes((tmp_path / "out" / "regions.via.json").read_bytes())
    again = open_dataset(tmp_path / "in")
    assert again.classes.names == ("background", "disc")
    assert again.mask(again.samples[0]).sum() == 30 * 60


def test_a_turned_photo_gets_its_mask_upright(tmp_path: Path) -> None:
    save_photo(tmp_path / "turned.jpg", exif_orientation=6)
    predict_files(bright(), photos_to_do([tmp_path / "turned.jpg"], out=tmp_path / "out"), tmp_path / "out")
    assert pixels_of(tmp_path / "out" / "masks" / "turned.png").shape == (100, 60)


def test_one_bad_photo_is_reported_and_the_others_finish(tmp_path: Path) -> None:
    save_photo(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.jpg").write_text("no photo at all")
    save_photo(tmp_path / "in" / "c.png")
    predicted = predict_files(bright(), photos_to_do([tmp_path / "in"], out=tmp_path / "out"), tmp_path / "out")
    assert predicted.done == 2
    assert [(f.code, f.severity, f.photos) for f in predicted.findings] == [("photo-unreadable", "error", ("b",))]


def test_two_photos_never_write_one_file(tmp_path: Path) -> None:
    for name in ("x/a.png", "x/a.jpg", "y/a.png", "z/x/a.png"):
        save_photo(tmp_path / name)
    todo = photos_to_do([tmp_path / "x", tmp_path / "y", tmp_path / "z" / "x" / "a.png"], out=tmp_path / "out")
    names = {one.name for one in todo}
    assert names == {"y/a", "z/x/a", f"{tmp_path.name}/x/a.jpg", f"{tmp_path.name}/x/a.png"}
    assert predict_files(bright(), todo, tmp_path / "out").done == 4
    assert len(list((tmp_path / "out" / "masks").rglob("*.png"))) == 4


def test_a_folder_that_is_repeated_below_another_stays_in_the_output(tmp_path: Path) -> None:
    original, copy = tmp_path / "photos" / "1.png", tmp_path / "backup" / tmp_path.relative_to("/") / "photos" / "1.png"
    for path in (original, copy):
        save_photo(path)
    before = original.read_bytes()
    todo = photos_to_do([original.parent, copy.parent], out=tmp_path / "out")
    assert len({one.name for one in todo}) == 2
    assert not any(Path(one.name).is_absolute() or one.name.startswith("/") for one in todo)
    predict_files(bright(), todo, tmp_path / "out")
    assert original.read_bytes() == before
    assert len(list((tmp_path / "out" / "masks").rglob("*.png"))) == 2


def test_names_that_differ_in_case_alone_are_told_apart(tmp_path: Path) -> None:
    for name in ("x/IMG.png", "y/img.png"):
        save_photo(tmp_path / name)
    todo = photos_to_do([tmp_path / "x", tmp_path / "y"], out=tmp_path / "out")
    assert sorted(one.name for one in todo) == ["x/IMG", "y/img"]


def test_one_photo_given_in_two_ways_is_done_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_photo(tmp_path / "in" / "a.png")
    monkeypatch.chdir(tmp_path)
    assert [t.name for t in photos_to_do(["in", str(tmp_path / "in" / "a.png")], out=tmp_path / "out")] == ["a"]


def test_patterns_keep_the_folders_below_their_wildcard(tmp_path: Path) -> None:
    save_photo(tmp_path / "x" / "a.png")
    save_photo(tmp_path / "y" / "a.png")
    todo = photos_to_do([str(tmp_path / "*" / "*.png")], out=tmp_path / "out")
    assert [t.name for t in todo] == ["x/a", "y/a"]


def test_patterns_files_and_folders_name_photos_and_the_output_is_not_one_of_them(tmp_path: Path) -> None:
    save_photo(tmp_path / "a.png")
    save_photo(tmp_path / "b.png")
    save_photo(tmp_path / "out" / "masks" / "a.png")
    (tmp_path / "notes.txt").write_text("no photo")
    out = tmp_path / "out"
    assert [t.name for t in photos_to_do([str(tmp_path / "*.png")], out=out)] == ["a", "b"]
    assert [t.name for t in photos_to_do([tmp_path], out=out)] == ["a", "b"]
    assert [t.name for t in photos_to_do([tmp_path / "a.png", tmp_path / "a.png"], out=out)] == ["a"]
    with pytest.raises(DataError, match="out is where the masks would go: choose another --out"):
        photos_to_do([out], out=out)
    with pytest.raises(DataError, match=r"typo\.jpg names no photo"):
        photos_to_do([tmp_path / "typo.jpg"], out=tmp_path)


@pytest.mark.parametrize("given", ["nothing.jpg", "empty", "*.tif"])
def test_what_names_no_photo_is_refused(tmp_path: Path, given: str) -> None:
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
