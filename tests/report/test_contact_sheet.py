from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.datasets.truth.shapes import Polygon, Shapes
from maskwright.findings.finding import Finding
from maskwright.report.contact_sheet import GAP, HEAD, _shortened, contact_sheet, write_contact_sheet

SQUARE = Shapes((Polygon(1, ((100.0, 100.0), (300.0, 100.0), (300.0, 200.0), (100.0, 200.0))),))
RED_FRAME = (208, 32, 40)
GRID_RED = (230, 57, 70)


def _dataset(folder: Path, count: int, *, truth: Shapes | MaskFile | None = SQUARE) -> Dataset:
    path = folder / "photo.png"
    Image.new("RGB", (480, 360), (90, 120, 150)).save(path)
    samples = tuple(Sample(f"photo_{i:03}.png", path, truth, (360, 480)) for i in range(count))
    return Dataset(folder, "drawn", samples, class_table(("background", "grid")))


def _error(*names: str) -> Finding:
    return Finding("photo-missing", "error", "a photo is missing", "1 photo", "put it back", names)


def _has(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((picture == colour).all(axis=2).any())


def test_one_photo_makes_a_small_sheet_with_its_mask_outlined(tmp_path: Path) -> None:
    sheet = contact_sheet(_dataset(tmp_path, 1))
    assert sheet.shape[1] == 320
    top = len(sheet) - (240 + 2 * GAP + 14)  # below the head, which is as high as its legend
    thumbnail = sheet[top : top + 240, GAP : GAP + 240]
    outline = (thumbnail == GRID_RED).all(axis=2)
    rows, columns = np.nonzero(outline)
    # The photo is 240x180 at the foot of its tile, so the square at half scale spans x 50-150, y 60+50 to 60+100.
    assert (columns.min(), columns.max() + 1, rows.min(), rows.max() + 1) == (50, 150, 110, 160)
    assert not _has(sheet, RED_FRAME)


def test_only_photos_named_by_errors_are_framed_in_red(tmp_path: Path) -> None:
    note = Finding("class-shares", "note", "shares", "90 %", "nothing", ("photo_001.png",))
    sheet = contact_sheet(_dataset(tmp_path, 2), (_error("photo_000.png"), note))
    first, second = sheet[HEAD:, : GAP + 240], sheet[HEAD:, GAP + 250 :]
    assert _has(first, RED_FRAME)
    assert not _has(second, RED_FRAME)


@pytest.mark.parametrize("count", [7, 40, 500])
def test_sheets_hold_every_photo_and_stay_of_bounded_size(tmp_path: Path, count: int) -> None:
    sheet = contact_sheet(_dataset(tmp_path, count))
    assert max(sheet.shape) <= 3600
    photos = (np.abs(sheet.astype(int) - (90, 120, 150)).max(axis=2) < 3).astype(np.uint8)
    filled_columns = photos.any(axis=0).sum() / sheet.shape[1]
    assert filled_columns > 0.8
    thumbnails = photos.sum() / photos[HEAD : HEAD + 300, : GAP + 300].sum()
    assert thumbnails > count / 20


def test_a_missing_photo_and_an_unreadable_mask_still_have_their_tiles(tmp_path: Path) -> None:
    broken = tmp_path / "mask.png"
    broken.write_text("no image")
    dataset = _dataset(tmp_path, 1, truth=None)
    missing = Sample("gone.jpg", tmp_path / "gone.jpg", SQUARE, None)
    sheet = contact_sheet(
        Dataset(tmp_path, "drawn", (*dataset.samples, missing), dataset.classes), [_error("gone.jpg")]
    )
    assert _has(sheet, (226, 226, 222))
    assert _has(sheet, RED_FRAME)
    assert _has(sheet, (90, 120, 150))


def test_an_empty_dataset_has_a_sheet_too(tmp_path: Path) -> None:
    assert contact_sheet(Dataset(tmp_path, "drawn", (), class_table(("background",)))).shape[2] == 3


def test_the_sheet_is_written_as_png_and_leaves_nothing_else(tmp_path: Path) -> None:
    dataset = _dataset(tmp_path, 3)
    write_contact_sheet(dataset, tmp_path / "out" / "sheet.png", ())
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["sheet.png"]
    written = np.asarray(Image.open(tmp_path / "out" / "sheet.png").convert("RGB")).astype(int)
    assert np.abs(written - contact_sheet(dataset)).mean() < 1


def test_a_sheet_that_is_too_large_for_its_file_is_reduced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskwright.report.contact_sheet.FILE_BYTES", 60_000)
    noise = np.random.default_rng(0).integers(0, 255, (180, 240, 3), dtype=np.uint8)
    dataset = _dataset(tmp_path, 12)
    Image.fromarray(noise).resize((480, 360)).save(tmp_path / "photo.png")
    write_contact_sheet(dataset, tmp_path / "sheet.png")
    assert 20_000 < (tmp_path / "sheet.png").stat().st_size < 60_000
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width < contact_sheet(dataset).shape[1]


def test_objects_are_filled_by_a_third_so_that_the_photo_shows_through(tmp_path: Path) -> None:
    sheet = contact_sheet(_dataset(tmp_path, 1))
    top = len(sheet) - (240 + 2 * GAP + 14)
    inside = sheet[top + 60 + 75, GAP + 100]
    expected = 0.65 * np.array((90, 120, 150)) + 0.35 * np.array(GRID_RED)
    assert np.abs(inside - expected).max() <= 2


def test_long_names_lose_their_head_and_keep_their_tail() -> None:
    short = _shortened("a/very/long/path/to/some/photo_of_a_page_0001.jpg", 120)
    assert short.startswith("…")
    assert short.endswith("0001.jpg")
    assert _shortened("IMG_1.jpg", 120) == "IMG_1.jpg"
