import math
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.mask_truth import MaskFile
from maskwright.datasets.shapes import Polygon, Shapes
from maskwright.findings.finding import Finding
from maskwright.report.contact_sheet import GAP, HEAD, _shortened, contact_sheet, write_contact_sheet
from maskwright.report.curves_svg import LoggedStep, _ceiling, _running_mean, _ticks, iou_curve_svg, loss_curve_svg

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
    assert (np.asarray(Image.open(tmp_path / "out" / "sheet.png")) == contact_sheet(dataset)).all()


def test_long_names_lose_their_head_and_keep_their_tail() -> None:
    short = _shortened("a/very/long/path/to/some/photo_of_a_page_0001.jpg", 120)
    assert short.startswith("…")
    assert short.endswith("0001.jpg")
    assert _shortened("IMG_1.jpg", 120) == "IMG_1.jpg"


def _points(svg: str, css: str) -> list[tuple[float, float]]:
    lines = [e for e in ElementTree.fromstring(svg).iter("polyline") if e.get("class") == css]
    return [tuple(map(float, pair.split(","))) for pair in (lines[0].get("points") or "").split()]  # type: ignore[misc]


def test_a_falling_loss_falls_on_the_page() -> None:
    svg = loss_curve_svg([LoggedStep(i, i / 10, 2.0 - i * 0.04) for i in range(50)])
    points = _points(svg, "line")
    assert len(points) == 50
    assert all(b[0] > a[0] and b[1] > a[1] for a, b in pairwise(points))


def test_curves_have_axes_a_label_and_no_colour_of_their_own() -> None:
    root = ElementTree.fromstring(loss_curve_svg([LoggedStep(i, i / 10, 1.5) for i in range(40)]))
    texts = [e.text for e in root.iter("text")]
    assert {"0", "0.5", "1", "1.5", "minutes", "4"} <= set(texts)
    assert "training loss against minutes" in (root.get("aria-label") or "")
    assert not any(e.get("fill") or e.get("stroke") for e in root.iter())


def test_validation_iou_has_a_dot_for_every_validation_and_reaches_the_top_at_one() -> None:
    curve = [LoggedStep(i, float(i), 1.0, {2: 0.0, 4: 1.0}.get(i)) for i in range(6)]
    dots = list(ElementTree.fromstring(iou_curve_svg(curve)).iter("circle"))
    assert [float(d.get("cy", "nan")) for d in dots] == [208.0, 16.0]


def test_what_is_not_finite_is_left_out_and_no_points_give_a_sentence() -> None:
    curve = [LoggedStep(0, 0.0, math.nan, math.nan), LoggedStep(1, 1.0, 0.5)]
    assert len(_points(loss_curve_svg(curve), "raw")) == 1
    assert iou_curve_svg(curve) == '<p class="muted">No validation IoU was logged.</p>'


def test_thousands_of_steps_make_a_short_line() -> None:
    assert len(loss_curve_svg([LoggedStep(i, i / 60, 1.0) for i in range(20_000)])) < 30_000


@pytest.mark.parametrize("span", [1e-9, 0.03, 0.7, 0.999, 1.0, 1.4, 4.0, 5.0, 7.3, 9.99, 60.0, 1234.0])
def test_ticks_are_few_round_and_reach_the_ceiling(span: float) -> None:
    ticks = _ticks(_ceiling(span))
    assert 3 <= len(ticks) <= 7
    assert ticks[0] == 0
    assert ticks[-1] == pytest.approx(_ceiling(span))
    assert ticks[-1] >= span
    assert ticks[1] / 10 ** math.floor(math.log10(ticks[1]) + 1e-9) == pytest.approx(
        round(ticks[1] / 10 ** math.floor(math.log10(ticks[1]) + 1e-9))
    )


def test_running_mean_agrees_with_a_plain_loop() -> None:
    values = np.random.default_rng(0).normal(size=95).tolist()
    half = 3
    for index, mean in enumerate(_running_mean(values)):
        reach = min(half, index, 94 - index)
        assert mean == pytest.approx(sum(values[index - reach : index + reach + 1]) / (2 * reach + 1))
