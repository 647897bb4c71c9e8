import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.errors import RunError
from maskwright.evaluation.evaluate import evaluate
from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU
from maskwright.inference.ensemble import averaged_logits
from maskwright.inference.load import load, run_folders
from maskwright.inference.segmenter import Segmenter
from maskwright.training.loop import train
from tests.support.commands import FAST, call, refusal
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return disc_photos(tmp_path_factory.mktemp("in") / "photos", count=4)


@pytest.fixture(scope="module")
def runs(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two runs on the same photos: of other seeds and working scales."""
    folder = tmp_path_factory.mktemp("runs") / "folds"
    parts = Parts(dataset, None, (), ())
    return [
        train(parts, small_plan(dataset, steps=2, long_side_px=side), out=folder / str(seed), seed=seed).folder
        for seed, side in ((2, 96), (10, 64))
    ]


def test_the_threshold_of_an_earlier_version_is_not_used_where_several_classes_are_scored(tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(Path(__file__).parents[1] / "data_0_1_0" / "run", run)
    segmenter = load(run)
    assert len(segmenter.classes.scored) == 2
    earlier = {"temperatures": [2.0, 1.5, 1.0], "least_expected_iou": 0.8, "photos": 4, "step": 9}
    for shifts, threshold in ({}, LEAST_EXPECTED_IOU), ({"shifts": [0.0, 0.5, 0.5]}, 0.8):
        (run / "confidence.json").write_text(json.dumps({**earlier, **shifts}))
        assert load(run).least_expected_iou == threshold
        assert load(run).correction.temperatures == (2.0, 1.5, 1.0)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits.astype(np.float64))
    return np.asarray(powers / powers.sum(axis=0))


def test_probabilities_are_averaged_not_logits() -> None:
    sure, unsure = np.zeros((2, 2, 1, 1), np.float32)
    sure[1], unsure[1] = 20.0, -1.0
    both = averaged_logits([sure, unsure, unsure, unsure])
    expected = (1 + 3 * softmax(unsure)[1]) / 4
    np.testing.assert_allclose(softmax(both)[1], expected, atol=1e-6)
    assert np.all(both[0] == 0)
    assert (sure[1] + 3 * unsure[1]).item() > 0 > both[1].item()


def test_three_classes_stay_in_order_and_the_finest_size_is_kept() -> None:
    small, large = np.zeros((3, 2, 3), np.float32), np.zeros((3, 4, 6), np.float32)
    small[2] = large[2] = 4.0
    both = averaged_logits([small, large])
    assert both.shape == (3, 4, 6)
    np.testing.assert_allclose(softmax(both), softmax(large), atol=1e-6)


def test_several_runs_are_one_segmenter_judged_like_any_other(runs: list[Path], dataset: Dataset) -> None:
    whole, members = load(runs), [load(run) for run in runs]
    assert isinstance(whole, Segmenter)
    photo = dataset.photo(dataset.samples[0])
    first, second = (softmax(member.photo_logits(photo)) for member in members)
    import cv2

    brought = np.stack([cv2.resize(plane, first.shape[:0:-1]) for plane in second])
    np.testing.assert_allclose(softmax(whole.photo_logits(photo)), (first + brought) / 2, atol=1e-5)
    assert len(evaluate(whole, dataset).photos) == len(dataset)


def test_runs_are_named_by_a_list_with_commas_or_by_the_folder_of_the_folds(runs: list[Path]) -> None:
    assert run_folders(runs[0].parent) == runs  # 2 before 10
    assert run_folders(Path(f"{runs[0]},{runs[1]}")) == runs
    assert run_folders([str(runs[0]), runs[1].parent]) == [runs[0], *runs]
    with pytest.raises(RunError, match="no run to load"):
        load([])
    with pytest.raises(RunError, match="nosuch is no run folder"):
        load(f"{runs[0]},nosuch")


def test_runs_of_other_classes_are_not_averaged(runs: list[Path], dataset: Dataset, tmp_path: Path) -> None:
    other = replace(dataset, classes=class_table(("background", "ring")))
    ring = train(Parts(other, None, (), ()), small_plan(other, steps=1), out=tmp_path / "ring").folder
    with pytest.raises(RunError, match="has the classes background, ring, the first run background, disc"):
        load([runs[0], ring])


def test_the_command_line_predicts_and_judges_with_the_folds(
    tmp_path: Path, runs: list[Path], discs: Path, disc_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("predict", runs[0].parent, discs / "disc00.png", "--out", tmp_path) == 0
    assert (tmp_path / "masks" / "disc00.png").exists()
    alone = tmp_path / "alone"
    assert call("train", discs, "--out", alone, *FAST, "--set", "split.test=0.5") == 0
    capsys.readouterr()
    assert call("evaluate", f"{disc_run},{alone}", discs) in (0, 1)
    assert "training photos of the model are left out" in capsys.readouterr().out
    assert "is no run folder" in refusal(capsys, "predict", f"{disc_run},{discs}", discs, "--out", tmp_path / "x")
