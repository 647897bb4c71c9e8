import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.transform import from_origin
from torch import Tensor, nn

from maskwright.classes import class_table
from maskwright.errors import OutputError
from maskwright.evaluation.expected_iou import expected_iou
from maskwright.inference.outputs.object_table import Scale
from maskwright.inference.outputs.photo_outputs import Measuring
from maskwright.inference.predict_files import predict_files
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import photos_to_do
from maskwright.planning.plan import PredictPlan
from tests.support.commands import call

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own


class Bright(nn.Module):
    """Sure of bright and of dark pixels, undecided about those between."""

    def forward(self, photos: Tensor) -> Tensor:
        return (photos[:, :1] - 127) / 10


def segmenter() -> Segmenter:
    return Segmenter(Bright(), class_table(("background", "crack")), PredictPlan((1.0,), False, False), 100, 512)


def save(path: Path, *boxes: tuple[int, int, int, int], value: int = 255) -> None:
    photo = np.zeros((60, 100, 3), dtype=np.uint8)
    for top, bottom, left, right in boxes:
        photo[top:bottom, left:right] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(photo).save(path)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def predict(photos: Path, out: Path, measuring: Measuring | None = None) -> dict[str, str]:
    done = predict_files(segmenter(), photos_to_do([photos], out=out).photos, out, measuring=measuring)
    return dict(done.unsure)


