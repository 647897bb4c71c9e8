"""Confidence: chosen on inner photos, kept in the run, used by every Segmenter, and without effect on masks."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import maskwright as mw
from maskwright.datasets.dataset import Dataset
from maskwright.errors import RunError
from maskwright.evaluation.evaluate import evaluate
from maskwright.inference.load import load
from maskwright.output_file_names import CONFIDENCE_FILE
from maskwright.runs.confidence import (
    NO_CORRECTION,
    Correction,
    RunConfidence,
    read_confidence,
    write_confidence,
)
from maskwright.runs.folder import read_history
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of, small_plan


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return disc_photos(tmp_path_factory.mktemp("confidence") / "photos")


@pytest.fixture(scope="module")
def run(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mw.train(parts_of(dataset), small_plan(dataset), out=tmp_path_factory.mktemp("run") / "run").folder


def with_confidence(
    run: Path, temperatures: tuple[float, ...], threshold: float = 0.6, *, shifts: tuple[float, ...] = ()
) -> None:
    write_confidence(run, RunConfidence(Correction(temperatures, shifts), threshold, 2, 9))


def test_training_chooses_temperatures_and_a_threshold_on_inner_photos(run: Path) -> None:
    stored = read_confidence(run, 2)
    assert stored is not None
    assert stored.photos == 2
    assert stored.step == 8
    assert len(stored.correction.temperatures) == len(stored.correction.shifts) == 2
    assert all(0.4 <= t <= 5 for t in stored.correction.temperatures)
    assert 0.2 <= stored.least_expected_iou <= 0.9


def test_the_last_validation_asks_more_photos_and_its_iou_is_that_of_the_usual_ones(
    dataset: Dataset, tmp_path: Path
) -> None:
    ious = []
    for name, inner_photos in (("one", 1), ("all", 0)):
        plan = small_plan(dataset)
        plan = replace(plan, sampling=replace(plan.sampling, inner_photos=inner_photos))
        run = mw.train(parts_of(dataset), plan, out=tmp_path / name).folder
        stored = read_confidence(run, 2)
        assert stored is not None
        assert stored.photos == 2
        ious.append([row.validation_iou for row in read_history(run)])
    assert ious[0] != ious[1]
    assert ious[0][9:] == [None] * 3


def test_temperatures_change_how_sure_a_mask_is_and_never_the_mask(run: Path, dataset: Dataset) -> None:
    photo = dataset.photo(dataset.samples[0])
    (run / CONFIDENCE_FILE).unlink(missing_ok=True)
    plain, before = load(run).prediction(photo), load(run).probabilities(photo)
    with_confidence(run, (3.0, 2.0), 0.75)
    segmenter = load(run)
    calm = segmenter.prediction(photo)
    assert np.array_equal(calm.mask, plain.mask)
    assert calm.confidence.mean() < plain.confidence.mean()
    assert calm.least_expected_iou == 0.75
    assert np.array_equal(segmenter.probabilities(photo).argmax(axis=0), before.argmax(axis=0))
    assert np.allclose(segmenter.probabilities(photo).sum(axis=0), 1, atol=1e-5)


def test_a_run_without_the_file_is_as_it_was(run: Path) -> None:
    (run / CONFIDENCE_FILE).unlink(missing_ok=True)
    segmenter = load(run)
    assert segmenter.correction == NO_CORRECTION
    assert segmenter.least_expected_iou == 0.6


def test_shifts_make_a_class_less_likely_and_leave_the_mask(run: Path, dataset: Dataset) -> None:
    photo = dataset.photo(dataset.samples[0])
    with_confidence(run, (1.0, 1.0))
    plain, before = load(run).prediction(photo), load(run).probabilities(photo)
    with_confidence(run, (1.0, 1.0), shifts=(0.0, 1.5))
    segmenter = load(run)
    shifted, after = segmenter.prediction(photo), segmenter.probabilities(photo)
    assert np.array_equal(shifted.mask, plain.mask)
    np.testing.assert_allclose(after[1] / after[0], before[1] / before[0] * np.exp(-1.5), rtol=1e-3)
    object_px = plain.mask == 1
    assert shifted.confidence[object_px].mean() < plain.confidence[object_px].mean()
    assert shifted.confidence[~object_px].mean() > plain.confidence[~object_px].mean()
    assert shifted.expected_iou < plain.expected_iou


def test_a_run_of_an_earlier_version_has_no_shifts(run: Path) -> None:
    (run / CONFIDENCE_FILE).write_text(
        '{"temperatures": [2.0, 1.5], "least_expected_iou": 0.7, "photos": 2, "step": 9}'
    )
    assert load(run).correction == Correction((2.0, 1.5))


def test_several_runs_have_the_mean_of_their_corrections(run: Path) -> None:
    with_confidence(run, (3.0, 2.0), 0.7, shifts=(0.0, 0.5))
    both = load([run, run])
    assert both.correction.temperatures == pytest.approx((3.0, 2.0))
    assert both.correction.shifts == pytest.approx((0.0, 0.5))
    assert both.least_expected_iou == pytest.approx(0.7)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"temperatures": [2]}',
        '{"temperatures": [1, 1], "shifts": [0, 99], "least_expected_iou": 0.5, "photos": 2, "step": 1}',
        json.dumps({"temperatures": [0.0, 1.0], "least_expected_iou": 0.5, "photos": 2, "step": 1}),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(run: Path, text: str) -> None:
    (run / CONFIDENCE_FILE).write_text(text)
    with pytest.raises(RunError, match="the masks stay the same without"):
        load(run)


def test_the_evaluation_counts_what_the_flag_of_unsure_photos_finds(run: Path, dataset: Dataset) -> None:
    with_confidence(run, (1.0, 1.0), 0.9)
    evaluation = evaluate(load(run), dataset)
    assert evaluation.least_expected_iou == 0.9
    assert evaluation.risk is not None
    assert len(evaluation.risk.curve) == sum(np.isfinite([p.expected_iou for p in evaluation.photos]))
    assert evaluation.calibration is not None
    assert evaluation.calibration_interval is not None
    low, high = evaluation.calibration_interval
    assert low <= evaluation.calibration.error + 0.05
    assert low <= high


def test_an_exported_file_has_the_same_confidence(run: Path, dataset: Dataset, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from maskwright.inference.exported.exported_files import load_exported
    from maskwright.inference.exported.runtimes import compute_with
    from maskwright.workflows.export import export_run

    with_confidence(run, (3.0, 2.0), 0.7, shifts=(0.0, 1.0))
    photo, segmenter = dataset.photo(dataset.samples[0]), load(run)
    ours = segmenter.prediction(photo)
    export_run(run, tmp_path / "model.onnx")
    loaded = load_exported(tmp_path / "model.onnx")
    assert loaded.correction == Correction((3.0, 2.0), (0.0, 1.0))
    theirs = loaded.prediction(photo)
    assert theirs.least_expected_iou == 0.7
    assert np.abs(theirs.confidence - ours.confidence).max() < 0.02
    assert theirs.expected_iou == pytest.approx(ours.expected_iou, abs=0.01)
    _, inside = compute_with("onnx", (tmp_path / "model.onnx").read_bytes())([photo])[:2]
    assert np.abs(inside - ours.confidence).mean() < 0.02
