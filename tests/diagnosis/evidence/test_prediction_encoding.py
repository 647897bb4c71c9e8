"""Predictions are read as people store them: folders of images and arrays, arrays and tensors in memory, a loader."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.file_keys import key_of
from maskwright.diagnosis.evidence.from_arrays import read_model, read_pairs
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.diagnosis.evidence.prediction_encoding import manner_of, read_prediction
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.errors import DataError
from maskwright.evaluation.metrics import iou
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import chances, channels, jittered, one_object, three_objects

TRUTHS = one_object(4)
SOUND = jittered(TRUTHS)
IOU = iou_of(read_pairs(list(zip(TRUTHS, SOUND, strict=True))))


def write(folder: Path, masks: list[Mask], *, end: str = ".png") -> Path:
    folder.mkdir()
    for index, mask in enumerate(masks):
        Image.fromarray(mask).save(folder / f"road{index}{end}")
    return folder


@pytest.mark.parametrize(
    "stored",
    [
        [255 * m for m in SOUND],
        [m.astype(np.float64) for m in SOUND],
        [m.astype(bool) for m in SOUND],
        [m[None, :, :, None] for m in SOUND],
        [np.stack([1 - m, m]).astype(np.float32) for m in SOUND],
        [np.stack([1 - m, m], axis=2).astype(np.float32) * 8 - 4 for m in SOUND],
        [m.astype(np.float32) * 12 - 6 for m in SOUND],
        [m.astype(np.uint16) * 65535 for m in SOUND],
        [m / 255 for m in SOUND],
    ],
    ids=["0/255", "floats", "bools", "1HW1", "two channels", "logits last", "logits", "16 bit", "divided"],
)
def test_every_way_to_store_a_binary_prediction_counts_the_same(stored: list[np.ndarray]) -> None:
    evidence = read_pairs(list(zip(TRUTHS, stored, strict=True)))
    assert iou_of(evidence) == pytest.approx(IOU)


def test_masks_of_a_folder_pair_by_stem_whatever_their_endings(tmp_path: Path) -> None:
    truth = write(tmp_path / "truth", [255 * t for t in TRUTHS], end="_mask.png")
    pred = write(tmp_path / "pred", SOUND, end="_pred.png")
    Image.fromarray(TRUTHS[0]).save(pred / "alone.png")
    evidence = read_folders(truth, pred)
    assert [case.name for case in evidence.cases] == ["road0", "road1", "road2", "road3"]
    assert evidence.unmatched == ("alone",)
    assert iou_of(evidence) == pytest.approx(IOU)


def test_a_prediction_that_cannot_be_read_is_a_finding_and_the_others_count(tmp_path: Path) -> None:
    truth, pred = write(tmp_path / "truth", TRUTHS), write(tmp_path / "pred", SOUND)
    (pred / "road1.png").write_bytes((pred / "road1.png").read_bytes()[:60])
    found = diagnose(read_folders(truth, pred))
    told = next(finding for finding in found if finding.code == "pred-unreadable")
    assert "1 of 4 pairs" in told.evidence
    assert "road1.png" in told.evidence
    for index in range(4):
        (pred / f"road{index}.png").write_text("no picture")
    with pytest.raises(DataError, match=r"road0\.png"):
        read_folders(truth, pred)


@pytest.mark.parametrize("end", [".npy", ".npz", ".png"])
def test_probability_maps_of_a_folder_keep_their_histograms(tmp_path: Path, end: str) -> None:
    truth = write(tmp_path / "truth", TRUTHS)
    pred = tmp_path / "pred"
    pred.mkdir()
    for index, chance in enumerate(chances(SOUND)):
        match end:
            case ".npy":
                np.save(pred / f"road{index}.npy", chance)
            case ".npz":
                np.savez(pred / f"road{index}.npz", probs=chance)
            case _:
                Image.fromarray(np.rint(chance * 65535).astype(np.uint16)).save(pred / f"road{index}.png")
    evidence = read_folders(truth, pred)
    assert evidence.storage.kind == "probabilities"
    assert all(c.histogram is not None and c.histogram.sum() == 150 * 200 for c in evidence.cases)


def test_truth_may_be_arrays_and_ignored_pixels_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    for index, truth in enumerate(three_objects(4)):
        truth[:20] = 9
        np.save(tmp_path / "truth" / f"road{index}.npy", truth)
    pred = write(tmp_path / "pred", three_objects(4))
    evidence = read_folders(tmp_path / "truth", pred, ignore=9)
    assert len(evidence.classes) == 4
    assert evidence.table.sum() == 4 * 130 * 200
    assert np.allclose(iou(evidence.table), 1)


def test_a_loader_and_a_model_are_evidence_too() -> None:
    masks = np.stack(TRUTHS)
    photos = np.repeat(masks[:, None] * np.float32(0.9), 3, axis=1)
    batches = [(photos[:2], masks[:2]), (photos[2:], masks[2:])]

    def model(batch: object) -> object:
        return np.asarray(batch)[:, :1] * 8 - 4

    evidence = read_model(model, batches)
    assert len(evidence.cases) == 4
    assert iou_of(evidence) == pytest.approx(1)
    assert all(case.reread().truth.shape == case.truth.shape for case in evidence.cases)


def test_tensors_are_taken_as_they_are() -> None:
    torch = pytest.importorskip("torch")
    pairs = [
        (torch.from_numpy(t), torch.from_numpy(c).requires_grad_()) for t, c in zip(TRUTHS, chances(SOUND), strict=True)
    ]
    assert iou_of(read_pairs(pairs)) > 0.9


def test_classes_that_only_later_truths_show_are_known() -> None:
    truths = [np.minimum(t, 1) for t in three_objects(9)] + [three_objects(1)[0]]
    assert len(read_pairs([(t, t) for t in truths]).classes) == 4


def test_a_prediction_of_another_size_is_stretched_to_be_counted() -> None:
    evidence = read_pairs([(t, t[::2, ::2]) for t in TRUTHS])
    assert evidence.cases[0].predicted_hw == (75, 100)
    assert iou_of(evidence) > 0.9


@pytest.mark.parametrize(
    ("prediction", "said"),
    [
        (np.full((150, 200), np.nan), "NaN or infinity"),
        (np.zeros((300, 150, 200)), "which axis holds the classes"),
        (np.zeros(30), "height and width"),
        (np.array([["a", "b"]]), "no array of numbers"),
    ],
)
def test_what_is_no_prediction_is_told_in_a_line(prediction: np.ndarray, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_pairs([(TRUTHS[0], prediction)])


def test_shapes_that_change_within_a_set_are_told() -> None:
    mixed = [chances(SOUND)[0], channels(SOUND, 2)[1]]
    with pytest.raises(DataError, match="one form"):
        read_pairs(list(zip(TRUTHS, mixed, strict=False)))


def test_folders_that_do_not_pair_or_hold_nothing_are_told(tmp_path: Path) -> None:
    truth = write(tmp_path / "truth", TRUTHS)
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    Image.fromarray(TRUTHS[0]).save(tmp_path / "other" / "street.png")
    with pytest.raises(DataError, match="holds no predictions"):
        read_folders(truth, tmp_path / "empty")
    with pytest.raises(DataError, match="same stem"):
        read_folders(truth, tmp_path / "other")
    with pytest.raises(DataError, match="is not there"):
        read_folders(tmp_path / "gone", truth)


def test_truth_of_fractions_is_told(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    np.save(tmp_path / "truth" / "road0.npy", TRUTHS[0] / 255)
    with pytest.raises(DataError, match=r"fractions up to 0\.003922"):
        read_folders(tmp_path / "truth", write(tmp_path / "pred", SOUND))


def test_no_pairs_at_all_are_told() -> None:
    with pytest.raises(DataError, match="no pairs"):
        read_pairs([])


@pytest.mark.parametrize(
    ("name", "key"), [("a_mask.png", "a"), ("a.jpg.png", "a"), ("a_7_pred.npy", "a_7"), ("road_12.png", "road_12")]
)
def test_the_key_leaves_out_what_only_says_mask_or_prediction(name: str, key: str) -> None:
    assert key_of(Path(name)) == key


def test_evidence_starts_empty() -> None:
    assert Evidence().cases == ()


def test_255_is_the_object_where_the_first_predictions_are_empty() -> None:
    empty, full = np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8)
    full[2:4, 2:4] = 255
    manner = manner_of([empty], [(8, 8)], (0, 1))
    assert read_prediction(full, manner, 2, "full").ids.max() == 1
    assert read_prediction(full // 255, manner, 2, "full").ids.sum() == 4


def test_a_prediction_that_shows_something_tells_how_all_are_stored(tmp_path: Path) -> None:
    mask = np.zeros((16, 16), np.uint8)
    mask[4:8, 4:8] = 255
    shown = [mask if number % 4 == 1 else 0 * mask for number in range(32)]
    evidence = read_folders(write(tmp_path / "truth", [mask] * 32), write(tmp_path / "pred", shown))
    assert evidence.storage.values == (0, 255)