def test_each_object_has_a_row_in_pixels_and_in_millimetres(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", (10, 16, 20, 80), (30, 50, 10, 30), (55, 56, 90, 91))
    predict(tmp_path / "in", tmp_path / "out", Measuring(Scale(2.0, 5)))
    crack, block = rows(tmp_path / "out" / "objects.csv")
    assert (crack["photo"], crack["class"], crack["object"], block["object"]) == ("a.png", "crack", "1", "2")
    assert (int(crack["area_px"]), float(crack["area_mm2"])) == (360, 90)
    assert (float(crack["width_mean_px"]), float(crack["width_max_mm"])) == (6, 3)
    assert float(crack["length_mm"]) == pytest.approx(30, abs=0.5)
    assert [crack[side] for side in ("left", "top", "right", "bottom")] == ["20", "10", "80", "16"]
    assert (crack["centroid_x"], crack["centroid_y"]) == ("50.0", "13.0")
    assert float(crack["confidence"]) > 0.99


def test_a_geotiff_s_rows_are_in_metres_unless_millimetres_are_asked_for(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (10, 16, 20, 80))
    with Image.open(tmp_path / "a.png") as image:
        pixels = np.moveaxis(np.array(image), 2, 0)
    facts = {"driver": "GTiff", "height": 60, "width": 100, "count": 3, "dtype": "uint8", "crs": "EPSG:32633"}
    (tmp_path / "in").mkdir()
    with rasterio.open(tmp_path / "in" / "b.tif", "w", **facts, transform=from_origin(5e5, 5.4e6, 2, 2)) as file:
        file.write(pixels)
    predict(tmp_path / "in", tmp_path / "out")
    (crack,) = rows(tmp_path / "out" / "objects.csv")
    assert float(crack["area_m2"]) == pytest.approx(360 * 4, rel=2e-3)
    assert float(crack["width_mean_m"]) == pytest.approx(12, rel=2e-3)
    assert float(rows(tmp_path / "out" / "totals.csv")[0]["length_m"]) == pytest.approx(120, abs=2)
    predict(tmp_path / "in", tmp_path / "other", Measuring(Scale(2.0)))
    (crack,) = rows(tmp_path / "other" / "objects.csv")
    assert "area_m2" not in crack
    assert float(crack["area_mm2"]) == 90


def test_totals_have_a_row_for_photos_without_objects_too(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", (10, 16, 20, 80))
    save(tmp_path / "in" / "b.png")
    predict(tmp_path / "in", tmp_path / "out")
    a, b = rows(tmp_path / "out" / "totals.csv")
    assert a["unsure"] == ""
    assert (a["photo"], a["objects"], a["area_px"], a["area_share"], a["unsure"]) == (
        "a.png",
        "1",
        "360",
        "0.060000",
        "",
    )
    assert (b["photo"], b["objects"], b["area_px"], b["confidence"]) == ("b.png", "0", "0", "")


def test_an_undecided_network_says_that_it_is_unsure(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", (10, 40, 20, 80), value=128)
    assert predict(tmp_path / "in", tmp_path / "out") == {"a.png": "expected IoU 0.52"}
    assert {row["unsure"] for row in rows(tmp_path / "out" / "objects.csv")} == {"expected IoU 0.52"}


def test_what_differs_from_training_is_a_reason_to_be_unsure(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", (10, 40, 20, 80))
    unsure = predict(tmp_path / "in", tmp_path / "out", Measuring(unlike=lambda _, path: f"{path.name} is dark"))
    assert unsure == {"a.png": "unlike the training photos: a.png is dark"}


def test_predicting_again_replaces_the_rows_of_the_same_photos_and_keeps_the_others(tmp_path: Path) -> None:
    save(tmp_path / "first" / "a.png", (10, 16, 20, 80), (30, 50, 10, 30))
    save(tmp_path / "second" / "b.png", (10, 16, 20, 80))
    for folder in ("first", "second", "first"):
        predict(tmp_path / folder, tmp_path / "out")
    assert sorted(row["photo"] for row in rows(tmp_path / "out" / "objects.csv")) == ["a.png", "a.png", "b.png"]
    assert sorted(row["photo"] for row in rows(tmp_path / "out" / "totals.csv")) == ["a.png", "b.png"]


def test_a_table_of_another_program_is_not_replaced(tmp_path: Path) -> None:
    save(tmp_path / "in" / "a.png", (10, 16, 20, 80))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "objects.csv").write_text("name,price\nbread,2\n")
    with pytest.raises(OutputError, match="not written by predict"):
        predict(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out" / "objects.csv").read_text() == "name,price\nbread,2\n"


def test_the_expected_iou_is_that_of_masks_drawn_from_the_probabilities() -> None:
    rng = np.random.default_rng(0)
    object_probability = np.clip(np.linspace(-0.5, 1.5, 200)[None].repeat(200, axis=0), 0.02, 0.98)
    probabilities = np.stack([1 - object_probability, object_probability]).astype(np.float32)
    predicted = object_probability > 0.5
    ious = []
    for _ in range(20):
        truth = rng.random(predicted.shape) < object_probability
        ious.append(np.count_nonzero(truth & predicted) / np.count_nonzero(truth | predicted))
    assert expected_iou(probabilities, predicted.astype(np.uint8), (1,)) == pytest.approx(np.mean(ious), abs=0.01)


def test_a_prediction_has_the_mask_of_the_segmenter(tmp_path: Path) -> None:
    save(tmp_path / "a.png", (10, 16, 20, 80), (30, 50, 10, 30))
    one_object = replace(segmenter(), predict=PredictPlan((0.7, 1.0), True, True))
    prediction = one_object.prediction(tmp_path / "a.png")
    np.testing.assert_array_equal(prediction.mask, one_object.mask(tmp_path / "a.png"))
    assert prediction.confidence.shape == prediction.mask.shape
    assert 0.5 <= prediction.confidence.min() <= prediction.confidence.max() <= 1


def test_the_command_writes_both_tables(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = min(path for path in discs.iterdir() if path.suffix in (".jpg", ".png"))
    assert call("predict", disc_run, photo, "--out", tmp_path / "out", "--px-per-mm", "4", "--min-area", "9") == 0
    assert "objects.csv" in capsys.readouterr().out
    (total,) = rows(tmp_path / "out" / "totals.csv")
    assert float(total["area_mm2"]) == pytest.approx(int(total["area_px"]) / 16, abs=1e-4)
    for wrong in ("0", "-1", "nan", "x"):
        capsys.readouterr()
        assert call("predict", disc_run, photo, f"--px-per-mm={wrong}") == 2
        assert "is not a number above 0" in capsys.readouterr().err
